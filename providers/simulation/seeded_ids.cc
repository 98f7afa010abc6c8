#include "providers/simulation/seeded_ids.h"

#include <algorithm>

#include "absl/strings/str_format.h"

namespace sluice::simulation {
namespace {

constexpr int64_t kPerMillisecond = 1000;          // Three digits below the millisecond.
constexpr int64_t kMaxMillis = 9'999'999'999'999;  // Thirteen digits: the year 2286.
constexpr int kMaxDigits = 18;                     // Fits in 64 bits.

}  // namespace

SeededIds::SeededIds(uint64_t seed) : random_(seed) {}

std::string SeededIds::Hex(int bytes) {
  MutexLock lock(&mutex_);
  return random_.Hex(bytes);
}

std::string SeededIds::Digits(int count) {
  count = std::clamp(count, 1, kMaxDigits);
  uint64_t bound = 1;
  for (int i = 0; i < count; ++i) bound *= 10;
  MutexLock lock(&mutex_);
  return absl::StrFormat("%0*d", count, random_.Next() % bound);
}

std::string SeededIds::TimeNumber(std::string_view prefix, absl::Time now) {
  const int64_t millis = std::clamp<int64_t>(absl::ToUnixMillis(now), 0, kMaxMillis);
  MutexLock lock(&mutex_);
  int64_t number =
      millis * kPerMillisecond + static_cast<int64_t>(random_.Next() % kPerMillisecond);
  int64_t& last = last_number_[std::string(prefix)];
  number = std::max(number, last + 1);
  last = number;
  return absl::StrFormat("%s%016d", std::string(prefix), number);
}

int64_t SeededIds::Count(std::string_view name) {
  MutexLock lock(&mutex_);
  return ++counters_[std::string(name)];
}

}  // namespace sluice::simulation
