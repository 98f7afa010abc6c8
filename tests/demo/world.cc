#include "tests/demo/world.h"

#include "absl/time/clock.h"

namespace sluice::demo {

v1::Money MoneyOf(const std::string& currency_code, int64_t minor_units) {
  v1::Money money;
  money.set_currency_code(currency_code);
  money.set_minor_units(minor_units);
  return money;
}

void World::Connect(const std::shared_ptr<grpc::Channel>& channel) {
  order_stub = v1::OrderService::NewStub(channel);
  refund_stub = v1::RefundService::NewStub(channel);
  payout_stub = v1::PayoutService::NewStub(channel);
  link_stub = v1::AccountLinkService::NewStub(channel);
  provider_stub = v1::ProviderService::NewStub(channel);
  simulator_stub = simulator::v1::SimulatorService::NewStub(channel);
  orders.clear();
  refunds.clear();
  payouts.clear();
  links.clear();
}

absl::Time World::Deadline() { return absl::Now() + kCallTimeout; }

absl::StatusOr<v1::Order> World::CreateOrder(const std::string& id, const v1::Order& order) {
  v1::CreateOrderRequest request;
  request.set_parent(kMerchant);
  request.set_order_id(id);
  request.set_request_id(absl::StrCat("demo-", id));
  *request.mutable_order() = order;
  auto created = Call(order_stub, &v1::OrderService::Stub::CreateOrder, request);
  if (!created.ok()) return created;
  orders.push_back(created->name());
  ++orders_made;
  return created;
}

absl::StatusOr<v1::Refund> World::CreateRefund(const std::string& order, const std::string& id,
                                               const v1::Money& amount,
                                               const std::string& description) {
  v1::CreateRefundRequest request;
  request.set_parent(order);
  request.set_refund_id(id);
  request.set_request_id(absl::StrCat("demo-", id));
  *request.mutable_refund()->mutable_amount() = amount;
  request.mutable_refund()->set_description(description);
  auto created = Call(refund_stub, &v1::RefundService::Stub::CreateRefund, request);
  if (!created.ok()) return created;
  refunds.push_back(created->name());
  ++refunds_made;
  return created;
}

absl::StatusOr<v1::Payout> World::CreatePayout(const std::string& id, const v1::Payout& payout) {
  v1::CreatePayoutRequest request;
  request.set_parent(kMerchant);
  request.set_payout_id(id);
  request.set_request_id(absl::StrCat("demo-", id));
  *request.mutable_payout() = payout;
  auto created = Call(payout_stub, &v1::PayoutService::Stub::CreatePayout, request);
  if (!created.ok()) return created;
  payouts.push_back(created->name());
  ++payouts_made;
  return created;
}

absl::StatusOr<v1::AccountLink> World::CreateAccountLink(const std::string& id,
                                                         const v1::AccountLink& link) {
  v1::CreateAccountLinkRequest request;
  request.set_parent(kMerchant);
  request.set_account_link_id(id);
  request.set_request_id(absl::StrCat("demo-", id));
  *request.mutable_account_link() = link;
  auto created = Call(link_stub, &v1::AccountLinkService::Stub::CreateAccountLink, request);
  if (!created.ok()) return created;
  links.push_back(created->name());
  ++links_made;
  return created;
}

absl::Status World::ConfirmLink(const std::string& name) {
  simulator::v1::ConfirmLinkRequest request;
  request.mutable_target()->set_name(name);
  return Call(simulator_stub, &simulator::v1::SimulatorService::Stub::ConfirmLink, request)
      .status();
}

absl::Status World::Pay(const std::string& name) {
  simulator::v1::PayRequest request;
  request.mutable_target()->set_name(name);
  return Call(simulator_stub, &simulator::v1::SimulatorService::Stub::Pay, request).status();
}

absl::Status World::SetState(const std::string& name, const std::string& state) {
  simulator::v1::SetStateRequest request;
  request.mutable_target()->set_name(name);
  request.set_state(state);
  return Call(simulator_stub, &simulator::v1::SimulatorService::Stub::SetState, request).status();
}

absl::Status World::PutFault(const std::string& provider, const simulator::v1::Fault& fault) {
  simulator::v1::PutFaultRequest request;
  request.set_provider(provider);
  *request.mutable_fault() = fault;
  return Call(simulator_stub, &simulator::v1::SimulatorService::Stub::PutFault, request).status();
}

absl::Status World::SetSwitch(const std::string& provider, const std::string& name,
                              const std::string& value) {
  simulator::v1::SetSwitchRequest request;
  request.set_provider(provider);
  request.set_name(name);
  request.set_value(value);
  return Call(simulator_stub, &simulator::v1::SimulatorService::Stub::SetSwitch, request).status();
}

absl::Status World::AdvanceClock(const std::string& provider, absl::Duration duration) {
  simulator::v1::AdvanceClockRequest request;
  request.set_provider(provider);
  request.mutable_duration()->set_seconds(absl::ToInt64Seconds(duration));
  return Call(simulator_stub, &simulator::v1::SimulatorService::Stub::AdvanceClock, request)
      .status();
}

absl::StatusOr<v1::Event> World::Await(const std::string& type, const std::string& resource) {
  return events.WaitFor(
      [&](const v1::Event& event) { return event.type() == type && event.resource() == resource; },
      absl::StrCat(type, " of ", ShortName(resource)), kEventTimeout);
}

}  // namespace sluice::demo
