// EPAY pays out to wallets. One payout succeeds, one fails with the fee kept, and of one the answer
// to the create is lost: it is asked about under its own number and never sent again.

#include "absl/strings/str_cat.h"
#include "tests/demo/scene.h"

namespace sluice::demo {
namespace {

constexpr char kEpay[] = "epay";

v1::Payout PayoutTo(const std::string& wallet, int64_t cents) {
  v1::Payout payout;
  payout.set_wallet(wallet);
  *payout.mutable_amount() = MoneyOf("USD", cents);
  payout.set_receiver_account("U123456789012");
  payout.set_description("Your winnings");
  return payout;
}

absl::StatusOr<v1::Payout> Get(World& world, const std::string& name) {
  v1::GetPayoutRequest get;
  get.set_name(name);
  return world.Call(world.payout_stub, &v1::PayoutService::Stub::GetPayout, get);
}

absl::Status Wrong(const v1::Payout& payout) {
  return absl::InternalError(absl::StrCat("not as it should be: ", payout.ShortDebugString()));
}

absl::Status AskLimits(World& world) {
  v1::GetPayoutLimitsRequest ask;
  ask.set_parent(kMerchant);
  ask.set_wallet("advcash");
  ask.set_currency_code("USD");
  const auto limits = world.Call(world.payout_stub, &v1::PayoutService::Stub::GetPayoutLimits, ask);
  if (!limits.ok()) return limits.status();
  if (!limits->known()) return absl::InternalError("EPAY has not said its limits");
  world.say.Say(absl::StrCat("EPAY pays out ", FormatMoney(limits->minimum()), " to ",
                             FormatMoney(limits->maximum()), " into an Advcash account."));
  return absl::OkStatus();
}

absl::Status PlaySuccess(World& world) {
  if (auto asked = AskLimits(world); !asked.ok()) return asked;
  if (auto set = world.SetSwitch(kEpay, "auto_result", "none"); !set.ok()) return set;
  const auto created = world.CreatePayout("PO-1", PayoutTo("advcash", 2550));
  if (!created.ok()) return created.status();
  const std::string& name = created->name();
  if (auto taken = world.Await("payout.pending", name); !taken.ok()) return taken.status();
  if (auto paid = world.Pay(name); !paid.ok()) return paid;
  if (auto done = world.Await("payout.succeeded", name); !done.ok()) return done.status();
  const auto payout = Get(world, name);
  if (!payout.ok()) return payout.status();
  if (payout->receive_amount().minor_units() != 2550) return Wrong(*payout);
  world.say.Good(absl::StrCat("SUCCEEDED, by EPAY's signed callback: the receiver has ",
                              FormatMoney(payout->receive_amount()), ", the fee was ",
                              FormatMoney(payout->fee())));
  return absl::OkStatus();
}

absl::Status PlayFeeKept(World& world) {
  const auto created = world.CreatePayout("PO-2", PayoutTo("perfect-money", 4000));
  if (!created.ok()) return created.status();
  const std::string& name = created->name();
  if (auto taken = world.Await("payout.pending", name); !taken.ok()) return taken.status();
  world.say.Say("The receiver's account does not exist, and EPAY has its trouble paid: status 20.");
  if (auto moved = world.SetState(name, "20"); !moved.ok()) return moved;
  if (auto failed = world.Await("payout.failed", name); !failed.ok()) return failed.status();
  const auto payout = Get(world, name);
  if (!payout.ok()) return payout.status();
  if (!payout->fee_kept() || payout->fee().minor_units() <= 0) return Wrong(*payout);
  world.say.Good(absl::StrCat("FAILED with the fee kept: ", FormatMoney(payout->fee()),
                              " are gone, the rest is back in the balance"));
  return absl::OkStatus();
}

absl::Status PlayLost(World& world) {
  world.say.Say("EPAY takes the next payout, and its answer never arrives.");
  simulator::v1::Fault lost;
  lost.set_kind(simulator::v1::FAULT_KIND_TIMEOUT_AFTER_EFFECT);
  lost.set_operation("create");
  lost.set_count(1);
  lost.mutable_delay()->set_nanos(200'000'000);
  if (auto put = world.PutFault(kEpay, lost); !put.ok()) return put;
  const auto created = world.CreatePayout("PO-3", PayoutTo("payeer", 1000));
  if (!created.ok()) return created.status();
  const std::string& name = created->name();
  if (auto lost_it = world.Await("payout.outcome_unknown", name); !lost_it.ok()) {
    return lost_it.status();
  }
  world.say.Say("Paid or not? To send it again could pay twice. EPAY is asked about PO-3.");
  if (auto found = world.Await("payout.pending", name); !found.ok()) return found.status();
  if (auto paid = world.Pay(name); !paid.ok()) return paid;
  if (auto done = world.Await("payout.succeeded", name); !done.ok()) return done.status();
  const auto payout = Get(world, name);
  if (!payout.ok()) return payout.status();
  if (payout->attempts_size() != 1 || payout->attempts(0).sends() != 1) return Wrong(*payout);
  world.say.Good("SUCCEEDED: found by a query, sent once, paid once");
  return world.SetSwitch(kEpay, "auto_result", "7");
}

}  // namespace

const Scene kEpaySuccess = {kEpay, "EPAY: a payout into an Advcash account", false, nullptr,
                            PlaySuccess};
const Scene kEpayFeeKept = {kEpay, "EPAY: a payout that fails, and EPAY keeps its fee", false,
                            nullptr, PlayFeeKept};
const Scene kEpayLost = {kEpay, "EPAY: a payout whose answer is lost", false, nullptr, PlayLost};

}  // namespace sluice::demo
