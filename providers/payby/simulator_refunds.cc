// Refunds: placing them, and their way to the payer.

#include "providers/payby/simulator_book.h"

namespace sluice::payby::simulator {
namespace {

constexpr absl::Duration kRefundableFor = absl::Hours(24 * 180);

}  // namespace

Refund Book::Snapshot(const Refund& refund) const {
  Refund snapshot = refund;
  const Order& order = *orders_.find(refund.origin_order_no)->second;
  snapshot.acquire_amount = order.terms.amount;
  snapshot.remaining = order.remaining();
  return snapshot;
}

ReturnCode Book::PlaceRefund(const Account& account, const RefundTerms& terms, absl::Time now,
                             Refund* out) {
  MutexLock lock(&mutex_);
  const auto existing = refunds_by_merchant_no_.find({account.partner_id, terms.refund_no});
  if (existing != refunds_by_merchant_no_.end()) {
    if (existing->second->terms.fingerprint != terms.fingerprint) return kRefundNoExist;
    *out = Snapshot(*existing->second);
    return kSuccess;
  }
  Order* order = FindOrder(account, {terms.origin_merchant_order_no, terms.origin_order_no});
  if (order == nullptr) {
    return terms.origin_order_no.empty() ? kMerchantOrderNoNotExist : kOrderNoNotExist;
  }
  if (order->revoked) return kOrderRevoked;
  if (order->status == kCreated) return kOrderNotPaid;
  if (order->status == kFailure) return kOrderFailure;
  if (now - order->create_time > kRefundableFor) return kRefundRejected;
  if (terms.amount > order->remaining()) return kRefundAmountExceeded;

  auto owned = std::make_unique<Refund>();
  Refund* refund = owned.get();
  refund->terms = terms;
  refund->partner_id = account.partner_id;
  refund->order_no = parts_.ids->TimeNumber("19", now);
  refund->origin_merchant_order_no = order->terms.merchant_order_no;
  refund->origin_order_no = order->order_no;
  order->refunding += terms.amount;
  refunds_.emplace(refund->order_no, std::move(owned));
  refunds_by_merchant_no_.emplace(Key(refund->partner_id, terms.refund_no), refund);
  refund_keys_.emplace(terms.refund_no, refund);
  Record(*refund, "refund", terms.amount);
  ScheduleRefund(refund);
  *out = Snapshot(*refund);
  return kSuccess;
}

ReturnCode Book::GetRefund(const Account& account, const NumberPair& numbers, Refund* out) const {
  MutexLock lock(&mutex_);
  if (numbers.provider_no.empty()) {
    const auto found = refunds_by_merchant_no_.find({account.partner_id, numbers.merchant_no});
    if (found == refunds_by_merchant_no_.end()) return kRefundNoNotExist;
    *out = Snapshot(*found->second);
    return kSuccess;
  }
  const auto found = refunds_.find(numbers.provider_no);
  if (found == refunds_.end() || found->second->partner_id != account.partner_id) {
    return kOrderNoNotExist;
  }
  *out = Snapshot(*found->second);
  return kSuccess;
}

void Book::ScheduleRefund(Refund* refund) {
  const bool first = refund->status == kCreated;
  const absl::Duration delay =
      parts_.switches->Delay(first ? "refund_settled_delay" : "refund_success_delay");
  const std::string_view next = first ? kRefundedSettled : kRefundSuccess;
  if (delay == absl::ZeroDuration()) {
    MoveRefund(refund, next);
  } else if (delay != absl::InfiniteDuration()) {
    refund->next_event = parts_.clock->After(delay, [this, refund, next] {
      MutexLock lock(&mutex_);
      refund->next_event = 0;
      const bool first_still = refund->status == kCreated && next == kRefundedSettled;
      const bool second_still = refund->status == kRefundedSettled && next == kRefundSuccess;
      if (first_still || second_still) MoveRefund(refund, next);
    });
  }
}

void Book::MoveRefund(Refund* refund, std::string_view status) {
  if (refund->next_event != 0) parts_.clock->Cancel(std::exchange(refund->next_event, 0));
  Order* order = orders_.find(refund->origin_order_no)->second.get();
  const int64_t amount = refund->terms.amount;
  refund->status = status;
  if (status == kRefundedSettled) {
    Record(*refund, "refund_settled", 0);
    if (parts_.switches->On("notify_refund_settled")) Notify(refund);
    ScheduleRefund(refund);
    return;
  }
  order->refunding -= amount;
  if (status == kRefundSuccess) {
    order->refunded += amount;
    Record(*refund, "refund_succeeded", amount);
  } else {
    refund->fail_code = parts_.switches->Text("fail_code");
    refund->fail_des = std::string(MessageOf(refund->fail_code));
    Record(*refund, "refund_failed", amount);
  }
  Notify(refund);
}

absl::Status Book::SetRefundState(Refund* refund, std::string_view state) {
  const bool final = refund->status == kRefundSuccess || refund->status == kFailure;
  if (state != kRefundedSettled && state != kRefundSuccess && state != kFailure) {
    return absl::InvalidArgumentError(
        "state: a refund can be moved to REFUNDED_SETTLED, SUCCESS or FAILURE");
  }
  if (final || refund->status == state) {
    return absl::FailedPreconditionError("the refund is past that state");
  }
  if (state == kRefundedSettled) {
    MoveRefund(refund, kRefundedSettled);
  } else {
    MoveRefund(refund, state == kFailure ? kFailure : kRefundSuccess);
  }
  return absl::OkStatus();
}

}  // namespace sluice::payby::simulator
