// Whether one more mutating call may come in: the bound before anything is stored.
//
// A server that takes more than it can do makes everybody wait until nobody waits any more. Calls
// are counted twice: all that are not answered, which bounds memory, and those whose intent is not
// durable yet, which must not take long. Once they do, new calls are refused until the way is short
// again; what is refused costs next to nothing, so that the accepted ones are served at full rate.
//
// Threads: safe from any thread; takes no lock. Ownership: borrows the clock.

#pragma once

#include <atomic>
#include <cstdint>

#include "absl/time/time.h"
#include "server/base/clock.h"

namespace sluice::app {

class Admission {
 public:
  explicit Admission(const Clock* clock) : clock_(clock) {}

  // Counts the call in, whatever the answer: Leave must follow. False: refuse it.
  bool Enter(int64_t max_unanswered, absl::Duration longest_entry);
  // The intent of a call that came in at `since` is durable.
  void Entered(absl::Time since);
  // It never will be: the call was refused.
  void TurnedAway() { entering_.fetch_sub(1); }
  // Answered.
  void Leave() { unanswered_.fetch_sub(1); }

  int64_t unanswered() const { return unanswered_.load(); }

 private:
  const Clock* const clock_;
  std::atomic<int64_t> unanswered_{0};
  std::atomic<int64_t> entering_{0};
  std::atomic<int64_t> last_took_us_{0};  // How long the way was for the last who went it.
  std::atomic<int64_t> last_seen_us_{0};  // When that was, or somebody set out after a pause.
};

}  // namespace sluice::app
