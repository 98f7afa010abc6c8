#include "providers/simulation/virtual_clock.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <atomic>
#include <string>
#include <thread>
#include <vector>

#include "server/base/fake_clock.h"
#include "server/base/fake_timers.h"

namespace sluice::simulation {
namespace {

using ::testing::ElementsAre;

class VirtualClockTest : public ::testing::Test {
 protected:
  Task Note(std::string name) {
    return [this, name] {
      ran_.push_back(name);
      times_.push_back(clock_.Now() - start_);
    };
  }

  FakeClock base_;
  FakeTimers timers_{&base_};
  const absl::Time start_ = base_.Now();
  VirtualClock clock_{&base_, &timers_};
  std::vector<std::string> ran_;
  std::vector<absl::Duration> times_;
};

TEST_F(VirtualClockTest, AdvanceRunsWhatBecomesDueInOrderEachAtItsTime) {
  clock_.After(absl::Minutes(3), Note("c"));
  clock_.After(absl::Minutes(1), Note("a"));
  clock_.After(absl::Minutes(1), Note("b"));
  clock_.After(absl::Minutes(9), Note("later"));
  clock_.Advance(absl::Minutes(5));
  EXPECT_THAT(ran_, ElementsAre("a", "b", "c"));
  EXPECT_THAT(times_, ElementsAre(absl::Minutes(1), absl::Minutes(1), absl::Minutes(3)));
  EXPECT_EQ(clock_.Now() - start_, absl::Minutes(5));
}

TEST_F(VirtualClockTest, AnEventSetByAnEventRunsInTheSameLeap) {
  clock_.After(absl::Minutes(1), [this] {
    Note("first")();
    clock_.After(absl::Minutes(1), Note("second"));
  });
  clock_.Advance(absl::Minutes(2));
  EXPECT_THAT(ran_, ElementsAre("first", "second"));
  EXPECT_THAT(times_, ElementsAre(absl::Minutes(1), absl::Minutes(2)));
}

TEST_F(VirtualClockTest, OrdinaryTimeRunsEventsThroughTheTimers) {
  clock_.Advance(absl::Hours(1));
  clock_.After(absl::Seconds(2), Note("a"));
  timers_.AdvanceBy(absl::Seconds(1));
  EXPECT_TRUE(ran_.empty());
  timers_.AdvanceBy(absl::Seconds(1));
  EXPECT_THAT(ran_, ElementsAre("a"));
  EXPECT_EQ(clock_.Now() - start_, absl::Hours(1) + absl::Seconds(2));
}

TEST_F(VirtualClockTest, NothingRunsInsideAt) {
  clock_.At(start_ - absl::Hours(1), Note("past"));
  EXPECT_TRUE(ran_.empty());
  timers_.RunDue();
  EXPECT_THAT(ran_, ElementsAre("past"));
}

TEST_F(VirtualClockTest, KeepsOneTimerForTheEarliestEvent) {
  clock_.After(absl::Minutes(5), Note("b"));
  const EventId first = clock_.After(absl::Minutes(1), Note("a"));
  EXPECT_EQ(timers_.pending(), 1u);
  EXPECT_EQ(timers_.next_due(), start_ + absl::Minutes(1));
  EXPECT_TRUE(clock_.Cancel(first));
  EXPECT_FALSE(clock_.Cancel(first));
  EXPECT_EQ(timers_.next_due(), start_ + absl::Minutes(5));
  timers_.AdvanceBy(absl::Minutes(5));
  EXPECT_THAT(ran_, ElementsAre("b"));
  EXPECT_EQ(timers_.pending(), 0u);
}

TEST_F(VirtualClockTest, AdvanceFromAnEventMovesTheLeapOn) {
  clock_.After(absl::Minutes(1), [this] { clock_.Advance(absl::Hours(1)); });
  clock_.After(absl::Minutes(30), Note("reached"));
  clock_.Advance(absl::Minutes(1));
  EXPECT_THAT(ran_, ElementsAre("reached"));
  EXPECT_EQ(clock_.Now() - start_, absl::Minutes(61));
}

TEST_F(VirtualClockTest, NeverMovesBack) {
  clock_.Advance(-absl::Hours(1));
  EXPECT_EQ(clock_.Now(), start_);
}

TEST_F(VirtualClockTest, RunDueRunsWhatTheClockHasReached) {
  clock_.After(absl::Seconds(1), Note("a"));
  base_.Advance(absl::Seconds(1));
  clock_.RunDue();
  EXPECT_THAT(ran_, ElementsAre("a"));
}

TEST_F(VirtualClockTest, StopDropsEventsAndLeavesNoTimer) {
  clock_.After(absl::Seconds(1), Note("a"));
  clock_.Stop();
  EXPECT_EQ(timers_.pending(), 0u);
  clock_.After(absl::Seconds(1), Note("b"));
  clock_.Advance(absl::Minutes(1));
  EXPECT_TRUE(ran_.empty());
}

TEST_F(VirtualClockTest, LeapsOfSeveralThreadsAddUpAndEventsNeverOverlap) {
  std::atomic<int> inside{0}, ran{0};
  std::atomic<bool> overlapped{false};
  for (int i = 0; i < 100; ++i) {
    clock_.After(absl::Minutes(i), [&] {
      if (inside.fetch_add(1) != 0) overlapped = true;
      ++ran;
      inside.fetch_sub(1);
    });
  }
  std::vector<std::thread> threads;
  for (int i = 0; i < 4; ++i) {
    threads.emplace_back([this] {
      for (int step = 0; step < 25; ++step) clock_.Advance(absl::Minutes(1));
    });
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(ran, 100);
  EXPECT_FALSE(overlapped);
  EXPECT_EQ(clock_.Now() - start_, absl::Minutes(100));
}

}  // namespace
}  // namespace sluice::simulation
