// AccountLinks over the engine's core.
//
// Threads: safe from any thread. Ownership: shares the core.

#pragma once

#include <memory>

#include "server/app/account_links.h"
#include "server/app/engine_core.h"

namespace sluice::app {

std::unique_ptr<AccountLinks> MakeAccountLinks(CorePtr core);

}  // namespace sluice::app
