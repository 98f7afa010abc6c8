#include "server/main/run.h"

#include <sys/resource.h>

#include <memory>
#include <utility>

#include "server/base/log.h"
#include "server/main/command_line.h"
#include "server/main/config_check.h"
#include "server/main/config_load.h"
#include "server/main/server.h"
#include "server/main/signals.h"

#include "provider_list.h"

namespace sluice {
namespace {

absl::StatusOr<Settings> ReadSettings(const CommandLine& flags) {
  absl::StatusOr<LoadedConfig> loaded = LoadedConfig::Read(flags.config);
  if (!loaded.ok()) return loaded.status();
  return CheckConfig(*loaded, flags, AllProviders());
}

void Reload(const CommandLine& flags, RunningServer& server) {
  absl::StatusOr<Settings> settings = ReadSettings(flags);
  const absl::Status status =
      settings.ok() ? server.Reload(*std::move(settings)) : settings.status();
  // The server goes on with what it has.
  if (!status.ok()) LogError("reload_refused", {{"status", status}});
}

// Streams, listeners and requests to providers hold a descriptor each: what the system allows us is
// taken, not the much lower number that shells begin with.
void RaiseFileLimit() {
  rlimit limit{};
  if (getrlimit(RLIMIT_NOFILE, &limit) != 0 || limit.rlim_cur == limit.rlim_max) return;
  limit.rlim_cur = limit.rlim_max;
  if (setrlimit(RLIMIT_NOFILE, &limit) != 0) LogWarning("file_limit_not_raised");
}

int Serve(const CommandLine& flags, Settings settings, std::ostream& out, std::ostream& error) {
  BlockSignals();
  SetLogLevel(settings.log_level);
  RaiseFileLimit();
  absl::StatusOr<std::unique_ptr<RunningServer>> server =
      StartServer({.settings = std::move(settings),
                   .sandbox = flags.sandbox,
                   .sandbox_seed = flags.sandbox_seed});
  if (!server.ok()) {
    error << "sluiced: " << server.status().message() << std::endl;
    return kExitFailed;
  }
  out << (*server)->addresses().ToJson() << std::endl;
  while (WaitForSignal() == Signal::kReload) Reload(flags, **server);
  LogInfo("server_stopping");
  (*server)->Stop();
  return kExitOk;
}

}  // namespace

int Run(const std::vector<std::string>& arguments, std::ostream& out, std::ostream& error) {
  absl::StatusOr<CommandLine> flags = ParseCommandLine(arguments);
  if (!flags.ok()) {
    error << "sluiced: " << flags.status().message() << std::endl;
    return kExitWrongInput;
  }
  if (flags->help) {
    out << HelpText();
    return kExitOk;
  }
  if (flags->version) {
    out << "sluiced " << VersionText() << std::endl;
    return kExitOk;
  }
  absl::StatusOr<Settings> settings = ReadSettings(*flags);
  if (!settings.ok()) {
    error << settings.status().message() << std::endl;
    return kExitWrongInput;
  }
  if (flags->check_config) {
    out << (flags->config.empty() ? "defaults" : flags->config) << ": ok" << std::endl;
    return kExitOk;
  }
  return Serve(*flags, *std::move(settings), out, error);
}

}  // namespace sluice
