// An executor without threads: the test drains its queue, so that every interleaving is chosen.
//
// Threads: posting is safe from any thread; tasks run on the thread that calls RunOne or RunAll,
// without a lock held.
// Ownership: owns the tasks; those never run are destroyed with it.

#pragma once

#include <cstddef>
#include <deque>
#include <limits>

#include "server/base/executor.h"
#include "server/base/mutex.h"

namespace sluice {

class ManualExecutor final : public Executor {
 public:
  explicit ManualExecutor(size_t max_queued = std::numeric_limits<size_t>::max())
      : max_queued_(max_queued) {}

  bool TryPost(Task task) override;
  void Post(Task task) override;

  // Runs the oldest task. False when there was none.
  bool RunOne();

  // Runs tasks, also those that tasks post, until there are none. How many ran.
  int RunAll();

  // Runs the task at `index` of the queue (0 is the oldest): for simulations that pick an order.
  // False when there is none.
  bool RunAt(size_t index);

  size_t queued() const;

 private:
  const size_t max_queued_;
  mutable Mutex mutex_;
  std::deque<Task> queue_ SLUICE_GUARDED_BY(mutex_);
};

}  // namespace sluice
