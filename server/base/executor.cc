#include "server/base/executor.h"

#include <pthread.h>
#include <sys/resource.h>
#include <unistd.h>

#include <deque>
#include <thread>
#include <utility>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "server/base/mutex.h"
#include "server/base/strings.h"

namespace sluice {
namespace {

// Waiting tasks of one key beyond which TryPost refuses: one resource that gets more than this
// while its first task runs is being flooded, and must not take the memory of the others.
constexpr size_t kMaxQueuedPerKey = 256;

}  // namespace

struct ThreadPool::Impl {
  void Run();

  size_t max_queued = 0;
  std::vector<std::thread> threads;

  Mutex mutex;
  CondVar work;
  std::deque<Task> queue SLUICE_GUARDED_BY(mutex);
  size_t running SLUICE_GUARDED_BY(mutex) = 0;
  bool stopping SLUICE_GUARDED_BY(mutex) = false;
  bool stopped SLUICE_GUARDED_BY(mutex) = false;
};

void ThreadPool::Impl::Run() {
  MutexLock lock(&mutex);
  for (;;) {
    // A task that runs may still post: the last one out ends the others.
    while (queue.empty() && !(stopping && running == 0)) work.Wait(&mutex);
    if (queue.empty()) break;
    Task task = std::move(queue.front());
    queue.pop_front();
    ++running;
    lock.Unlock();
    std::move(task)();
    task = nullptr;  // What it holds is let go of before it counts as done.
    lock.Lock();
    --running;
  }
  stopped = true;
  work.SignalAll();
}

ThreadPool::ThreadPool(std::string name, int threads, size_t max_queued, int niceness)
    : impl_(std::make_unique<Impl>()) {
  impl_->max_queued = max_queued;
  for (int i = 0; i < threads; ++i) {
    impl_->threads.emplace_back([impl = impl_.get(), niceness] {
      // Of this thread alone on Linux. Without it everything works, if less smoothly.
      if (niceness != 0) (void)setpriority(PRIO_PROCESS, static_cast<id_t>(gettid()), niceness);
      impl->Run();
    });
    // The kernel takes 15 characters.
    const std::string thread_name = StrCat(name.substr(0, 12), "-", i).substr(0, 15);
    pthread_setname_np(impl_->threads.back().native_handle(), thread_name.c_str());
  }
}

ThreadPool::~ThreadPool() { Shutdown(); }

bool ThreadPool::TryPost(Task task) {
  MutexLock lock(&impl_->mutex);
  if (impl_->stopping || impl_->queue.size() >= impl_->max_queued) {
    lock.Unlock();  // `task` is destroyed by the caller's frame, without the lock.
    return false;
  }
  impl_->queue.push_back(std::move(task));
  impl_->work.Signal();
  return true;
}

void ThreadPool::Post(Task task) {
  MutexLock lock(&impl_->mutex);
  if (impl_->stopped) {
    lock.Unlock();
    return;
  }
  impl_->queue.push_back(std::move(task));
  impl_->work.Signal();
}

void ThreadPool::Shutdown() {
  {
    MutexLock lock(&impl_->mutex);
    impl_->stopping = true;
    impl_->work.SignalAll();
  }
  for (std::thread& thread : impl_->threads) {
    if (thread.joinable()) thread.join();
  }
}

size_t ThreadPool::queued() const {
  MutexLock lock(&impl_->mutex);
  return impl_->queue.size();
}

// A key is in the map while a turn of it waits in the executor or runs. One turn runs one task and
// then queues the next turn behind the other keys', so that a busy key does not starve them.
struct Strands::Impl : std::enable_shared_from_this<Strands::Impl> {
  explicit Impl(Executor* borrowed) : executor(borrowed) {}

  Task Turn(std::string key) {
    return [self = shared_from_this(), key = std::move(key)]() mutable {
      self->RunTurn(std::move(key));
    };
  }
  void RunTurn(std::string key);

  Executor* const executor;
  Mutex mutex;
  absl::flat_hash_map<std::string, std::deque<Task>> waiting SLUICE_GUARDED_BY(mutex);
};

void Strands::Impl::RunTurn(std::string key) {
  Task task;
  {
    MutexLock lock(&mutex);
    std::deque<Task>& queue = waiting[key];
    task = std::move(queue.front());
    queue.pop_front();
  }
  std::move(task)();
  task = nullptr;
  {
    MutexLock lock(&mutex);
    const auto found = waiting.find(key);
    if (found->second.empty()) {
      waiting.erase(found);
      return;
    }
  }
  executor->Post(Turn(std::move(key)));
}

Strands::Strands(Executor* executor) : impl_(std::make_shared<Impl>(executor)) {}

Strands::~Strands() = default;

bool Strands::TryPost(std::string_view key, Task task) {
  MutexLock lock(&impl_->mutex);
  const auto found = impl_->waiting.find(AbslView(key));
  if (found != impl_->waiting.end()) {
    if (found->second.size() >= kMaxQueuedPerKey) {
      lock.Unlock();
      return false;
    }
    found->second.push_back(std::move(task));
    return true;
  }
  // The lock is held across the executor's TryPost, so that a refusal leaves no trace that another
  // thread could have queued behind. Turns start without any lock, so this cannot deadlock.
  std::string owned_key(key);
  if (!impl_->executor->TryPost(impl_->Turn(owned_key))) {
    lock.Unlock();
    return false;
  }
  impl_->waiting[std::move(owned_key)].push_back(std::move(task));
  return true;
}

void Strands::Post(std::string_view key, Task task) {
  std::string owned_key(key);
  {
    MutexLock lock(&impl_->mutex);
    const auto [entry, is_first] = impl_->waiting.try_emplace(owned_key);
    entry->second.push_back(std::move(task));
    if (!is_first) return;
  }
  impl_->executor->Post(impl_->Turn(std::move(owned_key)));
}

}  // namespace sluice
