#include "server/core/event_types.h"

#include <algorithm>

namespace sluice {
namespace {

using namespace event_type;  // NOLINT: the list below names every constant of it.

constexpr EventTypeInfo kTypes[] = {
    {kOrderCreated, "The order is durable; the provider is being asked."},
    {kOrderAwaitingPayer, "The provider has taken the order; `next_action` is set."},
    {kOrderPaid, "The payer's money has been taken."},
    {kOrderPaidLate, "The payer's money was taken after the order had ended unpaid."},
    {kOrderSettled, "The money has reached the merchant."},
    {kOrderCanceling, "The order is being canceled at the provider."},
    {kOrderCanceled, "The order has ended unpaid by a cancellation."},
    {kOrderRevoking, "Whatever happened to the order is being undone at the provider."},
    {kOrderRevoked, "The order is undone; what was paid has been given back."},
    {kOrderExpired, "The order has ended unpaid because time ran out."},
    {kOrderFailed, "The order has ended unpaid; `failure` says why."},
    {kOrderRefundUpdated, "The order's refunded amounts have changed."},
    {kOrderOutcomeUnknown, "A request was sent and it is not known what came of it."},
    {kOrderAttention, "An operator should look at the order; `attention` says why."},
    {kOrderAttemptResolved, "An operator has closed an attempt; its `resolution` says why."},
    {kOrderUpdated, "Something else that is shown has changed, mostly of an attempt."},

    {kRefundCreated, "The refund is durable; the provider is being asked."},
    {kRefundPending, "The provider has taken the refund and is working on it."},
    {kRefundSucceeded, "The money has been given back to the payer."},
    {kRefundFailed, "The refund has ended without effect; `failure` says why."},
    {kRefundOutcomeUnknown, "A request was sent and it is not known what came of it."},
    {kRefundAttention, "An operator should look at the refund; `attention` says why."},
    {kRefundAttemptResolved, "An operator has closed an attempt; its `resolution` says why."},
    {kRefundUpdated, "Something else that is shown has changed, mostly of an attempt."},

    {kPayoutCreated, "The payout is durable; the provider is being asked."},
    {kPayoutPending, "The provider has taken the payout and is working on it."},
    {kPayoutSucceeded, "The money has reached the receiver's account."},
    {kPayoutFailed, "The payout has ended without reaching the receiver; `failure` says why."},
    {kPayoutCanceled, "The payout was canceled at the provider."},
    {kPayoutOutcomeUnknown, "A request was sent and it is not known what came of it."},
    {kPayoutAttention, "An operator should look at the payout; `attention` says why."},
    {kPayoutAttemptResolved, "An operator has closed an attempt; its `resolution` says why."},
    {kPayoutUpdated, "Something else that is shown has changed, mostly of an attempt."},

    {kAccountLinkCreated, "The account link is durable; the provider is being asked."},
    {kAccountLinkAwaitingPayer, "The wallet's holder has to approve; `next_action` is set."},
    {kAccountLinkActive, "The account is linked and can be used to pay."},
    {kAccountLinkRevoking, "The link is being removed at the provider."},
    {kAccountLinkRevoked, "The link has been removed."},
    {kAccountLinkExpired, "The link was not approved in time."},
    {kAccountLinkFailed, "The account was not linked; `failure` says why."},
    {kAccountLinkOutcomeUnknown, "A request was sent and it is not known what came of it."},
    {kAccountLinkAttention, "An operator should look at the account link; `attention` says why."},
    {kAccountLinkAttemptResolved, "An operator has closed an attempt; its `resolution` says why."},
    {kAccountLinkUpdated, "Something else that is shown has changed, mostly of an attempt."},

    {kProviderAccountPaused, "New requests on the provider account are refused."},
    {kProviderAccountResumed, "The provider account takes new requests again."},
};

}  // namespace

absl::Span<const EventTypeInfo> AllEventTypes() { return kTypes; }

bool IsEventType(std::string_view type) {
  return std::any_of(std::begin(kTypes), std::end(kTypes),
                     [&](const EventTypeInfo& info) { return info.type == type; });
}

}  // namespace sluice
