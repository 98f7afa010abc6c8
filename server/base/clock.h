// The time, as an argument.
//
// Everything outside `base` and `main` receives a Clock instead of asking the operating system, so
// that a test, a simulator or a replay decides what time it is.
//
// Threads: implementations are safe to call from any thread.
// Ownership: borrowed by its users; outlives them.

#pragma once

#include "absl/time/time.h"

namespace sluice {

class Clock {
 public:
  virtual ~Clock() = default;

  // Wall-clock time. Never moves backwards by more than the operating system's own corrections.
  virtual absl::Time Now() const = 0;
};

// The time to the microsecond, as bodies in the store keep it: what is kept in memory with such a
// time is equal to what is read from disk.
inline absl::Time NowMicros(const Clock& clock) {
  return absl::FromUnixMicros(absl::ToUnixMicros(clock.Now()));
}

// The operating system's clock.
class SystemClock final : public Clock {
 public:
  absl::Time Now() const override;
};

}  // namespace sluice
