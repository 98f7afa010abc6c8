// Compares our books with what really happened at the simulated providers.
//
// Threads: a pure reader over the server's API.
// Ownership: none.

#pragma once

#include "absl/status/status.h"
#include "tests/demo/world.h"

namespace sluice::demo {

// Every order, refund and payout that `world` has made since the server's start, against
// SimulatorService.GetLedger: submitted once, paid and given back the same amounts, and no payment
// at the provider that no order knows of. INTERNAL says what does not agree.
absl::Status CompareWithLedger(World& world);

}  // namespace sluice::demo
