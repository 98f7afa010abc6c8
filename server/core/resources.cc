#include "server/core/resources.h"

#include "server/core/names.h"

namespace sluice {
namespace {

// Names by the number of the enumerator. They are stored and published: never change one.
constexpr std::string_view kOrderStates[] = {
    "UNSPECIFIED", "SUBMITTING", "AWAITING_PAYER", "PAID",    "CANCELING",
    "CANCELED",    "REVOKING",   "REVOKED",        "EXPIRED", "FAILED"};
constexpr std::string_view kRefundStates[] = {"UNSPECIFIED", "SUBMITTING", "PENDING", "SUCCEEDED",
                                              "FAILED"};
constexpr std::string_view kPayoutStates[] = {"UNSPECIFIED", "SUBMITTING", "PENDING",
                                              "SUCCEEDED",   "FAILED",     "CANCELED"};
constexpr std::string_view kAccountLinkStates[] = {"UNSPECIFIED", "SUBMITTING", "AWAITING_PAYER",
                                                   "ACTIVE",      "REVOKING",   "REVOKED",
                                                   "EXPIRED",     "FAILED"};
constexpr std::string_view kAttemptStates[] = {"UNSPECIFIED", "SENDING", "CONFIRMED", "REJECTED",
                                               "UNKNOWN"};
constexpr std::string_view kVerbs[] = {
    "unspecified",        "create_order",      "query_order",         "cancel_order",
    "revoke_order",       "create_refund",     "query_refund",        "create_payout",
    "query_payout",       "get_payout_limits", "create_account_link", "query_account_link",
    "revoke_account_link"};
constexpr std::string_view kPresentations[] = {"UNSPECIFIED", "REDIRECT", "QR_CODE", "PUSH"};
constexpr std::string_view kFailureReasons[] = {"NONE",
                                                "DECLINED_BY_PROVIDER",
                                                "DECLINED_BY_PAYER",
                                                "INSUFFICIENT_FUNDS",
                                                "LIMIT_EXCEEDED",
                                                "EXPIRED",
                                                "INVALID_ACCOUNT",
                                                "DUPLICATE_AT_PROVIDER",
                                                "CONFIGURATION",
                                                "NOT_SUBMITTED",
                                                "RISK_REJECTED",
                                                "CANCELED",
                                                "OTHER"};
constexpr std::string_view kNextActions[] = {"NONE", "REDIRECT", "QR_CODE", "AWAIT_PUSH"};

// The last enumerator of each list has the last name.
template <typename Enum, size_t size>
constexpr bool EndsWith(const std::string_view (&)[size], Enum last) {
  return static_cast<size_t>(last) == size - 1;
}
static_assert(EndsWith(kOrderStates, OrderState::kFailed));
static_assert(EndsWith(kRefundStates, RefundState::kFailed));
static_assert(EndsWith(kPayoutStates, PayoutState::kCanceled));
static_assert(EndsWith(kAccountLinkStates, AccountLinkState::kFailed));
static_assert(EndsWith(kAttemptStates, AttemptState::kUnknown));
static_assert(EndsWith(kVerbs, Verb::kRevokeAccountLink));
static_assert(EndsWith(kPresentations, Presentation::kPush));
static_assert(EndsWith(kFailureReasons, FailureReason::kOther));
static_assert(EndsWith(kNextActions, NextAction::Kind::kAwaitPush));

template <typename Enum, size_t size>
std::string_view NameOf(const std::string_view (&names)[size], Enum value) {
  const size_t index = static_cast<size_t>(value);
  return names[index < size ? index : 0];
}

template <typename Enum, size_t size>
Enum ValueOf(const std::string_view (&names)[size], std::string_view name, Enum unknown) {
  for (size_t i = 0; i < size; ++i) {
    if (names[i] == name) return static_cast<Enum>(i);
  }
  return unknown;
}

}  // namespace

std::string Order::Name() const { return OrderName(merchant, id); }
std::string Refund::Name() const { return RefundName(merchant, order_id, id); }
std::string Payout::Name() const { return PayoutName(merchant, id); }
std::string AccountLink::Name() const { return AccountLinkName(merchant, id); }

std::string_view StateName(OrderState state) { return NameOf(kOrderStates, state); }
std::string_view StateName(RefundState state) { return NameOf(kRefundStates, state); }
std::string_view StateName(PayoutState state) { return NameOf(kPayoutStates, state); }
std::string_view StateName(AccountLinkState state) { return NameOf(kAccountLinkStates, state); }
std::string_view StateName(AttemptState state) { return NameOf(kAttemptStates, state); }
std::string_view VerbName(Verb verb) { return NameOf(kVerbs, verb); }
std::string_view PresentationName(Presentation presentation) {
  return NameOf(kPresentations, presentation);
}
std::string_view FailureReasonName(FailureReason reason) { return NameOf(kFailureReasons, reason); }
std::string_view NextActionName(NextAction::Kind kind) { return NameOf(kNextActions, kind); }

OrderState ParseOrderState(std::string_view name) {
  return ValueOf(kOrderStates, name, OrderState::kUnspecified);
}
RefundState ParseRefundState(std::string_view name) {
  return ValueOf(kRefundStates, name, RefundState::kUnspecified);
}
PayoutState ParsePayoutState(std::string_view name) {
  return ValueOf(kPayoutStates, name, PayoutState::kUnspecified);
}
AccountLinkState ParseAccountLinkState(std::string_view name) {
  return ValueOf(kAccountLinkStates, name, AccountLinkState::kUnspecified);
}
AttemptState ParseAttemptState(std::string_view name) {
  return ValueOf(kAttemptStates, name, AttemptState::kUnspecified);
}
Verb ParseVerb(std::string_view name) { return ValueOf(kVerbs, name, Verb::kUnspecified); }
Presentation ParsePresentation(std::string_view name) {
  return ValueOf(kPresentations, name, Presentation::kUnspecified);
}
FailureReason ParseFailureReason(std::string_view name) {
  return ValueOf(kFailureReasons, name, FailureReason::kOther);
}
NextAction::Kind ParseNextActionKind(std::string_view name) {
  return ValueOf(kNextActions, name, NextAction::Kind::kNone);
}

bool IsFinal(OrderState state) {
  return state == OrderState::kCanceled || state == OrderState::kRevoked ||
         state == OrderState::kExpired || state == OrderState::kFailed;
}

bool IsFinal(RefundState state) {
  return state == RefundState::kSucceeded || state == RefundState::kFailed;
}

bool IsFinal(PayoutState state) {
  return state == PayoutState::kSucceeded || state == PayoutState::kFailed ||
         state == PayoutState::kCanceled;
}

bool IsFinal(AccountLinkState state) {
  return state == AccountLinkState::kRevoked || state == AccountLinkState::kExpired ||
         state == AccountLinkState::kFailed;
}

}  // namespace sluice
