#include "tests/load/serve.h"

#include <signal.h>
#include <sys/prctl.h>
#include <unistd.h>

#include <cstdio>
#include <limits>
#include <memory>
#include <utility>

#include "server/crypto/sha256.h"
#include "server/main/server.h"
#include "server/net/curl_http_client.h"
#include "tests/load/echo_service.h"

namespace sluice::bench {
namespace {

AccountSettings BenchAccount() {
  return {.id = kAccount,
          .merchant = kMerchant,
          .provider = MakeBenchProvider(),
          .notify_allow = {},
          // Requests that are never answered hold their places for ever.
          .max_in_flight = std::numeric_limits<int>::max()};
}

Settings SettingsOf(const std::string& mode, const std::string& data_dir) {
  Settings settings = LoopbackSettings(data_dir);
  settings.operators.api_keys = {{.id = "driver", .digest = crypto::Sha256(kApiKey)}};
  if (mode != kModeSandbox) settings.accounts.push_back(BenchAccount());
  if (mode == kModeAccept) settings.provider_wait = absl::ZeroDuration();
  return settings;
}

// The process's parts, in the order of their making; they are never unmade.
struct Parts {
  EchoService echo;
  HoldingClient holding;
  InstantClient instant;
  std::unique_ptr<TimedClient> timed;
  std::unique_ptr<RunningServer> server;
};

absl::Status Start(const std::string& mode, const std::string& data_dir, Parts* parts) {
  ServerOptions options;
  options.settings = SettingsOf(mode, data_dir);
  options.extra_services = {{kEchoServiceName, &parts->echo}};
  options.store_probe = [echo = &parts->echo](std::string_view point) { echo->OnProbe(point); };
  if (mode == kModeSandbox) {
    auto real = net::CurlHttpClient::Create();
    if (!real.ok()) return real.status();
    parts->timed = std::make_unique<TimedClient>(*std::move(real));
    options.http = parts->timed.get();
    options.sandbox = true;
    options.sandbox_seed = 1;
  } else if (mode == kModeInstant) {
    options.http = &parts->instant;
  } else if (mode == kModeAccept) {
    options.http = &parts->holding;
  } else {
    return absl::InvalidArgumentError("no such mode");
  }
  auto server = StartServer(std::move(options));
  if (!server.ok()) return server.status();
  parts->server = *std::move(server);
  parts->echo.Attach(parts->server.get(), parts->timed.get());
  return absl::OkStatus();
}

}  // namespace

int Serve(const std::vector<std::string>& arguments) {
  prctl(PR_SET_PDEATHSIG, SIGKILL);
  if (arguments.size() != 2) return 2;
  auto* const parts = new Parts;
  const absl::Status started = Start(arguments[0], arguments[1], parts);
  if (!started.ok()) {
    std::fprintf(stderr, "%s\n", started.ToString().c_str());
    return 1;
  }
  std::printf("%s\n", parts->server->addresses().grpc.c_str());
  std::fflush(stdout);
  char byte = 0;
  while (read(STDIN_FILENO, &byte, 1) > 0) continue;
  _exit(0);
}

}  // namespace sluice::bench
