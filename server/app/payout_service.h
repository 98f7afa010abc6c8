// Payouts over the engine's core, with the limits that providers last said.
//
// Threads: safe from any thread. Ownership: shares the core.

#pragma once

#include <memory>

#include "server/app/engine_core.h"
#include "server/app/payouts.h"

namespace sluice::app {

std::unique_ptr<Payouts> MakePayouts(CorePtr core);

}  // namespace sluice::app
