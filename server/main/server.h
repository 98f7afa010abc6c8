// The whole server as one object: what sluiced runs, and what tests start in their process.
//
//   ServerOptions options;
//   options.settings = LoopbackSettings(data_dir);  // Free ports.
//   options.sandbox = true;
//   auto server = StartServer(std::move(options));
//   ... (*server)->addresses().grpc ...
//
// Threads: Reload and Stop are called by one thread at a time; the rest is safe from any.
// Ownership: owns everything but extra_services. The destructor is Stop().

#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "providers/api/simulator.h"
#include "server/app/engine.h"
#include "server/base/clock.h"
#include "server/main/settings.h"
#include "server/store/store.h"

namespace grpc {
class Service;
}  // namespace grpc

namespace sluice::net {
class HttpClient;
}  // namespace sluice::net

namespace sluice {

struct ServerOptions {
  Settings settings;
  bool sandbox = false;
  // Of the simulators' numbers. Unset: another at each start, because they forget what they gave.
  std::optional<uint64_t> sandbox_seed;
  // Further gRPC services and the names that health answers for (an echo service to measure by).
  std::vector<std::pair<std::string, grpc::Service*>> extra_services;
  // What time it is, for the server and its simulators. Borrowed; unset: the system's. Timers go by
  // the system's all the same.
  const Clock* clock = nullptr;
  // What the engine calls providers by. Borrowed; unset: the server's own client.
  net::HttpClient* http = nullptr;
  // How long Stop waits for calls and work under way.
  absl::Duration grace = absl::Seconds(10);
  // For crash tests: see SqliteStoreOptions::probe and EngineDependencies::probe.
  std::function<void(std::string_view point)> store_probe, engine_probe;
  // For crash tests: the SQLite VFS below the store, and after how many pages its log is copied.
  // Empty, 0: the platform's, and the store's own default.
  std::string store_vfs;
  int store_checkpoint_pages = 0;
};

// "host:port" with the port chosen; empty: not served.
struct ServerAddresses {
  std::string grpc, notify, admin, simulator;

  // {"grpc":"127.0.0.1:50051",...} on one line.
  std::string ToJson() const;
};

class RunningServer {
 public:
  virtual ~RunningServer() = default;

  virtual const ServerAddresses& addresses() const = 0;

  // Takes over merchants, keys, provider accounts and the log level. INVALID_ARGUMENT, and nothing
  // changed, when the new settings break the rules of listeners.
  virtual absl::Status Reload(Settings settings) = 0;

  // Health says NOT_SERVING, listeners stop, watches are closed with a cursor, calls and work under
  // way end, the store closes. Idempotent.
  virtual void Stop() = 0;

  virtual app::Engine& engine() = 0;
  virtual store::Store& store() = 0;
  virtual Simulator* simulator(std::string_view provider) = 0;  // nullptr: none.
};

// INTERNAL when the cryptography fails its self-check, INVALID_ARGUMENT for refused listeners,
// FAILED_PRECONDITION when another process has the store, UNAVAILABLE when an address is taken or
// the disk refuses.
absl::StatusOr<std::unique_ptr<RunningServer>> StartServer(ServerOptions options);

// Settings for a test: loopback, free ports, `data_dir`.
Settings LoopbackSettings(std::string data_dir);

}  // namespace sluice
