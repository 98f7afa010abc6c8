#include "server/base/inline_executor.h"

#include <utility>

namespace sluice {

bool ManualExecutor::TryPost(Task task) {
  MutexLock lock(&mutex_);
  if (queue_.size() >= max_queued_) {
    lock.Unlock();
    return false;
  }
  queue_.push_back(std::move(task));
  return true;
}

void ManualExecutor::Post(Task task) {
  MutexLock lock(&mutex_);
  queue_.push_back(std::move(task));
}

bool ManualExecutor::RunOne() { return RunAt(0); }

bool ManualExecutor::RunAt(size_t index) {
  Task task;
  {
    MutexLock lock(&mutex_);
    if (index >= queue_.size()) return false;
    const auto chosen = queue_.begin() + static_cast<std::ptrdiff_t>(index);
    task = std::move(*chosen);
    queue_.erase(chosen);
  }
  std::move(task)();
  return true;
}

int ManualExecutor::RunAll() {
  int ran = 0;
  while (RunOne()) ++ran;
  return ran;
}

size_t ManualExecutor::queued() const {
  MutexLock lock(&mutex_);
  return queue_.size();
}

}  // namespace sluice
