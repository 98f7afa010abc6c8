// What the server counts, as Prometheus text.
//
// Threads: safe from any thread.
// Ownership: owns its counters; `collect` functions are borrowed for the life of the export.

#pragma once

#include <functional>
#include <memory>
#include <string>

#include "server/app/engine.h"
#include "server/rpc/call.h"
#include "server/store/store.h"

namespace sluice {

class MetricsExport final : public app::Metrics, public rpc::RpcMetrics {
 public:
  MetricsExport();
  ~MetricsExport() override;

  void ProviderCall(std::string_view provider, std::string_view verb, std::string_view verdict,
                    absl::Duration took) override;
  void StateChange(std::string_view kind, std::string_view provider,
                   std::string_view state) override;
  void NotificationReceived(std::string_view provider, std::string_view state,
                            std::string_view reason) override;
  void Finished(std::string_view method, grpc::StatusCode code, absl::Duration took) override;

  // What is read when the metrics are: set before the first Text.
  struct Sources {
    std::function<store::StoreStats()> store;
    std::function<int()> watches;
    std::function<int64_t()> last_event, oldest_event;
    std::function<absl::Duration()> oldest_unknown;  // Its age.
  };
  void SetSources(Sources sources);

  // Text exposition format 0.0.4.
  std::string Text() const;

 private:
  struct Impl;
  const std::unique_ptr<Impl> impl_;
};

}  // namespace sluice
