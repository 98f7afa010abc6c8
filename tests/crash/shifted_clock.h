// The system's time, and what a test adds: the graces and expiries of minutes that lie between a
// crash and its repair pass without waiting for them.
//
// Threads: safe from any thread.
// Ownership: values.

#pragma once

#include <atomic>
#include <cstdint>

#include "absl/time/time.h"
#include "server/base/clock.h"

namespace sluice::crash {

class ShiftedClock final : public Clock {
 public:
  absl::Time Now() const override { return system_.Now() + absl::Seconds(shift_s_.load()); }
  void Shift(int64_t seconds) { shift_s_ += seconds; }
  int64_t shift_s() const { return shift_s_.load(); }

 private:
  const SystemClock system_;
  std::atomic<int64_t> shift_s_ = 0;
};

}  // namespace sluice::crash
