// A simulator's time: the host's clock plus what AdvanceClock has added, and what happens when.
//
// Time passes by itself (one timer at the host's Timers for the next event) and in leaps (Advance).
// Either way events run one at a time, in the order they are due, ties in the order they were set,
// each with Now() at or after its own time.
//
// Threads: safe from any thread. Events run without a lock held, on the thread of the timer or of
// Advance; they may set and cancel events, and call Advance (which then only moves the target on).
// Ownership: borrows clock and timers. Destroy it before what its events use.

#pragma once

#include <cstdint>
#include <memory>

#include "absl/time/time.h"
#include "server/base/clock.h"
#include "server/base/executor.h"
#include "server/base/timers.h"

namespace sluice::simulation {

using EventId = uint64_t;  // Never zero.

class VirtualClock final : public Clock {
 public:
  VirtualClock(const Clock* base, Timers* timers);
  ~VirtualClock() override;  // As Stop().

  absl::Time Now() const override;

  // Runs `event` once, when the virtual time is `due` or later; as soon as possible when that has
  // passed, but never inside this call.
  EventId At(absl::Time due, Task event);
  EventId After(absl::Duration delay, Task event) { return At(Now() + delay, std::move(event)); }

  // True when the event will not run. False when it ran, runs, or is unknown.
  bool Cancel(EventId id);

  // Runs what is due now, and waits for a run on another thread to end.
  void RunDue() { Advance(absl::ZeroDuration()); }

  // Moves on by `by` (negative: not at all) and runs what becomes due on the way, also what that
  // sets, each at its time.
  void Advance(absl::Duration by);

  // Drops all events and waits for the one that runs (unless called by it). Idempotent.
  void Stop();

 private:
  struct State;
  std::shared_ptr<State> state_;
};

}  // namespace sluice::simulation
