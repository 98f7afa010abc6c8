// An engine over fakes, on one thread: nothing happens until the test says Drive or Advance.
//
// Threads: one. Ownership: owns everything; Restart() makes a new engine over the same store, as
// after a crash.

#pragma once

#include <functional>
#include <limits>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "server/app/engine.h"
#include "server/base/fake_clock.h"
#include "server/base/fake_timers.h"
#include "server/base/inline_executor.h"
#include "server/base/random.h"
#include "server/net/fake_http_client.h"
#include "tests/fakes/fake_provider.h"
#include "tests/fakes/fake_store.h"

namespace sluice {

// "sealed:" and the context before the text, so that a test sees both.
class FakeSealer final : public app::Sealer {
 public:
  std::string Seal(std::string_view plain, std::string_view context) const override;
  absl::StatusOr<std::string> Open(std::string_view sealed,
                                   std::string_view context) const override;
  std::string Mark(std::string_view text) const override;
  bool IsMark(std::string_view text, std::string_view mark) const override;
};

// An answer that has come, or not yet.
template <typename T>
struct Box {
  std::optional<absl::StatusOr<T>> value;

  bool answered() const { return value.has_value(); }
  bool ok() const { return answered() && value->ok(); }
  const T& operator*() const { return **value; }
  const T* operator->() const { return &**value; }
  absl::Status status() const { return answered() ? value->status() : absl::OkStatus(); }
};
template <typename T>
using BoxPtr = std::shared_ptr<Box<T>>;

template <typename T>
app::Reply<T> Into(const BoxPtr<T>& box) {
  return [box](absl::StatusOr<T> value) { box->value = std::move(value); };
}

class EngineHarness {
 public:
  EngineHarness();
  ~EngineHarness();

  // Before Start: the provider may still be changed.
  void Start();
  // What was not in the store is gone: waiting replies, timers, requests on the wire.
  void Restart();

  // Runs tasks until none is left.
  void Drive();
  // Moves the clock on, timer by timer, running what follows from each.
  void Advance(absl::Duration by);

  static app::Call MakeCall(std::string request_id = "");
  static Order MakeOrder(std::string id = "o-1", int64_t minor_units = 1234);

  // Each starts the call and runs until nothing moves.
  BoxPtr<Order> Create(Order order, app::Call call = MakeCall());
  BoxPtr<Order> Cancel(const std::string& id, app::Call call = MakeCall());
  BoxPtr<Order> Revoke(const std::string& id, app::Call call = MakeCall());
  BoxPtr<Order> Sync(const std::string& id);
  Order Get(const std::string& id);
  BoxPtr<Refund> CreateRefund(std::string order, std::string id, int64_t minor_units,
                              app::Call call = MakeCall());
  Refund GetRefund(const std::string& order, const std::string& id);
  // An order that has been created and paid.
  void MakePaid(const std::string& id = "o-1");

  // Delivers a notification's words; the answer's status.
  int Notify(const std::string& words, const std::string& address = "192.0.2.1");

  // The bodies of the requests sent so far.
  std::vector<std::string> Sent() const;
  int CountSent(const std::string& part) const;

  app::Engine& engine() { return *engine_; }

  // --- For simulations; set before Start.
  // Puts other parts in the place of the fakes.
  std::function<void(app::EngineDependencies&)> adjust;
  // When a process ends, before what it leaves behind runs out; and before the next one begins.
  std::function<void()> on_end, on_begin;
  // Which of so many waiting tasks is next, as among threads. Unset: the oldest.
  std::function<size_t(size_t waiting)> pick;
  // After so many tasks nothing moves any more: a process about to die. Restart sets it anew.
  static constexpr int64_t kNoLimit = std::numeric_limits<int64_t>::max();
  int64_t tasks_left = kNoLimit;

  FakeClock clock;
  std::unique_ptr<FakeTimers> timers = std::make_unique<FakeTimers>(&clock);
  ManualExecutor executor;
  SeededRandom random{7};
  FakeSealer sealer;
  FakeStore store;
  std::shared_ptr<FakeProvider> provider = std::make_shared<FakeProvider>();
  std::unique_ptr<net::FakeHttpClient> http;
  std::vector<std::string> probes;
  app::EngineOptions options;
  std::shared_ptr<app::ProviderAccount> account = std::make_shared<app::ProviderAccount>();
  std::vector<std::shared_ptr<app::ProviderAccount>> more_accounts;  // After it.
  std::shared_ptr<const Provider> real_provider;  // Serves the account instead of `provider`.
  app::Metrics* metrics = nullptr;

 private:
  void MakeEngine();
  void End();

  std::vector<std::string> sent_before_;  // By processes that are gone.
  std::unique_ptr<app::Engine> engine_;
};

}  // namespace sluice
