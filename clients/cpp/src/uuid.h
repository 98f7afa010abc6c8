// Request ids: random UUIDs (RFC 4122, version 4).
//
// Threads: safe from any thread. Ownership: values.

#pragma once

#include <string>

namespace sluice::client {

std::string RandomUuid();

}  // namespace sluice::client
