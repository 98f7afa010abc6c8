// The parts of a running server in the order in which they are made; they end in the reverse order.
//
// Threads: see server.h.
// Ownership: owns all parts.

#pragma once

#include <atomic>
#include <cstdint>
#include <functional>
#include <memory>
#include <vector>

#include "server/base/clock.h"
#include "server/base/executor.h"
#include "server/base/random.h"
#include "server/base/timers.h"
#include "server/main/grpc_server.h"
#include "server/main/http_routes.h"
#include "server/main/key_ring.h"
#include "server/main/metrics_export.h"
#include "server/main/server.h"
#include "server/main/simulator_host.h"
#include "server/main/store_sealer.h"
#include "server/net/curl_http_client.h"
#include "server/net/http_listener.h"
#include "server/rpc/services.h"
#include "server/stream/event_hub.h"
#include "server/stream/event_log.h"
#include "server/stream/log_reader.h"
#include "server/stream/pruner.h"

namespace sluice {

class ServerParts final : public RunningServer {
 public:
  explicit ServerParts(ServerOptions options);
  ~ServerParts() override { Stop(); }

  absl::Status Start();

  const ServerAddresses& addresses() const override { return addresses_; }
  absl::Status Reload(Settings settings) override;
  void Stop() override;
  app::Engine& engine() override { return *engine_; }
  store::Store& store() override { return *store_; }
  Simulator* simulator(std::string_view provider) override {
    return simulators_ == nullptr ? nullptr : simulators_->Find(provider);
  }

 private:
  absl::Status StartStore();
  absl::Status StartStreams();
  absl::Status StartSandbox();
  absl::Status StartNotify();
  absl::Status StartEngine();
  absl::Status StartGrpc();
  absl::Status StartAdmin();
  void ScheduleSweep(TimerThread* timers);
  void LookForUnknown();
  std::function<absl::Duration()> OldestUnknownAge() const;
  app::EngineOptions EngineOptionsOf(const Settings& settings) const;

  ServerOptions options_;
  ServerAddresses addresses_;
  std::string notify_base_url_;
  std::vector<AccountSettings> sandbox_accounts_;

  const SystemClock system_clock_;
  const Clock& clock_;
  SystemRandom random_;
  MetricsExport metrics_;
  KeyRing keys_;
  rpc::Environment environment_;
  std::shared_ptr<NotifyGate> gate_ = std::make_shared<NotifyGate>();
  std::shared_ptr<std::atomic<bool>> ready_ = std::make_shared<std::atomic<bool>>(false);
  std::atomic<bool> sweeping_ = false;
  static constexpr int64_t kNoneUnknown = INT64_MAX;
  std::atomic<int64_t> oldest_unknown_us_ = kNoneUnknown;

  std::unique_ptr<store::Store> store_;
  std::unique_ptr<StoreSealer> sealer_;
  std::unique_ptr<ThreadPool> executor_, signing_, readers_;
  std::unique_ptr<net::CurlHttpClient> http_;
  std::unique_ptr<stream::EventHub> hub_;
  std::unique_ptr<stream::LogReader> log_reader_;
  std::unique_ptr<stream::EventLog> event_log_;
  std::unique_ptr<stream::Pruner> pruner_;
  std::unique_ptr<TimerThread> timers_;
  std::unique_ptr<SimulatorHost> simulators_;
  std::unique_ptr<net::HttpListener> notify_, admin_;
  std::unique_ptr<app::Engine> engine_;
  std::vector<rpc::NamedService> services_;
  std::unique_ptr<GrpcServer> grpc_;
};

}  // namespace sluice
