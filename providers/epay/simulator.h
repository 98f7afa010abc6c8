// EPAY's other half: payouts to e-wallets as the public documents describe them.
//
// Threads: the simulator is safe from any thread.
// Ownership: the caller owns the simulator; what `context` points to outlives it.

#pragma once

#include <memory>

#include "absl/status/statusor.h"
#include "providers/api/simulator.h"

namespace sluice::epay {

// Accounts are made known with the settings `epay_account`, `api_key` and `balance` (of USD, as
// decimal text). INVALID_ARGUMENT when the context lacks what it needs.
absl::StatusOr<std::unique_ptr<Simulator>> MakeEpaySimulator(const SimulatorContext& context);

}  // namespace sluice::epay
