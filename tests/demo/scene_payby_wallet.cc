// EWALLET: the payer's app opens by a link. Paid, settled, and a part given back.

#include "absl/strings/str_cat.h"
#include "tests/demo/scene.h"

namespace sluice::demo {
namespace {

// The simulated provider settles ten minutes after the payment; a refund takes two seconds. Both
// pass on its virtual clock, which stays within the quarter of an hour that signed requests allow.
constexpr absl::Duration kUntilSettled = absl::Minutes(11), kUntilRefunded = absl::Seconds(5);

absl::Status Refund(World& world, const std::string& order) {
  world.say.Say("The payer returns something: 2.34 AED of 12.34 AED go back.");
  const auto refund = world.CreateRefund(order, "RFD-1", MoneyOf("AED", 234), "one item returned");
  if (!refund.ok()) return refund.status();
  if (auto pending = world.Await("refund.pending", refund->name()); !pending.ok()) {
    return pending.status();
  }
  if (auto passed = world.AdvanceClock("payby", kUntilRefunded); !passed.ok()) return passed;
  const auto done = world.Await("refund.succeeded", refund->name());
  if (!done.ok()) return done.status();

  v1::GetOrderRequest get;
  get.set_name(order);
  const auto now = world.Call(world.order_stub, &v1::OrderService::Stub::GetOrder, get);
  if (!now.ok()) return now.status();
  if (now->refunded().minor_units() != 234 || now->refundable().minor_units() != 1000) {
    return absl::InternalError(
        absl::StrCat("the order's books are wrong: ", now->ShortDebugString()));
  }
  world.say.Good("2.34 AED refunded, 10.00 AED could still be");
  return absl::OkStatus();
}

absl::Status Settle(World& world, const std::string& order) {
  world.say.Say("Eleven minutes pass at the provider, and it settles; we ask it.");
  if (auto passed = world.AdvanceClock("payby", kUntilSettled); !passed.ok()) return passed;
  v1::SyncOrderRequest sync;
  sync.set_name(order);
  const auto asked = world.Call(world.order_stub, &v1::OrderService::Stub::SyncOrder, sync);
  if (!asked.ok()) return asked.status();
  return world.Await("order.settled", order).status();
}

absl::Status Play(World& world) {
  v1::Order order;
  order.set_wallet("botim");
  order.set_presentation(v1::PRESENTATION_REDIRECT);
  *order.mutable_amount() = MoneyOf("AED", 1234);
  order.set_description("Two coffees");
  order.set_return_url("https://shop.example/done");
  const auto created = world.CreateOrder("EW-1", order);
  if (!created.ok()) return created.status();
  const std::string& name = created->name();
  if (auto waits = world.Await("order.awaiting_payer", name); !waits.ok()) return waits.status();
  world.say.Say(absl::StrCat("The payer opens ", created->next_action().redirect().url()));
  if (created->next_action().redirect().url().empty()) {
    return absl::InternalError("the order has no link for the payer");
  }
  if (auto paid = world.Pay(name); !paid.ok()) return paid;
  if (auto paid = world.Await("order.paid", name); !paid.ok()) return paid.status();
  world.say.Good("PAID, by the provider's signed notification");
  if (auto refunded = Refund(world, name); !refunded.ok()) return refunded;
  return Settle(world, name);
}

}  // namespace

const Scene kPayByWallet = {
    "payby", "PayBy: an order in the BOTIM wallet, paid and partly refunded", false, nullptr, Play};

}  // namespace sluice::demo
