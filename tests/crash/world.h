// What outlives the server: the providers' simulators in the test's own process, a folder with the
// store, and the configuration that leads from one to the other.
//
// Threads: made and destroyed by the test's thread; the simulators are safe from any.
// Ownership: owns everything; the folder is removed with it.

#pragma once

#include <memory>
#include <string>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "providers/api/simulator.h"
#include "server/base/clock.h"
#include "server/base/random.h"
#include "server/base/timers.h"
#include "server/main/simulator_host.h"
#include "server/net/curl_http_client.h"
#include "tests/crash/victim.h"

namespace sluice::crash {

inline constexpr char kMerchant[] = "merchants/crash";

class World {
 public:
  static absl::StatusOr<std::unique_ptr<World>> Make(uint64_t seed);
  ~World();

  // A server over the world's store, which dies at `point`.
  absl::StatusOr<std::unique_ptr<Victim>> StartServer(const CrashPoint& point);

  Simulator& payby() { return *host_->Find("payby"); }

 private:
  World() = default;
  absl::Status WriteConfig();

  std::string folder_;
  SystemClock clock_;
  SystemRandom random_;
  TimerThread timers_;
  std::unique_ptr<net::CurlHttpClient> http_;
  std::unique_ptr<SimulatorHost> host_;
};

}  // namespace sluice::crash
