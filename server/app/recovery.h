// What is done once at start, before the first call is let in.
//
// Threads: called by one thread, which blocks on reads and on the commits' answers being queued.
// Ownership: shares the core.

#pragma once

#include "absl/status/status.h"
#include "server/app/engine_core.h"

namespace sluice::app {

// The accounts that operators had paused.
absl::Status LoadPauses(const CorePtr& core);

// Attempts found SENDING have lost their answer: UNKNOWN, and asked about. Reads all of them before
// it returns; their commits and queries run on.
absl::Status RecoverAttempts(const CorePtr& core);

// Notifications that were acknowledged and wait for a query: asked about again.
absl::Status RecoverNotifications(const CorePtr& core);

// The setting that keeps an account's pause.
std::string PauseSetting(std::string_view account);

}  // namespace sluice::app
