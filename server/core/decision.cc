// A subject of any kind to the decisions of its kind.
#include "server/core/decision.h"
#include "server/core/account_link_decide.h"
#include "server/core/order_decide.h"
#include "server/core/payout_decide.h"
#include "server/core/refund_decide.h"

namespace sluice {

bool Subject::Named() const {
  switch (kind) {
    case ResourceKind::kRefund:
      return refund != nullptr;
    case ResourceKind::kPayout:
      return payout != nullptr;
    case ResourceKind::kAccountLink:
      return account_link != nullptr;
    default:
      return order != nullptr;
  }
}

const ResourceBase& Subject::base() const {
  switch (kind) {
    case ResourceKind::kRefund:
      return *refund;
    case ResourceKind::kPayout:
      return *payout;
    case ResourceKind::kAccountLink:
      return *account_link;
    default:
      return *order;
  }
}

std::string Subject::Name() const {
  switch (kind) {
    case ResourceKind::kRefund:
      return refund->Name();
    case ResourceKind::kPayout:
      return payout->Name();
    case ResourceKind::kAccountLink:
      return account_link->Name();
    default:
      return order->Name();
  }
}

std::string_view Subject::state_name() const {
  switch (kind) {
    case ResourceKind::kRefund:
      return StateName(refund->state);
    case ResourceKind::kPayout:
      return StateName(payout->state);
    case ResourceKind::kAccountLink:
      return StateName(account_link->state);
    default:
      return StateName(order->state);
  }
}

Decision Decide(const Subject& before, const Input& input, const FlowPolicy& policy,
                absl::Time now) {
  switch (before.kind) {
    case ResourceKind::kRefund:
      return DecideRefund(before, input, policy, now);
    case ResourceKind::kPayout:
      return DecidePayout(before, input, policy, now);
    case ResourceKind::kAccountLink:
      return DecideAccountLink(before, input, policy, now);
    default:
      return DecideOrder(before, input, policy, now);
  }
}

bool IsSettled(const Subject& subject) {
  switch (subject.kind) {
    case ResourceKind::kRefund:
      return IsFinal(subject.refund->state);
    case ResourceKind::kPayout:
      return IsFinal(subject.payout->state);
    case ResourceKind::kAccountLink:
      return IsFinal(subject.account_link->state);
    default:
      return IsFinal(subject.order->state);
  }
}

bool IsAtRest(const Subject& subject) {
  if (subject.kind == ResourceKind::kOrder && subject.order->state == OrderState::kPaid)
    return true;
  return IsSettled(subject) || (subject.kind == ResourceKind::kAccountLink &&
                                subject.account_link->state == AccountLinkState::kActive);
}

}  // namespace sluice
