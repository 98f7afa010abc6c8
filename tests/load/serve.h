// The role of the server: a Sluice server in a process of its own, with the echo service beside the
// public API.
//
// Threads: called by main alone.
// Ownership: none.

#pragma once

#include <string>
#include <vector>

namespace sluice::bench {

// What stands behind the server's only provider account.
//   accept    a provider that never answers, and calls that do not wait for it
//   instant   a provider that answers at once
//   sandbox   PayBy's backend over HTTP against the simulator, each exchange timed
inline constexpr char kModeAccept[] = "accept";
inline constexpr char kModeInstant[] = "instant";
inline constexpr char kModeSandbox[] = "sandbox";

// The key that the driver shows: an operator's.
inline constexpr char kApiKey[] = "bench-key-of-the-driver";

// serve MODE DATA_DIR: prints the gRPC address on a line, then serves until its input ends. Ends at
// once then: nothing of its data is wanted any more.
int Serve(const std::vector<std::string>& arguments);

}  // namespace sluice::bench
