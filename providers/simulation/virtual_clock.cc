#include "providers/simulation/virtual_clock.h"

#include <algorithm>
#include <map>
#include <thread>
#include <utility>

#include "server/base/mutex.h"

namespace sluice::simulation {
namespace {

// A leap beyond this is a slip of the caller, and would overflow what is added to it.
constexpr absl::Duration kLongestLeap = absl::Hours(24 * 366 * 10);

}  // namespace

struct VirtualClock::State {
  using Key = std::pair<absl::Time, EventId>;

  State(const Clock* base_clock, Timers* host_timers) : base(base_clock), timers(host_timers) {}

  absl::Time NowLocked() const SLUICE_REQUIRES(mutex) { return base->Now() + offset; }

  void LiftTo(absl::Time time) SLUICE_REQUIRES(mutex) {
    const absl::Time now = NowLocked();
    if (now < time) offset += time - now;
  }

  // Runs events up to `target` in order. The caller has made itself the runner.
  void RunEvents(MutexLock* lock) SLUICE_REQUIRES(mutex) {
    while (!stopped && !events.empty() && events.begin()->first.first <= target) {
      auto node = events.extract(events.begin());
      due_of.erase(node.key().second);
      LiftTo(node.key().first);
      lock->Unlock();
      {
        Task event = std::move(node.mapped());
        event();
      }
      lock->Lock();
    }
    LiftTo(target);
  }

  void BecomeRunner(absl::Duration by) SLUICE_REQUIRES(mutex) {
    running = true;
    runner = std::this_thread::get_id();
    target = NowLocked() + by;
  }

  void EndRun(const std::shared_ptr<State>& self) SLUICE_REQUIRES(mutex) {
    running = false;
    runner = {};
    SetTimer(self);
    run_ended.SignalAll();
  }

  // One host timer, for the earliest event. A run sets it when it ends.
  void SetTimer(const std::shared_ptr<State>& self) SLUICE_REQUIRES(mutex) {
    if (running) return;
    const bool wanted =
        !stopped && !events.empty() && events.begin()->first.first != absl::InfiniteFuture();
    if (timer != 0 && wanted && timer_due == events.begin()->first.first) return;
    if (timer != 0) timers->Cancel(timer);
    timer = 0;
    if (!wanted) return;
    timer_due = events.begin()->first.first;
    timer = timers->After(timer_due - NowLocked(), [weak = std::weak_ptr<State>(self)] {
      if (std::shared_ptr<State> state = weak.lock()) state->TimerFired(state);
    });
  }

  // On the host's timer thread: never waits for a run on another thread, which sets the timer again
  // when it ends.
  void TimerFired(const std::shared_ptr<State>& self) {
    MutexLock lock(&mutex);
    timer = 0;
    if (running || stopped) return;
    BecomeRunner(absl::ZeroDuration());
    RunEvents(&lock);
    EndRun(self);
  }

  const Clock* const base;
  Timers* const timers;
  Mutex mutex;
  CondVar run_ended;
  absl::Duration offset SLUICE_GUARDED_BY(mutex);
  std::map<Key, Task> events SLUICE_GUARDED_BY(mutex);
  std::map<EventId, absl::Time> due_of SLUICE_GUARDED_BY(mutex);
  EventId last_id SLUICE_GUARDED_BY(mutex) = 0;
  TimerId timer SLUICE_GUARDED_BY(mutex) = 0;
  absl::Time timer_due SLUICE_GUARDED_BY(mutex);
  bool running SLUICE_GUARDED_BY(mutex) = false;
  std::thread::id runner SLUICE_GUARDED_BY(mutex);
  absl::Time target SLUICE_GUARDED_BY(mutex);
  bool stopped SLUICE_GUARDED_BY(mutex) = false;
};

VirtualClock::VirtualClock(const Clock* base, Timers* timers)
    : state_(std::make_shared<State>(base, timers)) {}

VirtualClock::~VirtualClock() { Stop(); }

absl::Time VirtualClock::Now() const {
  MutexLock lock(&state_->mutex);
  return state_->NowLocked();
}

EventId VirtualClock::At(absl::Time due, Task event) {
  MutexLock lock(&state_->mutex);
  const EventId id = ++state_->last_id;
  if (state_->stopped) return id;
  // An event set for the past is due now: it does not overtake what is due already.
  due = std::max(due, state_->NowLocked());
  state_->events.emplace(State::Key(due, id), std::move(event));
  state_->due_of.emplace(id, due);
  state_->SetTimer(state_);
  return id;
}

bool VirtualClock::Cancel(EventId id) {
  Task cancelled;  // Destroyed after the lock is let go of: it may own what calls back here.
  MutexLock lock(&state_->mutex);
  const auto due = state_->due_of.find(id);
  if (due == state_->due_of.end()) return false;
  const auto event = state_->events.find(State::Key(due->second, id));
  cancelled = std::move(event->second);
  state_->events.erase(event);
  state_->due_of.erase(due);
  state_->SetTimer(state_);
  return true;
}

void VirtualClock::Advance(absl::Duration by) {
  by = std::clamp(by, absl::ZeroDuration(), kLongestLeap);
  const std::shared_ptr<State> state = state_;
  MutexLock lock(&state->mutex);
  if (state->running && state->runner == std::this_thread::get_id()) {
    state->target += by;  // Called by an event: the run under way goes on to there.
    return;
  }
  while (state->running) state->run_ended.Wait(&state->mutex);
  if (state->stopped) return;
  state->BecomeRunner(by);
  state->RunEvents(&lock);
  state->EndRun(state);
}

void VirtualClock::Stop() {
  std::map<State::Key, Task> dropped;
  MutexLock lock(&state_->mutex);
  state_->stopped = true;
  dropped.swap(state_->events);
  state_->due_of.clear();
  if (state_->timer != 0) state_->timers->Cancel(state_->timer);
  state_->timer = 0;
  while (state_->running && state_->runner != std::this_thread::get_id()) {
    state_->run_ended.Wait(&state_->mutex);
  }
}

}  // namespace sluice::simulation
