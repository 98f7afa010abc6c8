// Which calls and notifications go wrong, and how: the rules of PutFault, decided by the seed.
//
// A rule without an operation matches everything its kind can befall. One rule at most stops or
// spoils a call (the first that was put); on top of it come all clock skews, the first signature
// fault and, for notifications, one of each kind. A rule that is not applied is not used up, and
// `count` counts the calls befallen, not those spared by `probability_permille`.
//
// Threads: safe from any thread. Ownership: values.

#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/status.h"
#include "absl/time/time.h"
#include "providers/api/simulator.h"
#include "server/base/mutex.h"
#include "server/base/random.h"

namespace sluice::simulation {

// The operation under which every simulator sends notifications.
inline constexpr char kNotificationOperation[] = "notification";

// What befalls one call, or one try of one notification.
struct FaultPlan {
  absl::Duration clock_skew;           // Added to the simulator's time for this call.
  std::optional<Fault> before_effect;  // The call is not carried out.
  std::optional<Fault> after_effect;   // It is carried out, the answer suffers.
  bool bad_signature = false;          // Sign, but wrongly (also what would go out unsigned).
  bool missing_signature = false;      // Do not sign.
  bool duplicate = false;              // Notifications only, as the next two.
  bool hold_back = false;
  bool drop = false;

  // The provider's error code to answer with, or nullptr.
  const std::string* provider_code() const;
};

class FaultRules {
 public:
  // `operations`: the names that rules may have, besides "notification".
  FaultRules(uint64_t seed, std::vector<std::string> operations);

  // INVALID_ARGUMENT naming the field and the rule.
  absl::Status Put(const Fault& fault);
  void Clear();

  // What befalls this call now; uses the rules up.
  FaultPlan TakeForCall(std::string_view operation);
  FaultPlan TakeForNotification();

 private:
  struct Rule {
    Fault fault;
    int left = 0;  // Unused when fault.count is 0.
  };

  FaultPlan Take(std::string_view operation, bool notification);
  bool Hits(Rule& rule) SLUICE_REQUIRES(mutex_);

  const std::vector<std::string> operations_;
  Mutex mutex_;
  SeededRandom random_ SLUICE_GUARDED_BY(mutex_);
  std::vector<Rule> rules_ SLUICE_GUARDED_BY(mutex_);
};

// How long a call that is never answered is kept open before the connection is closed: longer than
// any client waits (NICEPAY's blocking payment call takes 70 s).
inline constexpr absl::Duration kNeverAnswered = absl::Minutes(10);

// The answer in place of carrying the call out. Empty when there is no such fault, and for a
// provider's code, which the provider writes.
std::optional<SimulatedAnswer> AnswerBeforeEffect(const FaultPlan& plan);

// `reply` as it reaches the caller.
SimulatedAnswer AnswerAfterEffect(const FaultPlan& plan, HttpReply reply);

}  // namespace sluice::simulation
