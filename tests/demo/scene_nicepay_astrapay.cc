// AstraPay: the payer links an account once, and then pays an order with it.

#include "absl/strings/str_cat.h"
#include "tests/demo/scene.h"
#include "tests/demo/scene_nicepay.h"

namespace sluice::demo {
namespace {

absl::StatusOr<std::string> Link(World& world) {
  v1::AccountLink link;
  link.set_wallet("astrapay");
  link.set_return_url("https://shop.example/linked");
  *link.mutable_customer() = IndonesianPayer();
  const auto created = world.CreateAccountLink("ASTRA-1", link);
  if (!created.ok()) return created.status();
  const std::string& name = created->name();
  if (auto waits = world.Await("account_link.awaiting_payer", name); !waits.ok()) {
    return waits.status();
  }
  world.say.Say(absl::StrCat("The payer approves on ", created->next_action().redirect().url()));
  if (auto confirmed = world.ConfirmLink(name); !confirmed.ok()) return confirmed;
  if (auto active = world.Await("account_link.active", name); !active.ok()) return active.status();
  world.say.Good("ACTIVE: the handle of the account is sealed, and shown to nobody");
  return name;
}

absl::Status Play(World& world) {
  const auto link = Link(world);
  if (!link.ok()) return link.status();
  v1::Order order = IndonesianOrder("astrapay", 12000, "Parkir");
  order.set_account_link(*link);
  const auto created = world.CreateOrder("ASTRA-PAY-1", order);
  if (!created.ok()) return created.status();
  const std::string& name = created->name();
  if (auto waits = world.Await("order.awaiting_payer", name); !waits.ok()) return waits.status();
  if (auto paid = world.Pay(name); !paid.ok()) return paid;
  if (auto paid = world.Await("order.paid", name); !paid.ok()) return paid.status();
  world.say.Good("PAID from the linked account");
  return absl::OkStatus();
}

}  // namespace

const Scene kNicePayAstraPay = {"nicepay", "NICEPAY: an AstraPay account is linked, and pays",
                                false, nullptr, Play};

}  // namespace sluice::demo
