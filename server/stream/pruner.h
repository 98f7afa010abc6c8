// Takes away events and raw notifications that have been kept long enough; resources stay.
//
// It goes in small steps, each a transaction among the others of its group commit, so that callers
// are held up by no more than a step. The hub learns what goes before it goes: a watcher that is
// behind gets CURSOR_EXPIRED, never a gap.
//
// Threads: safe from any thread; steps run on the readers.
// Ownership: borrows everything; outlives the store's last callback and the readers' last task.

#pragma once

#include <optional>

#include "absl/time/time.h"
#include "server/base/clock.h"
#include "server/base/executor.h"
#include "server/base/mutex.h"
#include "server/store/store.h"
#include "server/stream/event_hub.h"

namespace sluice::stream {

// Unset: for ever.
struct Retention {
  std::optional<absl::Duration> events, notifications;

  bool any() const { return events.has_value() || notifications.has_value(); }
};

class Pruner {
 public:
  Pruner(Retention retention, store::Store* store, EventHub* hub, const Clock* clock,
         Executor* readers)
      : retention_(retention), store_(store), hub_(hub), clock_(clock), readers_(readers) {}

  // Called about once a second: begins, unless it is at work. It goes on until nothing is too old.
  void Sweep();

 private:
  void Step();
  void OnDone(const store::Committed& committed);
  int64_t LastTooOld(absl::Time now);
  void Rest();

  const Retention retention_;
  store::Store* const store_;
  EventHub* const hub_;
  const Clock* const clock_;
  Executor* const readers_;

  Mutex mutex_;
  bool working_ SLUICE_GUARDED_BY(mutex_) = false;
  absl::Time next_notifications_ SLUICE_GUARDED_BY(mutex_) = absl::InfinitePast();
};

}  // namespace sluice::stream
