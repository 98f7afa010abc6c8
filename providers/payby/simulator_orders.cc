// What a merchant may do to an order, in every state it can be in.

#include <algorithm>

#include "absl/strings/str_format.h"
#include "providers/payby/simulator_book.h"

namespace sluice::payby::simulator {
namespace {

constexpr int64_t kDefaultExpiryMs = 2LL * 3600 * 1000;
constexpr int kTokenBytes = 16;  // 32 hexadecimal digits.

ReturnCode FinalStateCode(const Order& order) {
  if (order.status == kPaidSuccess) return kOrderPaid;
  if (order.status == kSettled) return kOrderSettled;
  return kOrderFailure;
}

ReturnCode NotFoundCode(const NumberPair& numbers) {
  return numbers.provider_no.empty() ? kMerchantOrderNoNotExist : kOrderNoNotExist;
}

// The merchant's name is filled in even when no accessory content was sent.
Json WithMerchantName(Json accessory, const std::string& name) {
  if (!accessory.is_object()) accessory = Json::Object();
  const Json* sent = accessory.Find("terminalDetail");
  Json terminal = sent != nullptr && sent->is_object() ? *sent : Json::Object();
  if (terminal.Find("merchantName") == nullptr) terminal.Set("merchantName", name);
  accessory.Set("terminalDetail", std::move(terminal));
  return accessory;
}

}  // namespace

Order* Book::FindOrder(const Account& account, const NumberPair& numbers) const {
  if (!numbers.provider_no.empty()) {
    const auto found = orders_.find(numbers.provider_no);
    const bool ours = found != orders_.end() && found->second->partner_id == account.partner_id;
    return ours ? found->second.get() : nullptr;
  }
  const auto found = orders_by_merchant_no_.find({account.partner_id, numbers.merchant_no});
  return found == orders_by_merchant_no_.end() ? nullptr : found->second;
}

std::string Book::NewToken(const Order& order) {
  std::string token = parts_.ids->Hex(kTokenBytes);
  tokens_[token] = orders_.find(order.order_no)->second.get();
  return token;
}

ReturnCode Book::Replay(Order* order, const OrderTerms& terms, Order* out, std::string* token) {
  if (order->terms.fingerprint != terms.fingerprint) return kMerchantOrderNoExist;
  const bool open = order->status == kCreated;
  if (!open && parts_.switches->Text("replay_final") == "error") return FinalStateCode(*order);
  if (open) *token = NewToken(*order);
  *out = *order;
  return kSuccess;
}

ReturnCode Book::PlaceOrder(const Account& account, const OrderTerms& terms,
                            int64_t request_time_ms, absl::Time now, Order* out,
                            std::string* token) {
  MutexLock lock(&mutex_);
  if (Order* existing = FindOrder(account, {terms.merchant_order_no, ""})) {
    return Replay(existing, terms, out, token);
  }
  if (!terms.payee_mid.empty() && terms.payee_mid != account.partner_id) return kPayeeMidNotExist;
  auto owned = std::make_unique<Order>();
  Order* order = owned.get();
  order->terms = terms;
  if (order->terms.payee_mid.empty()) order->terms.payee_mid = account.partner_id;
  order->terms.accessory_content = WithMerchantName(terms.accessory_content, account.merchant_name);
  order->partner_id = account.partner_id;
  order->merchant_name = account.merchant_name;
  order->order_no = parts_.ids->TimeNumber("13", now);
  order->request_time_ms = request_time_ms;
  order->expired_time_ms = terms.expired_time_ms.value_or(request_time_ms + kDefaultExpiryMs);
  order->create_time = parts_.clock->Now();
  orders_.emplace(order->order_no, std::move(owned));
  orders_by_merchant_no_.emplace(Key(order->partner_id, terms.merchant_order_no), order);
  order_keys_.emplace(terms.merchant_order_no, order);
  *token = NewToken(*order);
  Record(*order, "place_order", 0);
  ScheduleOrder(order, absl::FromUnixMillis(order->expired_time_ms), &Book::ExpireDue);
  if (parts_.switches->On("auto_pay")) {
    parts_.clock->After(parts_.switches->Delay("auto_pay_delay"), [this, order] {
      MutexLock event_lock(&mutex_);
      AutoPay(order);
    });
  }
  *out = *order;
  return kSuccess;
}

ReturnCode Book::GetOrder(const Account& account, const NumberPair& numbers, Order* out) const {
  MutexLock lock(&mutex_);
  const Order* order = FindOrder(account, numbers);
  if (order == nullptr) return NotFoundCode(numbers);
  *out = *order;
  return kSuccess;
}

ReturnCode Book::CancelOrder(const Account& account, const NumberPair& numbers, Order* out) {
  MutexLock lock(&mutex_);
  Order* order = FindOrder(account, numbers);
  if (order == nullptr) return NotFoundCode(numbers);
  if (order->status != kCreated) return FinalStateCode(*order);
  MarkFailed(order, "cancel");
  *out = *order;
  return kSuccess;
}

ReturnCode Book::RevokeOrder(const Account& account, const NumberPair& numbers, Order* out) {
  MutexLock lock(&mutex_);
  Order* order = FindOrder(account, numbers);
  if (order == nullptr) return NotFoundCode(numbers);
  if (order->status == kCreated) {
    order->revoked = true;
    MarkFailed(order, "revoke");
  } else if (order->status != kFailure && !order->revoked) {
    if (order->refunded + order->refunding > 0) return kOrderRefunded;
    ReturnMoney(order);
  }
  *out = *order;
  return kSuccess;
}

// What a revoke gives back: an unsettled payment is undone; a settled one stays settled, and the
// money goes back by a refund of its own.
void Book::ReturnMoney(Order* order) {
  order->revoked = true;
  order->refunded = order->terms.amount;
  if (order->status == kPaidSuccess) {
    if (order->next_event != 0) parts_.clock->Cancel(order->next_event);
    order->status = kFailure;
    Record(*order, "revoke", order->terms.amount);
    if (parts_.switches->On("notify_failure")) Notify(order);
    return;
  }
  Record(*order, "revoke", order->terms.amount);
  auto refund = std::make_unique<Refund>();
  refund->order_no = parts_.ids->TimeNumber("19", parts_.clock->Now());
  refund->terms.refund_no = refund->order_no;  // The merchant gave none.
  refund->terms.amount = order->terms.amount;
  refund->partner_id = order->partner_id;
  refund->origin_merchant_order_no = order->terms.merchant_order_no;
  refund->origin_order_no = order->order_no;
  refund->status = kRefundSuccess;
  refunds_by_merchant_no_.emplace(Key(refund->partner_id, refund->terms.refund_no), refund.get());
  refunds_.emplace(refund->order_no, std::move(refund));
}

std::optional<Order> Book::FindByToken(std::string_view token) const {
  MutexLock lock(&mutex_);
  const auto found = tokens_.find(token);
  if (found == tokens_.end()) return std::nullopt;
  return *found->second;
}

}  // namespace sluice::payby::simulator
