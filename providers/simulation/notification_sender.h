// Delivers notifications as a provider does: at once, then again by its schedule until one is
// accepted or the schedule ends; with the faults that befall notifications.
//
// The schedule runs on the virtual clock; a gap counts from the try before. The receiver lives in
// ordinary time, so its answer is awaited in ordinary time: a leap of the virtual clock does not
// make an answer late. Each try that ends is one ledger entry "notification" with state "accepted",
// "failed" or "dropped".
//
// Threads: safe from any thread; `build`, `accepted` and `send` are called on the thread that runs
// the virtual clock, without a lock held.
// Ownership: borrows all of its parts. Stop the clock before it is destroyed; replies that arrive
// later are dropped.

#pragma once

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "providers/api/simulator.h"
#include "providers/simulation/fault_rules.h"
#include "providers/simulation/ledger.h"
#include "providers/simulation/virtual_clock.h"

namespace sluice::simulation {

// One try, for the provider to write the request of.
struct DeliveryTry {
  int index = 0;    // 0: the immediate one.
  absl::Time time;  // Virtual, with any skew.
  bool bad_signature = false;
  bool missing_signature = false;
};

struct OutgoingNotification {
  // Whom the ledger names.
  std::string account, provider_key, provider_number;
  // Called for each try: times and signatures are fresh, ids are the caller's to keep.
  std::function<absl::StatusOr<HttpRequest>(const DeliveryTry&)> build;
};

class NotificationSender {
 public:
  struct Options {
    std::vector<absl::Duration> retry_gaps;             // After the immediate try.
    absl::Duration answer_timeout = absl::Seconds(10);  // Later answers count as none.
    std::function<bool(const HttpReply&)> accepted;     // Never called without a reply.
  };
  using Send = std::function<void(HttpRequest, absl::AnyInvocable<void(HttpReply)> done)>;

  NotificationSender(Options options, VirtualClock* clock, Timers* timers, FaultRules* faults,
                     Ledger* ledger, Send send);
  ~NotificationSender();

  // Never sends inside this call: the first try is an event of the virtual clock, due now.
  void Deliver(OutgoingNotification notification);

  // Sends what a fault holds back (after ClearFaults nothing else would).
  void ReleaseHeld();

 private:
  struct State;
  std::shared_ptr<State> state_;
};

}  // namespace sluice::simulation
