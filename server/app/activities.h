// What is under way on each resource: provider calls, who waits for them to end, and notifications
// that wait for a query to confirm them.
//
// Threads: safe from any thread.
// Ownership: owns the waiters until they are handed back to be answered.

#pragma once

#include <array>
#include <atomic>
#include <map>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "absl/functional/any_invocable.h"
#include "absl/status/statusor.h"
#include "server/base/mutex.h"
#include "server/base/timers.h"
#include "server/core/decision.h"
#include "server/store/store.h"

namespace sluice::app {

using Answer = absl::AnyInvocable<void(absl::StatusOr<Subject>)>;

// A caller that waits for a call's end, or for its own time to run out, whichever is first.
class Waiter {
 public:
  explicit Waiter(Answer answer) : answer_(std::move(answer)) {}

  // True for the first who asks: that one answers.
  bool Claim() { return !claimed_.exchange(true); }
  void Reply(absl::StatusOr<Subject> result) { answer_(std::move(result)); }

  std::atomic<TimerId> timer{0};

 private:
  std::atomic<bool> claimed_{false};
  Answer answer_;
};
using WaiterPtr = std::shared_ptr<Waiter>;

// A notification that the next answer of a query is to confirm, and under which number the provider
// spoke: where that is not the resource's present one, the provider is asked about that number.
struct Confirmation {
  // Merchant, id and resource name; the rest is its new state. Without an id: of a repeat, which
  // has no row of its own and is not asked about twice.
  store::NotificationRow row;
  std::string provider_key, provider_number;
  std::map<std::string, std::string> provider_data;
};

class Activities {
 public:
  // One more call on the resource; End gives the waiters when it was the last.
  void Begin(const std::string& name);
  std::vector<WaiterPtr> End(const std::string& name);

  // False when nothing is under way: answer at once.
  bool Wait(const std::string& name, WaiterPtr waiter);

  // True: no query was under way, and one is now. Every query is also a call (Begin). With `fresh`
  // the one under way does not do, because it may have asked too early: EndQuery then says so.
  bool BeginQuery(const std::string& name, bool fresh);
  // True: ask again.
  bool EndQuery(const std::string& name);

  // Notifications to be marked as processed by the next answer of a query.
  void Confirm(const std::string& name, Confirmation confirmation);
  std::vector<Confirmation> TakeConfirmations(const std::string& name);

  // Calls under way, of all resources.
  int calls() const { return calls_.load(std::memory_order_relaxed); }

 private:
  struct Entry {
    int calls = 0;
    bool querying = false;
    bool query_again = false;
    std::vector<WaiterPtr> waiters;
    std::vector<Confirmation> confirmations;

    bool idle() const {
      return calls == 0 && !querying && waiters.empty() && confirmations.empty();
    }
  };
  struct Shard {
    Mutex mutex;
    absl::flat_hash_map<std::string, Entry> entries SLUICE_GUARDED_BY(mutex);
  };
  static constexpr size_t kShards = 32;
  Shard& ShardOf(const std::string& name) {
    return shards_[std::hash<std::string>{}(name) % kShards];
  }

  std::array<Shard, kShards> shards_;
  std::atomic<int> calls_{0};
};

}  // namespace sluice::app
