// A run: callers, payers, notifications, time, faults and crashes, all chosen by one seed. Then the
// faults stop, time passes, and what the engine says must be what the provider has done.

#include <iostream>
#include <map>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "gtest/gtest.h"
#include "server/base/log.h"
#include "server/core/stable_hash.h"
#include "tests/fakes/engine_harness.h"
#include "tests/simulation/model_provider.h"

namespace sluice::simulation_run {
namespace {

constexpr uint64_t kFirstSeed = 1;
constexpr int kSeeds = 300;
constexpr int kSteps = 120;
constexpr int kMaxFaultsPermille = 400;
// Longer than every schedule and grace of the fake provider, shorter than its horizon.
constexpr absl::Duration kHealing = absl::Hours(6);

class SimulatedRun {
 public:
  explicit SimulatedRun(uint64_t seed) : random_(seed), model_(&random_) {
    faults_ = static_cast<int>(random_.Next() % kMaxFaultsPermille);
    model_.SetFaults(faults_);
    Connect();
    harness_.Start();
  }

  void Play() {
    for (int step = 0; step < kSteps; ++step) Step();
    model_.SetFaults(0);
    harness_.store.RefuseCommits(0, absl::OkStatus());
    while (!model_.notices().empty()) Deliver(/*keep=*/false);
    harness_.Advance(kHealing);
  }

  // What is wrong, in words; empty when nothing is.
  std::vector<std::string> Judge() {
    std::vector<std::string> wrong;
    for (const std::string& id : asked_) JudgeOrder(id, &wrong);
    for (const auto& [refund, order] : refunds_) JudgeRefund(refund, order, &wrong);
    for (const auto& [key, order] : model_.orders()) {
      if (order.creates_with_effect > 1) wrong.push_back(key + ": created twice");
    }
    int64_t sequence = 0;
    for (const EventPtr& event : harness_.store.events()) {
      if (event->sequence != ++sequence) wrong.push_back(absl::StrCat("no event ", sequence));
    }
    return wrong;
  }

  // Of everything that was committed, in order.
  uint64_t TraceHash() const {
    std::string trace;
    for (const EventPtr& event : harness_.store.events()) {
      absl::StrAppend(&trace, event->type, " ", event->resource_name, " ", event->body, "\n");
    }
    return StableHash64(trace);
  }

  size_t events() const { return harness_.store.events().size(); }

 private:
  void Connect() {
    harness_.http->SetResponder(
        [this](const HttpRequest& request) { return model_.Answer(request); });
  }

  std::string AnyOrder() { return asked_.empty() ? "" : asked_[random_.Next() % asked_.size()]; }

  void Step() {
    const uint64_t choice = random_.Next() % 100;
    const std::string order = AnyOrder();
    if (choice < 25 || order.empty()) {
      Create();
    } else if (choice < 45) {
      model_.Pay(order);
    } else if (choice < 60) {
      if (!model_.notices().empty()) Deliver(/*keep=*/random_.Next() % 3 == 0);
    } else if (choice < 66) {
      harness_.Cancel(order, EngineHarness::MakeCall("cancel-" + order));
    } else if (choice < 72) {
      harness_.Revoke(order, EngineHarness::MakeCall("revoke-" + order));
    } else if (choice < 80) {
      Refund(order);
    } else if (choice < 90) {
      harness_.Advance(absl::Milliseconds(random_.Next() % 60'000));
    } else if (choice < 93) {
      harness_.Sync(order);
    } else if (choice < 97) {
      harness_.store.RefuseCommits(static_cast<int>(random_.Next() % 3),
                                   absl::UnavailableError("the disk"));
    } else {
      harness_.Restart();
      Connect();
    }
  }

  // New, or one that a caller asks for again with the same request id.
  void Create() {
    const bool again = !asked_.empty() && random_.Next() % 4 == 0;
    const std::string id = again ? AnyOrder() : absl::StrCat("o-", asked_.size());
    if (!again) {
      asked_.push_back(id);
      amounts_[id] = 100 + static_cast<int64_t>(random_.Next() % 900);
    }
    model_.Expect(id, amounts_[id]);
    harness_.Create(EngineHarness::MakeOrder(id, amounts_[id]),
                    EngineHarness::MakeCall("create-" + id));
  }

  void Refund(const std::string& order) {
    const std::string id = absl::StrCat("r-", refunds_.size());
    const int64_t amount = 10 + static_cast<int64_t>(random_.Next() % 200);
    refunds_[id] = order;
    model_.ExpectRefund(id, order, amount);
    harness_.CreateRefund(order, id, amount, EngineHarness::MakeCall("refund-" + id));
  }

  // Any of those that are under way: they are lost, repeated and overtaken.
  void Deliver(bool keep) {
    std::vector<std::string>& notices = model_.notices();
    const size_t which = random_.Next() % notices.size();
    const std::string words = notices[which];
    if (!keep) notices.erase(notices.begin() + static_cast<long>(which));
    harness_.Notify(words);
  }

  void JudgeOrder(const std::string& id, std::vector<std::string>* wrong) {
    const auto there = model_.orders().find(id);
    auto stored = harness_.store.Get(OrderName("m", id));
    const bool here = stored.ok() && stored->has_value();
    if (!here) {
      if (there != model_.orders().end()) wrong->push_back(id + ": at the provider, not here");
      return;
    }
    const Order order = harness_.Get(id);
    const std::string seen = absl::StrCat(id, " is ", std::string(StateName(order.state)));
    if (there == model_.orders().end()) {
      if (order.paid.minor_units != 0) wrong->push_back(seen + ", paid, unknown to the provider");
      return;
    }
    const bool paid = there->second.state == ModelProvider::State::kPaid;
    const bool returned = there->second.state == ModelProvider::State::kReturned;
    if (paid != (order.state == OrderState::kPaid)) wrong->push_back(seen + ", paid there?");
    if (returned != (order.state == OrderState::kRevoked && order.paid.minor_units != 0)) {
      wrong->push_back(seen + ", returned there?");
    }
    if (order.refunded.minor_units != there->second.refunded) {
      wrong->push_back(absl::StrCat(seen, ", refunded ", order.refunded.minor_units, " here, ",
                                    there->second.refunded, " there"));
    }
    if (order.refund_pending.minor_units != 0) wrong->push_back(seen + ", refunds pending");
    if (order.state == OrderState::kSubmitting || order.state == OrderState::kCanceling ||
        order.state == OrderState::kRevoking) {
      wrong->push_back(seen + ", stuck");
    }
  }

  void JudgeRefund(const std::string& id, const std::string& order,
                   std::vector<std::string>* wrong) {
    auto stored = harness_.store.Get(RefundName("m", order, id));
    const bool here = stored.ok() && stored->has_value();
    const bool there = model_.refund_effects().count(id) > 0;
    if (!here && there) wrong->push_back(id + ": refunded at the provider, not here");
    if (!here) return;
    const std::string& state = (*stored)->state;
    if (state != "SUCCEEDED" && state != "FAILED") {
      wrong->push_back(id + " is " + state + ", stuck");
    }
    if (there != (state == "SUCCEEDED")) wrong->push_back(id + " is " + state + ", done there?");
  }

  SeededRandom random_;
  ModelProvider model_;
  EngineHarness harness_;
  int faults_ = 0;
  std::vector<std::string> asked_;
  std::map<std::string, int64_t> amounts_;
  std::map<std::string, std::string> refunds_;  // To their orders.
};

std::string Join(const std::vector<std::string>& lines) {
  std::string text;
  for (const std::string& line : lines) absl::StrAppend(&text, line, "\n");
  return text;
}

class SimulationTest : public ::testing::Test {
 protected:
  // Faults are all there is to log here.
  SimulationTest() { SetLogLevel(LogLevel::kOff); }
};

TEST_F(SimulationTest, WhatTheEngineSaysIsWhatTheProviderDid) {
  size_t events = 0;
  for (uint64_t seed = kFirstSeed; seed < kFirstSeed + kSeeds; ++seed) {
    SimulatedRun run(seed);
    run.Play();
    events += run.events();
    EXPECT_EQ(Join(run.Judge()), "") << "seed " << seed;
    if (::testing::Test::HasFailure()) break;  // One is enough to look at.
  }
  std::cout << kSeeds << " seeds from " << kFirstSeed << ", " << events << " events" << std::endl;
  EXPECT_GT(events, 10u * kSeeds) << "hardly anything happens";
}

TEST_F(SimulationTest, TheSameSeedGivesTheSameTrace) {
  for (uint64_t seed : {7u, 77u, 777u}) {
    SimulatedRun first(seed), second(seed);
    first.Play();
    second.Play();
    EXPECT_EQ(first.TraceHash(), second.TraceHash()) << "seed " << seed;
  }
}

}  // namespace
}  // namespace sluice::simulation_run
