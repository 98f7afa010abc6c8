// Notifications over the engine's core.
//
// Threads: safe from any thread. Ownership: shares the core.

#pragma once

#include <memory>

#include "server/app/engine_core.h"
#include "server/app/notifications.h"

namespace sluice::app {

std::unique_ptr<Notifications> MakeNotifications(CorePtr core);

}  // namespace sluice::app
