// The demo merchant of --sandbox: one account per provider, whose keys are kept in the data
// directory so that a restart keeps them.
//
// Threads: called by one thread, at start.
// Ownership: values.

#pragma once

#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "providers/api/registry.h"
#include "server/base/random.h"
#include "server/main/settings.h"
#include "server/main/simulator_host.h"

namespace sluice {

inline constexpr char kDemoMerchant[] = "demo";  // merchants/demo
// Where its payers may be sent back to; loopback besides.
inline constexpr char kDemoReturnUrlPrefix[] = "https://shop.example/";

// Accounts "demo-payby", ... made known to the simulators. UNAVAILABLE when the file of keys cannot
// be read or written.
absl::StatusOr<std::vector<AccountSettings>> PrepareSandbox(
    const std::string& data_dir, const SimulatorHost& host,
    const std::vector<ProviderRegistration>& providers, Random* random);

}  // namespace sluice
