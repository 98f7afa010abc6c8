#include "tests/crash/world.h"

#include <arpa/inet.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <sstream>
#include <utility>

#include "absl/strings/str_cat.h"
#include "provider_list.h"
#include "server/base/environment.h"

namespace sluice::crash {
namespace {

// A port that is free now. Notifications of an order go where it was created, so that the server
// must come back on the same port.
int FreePort() {
  const int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  sockaddr_in address = {};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  socklen_t length = sizeof(address);
  const bool bound = bind(fd, reinterpret_cast<sockaddr*>(&address), length) == 0 &&
                     getsockname(fd, reinterpret_cast<sockaddr*>(&address), &length) == 0;
  close(fd);
  return bound ? ntohs(address.sin_port) : 0;
}

void Write(const std::string& path, const std::string& text) {
  std::ofstream(path, std::ios::binary) << text;
  std::filesystem::permissions(
      path, std::filesystem::perms::owner_read | std::filesystem::perms::owner_write);
}

// Switches and balances with which a load of some seconds comes to its end.
void Hasten(SimulatorHost& host) {
  (void)host.Find("nicepay")->SetSwitch("ovo_blocking", "50ms");
  (void)host.Find("payby")->SetSwitch("refund_settled_delay", "100ms");
  (void)host.Find("payby")->SetSwitch("refund_success_delay", "100ms");
  (void)host.Find("epay")->SetSwitch("auto_delay", "300ms");
}

}  // namespace

absl::StatusOr<std::unique_ptr<World>> World::Make(uint64_t seed) {
  std::unique_ptr<World> world(new World());
  std::string folder = (std::filesystem::temp_directory_path() / "sluice-crash-XXXXXX").string();
  if (mkdtemp(folder.data()) == nullptr) return absl::InternalError("no folder");
  world->folder_ = folder;
  auto http = net::CurlHttpClient::Create();
  if (!http.ok()) return http.status();
  world->http_ = *std::move(http);
  auto host = SimulatorHost::Start({.address = {"127.0.0.1", 0},
                                    .clock = &world->clock_,
                                    .timers = &world->timers_,
                                    .http = world->http_.get(),
                                    .seed = seed},
                                   world->CountedProviders());
  if (!host.ok()) return host.status();
  world->host_ = *std::move(host);
  Hasten(*world->host_);
  if (absl::Status written = world->WriteConfig(); !written.ok()) return written;
  return world;
}

World::~World() {
  if (host_ != nullptr) host_->Stop();
  if (http_ != nullptr) http_->Shutdown();
  if (!folder_.empty()) std::filesystem::remove_all(folder_);
}

// Their simulators count what reaches them.
std::vector<ProviderRegistration> World::CountedProviders() {
  std::vector<ProviderRegistration> providers = AllProviders();
  for (ProviderRegistration& registration : providers) {
    registration.make_simulator =
        [this, provider = registration.provider, make = std::move(registration.make_simulator)](
            const SimulatorContext& context) -> absl::StatusOr<std::unique_ptr<Simulator>> {
      auto simulator = make(context);
      if (!simulator.ok()) return simulator.status();
      auto counter = std::make_unique<CountingSimulator>(*std::move(simulator));
      counters_[provider] = counter.get();
      return counter;
    };
  }
  return providers;
}

// The account's part of the configuration; its secrets are written beside it.
absl::StatusOr<std::string> World::AddAccount(const ProviderRegistration& registration) {
  const std::string id = absl::StrCat("crash-", registration.provider);
  absl::StatusOr<SandboxAccount> account =
      registration.make_sandbox_account(id, host_->BaseUrl(registration.provider), random_);
  if (!account.ok()) return account.status();
  if (account->simulator.count("balance") > 0) account->simulator["balance"] = "1000000000.00";
  absl::Status known = simulator(registration.provider).AddAccount(account->simulator);
  if (!known.ok()) return known;
  std::string config = absl::StrCat("provider_accounts {\n  id: '", id, "' provider: '",
                                    registration.provider, "' merchant: 'crash'\n");
  for (const auto& [name, value] : account->settings) {
    absl::StrAppend(&config, "  settings { key: '", name, "' value: '", value, "' }\n");
  }
  for (const auto& [name, secret] : account->secrets) {
    const std::string path = absl::StrCat(folder_, "/", id, "-", name);
    Write(path, secret.Reveal());
    absl::StrAppend(&config, "  secrets { key: '", name, "' value: 'file:", path, "' }\n");
  }
  return config + "}\n";
}

absl::Status World::WriteConfig() {
  std::string config = absl::StrCat(
      "grpc_address: '127.0.0.1:0' admin_address: '127.0.0.1:0'\n",
      "notify_address: '127.0.0.1:", FreePort(), "'\n", "data_dir: '", folder_, "/data'\n",
      "log_level: 'warning'\n", "provider_wait { nanos: 500000000 }\n",
      // Quick, so that what a crash left is asked about while the test waits.
      "query_schedule { seconds: 1 } query_schedule { seconds: 1 } query_schedule { seconds: 2 }\n",
      // A redirect leads nowhere that anybody goes: the simulator is told what the payer does.
      "merchants { id: 'crash' return_url_prefixes: 'https://shop.example/' }\n");
  for (const ProviderRegistration& registration : AllProviders()) {
    absl::StatusOr<std::string> account = AddAccount(registration);
    if (!account.ok()) return account.status();
    config += *account;
  }
  Write(folder_ + "/sluice.txtpb", config);
  return absl::OkStatus();
}

absl::StatusOr<std::unique_ptr<Victim>> World::StartServer(const CrashPoint& point,
                                                           int64_t leap_s) {
  clock_.Shift(leap_s);
  // The environment of tests: see server/cmake/Sluice.cmake.
  const std::string program = GetEnvironment("SLUICE_BIN_DIR").value_or(".") + "/crash_server";
  auto victim = Victim::Start({program, folder_ + "/sluice.txtpb", absl::StrCat(clock_.shift_s())},
                              point, folder_ + "/server.log");
  for (Simulator* simulator : host_->All()) simulator->AdvanceClock(absl::ZeroDuration());
  return victim;
}

std::string World::Log() const {
  std::ostringstream text;
  text << std::ifstream(folder_ + "/server.log").rdbuf();
  return text.str();
}

}  // namespace sluice::crash
