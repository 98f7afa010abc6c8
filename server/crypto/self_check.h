// Proves at start that the cryptography linked into this process is the one meant, and works.
//
// Threads: safe from any thread.
// Ownership: none.

#pragma once

#include "absl/status/status.h"

namespace sluice::crypto {

// Known answers for every primitive (of RSA, verification). INTERNAL naming the primitive
// that fails: the process must not serve then. Takes about a millisecond.
absl::Status SelfCheck();

}  // namespace sluice::crypto
