// Turns a configuration into settings, and says everything that is wrong with it.
//
// Threads: a pure function, but for the secrets it reads (files, environment).
// Ownership: values.

#pragma once

#include <vector>

#include "absl/status/statusor.h"
#include "providers/api/registry.h"
#include "server/main/command_line.h"
#include "server/main/config_load.h"
#include "server/main/settings.h"

namespace sluice {

// INVALID_ARGUMENT with one line per broken rule: "file:line: field: rule", or "--flag: rule".
// Never a secret. Provider accounts are made by `providers`, so their settings are checked as well.
absl::StatusOr<Settings> CheckConfig(const LoadedConfig& loaded, const CommandLine& flags,
                                     const std::vector<ProviderRegistration>& providers);

}  // namespace sluice
