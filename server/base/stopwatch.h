// How long something has taken, by the monotonic clock: for time-outs and measurements of I/O,
// where the wall clock may jump.
//
// Threads: a plain value.
// Ownership: none.

#pragma once

#include <chrono>

#include "absl/time/time.h"

namespace sluice {

class Stopwatch {
 public:
  // Starts at construction.
  absl::Duration Elapsed() const;

 private:
  static std::chrono::steady_clock::time_point MonotonicNow();
  std::chrono::steady_clock::time_point start_ = MonotonicNow();
};

}  // namespace sluice
