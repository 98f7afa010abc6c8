#include "server/stream/pruner.h"

#include <utility>
#include <vector>

#include "server/base/log.h"

namespace sluice::stream {
namespace {

// Of a step: a millisecond or two of the writer's time.
constexpr int kRowsPerStep = 256;
// Whether notifications are old enough only the writer sees, at the price of a commit.
constexpr absl::Duration kNotificationInterval = absl::Minutes(1);

}  // namespace

void Pruner::Sweep() {
  if (!retention_.any()) return;
  {
    MutexLock lock(&mutex_);
    if (working_) return;
    working_ = true;
  }
  if (!readers_->TryPost([this] { Step(); })) Rest();
}

// The newest of the oldest events that is to go; 0: none. They go in the order of their positions:
// one that looks younger, because a clock was set back, keeps those after it until its time comes.
int64_t Pruner::LastTooOld(absl::Time now) {
  const auto events =
      store_->ReadEvents({.after_position = hub_->oldest() - 1, .limit = kRowsPerStep});
  if (!events.ok()) {
    LogWarning("events_not_pruned", {{"error", events.status()}});
    return 0;
  }
  int64_t last = 0;
  for (const EventPtr& event : *events) {
    if (event->create_time >= now - *retention_.events) break;
    last = event->position;
  }
  return last;
}

void Pruner::Step() {
  const absl::Time now = clock_->Now();
  store::Transaction transaction;
  store::Prune& prune = transaction.prune.emplace();
  if (retention_.events.has_value()) prune.events_through = LastTooOld(now);
  if (retention_.notifications.has_value()) {
    MutexLock lock(&mutex_);
    if (now >= next_notifications_) {
      next_notifications_ = now + kNotificationInterval;
      prune.notifications_before = now - *retention_.notifications;
      prune.max_notifications = kRowsPerStep;
    }
  }
  if (prune.events_through == 0 && prune.max_notifications == 0) return Rest();
  if (prune.events_through != 0) hub_->SetOldest(prune.events_through + 1);
  store_->Commit(std::move(transaction), [this](store::Committed committed) { OnDone(committed); });
}

void Pruner::OnDone(const store::Committed& committed) {
  if (!committed.status.ok()) {
    LogWarning("not_pruned", {{"error", committed.status}});
    return Rest();
  }
  if (committed.pruned_notifications == kRowsPerStep) {
    MutexLock lock(&mutex_);
    next_notifications_ = absl::InfinitePast();  // There may be more.
  }
  const bool more = committed.pruned_events > 0 || committed.pruned_notifications == kRowsPerStep;
  if (!more || !readers_->TryPost([this] { Step(); })) Rest();
}

void Pruner::Rest() {
  MutexLock lock(&mutex_);
  working_ = false;
}

}  // namespace sluice::stream
