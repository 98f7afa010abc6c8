// ProviderAccounts over the engine's core.
//
// Threads: safe from any thread. Ownership: shares the core.

#pragma once

#include <memory>

#include "server/app/engine_core.h"
#include "server/app/provider_accounts.h"

namespace sluice::app {

std::unique_ptr<ProviderAccounts> MakeProviderAccounts(CorePtr core);

}  // namespace sluice::app
