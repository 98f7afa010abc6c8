// A provider's numbers and tokens: of the documented shapes, unique, and the same for the same seed
// and requests. Never for keys.
//
// Threads: safe from any thread. Ownership: values.

#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <string_view>

#include "absl/time/time.h"
#include "server/base/mutex.h"
#include "server/base/random.h"

namespace sluice::simulation {

class SeededIds {
 public:
  explicit SeededIds(uint64_t seed);

  // `bytes` random bytes as lower-case hexadecimal text.
  std::string Hex(int bytes);

  // `count` random decimal digits (1 to 18).
  std::string Digits(int count);

  // `prefix`, the time as 13 digits of epoch milliseconds, and three digits: "131767225600123456".
  // Rises strictly per prefix, borrowing from the next millisecond when one is full.
  std::string TimeNumber(std::string_view prefix, absl::Time now);

  // 1, 2, 3, ... per name.
  int64_t Count(std::string_view name);

 private:
  Mutex mutex_;
  SeededRandom random_ SLUICE_GUARDED_BY(mutex_);
  std::map<std::string, int64_t, std::less<>> last_number_ SLUICE_GUARDED_BY(mutex_);
  std::map<std::string, int64_t, std::less<>> counters_ SLUICE_GUARDED_BY(mutex_);
};

}  // namespace sluice::simulation
