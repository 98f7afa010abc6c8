#include "server/app/lanes.h"

namespace sluice::app {

void Lanes::Hold::Release() {
  if (Lanes* lanes = std::exchange(lanes_, nullptr)) lanes->Release(std::move(key_));
}

void Lanes::Run(std::string key, Work work) {
  Shard& shard = ShardOf(key);
  {
    MutexLock lock(&shard.mutex);
    auto [it, free] = shard.held.try_emplace(key);
    if (!free) {
      it->second.push_back(std::move(work));
      return;
    }
  }
  work(Hold(this, std::move(key)));
}

void Lanes::Release(std::string key) {
  Shard& shard = ShardOf(key);
  Work next;
  {
    MutexLock lock(&shard.mutex);
    auto it = shard.held.find(key);
    if (it == shard.held.end()) return;
    if (it->second.empty()) {
      shard.held.erase(it);
      return;
    }
    next = std::move(it->second.front());
    it->second.pop_front();
  }
  // Not here: whoever lets go must not be made to do another's work.
  executor_->Post([hold = Hold(this, std::move(key)), next = std::move(next)]() mutable {
    next(std::move(hold));
  });
}

}  // namespace sluice::app
