// The engine over the real store when its disk cannot sync: reads are served, writes refused, and
// it recovers.

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "server/base/log.h"
#include "server/core/error.h"
#include "tests/fakes/engine_harness.h"
#include "tests/simulation/disk_store.h"

namespace sluice::simulation_run {
namespace {

class DiskTest : public ::testing::TestWithParam<DiskFault> {
 protected:
  DiskTest() {
    SetLogLevel(LogLevel::kOff);
    harness_.adjust = [this](app::EngineDependencies& deps) { deps.store = &disk_; };
    harness_.on_end = [this] { disk_.End(); };
    harness_.on_begin = [this] {
      disk_.Begin(power_cut_, random_);
      Answer();
    };
    Answer();
    harness_.Start();
  }

  void Answer() {
    harness_.http->SetResponder(
        [](const HttpRequest&) { return Said("accepted report=open number=P"); });
  }

  BoxPtr<Order> Create(const std::string& id) {
    return harness_.Create(EngineHarness::MakeOrder(id), EngineHarness::MakeCall("create-" + id));
  }

  // Destroyed from the bottom up: the engine before its store.
  SeededRandom random_{1};
  bool power_cut_ = false;
  DiskStore disk_;
  EngineHarness harness_;
};

TEST_P(DiskTest, ServesReadsRefusesWritesAndRecovers) {
  ASSERT_TRUE(Create("o-1")->ok());
  const size_t sent = harness_.Sent().size();
  disk_.Arm(GetParam(), 1, /*lasting=*/true);
  const auto failed = Create("o-2");
  ASSERT_TRUE(failed->answered());
  EXPECT_EQ(failed->status().code(), absl::StatusCode::kUnavailable) << failed->status();
  EXPECT_EQ(GetErrorDetails(failed->status())->reason, "STORE_UNAVAILABLE");
  // It may be in the log: a crash now could bring it back.
  EXPECT_TRUE(GetErrorDetails(failed->status())->side_effect_possible);
  const auto refused = Create("o-3");
  EXPECT_EQ(refused->status().code(), absl::StatusCode::kUnavailable) << refused->status();
  EXPECT_FALSE(GetErrorDetails(refused->status())->side_effect_possible);
  EXPECT_EQ(harness_.Get("o-1").id, "o-1") << "reads go on";
  EXPECT_EQ(harness_.Get("o-2").id, "");
  EXPECT_EQ(harness_.Sent().size(), sent) << "what is not durable is not sent";

  disk_.Heal();
  for (const char* id : {"o-2", "o-3"}) EXPECT_TRUE(Create(id)->ok()) << id;
  for (const bool power_cut : {false, true}) {
    power_cut_ = power_cut;
    harness_.Restart();
    for (const char* id : {"o-1", "o-2", "o-3"}) EXPECT_EQ(harness_.Get(id).id, id);
  }
}

// The transaction was refused, and a crash before the recovery may bring it back or not: whole.
TEST_P(DiskTest, WhatWasRefusedIsWholeOrNotThereAfterACrash) {
  ASSERT_TRUE(Create("o-1")->ok());
  for (int round = 0; round < 20; ++round) {
    power_cut_ = round % 2 == 0;
    const std::string id = "p-" + std::to_string(round);
    disk_.Arm(GetParam(), 1 + round / 4, /*lasting=*/true);
    const auto box = Create(id);
    const bool acknowledged = box->ok();
    harness_.Restart();
    const Order order = harness_.Get(id);
    if (acknowledged) EXPECT_EQ(order.id, id) << "acknowledged and lost";
    const auto request = disk_.FindRequest("m", "CreateOrder", "create-" + id);
    ASSERT_TRUE(request.ok());
    EXPECT_EQ(request->has_value(), !order.id.empty()) << "half of it";
    EXPECT_TRUE(Create(id)->ok()) << "with the same request id it is the same order";
    EXPECT_EQ(harness_.Get("o-1").id, "o-1");
  }
}

INSTANTIATE_TEST_SUITE_P(Faults, DiskTest,
                         ::testing::Values(DiskFault::kFull, DiskFault::kWrite,
                                           DiskFault::kShortWrite, DiskFault::kSync));

}  // namespace
}  // namespace sluice::simulation_run
