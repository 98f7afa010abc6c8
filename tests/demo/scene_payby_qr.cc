// DYNQR: the payer scans a code. The order is made while nobody watches the stream.

#include "absl/strings/str_cat.h"
#include "tests/demo/qr_terminal.h"
#include "tests/demo/scene.h"

namespace sluice::demo {
namespace {

constexpr char kName[] = "merchants/demo/orders/QR-1";

absl::Status Create(World& world) {
  v1::Order order;
  order.set_wallet("botim");
  order.set_presentation(v1::PRESENTATION_QR_CODE);
  *order.mutable_amount() = MoneyOf("AED", 500);
  order.set_description("Parking");
  const auto created = world.CreateOrder("QR-1", order);
  if (!created.ok()) return created.status();
  const v1::NextAction::QrCode& code = created->next_action().qr_code();
  if (code.payload().empty() || code.svg().find("<svg") == std::string::npos) {
    return absl::InternalError(
        absl::StrCat("the order has no QR code: ", created->ShortDebugString()));
  }
  world.say.Say(
      "Created while the stream was closed. The payer scans (the same code comes as SVG):");
  world.say.Raw(DrawQr(code.payload(), "     "));
  world.say.Say(code.payload());
  return absl::OkStatus();
}

absl::Status Play(World& world) {
  if (auto waits = world.Await("order.awaiting_payer", kName); !waits.ok()) return waits.status();
  world.say.Good("the resumed stream told what had happened without it");
  if (auto paid = world.Pay(kName); !paid.ok()) return paid;
  if (auto paid = world.Await("order.paid", kName); !paid.ok()) return paid.status();
  world.say.Good("PAID");
  return absl::OkStatus();
}

}  // namespace

const Scene kPayByQr = {"payby", "PayBy: an order by QR code", true, Create, Play};

}  // namespace sluice::demo
