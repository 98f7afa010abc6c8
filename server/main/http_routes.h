// What our own HTTP listeners answer: notifications and return pages, metrics and health.
//
// Threads: handlers run on the listener's thread and do not block.
// Ownership: the handlers share a Gate with the server; everything else is borrowed.

#pragma once

#include <atomic>
#include <functional>
#include <memory>
#include <string>

#include "server/app/engine.h"
#include "server/main/metrics_export.h"
#include "server/net/http_listener.h"
#include "server/net/ip_allow_list.h"

namespace sluice {

// The listener has its port before the engine exists: until Open and after Close it answers 503,
// upon which a provider comes again.
class NotifyGate {
 public:
  void Open(app::Engine* engine) { engine_.store(engine, std::memory_order_release); }
  void Close() { Open(nullptr); }
  app::Engine* engine() const { return engine_.load(std::memory_order_acquire); }

 private:
  std::atomic<app::Engine*> engine_ = nullptr;
};

// POST /notify/{provider}/{account} and GET or POST /return/{account}/{kind}/{id}/{mark}. `trusted`
// proxies may say for whom they call.
net::HttpHandler NotifyHandler(std::shared_ptr<const NotifyGate> gate, net::IpAllowList trusted);

// GET /metrics, /healthz (the process lives) and /readyz (it serves, and the age of the oldest call
// to a provider whose outcome is unknown: a person should look when it grows).
net::HttpHandler AdminHandler(const MetricsExport* metrics,
                              std::shared_ptr<const std::atomic<bool>> ready,
                              std::function<absl::Duration()> oldest_unknown);

HttpReply TextReply(int status, std::string body);

}  // namespace sluice
