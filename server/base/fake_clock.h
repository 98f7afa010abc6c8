// A clock that stands still until it is told otherwise.
//
// Threads: safe from any thread.
// Ownership: none.

#pragma once

#include "absl/time/time.h"
#include "server/base/clock.h"
#include "server/base/mutex.h"

namespace sluice {

class FakeClock final : public Clock {
 public:
  // 2026-01-15T10:30:00Z unless told otherwise.
  FakeClock() : FakeClock(absl::FromUnixSeconds(1768473000)) {}
  explicit FakeClock(absl::Time start) : now_(start) {}

  absl::Time Now() const override {
    MutexLock lock(&mutex_);
    return now_;
  }

  void Advance(absl::Duration by) {
    MutexLock lock(&mutex_);
    now_ += by;
  }

  void Set(absl::Time now) {
    MutexLock lock(&mutex_);
    now_ = now;
  }

 private:
  mutable Mutex mutex_;
  absl::Time now_ SLUICE_GUARDED_BY(mutex_);
};

}  // namespace sluice
