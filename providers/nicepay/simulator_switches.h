// Behaviour of NICEPAY that its documents leave open, as switches by name (see simulator.md).
//
// Threads: safe from any thread. Ownership: values.

#pragma once

#include <map>
#include <string>
#include <string_view>

#include "absl/status/status.h"
#include "absl/time/time.h"
#include "server/base/mutex.h"

namespace sluice::nicepay::simulator {

class Switches {
 public:
  Switches();

  // NOT_FOUND for an unknown name, INVALID_ARGUMENT with the rule for a value that does not fit.
  absl::Status Set(std::string_view name, std::string_view value);

  // Of switches that are "true" or "false".
  bool On(std::string_view name) const;
  // The value as set. Empty for an unknown name.
  std::string Text(std::string_view name) const;
  // InfiniteDuration for "never".
  absl::Duration Delay(std::string_view name) const;

 private:
  mutable Mutex mutex_;
  std::map<std::string, std::string, std::less<>> values_ SLUICE_GUARDED_BY(mutex_);
};

}  // namespace sluice::nicepay::simulator
