// The reconciliation use cases over the engine's core. See reconciliation.h.
//
// Threads: as Reconciliation. Ownership: shares the core.

#pragma once

#include <memory>

#include "server/app/engine_core.h"
#include "server/app/reconciliation.h"

namespace sluice::app {

std::unique_ptr<Reconciliation> MakeReconciliation(CorePtr core);

}  // namespace sluice::app
