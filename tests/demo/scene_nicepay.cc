// NICEPAY: a push to the payer's phone, and a redirect to the wallet with a part given back.

#include "tests/demo/scene_nicepay.h"

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "tests/demo/dana_night.h"
#include "tests/demo/scene.h"

namespace sluice::demo {

v1::Customer IndonesianPayer() {
  v1::Customer payer;
  payer.set_display_name("Budi Demo");
  payer.set_phone("+6281200000001");
  payer.set_email("budi@example.com");
  payer.set_address("Jalan Contoh 1");
  payer.set_city("Jakarta");
  payer.set_state("DKI Jakarta");
  payer.set_postal_code("12345");
  payer.set_country("ID");
  payer.set_ip_address("192.0.2.10");
  return payer;
}

v1::Order IndonesianOrder(const std::string& wallet, int64_t rupiah,
                          const std::string& description) {
  v1::Order order;
  order.set_wallet(wallet);
  *order.mutable_amount() = MoneyOf("IDR", rupiah);
  order.set_description(description);
  order.set_return_url("https://shop.example/done");
  *order.mutable_customer() = IndonesianPayer();
  return order;
}

namespace {

// The push goes out behind the answer, so the payer may look a moment too early.
absl::Status PayWhenAsked(World& world, const std::string& name) {
  const absl::Time end = absl::Now() + kEventTimeout;
  absl::Status paid;
  do {
    paid = world.Pay(name);
  } while (absl::IsFailedPrecondition(paid) && absl::Now() < end);
  return paid;
}

absl::Status PlayOvo(World& world) {
  const auto created = world.CreateOrder("OVO-1", IndonesianOrder("ovo", 15000, "Nasi goreng"));
  if (!created.ok()) return created.status();
  if (!created->next_action().has_await_push()) {
    return absl::InternalError("an OVO order does not wait for a push");
  }
  const std::string& name = created->name();
  if (auto waits = world.Await("order.awaiting_payer", name); !waits.ok()) return waits.status();
  world.say.Say("No page to open: OVO asks on the payer's phone, for 55 seconds.");
  if (auto paid = PayWhenAsked(world, name); !paid.ok()) return paid;
  if (auto paid = world.Await("order.paid", name); !paid.ok()) return paid.status();
  world.say.Good("PAID: notified, and believed only after NICEPAY was asked");
  return absl::OkStatus();
}

// Whoever plays this at night should see the refund, too.
absl::Status PassTheNight(World& world) {
  const absl::Duration night = UntilDanaGivesBack(absl::Now());
  if (night <= absl::ZeroDuration()) return absl::OkStatus();
  world.say.Say("DANA gives nothing back from midnight to one o'clock in Jakarta: we let it pass.");
  return world.AdvanceClock("nicepay", night + absl::Seconds(1));
}

absl::Status PlayDana(World& world) {
  if (auto passed = PassTheNight(world); !passed.ok()) return passed;
  const auto created = world.CreateOrder("DANA-1", IndonesianOrder("dana", 25000, "Kopi"));
  if (!created.ok()) return created.status();
  const std::string& name = created->name();
  if (auto waits = world.Await("order.awaiting_payer", name); !waits.ok()) return waits.status();
  const std::string& url = created->next_action().redirect().url();
  if (!absl::StrContains(url, "/payment?")) {
    return absl::InternalError("the order has no link to NICEPAY's payment page");
  }
  world.say.Say(absl::StrCat("The payer opens ", url));
  if (auto paid = world.Pay(name); !paid.ok()) return paid;
  if (auto paid = world.Await("order.paid", name); !paid.ok()) return paid.status();
  world.say.Good("PAID");
  world.say.Say("DANA gives parts back: 5000 IDR of 25000 IDR.");
  const auto refund = world.CreateRefund(name, "DANA-1-R", MoneyOf("IDR", 5000), "one cup");
  if (!refund.ok()) return refund.status();
  if (auto done = world.Await("refund.succeeded", refund->name()); !done.ok()) return done.status();
  world.say.Good("5000 IDR refunded");
  return absl::OkStatus();
}

}  // namespace

const Scene kNicePayOvo = {"nicepay", "NICEPAY: an OVO order, asked for on the payer's phone",
                           false, nullptr, PlayOvo};
const Scene kNicePayDana = {"nicepay", "NICEPAY: a DANA order in the browser, partly refunded",
                            false, nullptr, PlayDana};

}  // namespace sluice::demo
