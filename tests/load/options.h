// The command line of sluice_bench.
//
// Threads: plain values and pure functions.
// Ownership: values.

#pragma once

#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/time/time.h"

namespace sluice::bench {

struct Options {
  std::vector<std::string> cells;             // Empty: all.
  absl::Duration seconds = absl::Seconds(2);  // Of one round of load.
  int rounds = 7;
  int streams = 10'000;  // "Many" watchers; a tenth of it for bursts.
  bool quick = false;
  bool long_cells = false;  // Also those that take minutes.
  std::string data_dir;     // Under which the bench makes a folder of its own.
  std::string out;          // A report is written here; a folder: named by the date.
  bool help = false;
  bool list = false;
};

// INVALID_ARGUMENT naming the argument.
absl::StatusOr<Options> ParseOptions(const std::vector<std::string>& arguments);

std::string HelpText();

}  // namespace sluice::bench
