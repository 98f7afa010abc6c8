// The engine over the real store when its disk fails: without writes reads are served, what cannot
// be read is never taken for absent, and it recovers or starts again by itself.

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "server/base/log.h"
#include "server/core/error.h"
#include "server/core/names.h"
#include "tests/fakes/engine_harness.h"
#include "tests/simulation/disk_store.h"

namespace sluice::simulation_run {
namespace {

class DiskFixture {
 protected:
  DiskFixture() {
    SetLogLevel(LogLevel::kOff);
    harness_.adjust = [this](app::EngineDependencies& deps) { deps.store = &disk_; };
    harness_.on_end = [this] { disk_.End(); };
    harness_.on_begin = [this] {
      disk_.Begin(power_cut_, random_, faults_);
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
  bool power_cut_ = false, faults_ = false;
  DiskStore disk_;
  EngineHarness harness_;
};

class DiskTest : public DiskFixture, public ::testing::TestWithParam<DiskFault> {};

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
                                           DiskFault::kShortWrite, DiskFault::kSync,
                                           DiskFault::kOpen));

class ReadFaultTest : public DiskFixture, public ::testing::TestWithParam<DiskFault> {
 protected:
  BoxPtr<Order> Read(const std::string& id) {
    auto box = std::make_shared<Box<Order>>();
    harness_.engine().orders().Get(OrderName("m", id), Into(box));
    harness_.Drive();
    return box;
  }
};

// "Not there" would be a lie, and a create on its strength a second payment.
TEST_P(ReadFaultTest, WhatCannotBeReadIsNotSaidToBeAbsent) {
  ASSERT_TRUE(Create("o-1")->ok());
  harness_.Restart();
  const size_t sent = harness_.Sent().size();
  disk_.Arm(GetParam(), 1, /*lasting=*/true);
  EXPECT_EQ(Read("o-1")->status().code(), absl::StatusCode::kUnavailable) << Read("o-1")->status();
  const auto again = Create("o-1");
  EXPECT_EQ(again->status().code(), absl::StatusCode::kUnavailable) << again->status();
  EXPECT_EQ(harness_.Sent().size(), sent);
  EXPECT_GT(disk_.refusals(), 0);

  disk_.Heal();
  EXPECT_TRUE(Read("o-1")->ok()) << Read("o-1")->status();
  EXPECT_TRUE(Create("o-1")->ok()) << "the same request is the same order";
  EXPECT_EQ(harness_.Sent().size(), sent);
}

// Whichever read it is that fails, once.
TEST_P(ReadFaultTest, AnyOneReadIsAnErrorOrNoMatter) {
  ASSERT_TRUE(Create("o-1")->ok());
  int refused = 0;
  constexpr int kReads = 60;  // More than the calls below make.
  constexpr absl::Duration kRetry = absl::Seconds(1);
  for (int nth = 1; nth <= kReads; ++nth) {
    const std::string id = "p-" + std::to_string(nth);
    power_cut_ = nth % 2 == 0;
    harness_.Restart();
    disk_.Arm(GetParam(), nth, /*lasting=*/false);
    for (const auto& box : {Read("o-1"), Create(id), Read("o-1")}) {
      if (box->ok() || !box->answered()) continue;
      ++refused;
      EXPECT_TRUE(absl::IsUnavailable(box->status())) << nth << ": " << box->status();
    }
    EXPECT_TRUE(Read("o-1")->ok()) << nth << ": " << Read("o-1")->status();
    disk_.Heal();
    harness_.Advance(kRetry);  // A result that could not be committed is tried again.
    EXPECT_TRUE(Create(id)->ok()) << nth;
    EXPECT_EQ(harness_.Get(id).id, id);
  }
  EXPECT_GT(refused, 0);
}

INSTANTIATE_TEST_SUITE_P(Faults, ReadFaultTest,
                         ::testing::Values(DiskFault::kRead, DiskFault::kShortRead));

class StartTest : public DiskFixture, public ::testing::Test {};

// A store that is closed and opened on a disk that fails meanwhile opens when the disk is well,
// with everything in it.
TEST_F(StartTest, AFailedStartOrEndLosesNothing) {
  faults_ = true;
  constexpr int kRounds = 60;
  for (int round = 0; round < kRounds; ++round) {
    const std::string id = "o-" + std::to_string(round);
    ASSERT_TRUE(Create(id)->ok()) << id;
    power_cut_ = round % 3 == 0;
    harness_.Restart();
    for (int before = 0; before <= round; ++before) {
      const std::string old = "o-" + std::to_string(before);
      ASSERT_EQ(harness_.Get(old).id, old) << "after round " << round;
    }
  }
  EXPECT_GT(disk_.failed_starts(), 0);
}

}  // namespace
}  // namespace sluice::simulation_run
