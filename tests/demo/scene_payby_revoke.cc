// RevokeOrder: undo whatever has happened. Here the payer has paid, so the money goes back.

#include "absl/strings/str_cat.h"
#include "tests/demo/scene.h"

namespace sluice::demo {
namespace {

absl::Status Play(World& world) {
  v1::Order order;
  order.set_wallet("payby");
  *order.mutable_amount() = MoneyOf("AED", 5000);
  order.set_description("A mistake");
  const auto created = world.CreateOrder("EW-2", order);
  if (!created.ok()) return created.status();
  const std::string& name = created->name();
  if (auto waits = world.Await("order.awaiting_payer", name); !waits.ok()) return waits.status();
  if (auto paid = world.Pay(name); !paid.ok()) return paid;
  if (auto paid = world.Await("order.paid", name); !paid.ok()) return paid.status();
  world.say.Say("It should never have been paid: everything is undone.");
  v1::RevokeOrderRequest revoke;
  revoke.set_name(name);
  revoke.set_request_id("demo-revoke-EW-2");
  const auto asked = world.Call(world.order_stub, &v1::OrderService::Stub::RevokeOrder, revoke);
  if (!asked.ok()) return asked.status();
  if (auto done = world.Await("order.revoked", name); !done.ok()) return done.status();
  world.say.Good("REVOKED: 50.00 AED are back with the payer");
  return absl::OkStatus();
}

}  // namespace

const Scene kPayByRevoke = {"payby", "PayBy: another order, paid and then revoked", false, nullptr,
                            Play};

}  // namespace sluice::demo
