// When DANA gives nothing back, by the clock in Jakarta.
//
// Threads: pure functions.
// Ownership: values.

#pragma once

#include "absl/time/time.h"

namespace sluice::demo {

// DANA gives nothing back from midnight to one o'clock in Jakarta (UTC+7). Zero when it does at
// `now` and for some minutes to come; otherwise, how long until it does again.
absl::Duration UntilDanaGivesBack(absl::Time now);

}  // namespace sluice::demo
