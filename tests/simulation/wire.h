// What is between the engine and the model of a provider: replies that come late, twice as late, or
// never; requests that arrive when nobody waits for them any more, also those of a process that has
// died meanwhile.
//
// Threads: one.
// Ownership: borrows everything.

#pragma once

#include <string>
#include <vector>

#include "server/base/fake_clock.h"
#include "server/base/random.h"
#include "server/base/timers.h"
#include "server/net/http_client.h"
#include "tests/simulation/model_provider.h"

namespace sluice::simulation_run {

// What the engine's client waits for an answer, and the longest that a request is on its way. It
// must be less than the fake provider's grace (30 s) together with the clock's steps.
inline constexpr absl::Duration kTimeout = absl::Seconds(10);
inline constexpr absl::Duration kLongestWay = absl::Seconds(20);

class Wire final : public net::HttpClient {
 public:
  Wire(ModelProvider* model, const FakeClock* clock, Timers* timers)
      : model_(*model), clock_(*clock), timers_(*timers) {}

  // From 0 (none) to 1000 (every request).
  void SetFaults(int permille) { faults_permille_ = permille; }
  // Decides about all that follows.
  void SetRandom(Random* random) { random_ = random; }

  // The process is dead: what is sent from now on never left.
  void Cut(bool cut) { cut_ = cut; }

  void Send(HttpRequest request, net::HttpDone done) override;

  // What has arrived by now takes effect.
  void Settle();

 private:
  struct Late {
    absl::Time arrives;
    std::string verb, key;
  };
  void Reply(absl::Duration after, HttpReply reply, net::HttpDone done);

  ModelProvider& model_;
  const FakeClock& clock_;
  Timers& timers_;
  Random* random_ = nullptr;
  int faults_permille_ = 0;
  bool cut_ = false;
  std::vector<Late> late_;
};

}  // namespace sluice::simulation_run
