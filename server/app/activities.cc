#include "server/app/activities.h"

namespace sluice::app {

void Activities::Begin(const std::string& name) {
  calls_.fetch_add(1, std::memory_order_relaxed);
  Shard& shard = ShardOf(name);
  MutexLock lock(&shard.mutex);
  ++shard.entries[name].calls;
}

std::vector<WaiterPtr> Activities::End(const std::string& name) {
  std::vector<WaiterPtr> waiters;
  {
    Shard& shard = ShardOf(name);
    MutexLock lock(&shard.mutex);
    const auto it = shard.entries.find(name);
    if (it == shard.entries.end()) return waiters;
    if (--it->second.calls == 0) waiters.swap(it->second.waiters);
    if (it->second.idle()) shard.entries.erase(it);
  }
  calls_.fetch_sub(1, std::memory_order_relaxed);
  return waiters;
}

bool Activities::Wait(const std::string& name, WaiterPtr waiter) {
  Shard& shard = ShardOf(name);
  MutexLock lock(&shard.mutex);
  const auto it = shard.entries.find(name);
  if (it == shard.entries.end() || it->second.calls == 0) return false;
  it->second.waiters.push_back(std::move(waiter));
  return true;
}

bool Activities::BeginQuery(const std::string& name, bool fresh) {
  Shard& shard = ShardOf(name);
  MutexLock lock(&shard.mutex);
  Entry& entry = shard.entries[name];
  if (entry.querying) {
    entry.query_again = entry.query_again || fresh;
    return false;
  }
  entry.querying = true;
  return true;
}

bool Activities::EndQuery(const std::string& name) {
  Shard& shard = ShardOf(name);
  MutexLock lock(&shard.mutex);
  const auto it = shard.entries.find(name);
  if (it == shard.entries.end()) return false;
  it->second.querying = false;
  const bool again = std::exchange(it->second.query_again, false);
  if (it->second.idle()) shard.entries.erase(it);
  return again;
}

void Activities::Confirm(const std::string& name, Confirmation confirmation) {
  Shard& shard = ShardOf(name);
  MutexLock lock(&shard.mutex);
  shard.entries[name].confirmations.push_back(std::move(confirmation));
}

std::vector<Confirmation> Activities::TakeConfirmations(const std::string& name) {
  std::vector<Confirmation> taken;
  Shard& shard = ShardOf(name);
  MutexLock lock(&shard.mutex);
  const auto it = shard.entries.find(name);
  if (it == shard.entries.end()) return taken;
  taken.swap(it->second.confirmations);
  if (it->second.idle()) shard.entries.erase(it);
  return taken;
}

}  // namespace sluice::app
