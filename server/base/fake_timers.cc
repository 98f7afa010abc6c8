#include "server/base/fake_timers.h"

#include <algorithm>

namespace sluice {

TimerId FakeTimers::After(absl::Duration delay, Task callback) {
  const absl::Time due = clock_->Now() + std::max(delay, absl::ZeroDuration());
  MutexLock lock(&mutex_);
  const TimerId id = ++last_id_;
  timers_.emplace(Key(due, id), std::move(callback));
  return id;
}

bool FakeTimers::Cancel(TimerId id) {
  Task dropped;  // Destroyed after the lock.
  MutexLock lock(&mutex_);
  const auto found = std::find_if(timers_.begin(), timers_.end(),
                                  [id](const auto& timer) { return timer.first.second == id; });
  if (found == timers_.end()) return false;
  dropped = std::move(found->second);
  timers_.erase(found);
  return true;
}

int FakeTimers::RunDue() {
  for (int ran = 0;; ++ran) {
    Task callback;
    {
      const absl::Time now = clock_->Now();
      MutexLock lock(&mutex_);
      if (timers_.empty() || timers_.begin()->first.first > now) return ran;
      callback = std::move(timers_.begin()->second);
      timers_.erase(timers_.begin());
    }
    std::move(callback)();
  }
}

int FakeTimers::AdvanceTo(absl::Time time) {
  int ran = RunDue();
  for (std::optional<absl::Time> due = next_due(); due && *due <= time; due = next_due()) {
    // A callback may itself have moved the clock further.
    if (*due > clock_->Now()) clock_->Set(*due);
    ran += RunDue();
  }
  if (time > clock_->Now()) clock_->Set(time);
  return ran;
}

std::optional<absl::Time> FakeTimers::next_due() const {
  MutexLock lock(&mutex_);
  if (timers_.empty()) return std::nullopt;
  return timers_.begin()->first.first;
}

size_t FakeTimers::pending() const {
  MutexLock lock(&mutex_);
  return timers_.size();
}

size_t FakeTimers::DropAll() {
  std::map<Key, Task> dropped;  // Destroyed without the lock: a callback may own much.
  MutexLock lock(&mutex_);
  dropped.swap(timers_);
  return dropped.size();
}

}  // namespace sluice
