// The engine: all use cases over one store, one HTTP client, one clock.
//
// Threads: see server/ARCHITECTURE.md; Start and Stop are called by one thread.
// Ownership: borrows its dependencies, which outlive it; owns the use cases.

#pragma once

#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/status.h"
#include "server/app/account_links.h"
#include "server/app/notifications.h"
#include "server/app/orders.h"
#include "server/app/payouts.h"
#include "server/app/provider_accounts.h"
#include "server/app/reconciliation.h"
#include "server/base/clock.h"
#include "server/base/executor.h"
#include "server/base/random.h"
#include "server/base/timers.h"
#include "server/core/event.h"
#include "server/net/http_client.h"
#include "server/store/store.h"

namespace sluice::app {

// Seals secrets of provider_data before they reach the store, and marks what only we may have
// written. AES-GCM and HMAC in production.
class Sealer {
 public:
  virtual ~Sealer() = default;
  virtual std::string Seal(std::string_view plain, std::string_view context) const = 0;
  virtual absl::StatusOr<std::string> Open(std::string_view sealed,
                                           std::string_view context) const = 0;
  // Of the text, in characters of a URL; nobody without the key can guess it. The same each time,
  // because a request that is sent again has to be the same bytes.
  virtual std::string Mark(std::string_view text) const = 0;
  // In constant time.
  virtual bool IsMark(std::string_view text, std::string_view mark) const = 0;
};

// What the engine counts; main exports it as Prometheus metrics. Safe from any thread.
class Metrics {
 public:
  virtual ~Metrics() = default;
  virtual void ProviderCall(std::string_view provider, std::string_view verb,
                            std::string_view verdict, absl::Duration took) = 0;
  virtual void StateChange(std::string_view kind, std::string_view provider,
                           std::string_view state) = 0;
  virtual void NotificationReceived(std::string_view provider, std::string_view state,
                                    std::string_view reason) = 0;
};

struct EngineDependencies {
  store::Store* store = nullptr;
  net::HttpClient* http = nullptr;
  const Clock* clock = nullptr;
  Timers* timers = nullptr;
  Random* random = nullptr;
  Executor* executor = nullptr;  // Decisions, conversions.
  Executor* signing = nullptr;   // Build, Interpret, ReadNotification (RSA).
  Executor* readers = nullptr;   // Blocking store reads.
  Metrics* metrics = nullptr;    // May be null.
  // Null: sealed_data is refused (a provider needs it), and there are no return pages.
  const Sealer* sealer = nullptr;
  // Whether an address is in a list of addresses and networks (net::IpAllowList). Null: only equal
  // text matches.
  std::function<bool(const std::vector<std::string>&, const std::string&)> address_allowed;
  // Called at named edges, for crash tests: intent.committed, send.before, reply.received,
  // result.committed, answer.before, notification.committed, ack.before. May be null.
  std::function<void(std::string_view)> probe;
};

// Per merchant, from the configuration.
struct MerchantConfig {
  std::string merchant;
  // What a return_url must begin with, one of them ("https://shop.example/"); empty: none is
  // allowed.
  std::vector<std::string> return_url_prefixes;
};

struct EngineOptions {
  std::vector<MerchantConfig> merchants;
  std::vector<std::shared_ptr<ProviderAccount>> accounts;
  // When the provider is asked about what is unknown or pending, counted from the last restart of
  // the schedule; the last interval repeats until the provider's horizon.
  std::vector<absl::Duration> query_schedule = {
      absl::Seconds(2), absl::Seconds(5),  absl::Seconds(15), absl::Minutes(1),
      absl::Minutes(5), absl::Minutes(15), absl::Hours(1)};
  size_t max_in_flight = 20000;  // Mutating calls accepted at once; more: OVERLOADED.
  // When intents take so long to become durable, new calls are OVERLOADED. Well within what a
  // caller waits, so that those who were accepted still get their answer.
  absl::Duration longest_entry = absl::Milliseconds(500);
  size_t cached_resources = 100000;  // Bound of the in-memory copies.
  // Calls of one provider account that wait for a place; more: OVERLOADED before any side effect.
  // With many accounts less, so that all of them but one may stand still and the last has room.
  size_t max_waiting_per_account = 4096;
  // A queue of more than the account's places whose first has waited for so long takes no more.
  absl::Duration longest_wait_per_account = absl::Seconds(1);
  bool allow_loopback_return_urls = false;  // Whatever the prefixes: for the sandbox.
};

class Engine {
 public:
  virtual ~Engine() = default;

  // Recovers (SENDING becomes UNKNOWN and is asked about), loads pauses, starts the resolver.
  virtual absl::Status Start() = 0;
  // Refuses new calls, finishes what was accepted within `grace`, stops the resolver.
  virtual void Stop(absl::Duration grace) = 0;

  virtual Orders& orders() = 0;
  virtual Refunds& refunds() = 0;
  virtual Payouts& payouts() = 0;
  virtual AccountLinks& account_links() = 0;
  virtual Notifications& notifications() = 0;
  virtual ProviderAccounts& provider_accounts() = 0;
  virtual Reconciliation& reconciliation() = 0;
  // Of what these events tell, nothing older is read any more. To be called after their commit and
  // before anybody learns of them, so that a resource read after its event shows the change.
  virtual void OnEvents(const std::vector<EventPtr>& events) = 0;
  // SIGHUP: new merchants, accounts and keys; what runs keeps what it has.
  virtual absl::Status Reconfigure(EngineOptions options) = 0;
};

std::unique_ptr<Engine> MakeEngine(EngineDependencies dependencies, EngineOptions options);

}  // namespace sluice::app
