// Files of the data directory that only their owner may read.
//
// Threads: safe for different paths; one writer per path.
// Ownership: none.

#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "absl/status/status.h"
#include "absl/status/statusor.h"

namespace sluice {

// Creates the directory and those above it, mode 0700. UNAVAILABLE when that fails.
absl::Status EnsurePrivateDirectory(const std::string& path);

// nullopt when there is no such file. UNAVAILABLE when it cannot be read.
absl::StatusOr<std::optional<std::string>> ReadPrivateFile(const std::string& path);

// Mode 0600, replaced at once and on disk before this returns. UNAVAILABLE when that fails.
absl::Status WritePrivateFile(const std::string& path, std::string_view content);

}  // namespace sluice
