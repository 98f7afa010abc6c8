// PayBy's other side: its acquiring API over signed HTTP, the payer's page, and notifications.
//
// Written from PayBy's public documents alone; it shares no code with the backend beyond
// server/wire and server/crypto. Settings, switches and ledger words: providers/payby/simulator.md.
//
// Threads: as Simulator: every method is safe from any thread, none blocks on I/O.
// Ownership: the caller owns the simulator; what `context` points to outlives it.

#pragma once

#include <memory>

#include "absl/status/statusor.h"
#include "providers/api/simulator.h"

namespace sluice::payby {

// INVALID_ARGUMENT when the context lacks a clock, timers, `send`, or has no http base_url.
absl::StatusOr<std::unique_ptr<Simulator>> MakePayBySimulator(const SimulatorContext& context);

}  // namespace sluice::payby
