// The published types of events. Their names are part of the API: never renamed, only added to.
//
// A type is "{resource}.{what happened}", with the resource as KindName gives it.
//
// Threads: constants. Ownership: static.

#pragma once

#include <string_view>

#include "absl/types/span.h"

namespace sluice {

namespace event_type {

inline constexpr std::string_view kOrderCreated = "order.created";
inline constexpr std::string_view kOrderAwaitingPayer = "order.awaiting_payer";
inline constexpr std::string_view kOrderPaid = "order.paid";
inline constexpr std::string_view kOrderPaidLate = "order.paid_late";
inline constexpr std::string_view kOrderSettled = "order.settled";
inline constexpr std::string_view kOrderCanceling = "order.canceling";
inline constexpr std::string_view kOrderCanceled = "order.canceled";
inline constexpr std::string_view kOrderRevoking = "order.revoking";
inline constexpr std::string_view kOrderRevoked = "order.revoked";
inline constexpr std::string_view kOrderExpired = "order.expired";
inline constexpr std::string_view kOrderFailed = "order.failed";
inline constexpr std::string_view kOrderRefundUpdated = "order.refund_updated";
inline constexpr std::string_view kOrderOutcomeUnknown = "order.outcome_unknown";
inline constexpr std::string_view kOrderAttention = "order.attention";
inline constexpr std::string_view kOrderAttemptResolved = "order.attempt_resolved";
inline constexpr std::string_view kOrderUpdated = "order.updated";

inline constexpr std::string_view kRefundCreated = "refund.created";
inline constexpr std::string_view kRefundPending = "refund.pending";
inline constexpr std::string_view kRefundSucceeded = "refund.succeeded";
inline constexpr std::string_view kRefundFailed = "refund.failed";
inline constexpr std::string_view kRefundOutcomeUnknown = "refund.outcome_unknown";
inline constexpr std::string_view kRefundAttention = "refund.attention";
inline constexpr std::string_view kRefundAttemptResolved = "refund.attempt_resolved";
inline constexpr std::string_view kRefundUpdated = "refund.updated";

inline constexpr std::string_view kPayoutCreated = "payout.created";
inline constexpr std::string_view kPayoutPending = "payout.pending";
inline constexpr std::string_view kPayoutSucceeded = "payout.succeeded";
inline constexpr std::string_view kPayoutFailed = "payout.failed";
inline constexpr std::string_view kPayoutCanceled = "payout.canceled";
inline constexpr std::string_view kPayoutOutcomeUnknown = "payout.outcome_unknown";
inline constexpr std::string_view kPayoutAttention = "payout.attention";
inline constexpr std::string_view kPayoutAttemptResolved = "payout.attempt_resolved";
inline constexpr std::string_view kPayoutUpdated = "payout.updated";

inline constexpr std::string_view kAccountLinkCreated = "account_link.created";
inline constexpr std::string_view kAccountLinkAwaitingPayer = "account_link.awaiting_payer";
inline constexpr std::string_view kAccountLinkActive = "account_link.active";
inline constexpr std::string_view kAccountLinkRevoking = "account_link.revoking";
inline constexpr std::string_view kAccountLinkRevoked = "account_link.revoked";
inline constexpr std::string_view kAccountLinkExpired = "account_link.expired";
inline constexpr std::string_view kAccountLinkFailed = "account_link.failed";
inline constexpr std::string_view kAccountLinkOutcomeUnknown = "account_link.outcome_unknown";
inline constexpr std::string_view kAccountLinkAttention = "account_link.attention";
inline constexpr std::string_view kAccountLinkAttemptResolved = "account_link.attempt_resolved";
inline constexpr std::string_view kAccountLinkUpdated = "account_link.updated";

inline constexpr std::string_view kProviderAccountPaused = "provider_account.paused";
inline constexpr std::string_view kProviderAccountResumed = "provider_account.resumed";

}  // namespace event_type

struct EventTypeInfo {
  std::string_view type;
  std::string_view description;  // One sentence: when it is written.
};

// Every published type, each once.
absl::Span<const EventTypeInfo> AllEventTypes();

// Whether `type` is one of them.
bool IsEventType(std::string_view type);

}  // namespace sluice
