// What a provider can do: published by ProviderService.ListProviders, enforced by the engine before
// anything is sent.
//
// Threads: plain values, constant after construction. Ownership: values.

#pragma once

#include <optional>
#include <set>
#include <string>
#include <vector>

#include "absl/time/time.h"
#include "server/core/money.h"
#include "server/core/resources.h"

namespace sluice {

// What may be done about a mutating call whose answer never came, once queries have not found it.
enum class Resend {
  kSameKey,  // The provider's own key makes the same request again safe.
  kNewKey,   // Cannot be asked about: the attempt is abandoned, the next takes a new key.
  kNever,    // Query on; past the horizon it is for a person.
};

// One wallet of a provider, with what is offered in it.
struct WalletCapability {
  std::string wallet;                       // "botim"
  std::string display_name;                 // "BOTIM"
  std::vector<Verb> verbs;                  // Of this wallet.
  std::vector<Presentation> presentations;  // First: the default. Empty for payouts and links.
  std::vector<std::string> currency_codes;
  std::optional<Money> minimum, maximum;  // Known fixed bounds.
  absl::Duration default_expiry;          // Orders and links; zero: does not apply.
  absl::Duration maximum_expiry;          // Zero: cannot be set by the caller.
  bool partial_refunds = false;
  bool multiple_refunds = false;
  bool requires_account_link = false;        // CreateOrder needs `account_link`.
  std::vector<std::string> required_fields;  // Further fields that CreateX needs: "customer.phone".
};

struct Descriptor {
  std::string provider;  // "payby": the word in SLUICE_PROVIDERS.
  std::string display_name;
  // Whose account at which of the provider's hosts it is. Two accounts with the same of both share
  // one space of numbers there. No secret.
  std::string base_url, identity;
  // Where the provider documents that its notifications come from: used when an account's
  // configuration names no addresses, unless `base_url` is of this machine. Empty: not documented.
  std::vector<std::string> default_notify_allow;
  std::vector<WalletCapability> wallets;
  int max_id_length = 64;  // Of the merchant's numbers at this provider.
  Resend resend_create_order = Resend::kNever;
  Resend resend_create_refund = Resend::kNever;
  Resend resend_create_payout = Resend::kNever;
  Resend resend_create_account_link = Resend::kNever;
  // Cancel and revoke are asked for again until the provider answers: true where repeating is safe.
  bool resend_cancel = false;
  // A push to the payer is sent again when the process ended before its answer and the order still
  // waits for the payer: true where two pushes of one number cannot be paid twice.
  bool resend_push = false;
  // "Not found" is believed for an unanswered create only when this long has passed since the send;
  // with Resend::kNever only for one that was refused (`query_now`), and then, too, only after it.
  absl::Duration not_found_grace = absl::Minutes(1);
  absl::Duration query_horizon = absl::Hours(24);  // Queries end then; `attention` is set.
  // The same for refunds and payouts that the provider has confirmed and not ended: where a bank
  // is at work it may take days.
  absl::Duration confirmed_horizon = absl::Hours(24 * 30);
  bool reports_settlement = false;  // PAID orders are asked about until settled.
  bool notifies_refunds = false;
  // Keys of provider_data that are secrets (the handle of a linked account): the engine seals them
  // before they are stored and opens them for Build.
  std::vector<std::string> sealed_data;

  const WalletCapability* FindWallet(std::string_view wallet) const;
};

}  // namespace sluice
