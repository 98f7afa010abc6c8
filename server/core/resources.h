// The resources of Sluice as values: what the store keeps, the engine decides on and the API shows.
//
// Field meanings are those of proto/sluice/v1; fields marked "internal" are never shown.
//
// Threads: plain values.
// Ownership: values.

#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "absl/time/time.h"
#include "server/core/money.h"

namespace sluice {

// What is asked of a provider.
enum class Verb {
  kUnspecified = 0,
  kCreateOrder = 1,
  kQueryOrder = 2,
  kCancelOrder = 3,
  kRevokeOrder = 4,
  kCreateRefund = 5,
  kQueryRefund = 6,
  kCreatePayout = 7,
  kQueryPayout = 8,
  kGetPayoutLimits = 9,
  kCreateAccountLink = 10,
  kQueryAccountLink = 11,
  kRevokeAccountLink = 12,
};

enum class OrderState {
  kUnspecified = 0,
  kSubmitting = 1,
  kAwaitingPayer = 2,
  kPaid = 3,
  kCanceling = 4,
  kCanceled = 5,
  kRevoking = 6,
  kRevoked = 7,
  kExpired = 8,
  kFailed = 9,
};
enum class RefundState {
  kUnspecified = 0,
  kSubmitting = 1,
  kPending = 2,
  kSucceeded = 3,
  kFailed = 4,
};
enum class PayoutState {
  kUnspecified = 0,
  kSubmitting = 1,
  kPending = 2,
  kSucceeded = 3,
  kFailed = 4,
  kCanceled = 5,
};
enum class AccountLinkState {
  kUnspecified = 0,
  kSubmitting = 1,
  kAwaitingPayer = 2,
  kActive = 3,
  kRevoking = 4,
  kRevoked = 5,
  kExpired = 6,
  kFailed = 7,
};
enum class AttemptState {
  kUnspecified = 0,
  kSending = 1,
  kConfirmed = 2,
  kRejected = 3,
  kUnknown = 4,
};

// How the payer meets the wallet.
enum class Presentation { kUnspecified = 0, kRedirect = 1, kQrCode = 2, kPush = 3 };

enum class FailureReason {
  kNone = 0,
  kDeclinedByProvider = 1,   // The provider refused the request.
  kDeclinedByPayer = 2,      // The payer refused, or the wallet refused the payer.
  kInsufficientFunds = 3,    // The payer's, or for payouts and refunds the merchant's, balance.
  kLimitExceeded = 4,        // An amount or count limit of the provider or wallet.
  kExpired = 5,              // Not paid or approved in time.
  kInvalidAccount = 6,       // The receiver or linked account is unknown or unfit.
  kDuplicateAtProvider = 7,  // The provider knows this number with other content.
  kConfiguration = 8,        // Our credentials, address or product set-up were refused.
  kNotSubmitted = 9,         // Proof that no request reached the provider, tried to the end.
  kRiskRejected = 10,        // The provider's risk control.
  kCanceled = 11,            // Canceled at the provider, not by this API.
  kOther = 12,
};

struct Failure {
  FailureReason reason = FailureReason::kNone;
  std::string message;           // For people; ours.
  std::string provider_code;     // As the provider sent it.
  std::string provider_message;  // As sent, but made fit by CleanProviderText (mask.h).

  bool empty() const { return reason == FailureReason::kNone; }
  friend bool operator==(const Failure&, const Failure&) = default;
};

// What a person has established of an attempt that no provider has answered.
struct Resolution {
  std::string resolved_by;  // The credential's id.
  std::string evidence;
  std::optional<absl::Time> time;
  friend bool operator==(const Resolution&, const Resolution&) = default;
};

// One mutating call to a provider, with what is known of it. Queries are not attempts.
struct Attempt {
  int number = 0;  // From 1, per resource.
  Verb verb = Verb::kUnspecified;
  AttemptState state = AttemptState::kUnspecified;
  std::string provider_key;  // Under which the provider knows it (Provider::ProviderKey).
  bool abandoned = false;    // Superseded by an attempt under a new key; still recognised.
  int sends = 0;             // Requests put on the wire.
  int step = 0;              // Of a provider call in several requests: those finished.
  std::map<std::string, std::string> carry;  // Internal: provider's own data between steps.
  absl::Time start_time;
  absl::Time send_time;                // Of the last send.
  std::optional<absl::Time> end_time;  // When CONFIRMED or REJECTED.
  Failure failure;                     // When REJECTED; or why it is UNKNOWN.
  std::string traceparent;
  Resolution resolution;  // Empty unless a person closed it.
  friend bool operator==(const Attempt&, const Attempt&) = default;
};

struct NextAction {
  enum class Kind { kNone = 0, kRedirect = 1, kQrCode = 2, kAwaitPush = 3 };
  Kind kind = Kind::kNone;
  std::string url;            // kRedirect: for a browser.
  std::string app_deep_link;  // kRedirect: opens the wallet's app; may be empty.
  std::string payload;        // kQrCode: the text to draw.
  friend bool operator==(const NextAction&, const NextAction&) = default;
};

// Personal data: kept for the provider, INPUT_ONLY in the API, never in events, logs or errors.
struct Customer {
  std::string display_name, email, phone, address, city, state, postal_code, country, ip_address;
  friend bool operator==(const Customer&, const Customer&) = default;
};

struct LineItem {
  std::string display_name, description, image_url;
  Money unit_price;
  int64_t quantity = 1;
  friend bool operator==(const LineItem&, const LineItem&) = default;
};

// What every resource that lives at a provider has.
struct ResourceBase {
  std::string merchant;
  std::string id;
  std::string provider;          // "payby"
  std::string provider_account;  // id of the account
  absl::Time create_time;
  absl::Time update_time;
  int64_t revision = 0;  // 1 when created, one more by each change that callers see.
  // Internal, the store's and not in the body: 1 when created, one more by each commit.
  int64_t version = 0;
  std::string attention;  // Not empty: an operator should look, and why.
  Failure failure;
  std::string provider_number;                       // The provider's own number of the resource.
  std::map<std::string, std::string> provider_data;  // Internal: tXid, sealed mandate, ...
  std::vector<Attempt> attempts;
  std::map<std::string, std::string> labels;  // The caller's own: up to 16, 63-byte keys/values.
  std::string traceparent;
  // Internal: the resolver's schedule. `due_time` set means: look at this resource then.
  std::optional<absl::Time> due_time;
  int polls = 0;  // Queries since the schedule was last restarted.
  // Internal: a notification has called in question what is known here, and the provider has not
  // answered since. It is asked by the schedule whatever the state; the horizon counts from here.
  std::optional<absl::Time> doubt_time;
  friend bool operator==(const ResourceBase&, const ResourceBase&) = default;
};

struct Order : ResourceBase {
  std::string wallet;
  Presentation presentation = Presentation::kUnspecified;
  Money amount;
  Money paid;            // Zero of the currency until paid.
  Money refunded;        // Sum of SUCCEEDED refunds.
  Money refund_pending;  // Sum of SUBMITTING and PENDING ones; `refundable` is less by it.
  std::string description;
  std::string return_url;
  std::string account_link;  // Name of the account link it pays with; may be empty.
  Customer customer;
  std::vector<LineItem> line_items;
  OrderState state = OrderState::kUnspecified;
  bool late = false;       // Paid after CANCELED, EXPIRED or FAILED.
  NextAction next_action;  // While AWAITING_PAYER.
  std::optional<absl::Time> expire_time, pay_time, settle_time, end_time;

  std::string Name() const;
  friend bool operator==(const Order&, const Order&) = default;
};

struct Refund : ResourceBase {
  std::string order_id;
  Money amount;
  std::string description;  // Reason shown to the payer where the provider allows.
  RefundState state = RefundState::kUnspecified;
  std::optional<absl::Time> end_time;

  std::string Name() const;
  friend bool operator==(const Refund&, const Refund&) = default;
};

struct Payout : ResourceBase {
  std::string wallet;
  Money amount;
  std::string receiver_account;  // Personal data: INPUT_ONLY; shown masked.
  std::string description;       // Remark to the receiver.
  PayoutState state = PayoutState::kUnspecified;
  Money fee;              // Charged by the provider; empty while unknown.
  bool fee_kept = false;  // FAILED, and the provider kept the fee.
  Money receive_amount;
  std::string exchange_rate;  // Decimal text as the provider sent it.
  std::optional<absl::Time> end_time;

  std::string Name() const;
  friend bool operator==(const Payout&, const Payout&) = default;
};

struct AccountLink : ResourceBase {
  std::string wallet;
  std::string return_url;
  Customer customer;
  AccountLinkState state = AccountLinkState::kUnspecified;
  NextAction next_action;
  std::optional<absl::Time> expire_time, activate_time, end_time;
  // Internal. The payer's account at the provider: of the links with the same one, the link that
  // was activated last stands. Empty: links do not end one another.
  std::string payer_key;
  bool succession_open = false;  // Internal: ACTIVE, and older links may not have ended yet.
  // The handle of the linked account is in provider_data["mandate"], sealed before it is stored.

  std::string Name() const;
  friend bool operator==(const AccountLink&, const AccountLink&) = default;
};

// "AWAITING_PAYER", ...: the proto's names without prefix; "UNSPECIFIED" for zero.
std::string_view StateName(OrderState state);
std::string_view StateName(RefundState state);
std::string_view StateName(PayoutState state);
std::string_view StateName(AccountLinkState state);
std::string_view StateName(AttemptState state);
std::string_view VerbName(Verb verb);  // "create_order", for metrics and logs.
std::string_view PresentationName(Presentation presentation);
std::string_view FailureReasonName(FailureReason reason);  // "DECLINED_BY_PAYER", "NONE"
std::string_view NextActionName(NextAction::Kind kind);    // "QR_CODE", "NONE"

// The reverse. kUnspecified when the name is unknown; an unknown reason is kOther, an unknown next
// action kNone.
OrderState ParseOrderState(std::string_view name);
RefundState ParseRefundState(std::string_view name);
PayoutState ParsePayoutState(std::string_view name);
AccountLinkState ParseAccountLinkState(std::string_view name);
AttemptState ParseAttemptState(std::string_view name);
Verb ParseVerb(std::string_view name);
Presentation ParsePresentation(std::string_view name);
FailureReason ParseFailureReason(std::string_view name);
NextAction::Kind ParseNextActionKind(std::string_view name);

// Nothing changes `state` any more, except a late payment. PAID and ACTIVE are not final: both may
// still be revoked.
bool IsFinal(OrderState state);
bool IsFinal(RefundState state);
bool IsFinal(PayoutState state);
bool IsFinal(AccountLinkState state);

}  // namespace sluice
