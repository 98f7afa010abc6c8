// The production engine with one account of a real provider, resources that wait for news, and a
// provider's side that answers with the truth.
//
// Threads: one. Ownership: owns everything but the desk, which lives for ever.

#pragma once

#include <map>
#include <string>
#include <string_view>
#include <tuple>

#include "tests/fakes/engine_harness.h"
#include "tests/notices/desk.h"

namespace sluice::notices {

// Counts as the exported metric does: by provider, state and reason.
class CountingMetrics final : public app::Metrics {
 public:
  void ProviderCall(std::string_view, std::string_view, std::string_view, absl::Duration) override {
  }
  void StateChange(std::string_view, std::string_view, std::string_view) override {}
  void NotificationReceived(std::string_view provider, std::string_view state,
                            std::string_view reason) override {
    ++counts_[{std::string(provider), std::string(state), std::string(reason)}];
  }

  int Of(std::string_view provider, std::string_view state) const {
    int sum = 0;
    for (const auto& [key, count] : counts_) {
      if (std::get<0>(key) == provider && std::get<1>(key) == state) sum += count;
    }
    return sum;
  }

 private:
  std::map<std::tuple<std::string, std::string, std::string>, int> counts_;
};

class NoticeWorld : public EngineHarness {
 public:
  // `truth` is what the provider answers from the start.
  NoticeWorld(const Desk& desk, Truth truth);

  // What became of a delivery.
  struct Told {
    int status = 0;
    std::string state, reason;  // Of its row; "" when no row was added.
    int counted_as_rejected = 0;
    bool changed = false;  // Anything that a caller could see.
  };
  Told Deliver(const RawRequest& request, const std::string& to = "demo");

  // The state of every resource that was created, and how many events there are.
  std::string Snapshot();
  // Without the events: what is the same however the news came.
  std::string States();

  void CreateOrder(Order order);
  void CreateRefundOf(Refund refund);
  void CreatePayout(Payout payout);
  void CreateLink(AccountLink link);

  // Deliveries of the past: nothing comes due, and the bound of rows kept per minute is not met.
  void LiveInThePast() { in_the_past_ = true; }

  // A second account of the provider, of another merchant, before Start.
  void AddAccount(const std::string& id, const std::string& merchant,
                  std::shared_ptr<const Provider> backend);

  const Desk& desk() const { return desk_; }
  Truth truth;

 private:
  template <typename T, typename Service>
  void CreateBy(Service& service, T resource);
  const Desk& desk_;
  CountingMetrics counting_;
  std::vector<std::string> names_;
  std::string seen_;  // The snapshot after the last delivery; empty: to be taken.
  bool in_the_past_ = false;
  int64_t deliveries_ = 0;
};

}  // namespace sluice::notices
