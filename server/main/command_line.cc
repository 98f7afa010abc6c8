#include "server/main/command_line.h"

#include <set>
#include <string_view>

#include "absl/status/status.h"
#include "absl/strings/numbers.h"
#include "server/base/strings.h"

namespace sluice {
namespace {

constexpr std::string_view kHelp = R"(sluiced: the Sluice payment server

usage: sluiced [flags]

  --config FILE              configuration, a textproto: see proto/sluice/config/v1/config.proto
  --check-config             check the configuration, say what is wrong by file, line, field and
                             rule, and exit
  --sandbox                  run the provider simulators in this process, with the merchant
                             merchants/demo and one account per provider; loopback only
  --data-dir DIR             where the store is (default sluice-data)
  --grpc-address HOST:PORT   gRPC (default 127.0.0.1:50051)
  --notify-address HOST:PORT notifications and return pages over HTTP (default 127.0.0.1:8080)
  --admin-address HOST:PORT  /metrics, /healthz, /readyz over HTTP (default 127.0.0.1:9090)
  --simulator-address HOST:PORT
                             the simulators over HTTP, with --sandbox (default 127.0.0.1:7070)
  --sandbox-seed NUMBER      what the simulators' choices are drawn from, with --sandbox (default:
                             another at each start; the log line server_started has it)
  --log-level LEVEL          debug, info, warning, error or off (default info)
  --version                  print the version and exit
  --help                     print this text and exit

Port 0 takes a free port. When the server is ready it prints one line of JSON on standard output
with the addresses it serves: {"grpc":"127.0.0.1:50051","notify":...,"admin":...,"simulator":...}.
Logs are JSON lines on standard error. Flags win over the configuration.

Without API keys or client identities in the configuration every caller may do everything; that is
why gRPC then serves loopback only.

Signals: SIGTERM and SIGINT stop the server in an orderly way; SIGHUP reads the configuration again
(merchants, keys, provider accounts, log level).

Exit codes: 0 stopped in order, 1 could not start or serve, 2 wrong flags or configuration.
)";

// A flag with a value, and where the value goes.
std::optional<std::string>* Destination(CommandLine* line, std::string_view name,
                                        std::optional<std::string>* config,
                                        std::optional<std::string>* seed) {
  if (name == "config") return config;
  if (name == "sandbox-seed") return seed;
  if (name == "grpc-address") return &line->grpc_address;
  if (name == "notify-address") return &line->notify_address;
  if (name == "admin-address") return &line->admin_address;
  if (name == "simulator-address") return &line->simulator_address;
  if (name == "data-dir") return &line->data_dir;
  if (name == "log-level") return &line->log_level;
  return nullptr;
}

bool* Switch(CommandLine* line, std::string_view name) {
  if (name == "help") return &line->help;
  if (name == "version") return &line->version;
  if (name == "check-config") return &line->check_config;
  if (name == "sandbox") return &line->sandbox;
  return nullptr;
}

absl::Status Wrong(std::string_view flag, std::string_view rule) {
  return absl::InvalidArgumentError(StrCat(flag, ": ", rule, " (see --help)"));
}

absl::Status ReadSeed(const std::string& text, CommandLine* line) {
  constexpr std::string_view kFlag = "--sandbox-seed";
  uint64_t seed = 0;
  if (!absl::SimpleAtoi(text, &seed)) return Wrong(kFlag, "must be a number from 0 to 2^64-1");
  if (!line->sandbox) return Wrong(kFlag, "is for --sandbox");
  line->sandbox_seed = seed;
  return absl::OkStatus();
}

}  // namespace

absl::StatusOr<CommandLine> ParseCommandLine(const std::vector<std::string>& arguments) {
  CommandLine line;
  std::optional<std::string> config, seed;
  std::set<std::string, std::less<>> seen;
  for (size_t i = 0; i < arguments.size(); ++i) {
    const std::string_view argument = arguments[i];
    if (argument.substr(0, 2) != "--") return Wrong(argument, "is not a flag");
    const size_t equals = argument.find('=');
    const std::string_view flag = argument.substr(0, equals);
    const std::string_view name = flag.substr(2);
    if (!seen.emplace(name).second) return Wrong(flag, "was given twice");
    if (bool* const on = Switch(&line, name); on != nullptr) {
      if (equals != argument.npos) return Wrong(flag, "takes no value");
      *on = true;
      continue;
    }
    std::optional<std::string>* const value = Destination(&line, name, &config, &seed);
    if (value == nullptr) return Wrong(flag, "is not a flag");
    if (equals != argument.npos) {
      *value = argument.substr(equals + 1);
    } else if (i + 1 < arguments.size()) {
      *value = arguments[++i];
    }
    if (!value->has_value() || (*value)->empty()) return Wrong(flag, "needs a value");
  }
  line.config = config.value_or("");
  if (seed.has_value()) {
    if (absl::Status read = ReadSeed(*seed, &line); !read.ok()) return read;
  }
  return line;
}

std::string HelpText() { return std::string(kHelp); }

std::string VersionText() { return SLUICE_VERSION; }

}  // namespace sluice
