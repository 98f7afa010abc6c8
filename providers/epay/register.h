// How EPAY becomes known to the server.
//
// Threads: a pure function. Ownership: values; the factories give ownership to the caller.

#pragma once

#include "providers/api/registry.h"

namespace sluice::epay {

ProviderRegistration Registration();

}  // namespace sluice::epay
