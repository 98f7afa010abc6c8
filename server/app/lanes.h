// One piece of work at a time per key, also when the work is asynchronous.
//
// Unlike a strand, a lane is held until its Hold is let go of: over a read, a decision and a
// commit. Work that finds its lane free runs at once on the calling thread; the rest runs on the
// executor.
//
// Threads: safe from any thread. A Hold may be moved between threads and let go of on any.
// Ownership: borrows the executor; outlives its holds.

#pragma once

#include <array>
#include <deque>
#include <string>
#include <utility>

#include "absl/container/flat_hash_map.h"
#include "absl/functional/any_invocable.h"
#include "server/base/executor.h"
#include "server/base/mutex.h"

namespace sluice::app {

class Lanes {
 public:
  // Holds the lane until destroyed.
  class Hold {
   public:
    Hold() = default;
    Hold(Hold&& other) noexcept
        : lanes_(std::exchange(other.lanes_, nullptr)), key_(std::move(other.key_)) {}
    Hold& operator=(Hold&& other) noexcept {
      if (this != &other) {
        Release();
        lanes_ = std::exchange(other.lanes_, nullptr);
        key_ = std::move(other.key_);
      }
      return *this;
    }
    ~Hold() { Release(); }
    void Release();

   private:
    friend class Lanes;
    Hold(Lanes* lanes, std::string key) : lanes_(lanes), key_(std::move(key)) {}
    Lanes* lanes_ = nullptr;
    std::string key_;
  };
  using Work = absl::AnyInvocable<void(Hold)>;

  explicit Lanes(Executor* executor) : executor_(executor) {}

  void Run(std::string key, Work work);

 private:
  struct Shard {
    Mutex mutex;
    // Present: held. What waits, in order.
    absl::flat_hash_map<std::string, std::deque<Work>> held SLUICE_GUARDED_BY(mutex);
  };
  static constexpr size_t kShards = 64;  // Far more than threads, so that locks hardly meet.

  Shard& ShardOf(const std::string& key) {
    return shards_[std::hash<std::string>{}(key) % kShards];
  }
  void Release(std::string key);

  Executor* const executor_;
  std::array<Shard, kShards> shards_;
};

}  // namespace sluice::app
