// Orders and Refunds over the engine's core.
//
// Threads: safe from any thread. Ownership: shares the core.

#pragma once

#include <memory>

#include "server/app/engine_core.h"
#include "server/app/orders.h"

namespace sluice::app {

std::unique_ptr<Orders> MakeOrders(CorePtr core);
std::unique_ptr<Refunds> MakeRefunds(CorePtr core);

}  // namespace sluice::app
