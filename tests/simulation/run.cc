#include "tests/simulation/run.h"

#include <algorithm>
#include <utility>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "server/core/stable_hash.h"

namespace sluice::simulation_run {
namespace {

constexpr int kSteps = 120;
constexpr int kMaxFaultsPermille = 400;
// The SQLite store takes some ten times as long as the one in memory.
constexpr uint64_t kOnDiskEvery = 8;
// Longer than every schedule and grace of the fake provider, shorter than its horizon.
constexpr absl::Duration kHealing = absl::Hours(6);
constexpr uint64_t kMostTasksBeforeDeath = 24;
// Of the times that a payer looks at what is closed or paid.
constexpr uint64_t kUnaskedEvery = 3;
constexpr uint64_t kMostDiskCalls = 12;
// Forward, together with the longest way, less than the provider's grace; back, as it comes.
constexpr int64_t kForwardMs = 9'000, kBackMs = 600'000;

}  // namespace

Plan MakePlan(uint64_t seed) {
  SeededRandom random(seed);
  Plan plan;
  plan.seed = seed;
  plan.on_disk = seed % kOnDiskEvery == 0;
  for (int i = 0; i < kSteps; ++i) {
    plan.steps.push_back({static_cast<int>(random.Next() % 100), random.Next()});
  }
  return plan;
}

SimulatedRun::SimulatedRun(const Plan& plan)
    : plan_(plan),
      settings_(~plan.seed),
      random_(std::make_unique<SeededRandom>(plan.seed)),
      disk_(plan.on_disk ? std::make_unique<DiskStore>() : nullptr),
      wire_(&model_, &harness_->clock, harness_->timers.get()),
      clock_(&harness_->clock) {
  harness_->options.cached_resources = 8;  // So that some are read anew.
  Descriptor& descriptor = harness_->provider->mutable_descriptor();
  const auto either = [&](Resend a, Resend b) { return settings_.Next() % 2 == 0 ? a : b; };
  descriptor.resend_create_order = either(Resend::kSameKey, Resend::kNewKey);
  descriptor.resend_create_refund = either(Resend::kSameKey, Resend::kNever);
  descriptor.resend_create_payout = either(Resend::kSameKey, Resend::kNever);
  descriptor.resend_create_account_link = either(Resend::kSameKey, Resend::kNewKey);
  descriptor.resend_cancel = settings_.Next() % 2 == 0;
  model_.SetConfirm(settings_.Next() % 2 == 0);
  wire_.SetFaults(static_cast<int>(settings_.Next() % kMaxFaultsPermille));
  wire_.SetRandom(random_.get());
  harness_->adjust = [this](app::EngineDependencies& deps) {
    deps.http = &wire_;
    deps.clock = &clock_;
    if (disk_ != nullptr) deps.store = disk_.get();
  };
  harness_->pick = [this](size_t waiting) { return waiting < 2 ? 0 : Next() % waiting; };
  harness_->on_end = [this] {
    wire_.Cut(true);
    if (disk_ != nullptr) disk_->End();
  };
  harness_->on_begin = [this] {
    wire_.Cut(false);
    if (disk_ != nullptr) disk_->Begin(/*power_cut=*/Next() % 2 == 0, *random_, /*faults=*/true);
  };
  harness_->Start();
}

// The engine first: what its end still calls must be there.
SimulatedRun::~SimulatedRun() { harness_.reset(); }

store::Store& SimulatedRun::store() {
  if (disk_ != nullptr) return *disk_;
  return harness_->store;
}

void SimulatedRun::Play() {
  for (const PlannedStep& step : plan_.steps) {
    random_ = std::make_unique<SeededRandom>(step.seed);
    wire_.SetRandom(random_.get());
    wire_.Settle();
    Do(step);
    told_.Listen();
  }
  random_ = std::make_unique<SeededRandom>(plan_.seed);
  wire_.SetRandom(random_.get());
  wire_.SetFaults(0);
  Heal();
  harness_->Advance(kLongestWay);
  wire_.Settle();
  while (!model_.notices().empty()) Deliver(/*keep=*/false);
  harness_->Advance(kHealing);
  told_.Listen();
}

void SimulatedRun::Do(const PlannedStep& step) {
  if (step.kind < 52) return DoOrder(step.kind);
  if (step.kind < 80) return DoOther(step.kind);
  DoTrouble(step.kind);
}

void SimulatedRun::DoOrder(int kind) {
  const std::string order = Any(orders_);
  if (kind < 16 || order.empty()) return CreateOrder();
  if (kind < 30) return Pay();
  if (kind < 42) return Deliver(/*keep=*/Next() % 3 == 0);
  if (kind < 48) return CreateRefund();
  const std::string name = OrderName("m", order);
  if (kind < 50) {
    Say("cancel " + order);
    told_.Asked(name, harness_->Cancel(order, EngineHarness::MakeCall("cancel-" + order)), false);
  } else {
    Say("revoke " + order);
    told_.Asked(name, harness_->Revoke(order, EngineHarness::MakeCall("revoke-" + order)), false);
  }
}

void SimulatedRun::DoOther(int kind) {
  if (kind < 57) return CreatePayout();
  if (kind < 61) return EndPayout();
  if (kind < 66) return CreateLink();
  if (kind < 70) return EndLink();
  if (kind < 77) {
    const absl::Duration by = absl::Milliseconds(Next() % 60'000);
    Say(absl::StrCat("wait ", absl::FormatDuration(by)));
    return harness_->Advance(by);
  }
  const std::string link = Any(links_);
  if (kind == 77 && !link.empty()) {
    Say("unlink " + link);
    auto box = std::make_shared<Box<AccountLink>>();
    harness_->engine().account_links().Revoke(EngineHarness::MakeCall("revoke-" + link),
                                              AccountLinkName("m", link), Into(box));
    harness_->Drive();
    return told_.Asked(AccountLinkName("m", link), box, false);
  }
  if (kind == 78 && !model_.notices().empty()) {
    const size_t which = Next() % model_.notices().size();
    Say("lost: " + model_.notices()[which]);
    model_.notices().erase(model_.notices().begin() + static_cast<long>(which));
    return;
  }
  const std::string order = Any(orders_);
  if (order.empty()) return;
  Say("sync " + order);
  harness_->Sync(order);
}

void SimulatedRun::DoTrouble(int kind) {
  if (kind < 85) {
    const int64_t by_ms = static_cast<int64_t>(Next() % (kForwardMs + kBackMs / 10)) - kBackMs / 10;
    Say(absl::StrCat("the clock is set by ", by_ms, " ms"));
    return clock_.Step(absl::Milliseconds(by_ms));
  }
  if (kind < 91) {
    if (disk_ == nullptr) {
      const int refusals = static_cast<int>(Next() % 3);
      Say(absl::StrCat("the store refuses ", refusals, " commits"));
      return harness_->store.RefuseCommits(refusals, StoreUnavailable("the disk", false));
    }
    if (disk_->failing()) return Heal();
    ++disk_faults_;
    const auto fault = static_cast<DiskFault>(Next() % kDiskFaults);
    const int nth = 1 + static_cast<int>(Next() % kMostDiskCalls);
    const bool lasting = Next() % 2 == 0;
    Say(absl::StrCat("the disk fails, fault ", static_cast<int>(fault), ", at call ", nth,
                     lasting ? ", and for good" : ""));
    return disk_->Arm(fault, nth, lasting);
  }
  if (kind < 93) return Heal();
  if (kind < 95) return Crash();
  // It dies in the middle of something.
  const int64_t tasks = static_cast<int64_t>(Next() % kMostTasksBeforeDeath);
  Say(absl::StrCat("dies after ", tasks, " tasks of:"));
  harness_->tasks_left = tasks;
  Do({static_cast<int>(Next() % 77), 0});
  Crash();
}

void SimulatedRun::Heal() {
  if (disk_ == nullptr) return harness_->store.RefuseCommits(0, absl::OkStatus());
  if (disk_->failing()) Say("the disk works again");
  disk_->Heal();
}

void SimulatedRun::Crash() {
  Say("crash");
  ++crashes_;
  told_.HangUp();
  harness_->Restart();
}

int64_t SimulatedRun::Amount(const std::string& id, int64_t from, int64_t range) {
  const auto [found, fresh] = amounts_.try_emplace(id, 0);
  if (fresh) found->second = from + static_cast<int64_t>(Next() % static_cast<uint64_t>(range));
  model_.Expect(id, found->second);
  return found->second;
}

// New, or one that a caller asks for again with the same request id.
void SimulatedRun::CreateOrder() {
  const bool again = !orders_.empty() && Next() % 4 == 0;
  const std::string id = again ? Any(orders_) : absl::StrCat("o-", orders_.size());
  if (!again) orders_.push_back(id);
  const int64_t amount = Amount(id, 100, 900);
  Say(absl::StrCat("create ", id));
  told_.Asked(OrderName("m", id),
              harness_->Create(EngineHarness::MakeOrder(id, amount),
                               EngineHarness::MakeCall("create-" + id)),
              true);
}

void SimulatedRun::CreateRefund() {
  const bool again = !refunds_.empty() && Next() % 4 == 0;
  auto chosen = refunds_.begin();
  if (again) {
    std::advance(chosen, static_cast<long>(Next() % refunds_.size()));
  } else {
    chosen = refunds_.emplace(absl::StrCat("r-", refunds_.size()), Any(orders_)).first;
  }
  const auto& [id, order] = *chosen;
  Say(absl::StrCat("refund ", order, " as ", id));
  told_.Asked(RefundName("m", order, id),
              harness_->CreateRefund(order, id, Amount(id, 10, 200),
                                     EngineHarness::MakeCall("refund-" + id)),
              true);
}

void SimulatedRun::CreatePayout() {
  const bool again = !payouts_.empty() && Next() % 4 == 0;
  Payout payout;
  payout.merchant = "m";
  payout.id = again ? Any(payouts_) : absl::StrCat("p-", payouts_.size());
  if (!again) payouts_.push_back(payout.id);
  payout.wallet = "fake";
  payout.receiver_account = "receiver";
  payout.amount = {"AED", Amount(payout.id, 100, 900)};
  Say("pay out " + payout.id);
  const std::string name = payout.Name();
  auto box = std::make_shared<Box<Payout>>();
  harness_->engine().payouts().Create(EngineHarness::MakeCall("create-" + payout.id),
                                      std::move(payout), Into(box));
  harness_->Drive();
  told_.Asked(name, box, true);
}

void SimulatedRun::CreateLink() {
  const bool again = !links_.empty() && Next() % 4 == 0;
  AccountLink link;
  link.merchant = "m";
  link.id = again ? Any(links_) : absl::StrCat("l-", links_.size());
  if (!again) links_.push_back(link.id);
  link.wallet = "fake";
  link.return_url = "https://shop.example/linked";
  Say("link " + link.id);
  const std::string name = link.Name();
  auto box = std::make_shared<Box<AccountLink>>();
  harness_->engine().account_links().Create(EngineHarness::MakeCall("create-" + link.id),
                                            std::move(link), Into(box));
  harness_->Drive();
  told_.Asked(name, box, true);
}

// Addresses end with the provider's key. A payer looks at the order when it is to be paid.
void SimulatedRun::Show() {
  const auto show = [this](const NextAction& action) {
    if (!action.url.empty()) shown_.insert(action.url.substr(action.url.rfind('/') + 1));
  };
  if (const std::string id = Any(orders_); !id.empty()) show(harness_->Get(id).next_action);
  const std::string id = Any(links_);
  if (id.empty()) return;
  auto box = std::make_shared<Box<AccountLink>>();
  harness_->engine().account_links().Get(AccountLinkName("m", id), Into(box));
  harness_->Drive();
  if (box->ok()) show((*box)->next_action);
}

// Payers act on what they were shown, however long ago that was.
void SimulatedRun::Pay() {
  Show();
  std::vector<std::string> keys;
  for (const std::string& key : shown_) {
    if (key[0] == 'o') keys.push_back(key);
  }
  const std::string key = Any(keys);
  if (model_.Pay(key)) return Say(key + " is paid");
  if (Next() % kUnaskedEvery != 0) return;
  if (model_.PayLate(key)) return Say(key + " is paid late");
  if (model_.TakeBack(key)) Say(key + " is taken back");
}

void SimulatedRun::EndLink() {
  Show();
  std::vector<std::string> keys;
  for (const std::string& key : shown_) {
    if (key[0] == 'l') keys.push_back(key);
  }
  const std::string key = Any(keys);
  if (Next() % 4 == 0 ? model_.Refuse(key) : model_.Link(key)) Say(key + " is answered");
}

void SimulatedRun::EndPayout() {
  static constexpr ModelProvider::State kEnds[] = {
      ModelProvider::State::kDone, ModelProvider::State::kDone, ModelProvider::State::kFailed,
      ModelProvider::State::kCanceled};
  const std::string key = Any(payouts_);
  if (model_.PayOut(key, kEnds[Next() % 4])) Say(key + " has ended");
}

// Any of those that are under way: they are repeated and overtaken. What is not acknowledged comes
// again; what is acknowledged is durable.
void SimulatedRun::Deliver(bool keep) {
  std::vector<std::string>& notices = model_.notices();
  if (notices.empty()) return;
  const size_t which = Next() % notices.size();
  const std::string words = notices[which];
  const int status = harness_->Notify(words);
  Say(absl::StrCat("notice: ", words, " -> ", status));
  if (status != 200) return;
  model_.Acknowledged(words);
  if (!keep) notices.erase(notices.begin() + static_cast<long>(which));
  const size_t at = words.find("key=o-");
  const bool paid =
      absl::StrContains(words, " report=paid") && !absl::StrContains(words, "confirm");
  if (!paid || at == std::string::npos) return;
  const std::string key = words.substr(at + 4, words.find(' ', at) - at - 4);
  const std::string id = key.substr(0, key.find('-', 2));
  const auto record = store().Get(OrderName("m", id));
  if (!record.ok()) return;  // A disk that cannot be read now.
  const bool kept =
      record->has_value() && ((*record)->state == "PAID" || (*record)->state == "REVOKING" ||
                              (*record)->state == "REVOKED");
  if (!kept) broken_.push_back(id + ": its payment was acknowledged and is not durable");
}

uint64_t SimulatedRun::TraceHash() {
  std::string trace;
  const auto events = store().ReadEvents({.limit = 1'000'000});
  if (!events.ok()) return 0;
  for (const EventPtr& event : *events) {
    absl::StrAppend(&trace, event->type, " ", event->resource_name, " ", event->body, "\n");
  }
  for (const std::string& line : log_) absl::StrAppend(&trace, line, "\n");
  return StableHash64(absl::StrCat(trace, told_.hash_of_answers()));
}

int SimulatedRun::unasked() const {
  int count = 0;
  for (const auto& [key, thing] : model_.things()) count += thing.Unasked() ? 1 : 0;
  return count;
}

size_t SimulatedRun::events() {
  const auto bounds = store().Bounds();
  return bounds.ok() ? static_cast<size_t>(bounds->newest_position) : 0;
}

}  // namespace sluice::simulation_run
