#include "tests/demo/ledger.h"

#include <map>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"

namespace sluice::demo {
namespace {

// By the merchant's number at the provider and the ledger's word: how often, and how much.
struct Sum {
  int times = 0;
  int64_t minor_units = 0;
};
using Sums = std::map<std::pair<std::string, std::string>, Sum>;

absl::StatusOr<Sums> ReadLedger(World& world) {
  const simulator::v1::GetLedgerRequest everything;
  const auto ledger = world.Call(world.simulator_stub,
                                 &simulator::v1::SimulatorService::Stub::GetLedger, everything);
  if (!ledger.ok()) return ledger.status();
  Sums sums;
  for (const auto& entry : ledger->entries()) {
    Sum& sum = sums[{entry.key(), entry.operation()}];
    ++sum.times;
    sum.minor_units += entry.amount().minor_units();
  }
  return sums;
}

absl::Status Expect(const std::string& name, const char* what, int64_t ours, int64_t theirs) {
  if (ours == theirs) return absl::OkStatus();
  return absl::InternalError(absl::StrCat(ShortName(name), ": ", what, " is ", ours,
                                          " in our books and ", theirs, " at the provider"));
}

// The number under which the provider knows it.
template <typename Resource>
std::string KeyOf(const Resource& resource) {
  return resource.attempts().empty() ? "" : resource.attempts(0).provider_key();
}

// How a provider's ledger tells of payments.
struct Words {
  std::string submitted;
  std::vector<std::string> given_back;  // Under the payment's number.
  std::string refunded;                 // Under the refund's own number. Empty: it has none there.
};

const Words& WordsOf(const std::string& provider) {
  static const auto* const payby = new Words{"place_order", {"revoke"}, "refund_succeeded"};
  static const auto* const nicepay = new Words{"register", {"void", "refund"}, ""};
  return provider == "nicepay" ? *nicepay : *payby;
}

// Takes the entries out of `sums`: they are explained.
Sum Take(Sums* sums, const std::string& key, const std::string& word) {
  const auto found = sums->extract({key, word});
  return found.empty() ? Sum() : found.mapped();
}

absl::Status CompareOrder(World& world, const std::string& name, Sums* sums) {
  v1::GetOrderRequest get;
  get.set_name(name);
  const auto order = world.Call(world.order_stub, &v1::OrderService::Stub::GetOrder, get);
  if (!order.ok()) return order.status();
  const std::string key = KeyOf(*order);
  const Words& words = WordsOf(order->provider());
  absl::Status same = Expect(name, "submissions", 1, Take(sums, key, words.submitted).times);
  const int64_t paid = Take(sums, key, "pay").minor_units;
  if (same.ok()) same = Expect(name, "paid", order->paid().minor_units(), paid);
  int64_t theirs = 0, ours = 0;
  for (const std::string& word : words.given_back) theirs += Take(sums, key, word).minor_units;
  if (order->state() == v1::Order::STATE_REVOKED) ours += order->paid().minor_units();
  if (words.refunded.empty()) ours += order->refunded().minor_units();
  return same.ok() ? Expect(name, "given back", ours, theirs) : same;
}

absl::Status CompareRefund(World& world, const std::string& name, Sums* sums) {
  v1::GetRefundRequest get;
  get.set_name(name);
  const auto refund = world.Call(world.refund_stub, &v1::RefundService::Stub::GetRefund, get);
  if (!refund.ok()) return refund.status();
  const std::string& word = WordsOf(refund->provider()).refunded;
  if (word.empty()) return absl::OkStatus();  // In the order's sum.
  const std::string key = KeyOf(*refund);
  const bool succeeded = refund->state() == v1::Refund::STATE_SUCCEEDED;
  const int64_t ours = succeeded ? refund->amount().minor_units() : 0;
  absl::Status same = Expect(name, "submissions", 1, Take(sums, key, "refund").times);
  return same.ok() ? Expect(name, "refunded", ours, Take(sums, key, word).minor_units) : same;
}

absl::Status CompareLink(World& world, const std::string& name, Sums* sums) {
  v1::GetAccountLinkRequest get;
  get.set_name(name);
  const auto link = world.Call(world.link_stub, &v1::AccountLinkService::Stub::GetAccountLink, get);
  if (!link.ok()) return link.status();
  const std::string key = KeyOf(*link);
  const bool active = link->state() == v1::AccountLink::STATE_ACTIVE;
  absl::Status same = Expect(name, "submissions", 1, Take(sums, key, "register").times);
  return same.ok() ? Expect(name, "linked", active ? 1 : 0, Take(sums, key, "link").times) : same;
}

absl::Status ComparePayout(World& world, const std::string& name, Sums* sums) {
  v1::GetPayoutRequest get;
  get.set_name(name);
  const auto payout = world.Call(world.payout_stub, &v1::PayoutService::Stub::GetPayout, get);
  if (!payout.ok()) return payout.status();
  const auto take = [&, key = KeyOf(*payout)](const char* word) { return Take(sums, key, word); };
  const int64_t amount = payout->amount().minor_units(), fee = payout->fee().minor_units();
  const bool succeeded = payout->state() == v1::Payout::STATE_SUCCEEDED;
  const bool failed = payout->state() == v1::Payout::STATE_FAILED;
  const Sum submitted = take("payout");
  absl::Status same = Expect(name, "submissions", 1, submitted.times);
  if (same.ok()) same = Expect(name, "amount and fee", amount + fee, submitted.minor_units);
  if (same.ok())
    same = Expect(name, "received", succeeded ? amount : 0, take("succeed").minor_units);
  const int64_t kept = payout->fee_kept() ? fee : 0;
  if (same.ok()) same = Expect(name, "fee kept", kept, take("fee_kept").minor_units);
  const int64_t back = failed ? amount + fee - kept : 0;
  return same.ok() ? Expect(name, "given back", back, take("release").minor_units) : same;
}

// What moves money at a provider, or lets it be moved. Each must belong to something of ours.
bool MovesMoney(const std::string& word) {
  for (const char* each : {"place_order", "pay", "refund_succeeded", "revoke", "register", "void",
                           "refund", "link", "payout", "succeed", "fee_kept"}) {
    if (word == each) return true;
  }
  return false;
}

}  // namespace

absl::Status CompareWithLedger(World& world) {
  auto sums = ReadLedger(world);
  if (!sums.ok()) return sums.status();
  for (const std::string& name : world.orders) {
    if (auto same = CompareOrder(world, name, &*sums); !same.ok()) return same;
  }
  for (const std::string& name : world.refunds) {
    if (auto same = CompareRefund(world, name, &*sums); !same.ok()) return same;
  }
  for (const std::string& name : world.links) {
    if (auto same = CompareLink(world, name, &*sums); !same.ok()) return same;
  }
  for (const std::string& name : world.payouts) {
    if (auto same = ComparePayout(world, name, &*sums); !same.ok()) return same;
  }
  for (const auto& [key_and_word, sum] : *sums) {
    const auto& [key, word] = key_and_word;
    if (MovesMoney(word)) {
      return absl::InternalError(
          absl::StrCat("the provider knows of a ", word, " of ", key, " that we do not"));
    }
  }
  return absl::OkStatus();
}

}  // namespace sluice::demo
