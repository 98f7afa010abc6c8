// When a call is sent again, and after what wait: the rules of clients/README.md as pure functions.
//
// Threads: pure functions. Ownership: values.

#pragma once

#include <chrono>
#include <optional>

#include "sluice/client/error.h"
#include "sluice/client/options.h"

namespace sluice::client {

// The random wait before try number `tries_made` + 1.
std::chrono::milliseconds FullJitter(const RetryPolicy& policy, int tries_made, double random);

// The wait before the next send, or none: the error is the answer.
std::optional<std::chrono::milliseconds> WaitBeforeRetry(const Error& error, bool is_read,
                                                         const RetryPolicy& policy, int tries_made,
                                                         std::chrono::milliseconds time_left,
                                                         double random);

// True when a stream that ended with this code is opened again.
bool StreamGoesOn(grpc::StatusCode code);

}  // namespace sluice::client
