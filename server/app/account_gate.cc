#include "server/app/account_gate.h"

#include <algorithm>
#include <utility>
#include <vector>

namespace sluice::app {

bool AccountGate::TakePlace(Lane lane) {
  if (taken_ >= places_) return false;
  if (lane == Lane::kSchedule) {
    if (taken_by_schedule_ >= std::max(1, places_ / 2)) return false;
    ++taken_by_schedule_;
  }
  ++taken_;
  return true;
}

void AccountGate::Enter(Lane lane, Task start) {
  {
    MutexLock lock(&mutex_);
    std::deque<Task>& waiting = lane == Lane::kCall ? calls_ : scheduled_;
    if (!waiting.empty() || !TakePlace(lane)) {
      waiting.push_back(std::move(start));
      return;
    }
  }
  start();
}

void AccountGate::Leave(Lane lane) {
  std::vector<Task> starting;
  {
    MutexLock lock(&mutex_);
    --taken_;
    if (lane == Lane::kSchedule) --taken_by_schedule_;
    while (!calls_.empty() && TakePlace(Lane::kCall)) {
      starting.push_back(std::move(calls_.front()));
      calls_.pop_front();
    }
    while (!scheduled_.empty() && TakePlace(Lane::kSchedule)) {
      starting.push_back(std::move(scheduled_.front()));
      scheduled_.pop_front();
    }
  }
  for (Task& start : starting) start();
}

bool AccountGate::HasRoom() const {
  MutexLock lock(&mutex_);
  return calls_.size() < max_waiting_;
}

void AccountGate::SetPlaces(int places) {
  MutexLock lock(&mutex_);
  places_ = std::max(1, places);
}

}  // namespace sluice::app
