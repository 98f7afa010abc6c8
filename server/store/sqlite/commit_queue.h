// What waits for the writer: bounded by count and bytes, handed out in groups.
//
// Threads: Push from any; the others from the writer's thread, Close from any.
// Ownership: the queue owns what waits in it.

#pragma once

#include <cstdint>
#include <deque>
#include <vector>

#include "absl/status/status.h"
#include "absl/time/time.h"
#include "server/base/mutex.h"
#include "server/store/store.h"

namespace sluice::store::sqlite {

struct PendingCommit {
  Transaction transaction;
  CommitDone done;
  int64_t bytes = 0;
};

// What a transaction takes in memory, roughly: its texts and a constant for each part.
int64_t SizeOf(const Transaction& transaction);

struct QueueLimits {
  int max_queued = 0;
  int64_t max_queued_bytes = 0;
  int max_batch = 0;
  int64_t max_batch_bytes = 0;
};

class CommitQueue {
 public:
  explicit CommitQueue(const QueueLimits& limits) : limits_(limits) {}

  // Takes `pending`, or leaves it untouched and says why: RESOURCE_EXHAUSTED (full) or UNAVAILABLE
  // (the store is failing, or closed).
  absl::Status Push(PendingCommit& pending);

  // The next group, waiting for one. Empty when the queue is closed and drained.
  std::vector<PendingCommit> Take();

  // From now on Push refuses; gives up what waits.
  std::vector<PendingCommit> Suspend();
  void Resume();

  // From now on Push refuses; Take still hands out what waits.
  void Close();
  // Waits up to `timeout` for Close. True when closed.
  bool WaitClosed(absl::Duration timeout);

  int64_t depth() const;
  int64_t refused_full() const;

 private:
  enum class Refusal { kNone, kClosed, kSuspended, kFull };
  Refusal TryPush(PendingCommit& pending);

  const QueueLimits limits_;
  mutable Mutex mutex_;
  CondVar changed_;
  std::deque<PendingCommit> waiting_ SLUICE_GUARDED_BY(mutex_);
  int64_t bytes_ SLUICE_GUARDED_BY(mutex_) = 0;
  int64_t refused_full_ SLUICE_GUARDED_BY(mutex_) = 0;
  bool suspended_ SLUICE_GUARDED_BY(mutex_) = false;
  bool closed_ SLUICE_GUARDED_BY(mutex_) = false;
};

}  // namespace sluice::store::sqlite
