// NICEPAY's other side: its e-wallet API, the wallets' pages for a person, and notifications.
//
// Written from NICEPAY's public documents alone; it shares no code with the backend beyond
// server/wire and server/crypto. Settings, switches and ledger words: simulator.md.
//
// Threads: as Simulator: every method is safe from any thread, none blocks on I/O.
// Ownership: the caller owns the simulator; what `context` points to outlives it.

#pragma once

#include <memory>

#include "absl/status/statusor.h"
#include "providers/api/simulator.h"

namespace sluice::nicepay {

// Accounts are made known with the settings `i_mid` and `merchant_key`, perhaps `merchant_name` and
// `auto_paid`. INVALID_ARGUMENT when the context lacks a clock, timers, `send`, or has no http
// base_url.
absl::StatusOr<std::unique_ptr<Simulator>> MakeNicePaySimulator(const SimulatorContext& context);

}  // namespace sluice::nicepay
