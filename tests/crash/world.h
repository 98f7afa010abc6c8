// What outlives the server: the providers' simulators in the test's own process, a folder with the
// store, and the configuration that leads from one to the other.
//
// Threads: made and destroyed by the test's thread; the simulators are safe from any.
// Ownership: owns everything; the folder is removed with it.

#pragma once

#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "providers/api/simulator.h"
#include "server/base/random.h"
#include "server/base/timers.h"
#include "server/main/simulator_host.h"
#include "server/net/curl_http_client.h"
#include "tests/crash/counting_simulator.h"
#include "tests/crash/shifted_clock.h"
#include "tests/crash/victim.h"

namespace sluice::crash {

inline constexpr char kMerchant[] = "merchants/crash";

class World {
 public:
  static absl::StatusOr<std::unique_ptr<World>> Make(uint64_t seed);
  ~World();

  // A server over the world's store, which dies at `point`. Time leaps by `leap_s` before, for it
  // and for the simulators; what was due in between happens when it is up, so that it may hear of
  // it.
  absl::StatusOr<std::unique_ptr<Victim>> StartServer(const CrashPoint& point, int64_t leap_s = 0);

  Simulator& simulator(std::string_view provider) { return *host_->Find(provider); }
  std::vector<Simulator*> simulators() const { return host_->All(); }

  // How many requests of all servers so far have reached the provider under a path that ends so.
  int Requests(const std::string& provider, std::string_view path_end) const {
    return counters_.at(provider)->Requests(path_end);
  }

  // What the servers have said so far.
  std::string Log() const;

 private:
  World() = default;
  std::vector<ProviderRegistration> CountedProviders();
  absl::Status WriteConfig();
  absl::StatusOr<std::string> AddAccount(const ProviderRegistration& registration);

  std::string folder_;
  ShiftedClock clock_;
  SystemRandom random_;
  TimerThread timers_;
  std::unique_ptr<net::CurlHttpClient> http_;
  std::map<std::string, const CountingSimulator*> counters_;  // Of the host's simulators.
  std::unique_ptr<SimulatorHost> host_;
};

}  // namespace sluice::crash
