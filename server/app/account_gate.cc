#include "server/app/account_gate.h"

#include <algorithm>
#include <cstdint>
#include <vector>

namespace sluice::app {
namespace {

// What need not be done now (queries that a caller or a weak notification asks for) may wait beside
// the calls, as many again.
constexpr size_t kWaitingPerCall = 2;

}  // namespace

bool AccountGate::RoomLeft() const {
  const auto places = static_cast<size_t>(bounds_.places);
  const auto taken = static_cast<size_t>(taken_);
  if (taken + calls_.size() + reserved_ >= places + bounds_.max_waiting) return false;
  if (calls_.size() < places) return true;
  const auto ahead = static_cast<int64_t>(calls_.size() + reserved_);
  return pace_ * ahead < bounds_.longest_wait &&
         clock_->Now() - calls_.front().since < bounds_.longest_wait;
}

// The more waited before it, the more its wait says; few say what a single reply took.
void AccountGate::LearnPace(const Waiting& started) {
  if (started.ahead == 0) return;
  const auto ahead = static_cast<int64_t>(started.ahead);
  const auto places = static_cast<int64_t>(bounds_.places);
  const absl::Duration seen = (clock_->Now() - started.since) / ahead;
  pace_ += (seen - pace_) * std::min(ahead, places) / places;
}

std::optional<AccountGate::Reservation> AccountGate::Reserve() {
  MutexLock lock(&mutex_);
  if (!RoomLeft()) return std::nullopt;
  ++reserved_;
  return Reservation(shared_from_this());
}

void AccountGate::Unreserve() {
  MutexLock lock(&mutex_);
  --reserved_;
}

bool AccountGate::HasRoom() const {
  MutexLock lock(&mutex_);
  return RoomLeft();
}

bool AccountGate::TakePlace(Lane lane) {
  if (taken_ >= bounds_.places) return false;
  if (lane == Lane::kSchedule) {
    if (taken_by_schedule_ >= std::max(1, bounds_.places / 2)) return false;
    ++taken_by_schedule_;
  }
  ++taken_;
  return true;
}

void AccountGate::Enter(Lane lane, Task start) {
  {
    MutexLock lock(&mutex_);
    std::deque<Waiting>& waiting = lane == Lane::kCall ? calls_ : scheduled_;
    if (!waiting.empty() || !TakePlace(lane)) {
      waiting.push_back({std::move(start), clock_->Now(), waiting.size()});
      return;
    }
  }
  start();
}

bool AccountGate::TryEnter(Lane lane, Task start) {
  {
    MutexLock lock(&mutex_);
    if (calls_.size() >= kWaitingPerCall * bounds_.max_waiting) return false;
  }
  Enter(lane, std::move(start));
  return true;
}

void AccountGate::Leave(Lane lane) {
  std::vector<Task> starting;
  {
    MutexLock lock(&mutex_);
    --taken_;
    if (lane == Lane::kSchedule) --taken_by_schedule_;
    while (!calls_.empty() && TakePlace(Lane::kCall)) {
      LearnPace(calls_.front());
      starting.push_back(std::move(calls_.front().start));
      calls_.pop_front();
    }
    while (!scheduled_.empty() && TakePlace(Lane::kSchedule)) {
      starting.push_back(std::move(scheduled_.front().start));
      scheduled_.pop_front();
    }
  }
  for (Task& start : starting) start();
}

void AccountGate::SetBounds(GateBounds bounds) {
  MutexLock lock(&mutex_);
  bounds_ = bounds;
}

size_t AccountGate::waiting() const {
  MutexLock lock(&mutex_);
  return calls_.size() + scheduled_.size();
}

}  // namespace sluice::app
