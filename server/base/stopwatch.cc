#include "server/base/stopwatch.h"

namespace sluice {

absl::Duration Stopwatch::Elapsed() const { return absl::FromChrono(MonotonicNow() - start_); }

std::chrono::steady_clock::time_point Stopwatch::MonotonicNow() {
  return std::chrono::steady_clock::now();
}

}  // namespace sluice
