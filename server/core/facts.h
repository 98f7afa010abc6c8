// What a provider has said, in neutral words: the result of reading a reply, a query's answer or a
// notification. Providers produce facts; the state machines consume them.
//
// Threads: plain values.
// Ownership: values.

#pragma once

#include <map>
#include <optional>
#include <string>

#include "absl/time/time.h"
#include "server/core/money.h"
#include "server/core/resources.h"

namespace sluice {

// How the provider sees the resource. One list for all kinds: a state machine refuses what makes no
// sense for its kind.
enum class Report {
  kNone = 0,    // Nothing said of the state.
  kNotFound,    // The provider does not know it (now).
  kOpen,        // Order, link: waiting for the payer. Refund, payout: taken, in progress.
  kProcessing,  // The payer has acted, the wallet is working.
  kPaid,        // Order: the payer's money has been taken.
  kSettled,     // Order: and has reached the merchant.
  kClosed,      // Order: ended unpaid (declined, canceled or expired at the provider).
  kExpired,     // Order, link: ended unpaid because time ran out; said so by the provider.
  kReturned,    // Order: was paid, and all of it was given back (revoked, voided).
  kSucceeded,   // Refund, payout: done. Link: active.
  kFailed,      // Refund, payout, link: ended without effect.
  kCanceled,    // Payout: canceled. Link: unlinked.
  kException,   // Payout: the provider flags it for a person; not final.
};

struct Facts {
  Report report = Report::kNone;
  std::string provider_number;  // Empty: not said.
  Money amount;                 // The resource's amount by the provider. Empty: not said.
  Money paid;                   // Orders. Empty: not said.
  Money returned;               // Orders: sum given back so far. Empty: not said.
  Money fee;                    // Payouts.
  // Payouts: `amount` is the resource's, or that and `fee`; the provider does not say which.
  bool amount_may_include_fee = false;
  bool fee_kept = false;      // Payouts, kFailed.
  Money receive_amount;       // Payouts.
  std::string exchange_rate;  // Payouts.
  // Payouts: whose account it goes to. Empty: not said, or not in the clear.
  std::string receiver_account;
  std::optional<NextAction> next_action;
  std::optional<absl::Time> expire_time, pay_time, settle_time, activate_time;
  // Links: which payer's account it is, for telling that two links are of the same one. Opaque;
  // personal data in it is hashed by the provider. Empty: links of one payer stand side by side.
  std::string payer_key;
  Failure failure;  // With kClosed, kFailed, kExpired: why, as far as known.
  std::map<std::string, std::string> provider_data;  // Merged into the resource's.
};

// What is known of a mutating call.
enum class Verdict {
  kAccepted = 1,      // A verified success.
  kDeclined = 2,      // A verified or documented refusal: no effect, final.
  kNotProcessed = 3,  // Documented as "nothing was done, repeat later", or proof it was never sent.
  kUnknown = 4,       // Anything else. Closed only by a query or a notification.
};

struct Outcome {
  Verdict verdict = Verdict::kUnknown;
  Failure failure;         // kDeclined, kNotProcessed, kUnknown: why.
  Facts facts;             // kAccepted; with kDeclined where the refusal tells the state.
  bool query_now = false;  // The answer alone is not proof: ask the provider at once.
};

// Payout limits as the provider says them. An absent bound is unknown.
struct PayoutLimits {
  std::optional<Money> minimum, maximum;
};

}  // namespace sluice
