// The simulator of NICEPAY: the other half of the facts, over HTTP. See simulator.md.
//
// Threads: the simulator is safe from any thread. Ownership: the caller owns it; it borrows what
// the context lends.

#pragma once

#include <memory>

#include "absl/status/statusor.h"
#include "providers/api/simulator.h"

namespace sluice::nicepay {

// Accounts are made known with the settings `i_mid` and `merchant_key`.
absl::StatusOr<std::unique_ptr<Simulator>> MakeNicePaySimulator(const SimulatorContext& context);

}  // namespace sluice::nicepay
