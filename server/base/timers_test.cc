#include "server/base/timers.h"

#include <atomic>
#include <future>
#include <memory>
#include <string>
#include <vector>

#include "gtest/gtest.h"
#include "server/base/fake_clock.h"
#include "server/base/fake_timers.h"
#include "server/base/stopwatch.h"

namespace sluice {
namespace {

TEST(TimerThreadTest, RunsAtOrAfterTheDelay) {
  TimerThread timers;
  const Stopwatch watch;
  std::promise<absl::Duration> elapsed;
  timers.After(absl::Milliseconds(20), [&] { elapsed.set_value(watch.Elapsed()); });
  EXPECT_GE(elapsed.get_future().get(), absl::Milliseconds(20));
}

TEST(TimerThreadTest, AnEarlierTimerOvertakesALaterOne) {
  TimerThread timers;
  std::promise<void> ran;
  timers.After(absl::InfiniteDuration(), [] { FAIL(); });
  timers.After(-absl::Seconds(5), [&ran] { ran.set_value(); });
  ran.get_future().wait();
}

TEST(TimerThreadTest, ACancelledTimerNeverRuns) {
  TimerThread timers;
  std::atomic<bool> ran{false};
  const TimerId id = timers.After(absl::Hours(1), [&ran] { ran = true; });
  EXPECT_NE(id, 0u);
  EXPECT_TRUE(timers.Cancel(id));
  EXPECT_FALSE(timers.Cancel(id));
  EXPECT_FALSE(timers.Cancel(12345));
  EXPECT_FALSE(ran);
}

TEST(TimerThreadTest, CancelOfOneThatRanIsFalse) {
  TimerThread timers;
  std::promise<void> ran;
  const TimerId id = timers.After(absl::ZeroDuration(), [&ran] { ran.set_value(); });
  ran.get_future().wait();
  EXPECT_FALSE(timers.Cancel(id));
}

TEST(TimerThreadTest, CallbacksMaySetTimersAndEndDropsTheRest) {
  auto held = std::make_shared<int>(0);
  {
    TimerThread timers;
    std::promise<void> ran;
    timers.After(absl::ZeroDuration(),
                 [&] { timers.After(absl::ZeroDuration(), [&ran] { ran.set_value(); }); });
    ran.get_future().wait();
    timers.After(absl::Hours(1), [held] { ++*held; });
  }
  EXPECT_EQ(held.use_count(), 1);
  EXPECT_EQ(*held, 0);
}

TEST(FakeTimersTest, RunsDueTimersInOrder) {
  FakeClock clock;
  FakeTimers timers(&clock);
  std::string order;
  timers.After(absl::Seconds(2), [&order] { order += 'c'; });
  timers.After(absl::Seconds(1), [&order] { order += 'a'; });
  timers.After(absl::Seconds(1), [&order] { order += 'b'; });
  EXPECT_EQ(timers.RunDue(), 0);
  clock.Advance(absl::Seconds(1));
  EXPECT_EQ(timers.RunDue(), 2);
  EXPECT_EQ(order, "ab");
  EXPECT_EQ(timers.pending(), 1u);
  EXPECT_EQ(timers.next_due(), clock.Now() + absl::Seconds(1));
}

TEST(FakeTimersTest, AdvanceRunsEachAtItsOwnTime) {
  FakeClock clock;
  FakeTimers timers(&clock);
  const absl::Time start = clock.Now();
  std::vector<absl::Duration> at;
  timers.After(absl::Seconds(1), [&] {
    at.push_back(clock.Now() - start);
    timers.After(absl::Seconds(1), [&] { at.push_back(clock.Now() - start); });
  });
  const TimerId cancelled = timers.After(absl::Seconds(1), [] { FAIL(); });
  EXPECT_TRUE(timers.Cancel(cancelled));
  EXPECT_FALSE(timers.Cancel(cancelled));
  EXPECT_EQ(timers.AdvanceBy(absl::Seconds(10)), 2);
  EXPECT_EQ(at, (std::vector<absl::Duration>{absl::Seconds(1), absl::Seconds(2)}));
  EXPECT_EQ(clock.Now(), start + absl::Seconds(10));
}

}  // namespace
}  // namespace sluice
