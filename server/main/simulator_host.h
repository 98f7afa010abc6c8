// The providers' simulators behind one HTTP listener: /payby/..., /nicepay/..., for --sandbox.
//
// Threads: safe from any thread. Requests are served on the host's own threads, because a simulator
// signs its replies.
// Ownership: owns the simulators, the listener and the threads; borrows clock, timers and client.

#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/statusor.h"
#include "providers/api/registry.h"
#include "server/base/address.h"
#include "server/base/clock.h"
#include "server/base/executor.h"
#include "server/base/mutex.h"
#include "server/base/timers.h"
#include "server/net/http_client.h"
#include "server/net/http_listener.h"

namespace sluice {

class SimulatorHost {
 public:
  struct Options {
    HostPort address;
    const Clock* clock = nullptr;
    Timers* timers = nullptr;
    net::HttpClient* http = nullptr;  // Sends the simulators' notifications.
    uint64_t seed = 0;
  };

  static absl::StatusOr<std::unique_ptr<SimulatorHost>> Start(
      const Options& options, const std::vector<ProviderRegistration>& providers);
  ~SimulatorHost();  // As Stop.

  std::string address() const;
  std::string BaseUrl(std::string_view provider) const;  // Without a trailing '/'.
  Simulator* Find(std::string_view provider) const;      // nullptr: none.
  std::vector<Simulator*> All() const;                   // By name.

  // Stops serving. The simulators live on until the host is destroyed.
  void Stop();

 private:
  SimulatorHost();
  void Serve(RawRequest request, net::HttpResponder responder);

  ThreadPool threads_;
  mutable Mutex mutex_;
  std::map<std::string, std::unique_ptr<Simulator>, std::less<>> simulators_
      SLUICE_GUARDED_BY(mutex_);
  std::unique_ptr<net::HttpListener> listener_;
};

}  // namespace sluice
