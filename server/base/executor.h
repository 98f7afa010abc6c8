// Where work runs: a bounded pool of threads, and strands that keep the work of one key in order.
//
// Threads: every method is safe from any thread.
// Ownership: tasks are owned by the executor until they have run. Shutdown() runs what was
// accepted.

#pragma once

#include <cstddef>
#include <memory>
#include <string>
#include <string_view>

#include "absl/functional/any_invocable.h"

namespace sluice {

using Task = absl::AnyInvocable<void()>;

class Executor {
 public:
  virtual ~Executor() = default;

  // Runs `task` later, on a thread of the executor. False when the queue is full or the executor
  // has been shut down; the task was then destroyed without running.
  [[nodiscard]] virtual bool TryPost(Task task) = 0;

  // As TryPost, but is never refused for a full queue: for the second half of work that was already
  // accepted (a reply arrived, a commit is durable). Bounded because accepted work is.
  virtual void Post(Task task) = 0;
};

// A fixed number of named threads over one queue.
class ThreadPool final : public Executor {
 public:
  // `name` (at most 12 characters) names the threads; `max_queued` bounds TryPost. `niceness`, 0 to
  // 19: how far the threads give way to others when there are too few processors.
  ThreadPool(std::string name, int threads, size_t max_queued, int niceness = 0);
  ~ThreadPool() override;  // As Shutdown().

  bool TryPost(Task task) override;
  void Post(Task task) override;

  // Refuses new TryPost work, runs what is queued (and what that posts), joins the threads.
  void Shutdown();

  size_t queued() const;

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

// Serial execution per key over an executor: tasks of one key never overlap and run in the order
// posted; different keys run in parallel. A key without tasks costs nothing.
class Strands final {
 public:
  // `executor` is borrowed and outlives the strands.
  explicit Strands(Executor* executor);
  ~Strands();

  // False when the executor refused it (full); nothing was queued then.
  [[nodiscard]] bool TryPost(std::string_view key, Task task);

  // Never refused (see Executor::Post).
  void Post(std::string_view key, Task task);

 private:
  struct Impl;
  std::shared_ptr<Impl> impl_;
};

}  // namespace sluice
