// Behaviour that EPAY's documents leave open or to the account, as switches by name.
//
// Threads: safe from any thread. Ownership: values.

#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/status.h"
#include "absl/time/time.h"
#include "providers/epay/simulator_signing.h"
#include "server/base/mutex.h"

namespace sluice::epay::simulator {

// Decimal texts as set.
struct Limits {
  std::string single_min, single_max;
};

class Switches {
 public:
  Switches();

  // NOT_FOUND for an unknown name, INVALID_ARGUMENT with the rule for a value that does not fit.
  absl::Status Set(std::string_view name, std::string_view value);

  // The value as set. Empty for an unknown name.
  std::string Text(std::string_view name) const;
  // InfiniteDuration for "never".
  absl::Duration Delay(std::string_view name) const;
  int64_t Number(std::string_view name) const;

  // How what goes out is signed.
  Reading SigningReading() const;
  // How what comes in may be signed.
  std::vector<Reading> AcceptedReadings() const;
  // Of a wallet; of all for an empty channel code.
  Limits LimitsOf(std::string_view channel_code) const;

 private:
  mutable Mutex mutex_;
  std::map<std::string, std::string, std::less<>> values_ SLUICE_GUARDED_BY(mutex_);
};

}  // namespace sluice::epay::simulator
