// The fields of every stored struct, each listed once: the JSON writer, the JSON reader and the
// fingerprint are visitors of these lists. A visitor is called as v(name, field, traits).
//
// A new field of a struct belongs here, or it is not stored; codec_test finds what was forgotten.
// The order of a list is the order of the members in the text. Names are stored and published:
// never change one.
//
// Threads: pure functions. Ownership: none.

#pragma once

#include <type_traits>

#include "server/core/error.h"
#include "server/core/resources.h"

namespace sluice {

// What holds of a field, besides its type.
using FieldTraits = unsigned;
inline constexpr FieldTraits kShown = 0;        // In every form.
inline constexpr FieldTraits kHidden = 1 << 0;  // Internal or personal: not in the public form.
inline constexpr FieldTraits kMasked = 1 << 1;  // Personal: masked in the public form.
inline constexpr FieldTraits kGiven = 1 << 2;   // Given by the caller: in the fingerprint.
inline constexpr FieldTraits kAlways = 1 << 3;  // Its default is not zero: never left out.

// T is Struct or const Struct: one list serves reading and writing.
template <typename T, typename Struct>
concept MaybeConst = std::is_same_v<std::remove_const_t<T>, Struct>;

template <typename Visitor, MaybeConst<Money> T>
void VisitFields(Visitor& v, T& money) {
  v("currency_code", money.currency_code, kShown);
  v("minor_units", money.minor_units, kShown);
}

template <typename Visitor, MaybeConst<Failure> T>
void VisitFields(Visitor& v, T& failure) {
  v("reason", failure.reason, kShown);
  v("message", failure.message, kShown);
  v("provider_code", failure.provider_code, kShown);
  v("provider_message", failure.provider_message, kShown);
}

template <typename Visitor, MaybeConst<Resolution> T>
void VisitFields(Visitor& v, T& resolution) {
  v("resolved_by", resolution.resolved_by, kShown);
  v("evidence", resolution.evidence, kShown);
  v("time", resolution.time, kShown);
}

template <typename Visitor, MaybeConst<Attempt> T>
void VisitFields(Visitor& v, T& attempt) {
  v("number", attempt.number, kShown);
  v("verb", attempt.verb, kShown);
  v("state", attempt.state, kShown);
  v("provider_key", attempt.provider_key, kShown);
  v("abandoned", attempt.abandoned, kShown);
  v("sends", attempt.sends, kShown);
  v("step", attempt.step, kHidden);
  v("carry", attempt.carry, kHidden);
  v("start_time", attempt.start_time, kShown);
  v("send_time", attempt.send_time, kShown);
  v("end_time", attempt.end_time, kShown);
  v("failure", attempt.failure, kShown);
  v("traceparent", attempt.traceparent, kShown);
  v("resolution", attempt.resolution, kShown);
}

template <typename Visitor, MaybeConst<NextAction> T>
void VisitFields(Visitor& v, T& next) {
  v("kind", next.kind, kShown);
  v("url", next.url, kShown);
  v("app_deep_link", next.app_deep_link, kShown);
  v("payload", next.payload, kShown);
}

template <typename Visitor, MaybeConst<Customer> T>
void VisitFields(Visitor& v, T& customer) {
  v("display_name", customer.display_name, kHidden);
  v("email", customer.email, kHidden);
  v("phone", customer.phone, kHidden);
  v("address", customer.address, kHidden);
  v("city", customer.city, kHidden);
  v("state", customer.state, kHidden);
  v("postal_code", customer.postal_code, kHidden);
  v("country", customer.country, kHidden);
  v("ip_address", customer.ip_address, kHidden);
}

template <typename Visitor, MaybeConst<LineItem> T>
void VisitFields(Visitor& v, T& item) {
  v("display_name", item.display_name, kShown);
  v("description", item.description, kShown);
  v("image_url", item.image_url, kShown);
  v("unit_price", item.unit_price, kShown);
  v("quantity", item.quantity, kShown | kAlways);
}

template <typename Visitor, MaybeConst<ResourceBase> T>
void VisitFields(Visitor& v, T& base) {
  v("merchant", base.merchant, kShown);
  v("id", base.id, kShown | kGiven);
  v("provider", base.provider, kShown);
  v("provider_account", base.provider_account, kShown | kGiven);
  v("create_time", base.create_time, kShown);
  v("update_time", base.update_time, kShown);
  v("revision", base.revision, kShown);
  v("attention", base.attention, kShown);
  v("failure", base.failure, kShown);
  v("provider_number", base.provider_number, kShown);
  v("provider_data", base.provider_data, kHidden);
  v("attempts", base.attempts, kShown);
  v("labels", base.labels, kShown | kGiven);
  v("traceparent", base.traceparent, kShown);
  v("due_time", base.due_time, kHidden);
  v("polls", base.polls, kHidden);
  v("doubt_time", base.doubt_time, kHidden);
}

// `T` with the constness of `Like`.
template <typename Like, typename T>
using SameConst = std::conditional_t<std::is_const_v<Like>, const T, T>;

template <typename Visitor, MaybeConst<Order> T>
void VisitFields(Visitor& v, T& order) {
  VisitFields(v, static_cast<SameConst<T, ResourceBase>&>(order));
  v("wallet", order.wallet, kShown | kGiven);
  v("presentation", order.presentation, kShown | kGiven);
  v("amount", order.amount, kShown | kGiven);
  v("paid", order.paid, kShown);
  v("refunded", order.refunded, kShown);
  v("refund_pending", order.refund_pending, kShown);  // The public `refundable` is less by it.
  v("description", order.description, kShown | kGiven);
  v("return_url", order.return_url, kShown | kGiven);
  v("account_link", order.account_link, kShown | kGiven);
  v("customer", order.customer, kHidden | kGiven);
  v("line_items", order.line_items, kShown | kGiven);
  v("state", order.state, kShown);
  v("late", order.late, kShown);
  v("next_action", order.next_action, kShown);
  v("expire_time", order.expire_time, kShown | kGiven);
  v("pay_time", order.pay_time, kShown);
  v("settle_time", order.settle_time, kShown);
  v("end_time", order.end_time, kShown);
}

template <typename Visitor, MaybeConst<Refund> T>
void VisitFields(Visitor& v, T& refund) {
  VisitFields(v, static_cast<SameConst<T, ResourceBase>&>(refund));
  v("order_id", refund.order_id, kShown | kGiven);
  v("amount", refund.amount, kShown | kGiven);
  v("description", refund.description, kShown | kGiven);
  v("state", refund.state, kShown);
  v("end_time", refund.end_time, kShown);
}

template <typename Visitor, MaybeConst<Payout> T>
void VisitFields(Visitor& v, T& payout) {
  VisitFields(v, static_cast<SameConst<T, ResourceBase>&>(payout));
  v("wallet", payout.wallet, kShown | kGiven);
  v("amount", payout.amount, kShown | kGiven);
  v("receiver_account", payout.receiver_account, kMasked | kGiven);
  v("description", payout.description, kShown | kGiven);
  v("state", payout.state, kShown);
  v("fee", payout.fee, kShown);
  v("fee_kept", payout.fee_kept, kShown);
  v("receive_amount", payout.receive_amount, kShown);
  v("exchange_rate", payout.exchange_rate, kShown);
  v("end_time", payout.end_time, kShown);
}

template <typename Visitor, MaybeConst<AccountLink> T>
void VisitFields(Visitor& v, T& link) {
  VisitFields(v, static_cast<SameConst<T, ResourceBase>&>(link));
  v("wallet", link.wallet, kShown | kGiven);
  v("return_url", link.return_url, kShown | kGiven);
  v("customer", link.customer, kHidden | kGiven);
  v("state", link.state, kShown);
  v("next_action", link.next_action, kShown);
  v("expire_time", link.expire_time, kShown);
  v("activate_time", link.activate_time, kShown);
  v("end_time", link.end_time, kShown);
  v("payer_key", link.payer_key, kHidden);
  v("succession_open", link.succession_open, kHidden);
}

template <typename Visitor, MaybeConst<FieldViolation> T>
void VisitFields(Visitor& v, T& violation) {
  v("field", violation.field, kShown);
  v("description", violation.description, kShown);
}

template <typename Visitor, MaybeConst<ErrorDetails> T>
void VisitFields(Visitor& v, T& details) {
  v("reason", details.reason, kShown);
  v("side_effect_possible", details.side_effect_possible, kShown);
  v("fields", details.fields, kShown);
  v("metadata", details.metadata, kShown);
  v("retry_after", details.retry_after, kShown);
  v("resource_type", details.resource_type, kShown);
  v("resource_name", details.resource_name, kShown);
  v("precondition_subject", details.precondition_subject, kShown);
}

}  // namespace sluice
