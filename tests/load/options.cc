#include "tests/load/options.h"

#include <filesystem>
#include <utility>

#include "absl/strings/numbers.h"
#include "absl/strings/str_split.h"
#include "server/base/strings.h"
#include "tests/load/cells.h"

namespace sluice::bench {
namespace {

constexpr double kMaxSeconds = 60;
constexpr int kMaxRounds = 100;
constexpr int kMaxStreams = 15'000;  // The server takes 20,000.

absl::Status Refused(const std::string& name, std::string_view rule) {
  return absl::InvalidArgumentError(StrCat("--", name, ": ", rule));
}

absl::Status SetNumber(const std::string& name, const std::string& value, int most, int* out) {
  if (absl::SimpleAtoi(value, out) && *out >= 1 && *out <= most) return absl::OkStatus();
  return Refused(name, StrCat("must be 1 to ", most));
}

absl::Status SetSeconds(const std::string& name, const std::string& value, absl::Duration* out) {
  double seconds = 0;
  if (!absl::SimpleAtod(value, &seconds) || !(seconds > 0) || seconds > kMaxSeconds) {
    return Refused(name, "must be above 0 and at most 60");
  }
  *out = absl::Seconds(seconds);
  return absl::OkStatus();
}

absl::Status SetCells(const std::string& name, const std::string& value, Options* options) {
  for (absl::string_view part : absl::StrSplit(value, ',', absl::SkipEmpty())) {
    const std::string cell(part);
    if (FindCell(cell) == nullptr) {
      return Refused(name, StrCat("there is no cell '", cell, "': see --list"));
    }
    options->cells.push_back(cell);
  }
  return absl::OkStatus();
}

absl::Status SetSwitch(const std::string& name, Options* options) {
  if (name == "quick") {
    options->quick = true;
    options->seconds = absl::Seconds(0.4);
    options->rounds = 5;
  } else if (name == "long") {
    options->long_cells = true;
  } else if (name == "help") {
    options->help = true;
  } else if (name == "list") {
    options->list = true;
  } else {
    return Refused(name, "is no argument: see --help");
  }
  return absl::OkStatus();
}

absl::Status SetValue(const std::string& name, const std::string& value, Options* options) {
  if (name == "cells") return SetCells(name, value, options);
  if (name == "seconds") return SetSeconds(name, value, &options->seconds);
  if (name == "rounds") return SetNumber(name, value, kMaxRounds, &options->rounds);
  if (name == "streams") return SetNumber(name, value, kMaxStreams, &options->streams);
  if (name == "out") {
    options->out = value;
    return absl::OkStatus();
  }
  if (name == "data-dir") {
    options->data_dir = value;
    return absl::OkStatus();
  }
  return Refused(name, "is no argument: see --help");
}

// The build folder lies on the disk of the repository, which a temporary folder may not.
std::string DefaultDataDir() {
  std::error_code ignored;
  if (std::filesystem::is_directory("build", ignored)) return "build";
  return std::filesystem::temp_directory_path(ignored).string();
}

}  // namespace

absl::StatusOr<Options> ParseOptions(const std::vector<std::string>& arguments) {
  Options options;
  options.data_dir = DefaultDataDir();
  // --quick gives defaults, wherever it stands.
  for (const std::string& argument : arguments) {
    if (argument == "--quick") (void)SetSwitch("quick", &options);
  }
  for (const std::string& argument : arguments) {
    if (argument.compare(0, 2, "--") != 0) {
      return absl::InvalidArgumentError(StrCat("'", argument, "' is no argument: see --help"));
    }
    const std::pair<std::string, std::string> flag =
        absl::StrSplit(argument.substr(2), absl::MaxSplits('=', 1));
    if (flag.first == "quick") continue;
    const absl::Status set = argument.find('=') == argument.npos
                                 ? SetSwitch(flag.first, &options)
                                 : SetValue(flag.first, flag.second, &options);
    if (!set.ok()) return set;
  }
  return options;
}

std::string HelpText() {
  return R"(usage: sluice_bench [--quick] [--long] [--cells=a,b] [--seconds=S] [--rounds=N]
                    [--streams=N] [--data-dir=FOLDER] [--out=FILE|FOLDER] [--list] [--help]

Measures a Sluice server on this machine and prints a table beside the numbers that it is to
reach. The server runs in a process of its own (the same binary), the driver in this one; both share
the machine's cores, and talk over loopback. Throughput is told as a ratio to an RPC that does
nothing on the same server, in rounds that take turns: echo, cell, echo, cell, ..., so that what
else goes on on the machine weighs on both. Shown are the median of the rounds and, in brackets,
the least and the greatest.

  --quick          under one minute: shorter rounds, fewer samples
  --long           also cells that take minutes (a start with a million orders)
  --cells=a,b      only these; --list names them
  --seconds=S      length of one round of load (2; with --quick 0.4)
  --rounds=N       rounds per cell (7; with --quick 5)
  --streams=N      how many watchers are many (10000); bursts go to a tenth of them
  --data-dir=DIR   the store is put in a new folder under it, which is removed at the end; the disk
                   under it decides what durable writes cost (default: build, else the folder for
                   temporary files)
  --out=PATH       also write a Markdown report with the machine described; a folder: a file named
                   by the date in it (tests/load/results/YYYY-MM-DD.md)
  --list           name the cells
  --help           this text

Without --quick it takes about five minutes. Exit code 0: measured, whatever the numbers; 1: a cell
failed; 2: wrong arguments.
)";
}

}  // namespace sluice::bench
