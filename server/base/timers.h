// One-shot timers, as an argument.
//
// Threads: safe from any thread. Callbacks of TimerThread run on its one thread and must be short:
// post work to an executor. A cancelled timer's callback either has started or never runs.
// Ownership: the timers own their callbacks.

#pragma once

#include <cstdint>
#include <memory>

#include "absl/time/time.h"
#include "server/base/clock.h"
#include "server/base/executor.h"

namespace sluice {

using TimerId = uint64_t;  // Never zero.

class Timers {
 public:
  virtual ~Timers() = default;

  // Calls `callback` once, at or after `delay` from now. A negative delay is zero.
  virtual TimerId After(absl::Duration delay, Task callback) = 0;

  // True when the callback will not run. False when it ran, runs, or the id is unknown.
  virtual bool Cancel(TimerId id) = 0;
};

// Timers on a thread of their own, by the monotonic clock.
class TimerThread final : public Timers {
 public:
  TimerThread();
  ~TimerThread() override;  // Pending callbacks are dropped.

  TimerId After(absl::Duration delay, Task callback) override;
  bool Cancel(TimerId id) override;

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace sluice
