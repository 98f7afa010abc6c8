#include "server/base/timers.h"

#include <pthread.h>

#include <algorithm>
#include <chrono>
#include <map>
#include <thread>
#include <utility>

#include "absl/container/flat_hash_map.h"
#include "server/base/mutex.h"

namespace sluice {
namespace {

using Monotonic = std::chrono::steady_clock;

// Nothing waits longer than a year; a larger number would overflow the clock's representation.
constexpr absl::Duration kLongestDelay = absl::Hours(24 * 365);

}  // namespace

struct TimerThread::Impl {
  using Key = std::pair<Monotonic::time_point, TimerId>;

  void Run();

  Mutex mutex;
  CondVar changed;
  TimerId last_id SLUICE_GUARDED_BY(mutex) = 0;
  std::map<Key, Task> timers SLUICE_GUARDED_BY(mutex);
  absl::flat_hash_map<TimerId, Monotonic::time_point> due_by_id SLUICE_GUARDED_BY(mutex);
  bool stopping SLUICE_GUARDED_BY(mutex) = false;
  std::thread thread;
};

void TimerThread::Impl::Run() {
  MutexLock lock(&mutex);
  while (!stopping) {
    if (timers.empty()) {
      changed.Wait(&mutex);
      continue;
    }
    const auto first = timers.begin();
    const auto wait = first->first.first - Monotonic::now();
    if (wait > Monotonic::duration::zero()) {
      changed.WaitFor(&mutex, absl::FromChrono(wait));
      continue;
    }
    Task callback = std::move(first->second);
    due_by_id.erase(first->first.second);
    timers.erase(first);
    lock.Unlock();
    std::move(callback)();
    callback = nullptr;
    lock.Lock();
  }
}

TimerThread::TimerThread() : impl_(std::make_unique<Impl>()) {
  impl_->thread = std::thread([impl = impl_.get()] { impl->Run(); });
  pthread_setname_np(impl_->thread.native_handle(), "timers");
}

TimerThread::~TimerThread() {
  {
    MutexLock lock(&impl_->mutex);
    impl_->stopping = true;
    impl_->changed.Signal();
  }
  impl_->thread.join();
}

TimerId TimerThread::After(absl::Duration delay, Task callback) {
  delay = std::clamp(delay, absl::ZeroDuration(), kLongestDelay);
  const auto due = Monotonic::now() + absl::ToChronoNanoseconds(delay);
  MutexLock lock(&impl_->mutex);
  const TimerId id = ++impl_->last_id;
  const auto added = impl_->timers.emplace(Impl::Key(due, id), std::move(callback)).first;
  impl_->due_by_id.emplace(id, due);
  // Only a new first timer shortens the wait.
  if (added == impl_->timers.begin()) impl_->changed.Signal();
  return id;
}

bool TimerThread::Cancel(TimerId id) {
  Task dropped;  // Destroyed after the lock: what it holds may call back.
  MutexLock lock(&impl_->mutex);
  const auto found = impl_->due_by_id.find(id);
  if (found == impl_->due_by_id.end()) return false;
  const auto timer = impl_->timers.find(Impl::Key(found->second, id));
  dropped = std::move(timer->second);
  impl_->timers.erase(timer);
  impl_->due_by_id.erase(found);
  return true;
}

}  // namespace sluice
