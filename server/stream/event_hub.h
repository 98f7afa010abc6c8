// Wakes watchers after a commit, and keeps the newest events in memory for them.
//
// A watcher is a place in the log, not a queue: the hub remembers of each only from which position
// on something may concern it. Watchers are found by what they watch (one order or payout, one
// merchant, everything), so a commit touches those that it concerns and no others.
//
// Threads: every method is safe from any thread. Publish comes from the store's writer, in order of
// position. Wake callbacks run on the executor, without any lock held.
// Ownership: borrows clock and executor; sessions register themselves and must outlive nothing: the
// hub holds them weakly.

#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "absl/container/flat_hash_set.h"
#include "absl/time/time.h"
#include "server/base/clock.h"
#include "server/base/executor.h"
#include "server/base/mutex.h"
#include "server/core/event.h"
#include "server/stream/logged_event.h"

namespace sluice::stream {

struct HubOptions {
  // Newest events kept in memory: enough for a watcher that reconnects at once, small enough for an
  // idle server.
  size_t ring_bytes = 16 << 20;
  absl::Duration heartbeat = absl::Seconds(15);       // A watcher silent for so long gets progress.
  absl::Duration max_age = absl::InfiniteDuration();  // A stream is closed, with its cursor, after.
  int max_sessions = 20000;                           // More are refused with RESOURCE_EXHAUSTED.
};

// What the hub keeps of one session. Its fields are the hub's, under the hub's lock.
class Subscriber {
 public:
  virtual ~Subscriber() = default;

 protected:
  // Something may be there: Poll again. On the executor.
  virtual void OnWake() = 0;

 private:
  friend class EventHub;
  std::string key_;  // What it watches: see InterestKey.
  std::weak_ptr<Subscriber> self_;
  int64_t hint_ = 0;    // The first position that may concern it; 0: none up to the head.
  bool armed_ = false;  // Waits for OnWake.
  bool heartbeat_due_ = false;
  std::string closing_;  // Not empty: is to close, and why.
  absl::Time start_time_, delivery_time_;
};

// What there is to look at from a subscriber's hint on.
struct Collected {
  enum class Kind { kCaughtUp, kHeartbeat, kBlocks, kBehindRing, kClosing };
  Kind kind = Kind::kCaughtUp;
  std::vector<BlockPtr> blocks;  // kBlocks
  int64_t from = 0;              // kBlocks, kBehindRing: the first position to look at.
  int64_t head = 0;              // The newest position at that moment.
  std::string closing;           // kClosing: the reason.
};

class EventHub {
 public:
  // `oldest` and `head` as the store's Bounds at start.
  EventHub(HubOptions options, const Clock* clock, Executor* executor, int64_t oldest,
           int64_t head);

  // The events of one group commit.
  void Publish(const std::vector<EventPtr>& events);

  int64_t head() const;
  // The oldest position that is kept. The pruner calls SetOldest before it deletes.
  int64_t oldest() const;
  void SetOldest(int64_t position);

  // Adds a session that has seen everything up to `position`. RESOURCE_EXHAUSTED when there are too
  // many, UNAVAILABLE after CloseAll.
  absl::Status Register(const std::shared_ptr<Subscriber>& subscriber, std::string key,
                        int64_t position);
  void Unregister(Subscriber* subscriber);

  // What the subscriber has to look at. With kCaughtUp it is armed: OnWake comes exactly once.
  // At least `max_events` are given when there are so many, and less than a block more; what is
  // left is found by the next call.
  Collected Collect(Subscriber* subscriber, size_t max_events);
  // The subscriber has looked at everything before `position`, elsewhere than here.
  void MoveTo(Subscriber* subscriber, int64_t position);
  // Something went out: its heartbeat starts anew.
  void Delivered(Subscriber* subscriber);

  // Heartbeats and ages; called about once a second.
  void Sweep();

  // Every session polls, though there may be nothing: its caller's rights may have changed.
  void WakeAll();

  // Every session is told to close, and no new one is taken. `reason` is a word of the API.
  void CloseAll(std::string_view reason);

  int sessions() const;
  const HubOptions& options() const { return options_; }

 private:
  using Group = absl::flat_hash_set<Subscriber*>;

  void Mark(std::string_view key, int64_t position, std::vector<std::shared_ptr<Subscriber>>* woken)
      SLUICE_REQUIRES(mutex_);
  void Arouse(Subscriber* subscriber, std::vector<std::shared_ptr<Subscriber>>* woken)
      SLUICE_REQUIRES(mutex_);
  void Wake(std::vector<std::shared_ptr<Subscriber>> woken);

  const HubOptions options_;
  const Clock* const clock_;
  Executor* const executor_;

  mutable Mutex mutex_;
  std::deque<BlockPtr> ring_ SLUICE_GUARDED_BY(mutex_);  // Contiguous, ends at head_.
  size_t ring_bytes_ SLUICE_GUARDED_BY(mutex_) = 0;
  int64_t head_ SLUICE_GUARDED_BY(mutex_);
  int64_t oldest_ SLUICE_GUARDED_BY(mutex_);
  std::string closed_ SLUICE_GUARDED_BY(mutex_);
  absl::flat_hash_map<std::string, Group> groups_ SLUICE_GUARDED_BY(mutex_);
  absl::flat_hash_set<Subscriber*> all_ SLUICE_GUARDED_BY(mutex_);
};

// The key under which a watcher of `merchant` ("-": all) with this resource prefix is found: the
// first four segments of the prefix if it has them ("merchants/m/orders/o"), else the merchant's
// name, else "".
std::string InterestKey(std::string_view merchant, std::string_view resource_prefix);

}  // namespace sluice::stream
