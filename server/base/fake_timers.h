// Timers that run when a test says so, by a FakeClock.
//
// Threads: safe from any thread; callbacks run on the thread that calls RunDue or AdvanceTo,
// without a lock held, so that they may set and cancel timers.
// Ownership: borrows the clock.

#pragma once

#include <map>
#include <optional>
#include <utility>

#include "absl/time/time.h"
#include "server/base/fake_clock.h"
#include "server/base/mutex.h"
#include "server/base/timers.h"

namespace sluice {

class FakeTimers final : public Timers {
 public:
  explicit FakeTimers(FakeClock* clock) : clock_(clock) {}

  TimerId After(absl::Duration delay, Task callback) override;
  bool Cancel(TimerId id) override;

  // Runs every callback that is due by the clock, earliest first, ties in the order set; also those
  // that the callbacks add. How many ran.
  int RunDue();

  // Moves the clock from due time to due time up to `time`, running each timer at its own time.
  // How many ran.
  int AdvanceTo(absl::Time time);
  int AdvanceBy(absl::Duration by) { return AdvanceTo(clock_->Now() + by); }

  // When the next timer is due, if there is one.
  std::optional<absl::Time> next_due() const;

  size_t pending() const;

  // Drops every callback without running it, as the end of a process does. How many there were.
  size_t DropAll();

 private:
  using Key = std::pair<absl::Time, TimerId>;

  FakeClock* const clock_;
  mutable Mutex mutex_;
  TimerId last_id_ SLUICE_GUARDED_BY(mutex_) = 0;
  std::map<Key, Task> timers_ SLUICE_GUARDED_BY(mutex_);
};

}  // namespace sluice
