// How many requests one provider account has on the wire, and who waits for a place.
//
// A provider that has stopped answering fills its own gate and nobody else's. Calls that somebody
// waits for go before queries of the schedule, which may take at most half of the places. A new
// call reserves its place in the queue before anything is stored, so that the bound is exact.
//
// Threads: safe from any thread. Tasks start on the thread that enters or that leaves: they must be
// short (post to an executor).
// Ownership: owns the waiting tasks; a Reservation keeps its gate alive; borrows the clock.

#pragma once

#include <cstddef>
#include <deque>
#include <memory>
#include <optional>
#include <utility>

#include "absl/time/time.h"
#include "server/base/clock.h"
#include "server/base/executor.h"
#include "server/base/mutex.h"

namespace sluice::app {

struct GateBounds {
  int places = 1;          // Requests on the wire together.
  size_t max_waiting = 1;  // Calls that wait for a place.
  // Whoever would wait for so long has no room, if more wait than there are places: it would be
  // answered before its request is sent. So it is when the queue is too long for the pace at which
  // it was left of late, and when its first has waited for so long: the queue stands still.
  absl::Duration longest_wait = absl::InfiniteDuration();
};

class AccountGate : public std::enable_shared_from_this<AccountGate> {
 public:
  enum class Lane { kCall, kSchedule };

  // The right of one new call to enter; given back when it is let go of. Whoever holds it enters
  // first and lets go then.
  class Reservation {
   public:
    Reservation() = default;
    Reservation(Reservation&& other) noexcept : gate_(std::move(other.gate_)) {}
    Reservation& operator=(Reservation&& other) noexcept {
      std::swap(gate_, other.gate_);
      return *this;
    }
    ~Reservation() {
      if (gate_ != nullptr) gate_->Unreserve();
    }
    explicit operator bool() const { return gate_ != nullptr; }

   private:
    friend class AccountGate;
    explicit Reservation(std::shared_ptr<AccountGate> gate) : gate_(std::move(gate)) {}
    std::shared_ptr<AccountGate> gate_;
  };

  AccountGate(GateBounds bounds, const Clock* clock) : clock_(clock), bounds_(bounds) {}

  // Nothing: no new call may come in now.
  std::optional<Reservation> Reserve();
  // What Reserve would say.
  bool HasRoom() const;

  // Runs `start` now or when a place is free; the place is held until Leave. Never refused: for
  // what was reserved, and for what follows from it.
  void Enter(Lane lane, Task start);
  // The same for what may as well be done later. False: too many wait; `start` was dropped.
  bool TryEnter(Lane lane, Task start);
  void Leave(Lane lane);

  void SetBounds(GateBounds bounds);
  size_t waiting() const;

 private:
  struct Waiting {
    Task start;
    absl::Time since;
    size_t ahead = 0;  // Who waited before it.
  };

  bool RoomLeft() const SLUICE_REQUIRES(mutex_);
  bool TakePlace(Lane lane) SLUICE_REQUIRES(mutex_);
  void LearnPace(const Waiting& started) SLUICE_REQUIRES(mutex_);
  void Unreserve();

  const Clock* const clock_;
  mutable Mutex mutex_;
  GateBounds bounds_ SLUICE_GUARDED_BY(mutex_);
  size_t reserved_ SLUICE_GUARDED_BY(mutex_) = 0;
  int taken_ SLUICE_GUARDED_BY(mutex_) = 0;
  int taken_by_schedule_ SLUICE_GUARDED_BY(mutex_) = 0;
  absl::Duration pace_ SLUICE_GUARDED_BY(mutex_);  // From one call that starts to the next.
  std::deque<Waiting> calls_ SLUICE_GUARDED_BY(mutex_);
  std::deque<Waiting> scheduled_ SLUICE_GUARDED_BY(mutex_);
};

}  // namespace sluice::app
