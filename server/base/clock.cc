#include "server/base/clock.h"

#include "absl/time/clock.h"

namespace sluice {

absl::Time SystemClock::Now() const { return absl::Now(); }

}  // namespace sluice
