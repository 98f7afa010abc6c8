// What happens to an order without the merchant: payer, operator, time; and who is told of it.

#include "absl/strings/str_format.h"
#include "providers/payby/simulator_book.h"
#include "server/base/strings.h"

namespace sluice::payby::simulator {
namespace {

constexpr absl::Duration kGulfTime = absl::Hours(4);  // PayBy writes dates of UTC+4.

template <typename Resource, typename ByNumber, typename ByKey>
absl::StatusOr<Resource*> FindByKey(const ByNumber& by_number, const ByKey& by_key,
                                    std::string_view key) {
  if (const auto found = by_number.find(key); found != by_number.end()) return found->second.get();
  const auto [first, last] = by_key.equal_range(key);
  if (first == last) return absl::NotFoundError("no order or refund has this number");
  if (std::next(first) != last) {
    return absl::FailedPreconditionError(
        "several merchants use this number: name the resource by PayBy's own");
  }
  return first->second;
}

absl::Status NotOpen(const Order& order) {
  return absl::FailedPreconditionError(StrCat("the order is ", order.status, ", not CREATED"));
}

}  // namespace

absl::StatusOr<Order*> Book::OrderByKey(std::string_view key) const {
  return FindByKey<Order>(orders_, order_keys_, key);
}

absl::StatusOr<Refund*> Book::RefundByKey(std::string_view key) const {
  return FindByKey<Refund>(refunds_, refund_keys_, key);
}

void Book::ScheduleOrder(Order* order, absl::Time due, void (Book::*step)(Order*)) {
  if (order->next_event != 0) parts_.clock->Cancel(std::exchange(order->next_event, 0));
  if (due == absl::InfiniteFuture()) return;
  order->next_event = parts_.clock->At(due, [this, order, step] {
    MutexLock lock(&mutex_);
    order->next_event = 0;
    (this->*step)(order);
  });
}

void Book::ExpireDue(Order* order) {
  if (order->status == kCreated) MarkFailed(order, "expire");
}

void Book::AutoPay(Order* order) {
  if (order->status == kCreated) MarkPaid(order);
}

void Book::MarkPaid(Order* order) {
  // Rounded half up to the fils, as a fee of 1 % of 12.34 is 0.12.
  const int64_t fee = (order->terms.amount * parts_.switches->Number("fee_permille") + 500) / 1000;
  order->status = kPaidSuccess;
  order->fail_code.clear();
  order->fail_des.clear();
  order->payment = Payment{parts_.clock->Now(), fee, order->terms.amount - fee};
  Record(*order, "pay", order->terms.amount);
  Notify(order);
  ScheduleOrder(order, parts_.clock->Now() + parts_.switches->Delay("settle_delay"),
                &Book::MarkSettled);
}

void Book::MarkSettled(Order* order) {
  if (order->status != kPaidSuccess) return;
  if (order->next_event != 0) parts_.clock->Cancel(std::exchange(order->next_event, 0));
  order->status = kSettled;
  Record(*order, "settle", order->payment->settlement);
  if (parts_.switches->On("notify_settled")) Notify(order);
}

void Book::MarkFailed(Order* order, std::string_view operation) {
  if (order->next_event != 0) parts_.clock->Cancel(std::exchange(order->next_event, 0));
  order->status = kFailure;
  if (operation == "decline") {
    order->fail_code = parts_.switches->Text("fail_code");
    order->fail_des = std::string(MessageOf(order->fail_code));
  }
  Record(*order, operation, 0);
  if (parts_.switches->On("notify_failure")) Notify(order);
}

void Book::DeclineOnce(Order* order) {
  ++order->declined_tries;
  if (order->terms.one_time_payment) {
    MarkFailed(order, "decline");
  } else {
    Record(*order, "decline", 0);  // The payer may try again until the order expires.
  }
}

absl::Status Book::Pay(std::string_view key) {
  MutexLock lock(&mutex_);
  const absl::StatusOr<Order*> order = OrderByKey(key);
  if (!order.ok()) return order.status();
  if ((*order)->status != kCreated) return NotOpen(**order);
  MarkPaid(*order);
  return absl::OkStatus();
}

absl::Status Book::Decline(std::string_view key) {
  MutexLock lock(&mutex_);
  const absl::StatusOr<Order*> order = OrderByKey(key);
  if (!order.ok()) return order.status();
  if ((*order)->status != kCreated) return NotOpen(**order);
  DeclineOnce(*order);
  return absl::OkStatus();
}

absl::Status Book::Expire(std::string_view key) {
  MutexLock lock(&mutex_);
  const absl::StatusOr<Order*> order = OrderByKey(key);
  if (!order.ok()) return order.status();
  if ((*order)->status != kCreated) return NotOpen(**order);
  MarkFailed(*order, "expire");
  return absl::OkStatus();
}

absl::Status Book::ConfirmLink(std::string_view) {
  return absl::FailedPreconditionError("PayBy has no linked accounts");
}

absl::Status Book::SetState(std::string_view key, std::string_view state) {
  MutexLock lock(&mutex_);
  const absl::StatusOr<Order*> order = OrderByKey(key);
  if (order.ok()) return SetOrderState(*order, state);
  const absl::StatusOr<Refund*> refund = RefundByKey(key);
  if (refund.ok()) return SetRefundState(*refund, state);
  return absl::IsNotFound(order.status()) ? refund.status() : order.status();
}

// Also what PayBy's documents say does not happen: a payment after the order has failed, because
// the one who is paid has to cope with it.
absl::Status Book::SetOrderState(Order* order, std::string_view state) {
  const bool late = order->status == kFailure && !order->payment && !order->revoked;
  const bool payable = order->status == kCreated || late;
  if (state == kPaidSuccess && payable) {
    MarkPaid(order);
  } else if (state == kSettled && payable) {
    MarkPaid(order);
    MarkSettled(order);
  } else if (state == kSettled && order->status == kPaidSuccess) {
    MarkSettled(order);
  } else if (state == kFailure && order->status == kCreated) {
    MarkFailed(order, "decline");
  } else if (state == kPaidSuccess || state == kSettled || state == kFailure) {
    return absl::FailedPreconditionError(
        StrCat("an order that is ", order->status, " cannot become ", state));
  } else {
    return absl::InvalidArgumentError(
        "state: an order can be moved to PAID_SUCCESS, SETTLED or FAILURE");
  }
  return absl::OkStatus();
}

absl::Status Book::EmitNotification(std::string_view key) {
  constexpr char kNoUrl[] = "it was placed without a notifyUrl";
  MutexLock lock(&mutex_);
  const absl::StatusOr<Order*> order = OrderByKey(key);
  if (order.ok()) {
    if ((*order)->terms.notify_url.empty()) return absl::FailedPreconditionError(kNoUrl);
    Notify(*order);
    return absl::OkStatus();
  }
  const absl::StatusOr<Refund*> refund = RefundByKey(key);
  if (!refund.ok()) return absl::IsNotFound(order.status()) ? refund.status() : order.status();
  if ((*refund)->terms.notify_url.empty()) return absl::FailedPreconditionError(kNoUrl);
  Notify(*refund);
  return absl::OkStatus();
}

std::string Book::NotifyId(std::map<std::string, std::string>* ids, std::string_view status) {
  std::string& id = (*ids)[std::string(status)];
  if (id.empty()) {
    const std::string date =
        absl::FormatTime("%Y%m%d", parts_.clock->Now() + kGulfTime, absl::UTCTimeZone());
    id = StrCat(date, absl::StrFormat("%010d", parts_.ids->Count("notify_id")));
  }
  return id;
}

void Book::Notify(Order* order) {
  if (order->terms.notify_url.empty()) return;
  Notice notice;
  notice.notify_id = NotifyId(&order->notify_ids, order->status);
  notice.order = *order;
  parts_.notify(std::move(notice));
}

void Book::Notify(Refund* refund) {
  if (refund->terms.notify_url.empty()) return;
  Notice notice;
  notice.notify_id = NotifyId(&refund->notify_ids, refund->status);
  notice.refund = *refund;
  parts_.notify(std::move(notice));
}

void Book::Record(const Order& order, std::string_view operation, int64_t fils) {
  LedgerEntry entry;
  entry.time = parts_.clock->Now();
  entry.account = order.partner_id;
  entry.operation = std::string(operation);
  entry.provider_key = order.terms.merchant_order_no;
  entry.provider_number = order.order_no;
  entry.currency_code = kCurrency;
  entry.minor_units = fils;
  entry.state = std::string(order.status);
  parts_.ledger->Append(std::move(entry));
}

void Book::Record(const Refund& refund, std::string_view operation, int64_t fils) {
  LedgerEntry entry;
  entry.time = parts_.clock->Now();
  entry.account = refund.partner_id;
  entry.operation = std::string(operation);
  entry.provider_key = refund.terms.refund_no;
  entry.provider_number = refund.order_no;
  entry.currency_code = kCurrency;
  entry.minor_units = fils;
  entry.state = std::string(refund.status);
  parts_.ledger->Append(std::move(entry));
}

}  // namespace sluice::payby::simulator
