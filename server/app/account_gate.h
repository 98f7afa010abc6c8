// How many requests one provider account has on the wire, and who waits for a place.
//
// A provider that has stopped answering fills its own gate and nobody else's. Calls that somebody
// waits for go before queries of the schedule, which may take at most half of the places.
//
// Threads: safe from any thread. Tasks start on the thread that enters or that leaves: they must be
// short (post to an executor).
// Ownership: owns the waiting tasks.

#pragma once

#include <cstddef>
#include <deque>

#include "server/base/executor.h"
#include "server/base/mutex.h"

namespace sluice::app {

class AccountGate {
 public:
  enum class Lane { kCall, kSchedule };

  AccountGate(int places, size_t max_waiting) : places_(places), max_waiting_(max_waiting) {}

  // Runs `start` now or when a place is free; the place is held until Leave.
  void Enter(Lane lane, Task start);
  void Leave(Lane lane);

  // Whether another new call may be accepted.
  bool HasRoom() const;
  void SetPlaces(int places);

 private:
  bool TakePlace(Lane lane) SLUICE_REQUIRES(mutex_);

  mutable Mutex mutex_;
  int places_ SLUICE_GUARDED_BY(mutex_);
  const size_t max_waiting_;
  int taken_ SLUICE_GUARDED_BY(mutex_) = 0;
  int taken_by_schedule_ SLUICE_GUARDED_BY(mutex_) = 0;
  std::deque<Task> calls_ SLUICE_GUARDED_BY(mutex_);
  std::deque<Task> scheduled_ SLUICE_GUARDED_BY(mutex_);
};

}  // namespace sluice::app
