// Orders, refunds, payouts and account links.

#include <utility>

#include "server/core/decision.h"
#include "server/core/mask.h"
#include "server/rpc/convert_common.h"

namespace sluice::rpc {
namespace {

#define SLUICE_SAME(core_value, proto_value) \
  static_assert(static_cast<int>(core_value) == static_cast<int>(proto_value))
SLUICE_SAME(OrderState::kSubmitting, v1::Order::STATE_SUBMITTING);
SLUICE_SAME(OrderState::kAwaitingPayer, v1::Order::STATE_AWAITING_PAYER);
SLUICE_SAME(OrderState::kPaid, v1::Order::STATE_PAID);
SLUICE_SAME(OrderState::kCanceling, v1::Order::STATE_CANCELING);
SLUICE_SAME(OrderState::kCanceled, v1::Order::STATE_CANCELED);
SLUICE_SAME(OrderState::kRevoking, v1::Order::STATE_REVOKING);
SLUICE_SAME(OrderState::kRevoked, v1::Order::STATE_REVOKED);
SLUICE_SAME(OrderState::kExpired, v1::Order::STATE_EXPIRED);
SLUICE_SAME(OrderState::kFailed, v1::Order::State_MAX);
SLUICE_SAME(RefundState::kSubmitting, v1::Refund::STATE_SUBMITTING);
SLUICE_SAME(RefundState::kPending, v1::Refund::STATE_PENDING);
SLUICE_SAME(RefundState::kSucceeded, v1::Refund::STATE_SUCCEEDED);
SLUICE_SAME(RefundState::kFailed, v1::Refund::State_MAX);
SLUICE_SAME(PayoutState::kSubmitting, v1::Payout::STATE_SUBMITTING);
SLUICE_SAME(PayoutState::kPending, v1::Payout::STATE_PENDING);
SLUICE_SAME(PayoutState::kSucceeded, v1::Payout::STATE_SUCCEEDED);
SLUICE_SAME(PayoutState::kFailed, v1::Payout::STATE_FAILED);
SLUICE_SAME(PayoutState::kCanceled, v1::Payout::State_MAX);
SLUICE_SAME(AccountLinkState::kSubmitting, v1::AccountLink::STATE_SUBMITTING);
SLUICE_SAME(AccountLinkState::kAwaitingPayer, v1::AccountLink::STATE_AWAITING_PAYER);
SLUICE_SAME(AccountLinkState::kActive, v1::AccountLink::STATE_ACTIVE);
SLUICE_SAME(AccountLinkState::kRevoking, v1::AccountLink::STATE_REVOKING);
SLUICE_SAME(AccountLinkState::kRevoked, v1::AccountLink::STATE_REVOKED);
SLUICE_SAME(AccountLinkState::kExpired, v1::AccountLink::STATE_EXPIRED);
SLUICE_SAME(AccountLinkState::kFailed, v1::AccountLink::State_MAX);
SLUICE_SAME(Presentation::kRedirect, v1::PRESENTATION_REDIRECT);
SLUICE_SAME(Presentation::kQrCode, v1::PRESENTATION_QR_CODE);
SLUICE_SAME(Presentation::kPush, v1::Presentation_MAX);
#undef SLUICE_SAME

void ToProto(const LineItem& item, v1::LineItem* out) {
  out->set_display_name(item.display_name);
  out->set_description(item.description);
  out->set_image_url(item.image_url);
  rpc::ToProto(item.unit_price, out->mutable_unit_price());
  out->set_quantity(item.quantity);
}

LineItem LineItemFromProto(const v1::LineItem& item) {
  return {.display_name = item.display_name(),
          .description = item.description(),
          .image_url = item.image_url(),
          .unit_price = MoneyFromProto(item.unit_price()),
          .quantity = item.quantity() == 0 ? 1 : item.quantity()};
}

// Before anything is paid, sums are zero of the order's currency, not nothing.
Money OrZero(const Money& money, const Money& like) {
  return money.empty() ? Money{.currency_code = like.currency_code} : money;
}

}  // namespace

void ToProto(const Order& order, v1::Order* out) {
  BaseToProto(order, out);
  out->set_name(order.Name());
  out->set_state(static_cast<v1::Order::State>(order.state));
  out->set_wallet(order.wallet);
  out->set_presentation(static_cast<v1::Presentation>(order.presentation));
  ToProto(order.amount, out->mutable_amount());
  ToProto(OrZero(order.paid, order.amount), out->mutable_paid());
  ToProto(OrZero(order.refunded, order.amount), out->mutable_refunded());
  ToProto(OrZero(Refundable(order), order.amount), out->mutable_refundable());
  out->set_description(order.description);
  out->set_return_url(order.return_url);
  out->set_account_link(order.account_link);
  for (const LineItem& item : order.line_items) ToProto(item, out->add_line_items());
  if (order.next_action.kind != NextAction::Kind::kNone) {
    ToProto(order.next_action, out->mutable_next_action());
  }
  out->set_late(order.late);
  OptionalToProto(order.expire_time, [out] { return out->mutable_expire_time(); });
  OptionalToProto(order.pay_time, [out] { return out->mutable_pay_time(); });
  OptionalToProto(order.settle_time, [out] { return out->mutable_settle_time(); });
  OptionalToProto(order.end_time, [out] { return out->mutable_end_time(); });
}

void ToProto(const Refund& refund, v1::Refund* out) {
  BaseToProto(refund, out);
  out->set_name(refund.Name());
  out->set_state(static_cast<v1::Refund::State>(refund.state));
  ToProto(refund.amount, out->mutable_amount());
  out->set_description(refund.description);
  OptionalToProto(refund.end_time, [out] { return out->mutable_end_time(); });
}

void ToProto(const Payout& payout, v1::Payout* out) {
  BaseToProto(payout, out);
  out->set_name(payout.Name());
  out->set_state(static_cast<v1::Payout::State>(payout.state));
  out->set_wallet(payout.wallet);
  ToProto(payout.amount, out->mutable_amount());
  out->set_receiver_account_masked(Mask(payout.receiver_account));
  out->set_description(payout.description);
  if (!payout.fee.empty()) ToProto(payout.fee, out->mutable_fee());
  out->set_fee_kept(payout.fee_kept);
  if (!payout.receive_amount.empty()) {
    ToProto(payout.receive_amount, out->mutable_receive_amount());
  }
  out->set_exchange_rate(payout.exchange_rate);
  OptionalToProto(payout.end_time, [out] { return out->mutable_end_time(); });
}

void ToProto(const AccountLink& link, v1::AccountLink* out) {
  BaseToProto(link, out);
  out->set_name(link.Name());
  out->set_state(static_cast<v1::AccountLink::State>(link.state));
  out->set_wallet(link.wallet);
  out->set_return_url(link.return_url);
  if (link.next_action.kind != NextAction::Kind::kNone) {
    ToProto(link.next_action, out->mutable_next_action());
  }
  OptionalToProto(link.expire_time, [out] { return out->mutable_expire_time(); });
  OptionalToProto(link.activate_time, [out] { return out->mutable_activate_time(); });
  OptionalToProto(link.end_time, [out] { return out->mutable_end_time(); });
}

absl::StatusOr<Order> OrderFromProto(std::string_view merchant, std::string_view id,
                                     const v1::Order& in) {
  Violations violations;
  Order order;
  BaseFromProto(merchant, id, in, &order);
  absl::StatusOr<std::string> account =
      ProviderAccountFromProto(merchant, in.provider_account(), "order.provider_account");
  if (account.ok()) order.provider_account = *std::move(account);
  violations.Add(account.status());
  order.wallet = in.wallet();
  order.presentation = EnumFromProto<Presentation>(in.presentation(), &v1::Presentation_IsValid,
                                                   "order.presentation", &violations);
  order.amount = MoneyFromProto(in.amount());
  order.description = in.description();
  order.return_url = in.return_url();
  if (!in.account_link().empty()) {
    absl::StatusOr<ResourceName> link =
        ParseName(in.account_link(), ResourceKind::kAccountLink, "order.account_link");
    violations.Add(link.status());
    if (link.ok() && link->merchant != merchant) {
      return PermissionDenied("order.account_link: is of another merchant than the parent");
    }
    order.account_link = in.account_link();
  }
  order.customer = CustomerFromProto(in.customer());
  for (const v1::LineItem& item : in.line_items()) {
    order.line_items.push_back(LineItemFromProto(item));
  }
  if (in.has_expire_time()) {
    absl::StatusOr<absl::Time> time = TimeFromProto(in.expire_time(), "order.expire_time");
    violations.Add(time.status());
    if (time.ok()) order.expire_time = *time;
  }
  if (!violations.ok()) return violations.ToStatus();
  return order;
}

absl::StatusOr<Refund> RefundFromProto(std::string_view merchant, std::string_view order_id,
                                       std::string_view id, const v1::Refund& in) {
  Refund refund;
  BaseFromProto(merchant, id, in, &refund);
  refund.order_id = std::string(order_id);
  refund.amount = MoneyFromProto(in.amount());
  refund.description = in.description();
  return refund;
}

absl::StatusOr<Payout> PayoutFromProto(std::string_view merchant, std::string_view id,
                                       const v1::Payout& in) {
  Payout payout;
  BaseFromProto(merchant, id, in, &payout);
  absl::StatusOr<std::string> account =
      ProviderAccountFromProto(merchant, in.provider_account(), "payout.provider_account");
  if (!account.ok()) return account.status();
  payout.provider_account = *std::move(account);
  payout.wallet = in.wallet();
  payout.amount = MoneyFromProto(in.amount());
  payout.receiver_account = in.receiver_account();
  payout.description = in.description();
  return payout;
}

absl::StatusOr<AccountLink> AccountLinkFromProto(std::string_view merchant, std::string_view id,
                                                 const v1::AccountLink& in) {
  AccountLink link;
  BaseFromProto(merchant, id, in, &link);
  absl::StatusOr<std::string> account =
      ProviderAccountFromProto(merchant, in.provider_account(), "account_link.provider_account");
  if (!account.ok()) return account.status();
  link.provider_account = *std::move(account);
  link.wallet = in.wallet();
  link.return_url = in.return_url();
  link.customer = CustomerFromProto(in.customer());
  return link;
}

}  // namespace sluice::rpc
