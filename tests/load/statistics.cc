#include "tests/load/statistics.h"

#include <algorithm>
#include <cmath>

namespace sluice::bench {

void Latencies::Add(const Latencies& others) {
  microseconds_.insert(microseconds_.end(), others.microseconds_.begin(),
                       others.microseconds_.end());
}

absl::Duration Latencies::At(double percent) const {
  if (microseconds_.empty()) return absl::ZeroDuration();
  std::vector<double> sorted = microseconds_;
  const double rank = std::ceil(percent / 100 * static_cast<double>(sorted.size()));
  const size_t index = std::clamp<size_t>(static_cast<size_t>(rank), 1, sorted.size()) - 1;
  std::nth_element(sorted.begin(), sorted.begin() + static_cast<ptrdiff_t>(index), sorted.end());
  return absl::Microseconds(sorted[index]);
}

Spread SpreadOf(std::vector<double> rounds) {
  if (rounds.empty()) return {};
  std::sort(rounds.begin(), rounds.end());
  const size_t half = rounds.size() / 2;
  const double median =
      rounds.size() % 2 == 1 ? rounds[half] : (rounds[half - 1] + rounds[half]) / 2;
  return {median, rounds.front(), rounds.back()};
}

}  // namespace sluice::bench
