// The command line of sluiced.
//
// Threads: pure functions.
// Ownership: values.

#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "absl/status/statusor.h"

namespace sluice {

struct CommandLine {
  bool help = false;
  bool version = false;
  bool check_config = false;
  bool sandbox = false;
  std::string config;  // Path; empty: none.
  // Those that were given win over the file.
  std::optional<std::string> grpc_address, notify_address, admin_address, simulator_address;
  std::optional<std::string> data_dir, log_level;
  std::optional<uint64_t> sandbox_seed;
};

// `arguments` without the program's name. "--flag value" and "--flag=value". INVALID_ARGUMENT
// naming the flag that is unknown, repeated, or lacks its value.
absl::StatusOr<CommandLine> ParseCommandLine(const std::vector<std::string>& arguments);

std::string HelpText();

// "0.1.0"
std::string VersionText();

}  // namespace sluice
