// Numbers of a measurement: percentiles of many samples, median and spread of a few rounds.
//
// Threads: plain values and pure functions.
// Ownership: values.

#pragma once

#include <vector>

#include "absl/time/time.h"

namespace sluice::bench {

// Latencies of one run.
class Latencies {
 public:
  void Add(absl::Duration latency) { microseconds_.push_back(absl::ToDoubleMicroseconds(latency)); }
  void Add(const Latencies& others);
  void Reserve(size_t count) { microseconds_.reserve(count); }

  size_t count() const { return microseconds_.size(); }
  // The smallest that `percent` of all do not exceed; zero of none.
  absl::Duration At(double percent) const;

 private:
  std::vector<double> microseconds_;
};

// The middle, the least and the greatest of some rounds.
struct Spread {
  double median = 0, least = 0, greatest = 0;
};

// Zeros for no rounds.
Spread SpreadOf(std::vector<double> rounds);

}  // namespace sluice::bench
