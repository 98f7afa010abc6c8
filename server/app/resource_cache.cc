#include "server/app/resource_cache.h"

#include <utility>

namespace sluice::app {

std::shared_ptr<const ResourceBase> ResourceCache::Find(std::string_view name) {
  Shard& shard = ShardOf(name);
  MutexLock lock(&shard.mutex);
  const auto it = shard.by_name.find(AbslView(name));
  if (it == shard.by_name.end()) return nullptr;
  shard.newest_first.splice(shard.newest_first.begin(), shard.newest_first, it->second);
  return it->second->resource;
}

void ResourceCache::Insert(const std::string& name, std::shared_ptr<const ResourceBase> resource) {
  Shard& shard = ShardOf(name);
  std::shared_ptr<const ResourceBase> old;  // Destroyed without the lock.
  MutexLock lock(&shard.mutex);
  const auto it = shard.by_name.find(name);
  if (it != shard.by_name.end()) {
    old = std::exchange(it->second->resource, std::move(resource));
    shard.newest_first.splice(shard.newest_first.begin(), shard.newest_first, it->second);
    return;
  }
  shard.newest_first.push_front({name, std::move(resource)});
  shard.by_name.emplace(name, shard.newest_first.begin());
  if (shard.by_name.size() <= shard_capacity_) return;
  old = std::move(shard.newest_first.back().resource);
  shard.by_name.erase(shard.newest_first.back().name);
  shard.newest_first.pop_back();
}

void ResourceCache::Erase(const std::string& name) {
  Shard& shard = ShardOf(name);
  MutexLock lock(&shard.mutex);
  const auto it = shard.by_name.find(name);
  if (it == shard.by_name.end()) return;
  shard.newest_first.erase(it->second);
  shard.by_name.erase(it);
}

}  // namespace sluice::app
