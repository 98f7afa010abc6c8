// The resources used last, in memory, so that Get and the next decision need no read.
//
// Coherent because every change of a resource goes through the engine, which puts it here after the
// commit while it still holds the resource's lane; reads from the store put theirs under the lane.
//
// Threads: safe from any thread.
// Ownership: shares immutable resources.

#pragma once

#include <array>
#include <list>
#include <memory>
#include <string>
#include <string_view>

#include "absl/container/flat_hash_map.h"
#include "server/base/mutex.h"
#include "server/base/strings.h"
#include "server/core/resources.h"

namespace sluice::app {

class ResourceCache {
 public:
  explicit ResourceCache(size_t capacity) : shard_capacity_(capacity / kShards + 1) {}

  // `name` must be that of a T.
  template <typename T>
  std::shared_ptr<const T> Get(std::string_view name) {
    return std::static_pointer_cast<const T>(Find(name));
  }
  template <typename T>
  void Put(const std::string& name, std::shared_ptr<const T> resource) {
    Insert(name, std::move(resource));
  }
  void Erase(const std::string& name);

 private:
  struct Entry {
    std::string name;
    std::shared_ptr<const ResourceBase> resource;
  };
  struct Shard {
    Mutex mutex;
    std::list<Entry> newest_first SLUICE_GUARDED_BY(mutex);
    absl::flat_hash_map<std::string, std::list<Entry>::iterator> by_name SLUICE_GUARDED_BY(mutex);
  };
  static constexpr size_t kShards = 16;

  Shard& ShardOf(std::string_view name) {
    return shards_[std::hash<std::string_view>{}(name) % kShards];
  }
  std::shared_ptr<const ResourceBase> Find(std::string_view name);
  void Insert(const std::string& name, std::shared_ptr<const ResourceBase> resource);

  const size_t shard_capacity_;
  std::array<Shard, kShards> shards_;
};

}  // namespace sluice::app
