// The promises of WatchEvents as a judge: it knows what was committed, is shown what a stream
// delivers, and says which promise was broken.
//
//   complete   nothing that matches is left out between two cursors
//   in order   positions rise; sequences are those that the log gave
//   unique     no event twice on one stream
//   forward    a cursor never moves back, and never runs ahead of what was delivered or committed
//
// Threads: Truth is appended to by one thread and read by any; a StreamChecker is one thread's.
// Ownership: a checker borrows the truth.

#pragma once

#include <atomic>
#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "server/base/mutex.h"
#include "server/core/event.h"
#include "server/core/event_filter.h"

namespace sluice::streams {

// Everything that was committed, by position.
class Truth {
 public:
  // Of an event what does not change from one to the next: type, resource, merchant, provider.
  struct Entry {
    const Event* kind = nullptr;
    int64_t sequence = 0;
  };

  explicit Truth(size_t capacity) { entries_.reserve(capacity); }

  // At most as many as the capacity. INTERNAL when positions or sequences are not contiguous: a
  // promise of the log itself.
  absl::Status Append(const std::vector<EventPtr>& events);

  int64_t size() const { return size_.load(std::memory_order_acquire); }
  // From 1 to size().
  const Entry& At(int64_t position) const { return entries_[static_cast<size_t>(position - 1)]; }
  // Of the merchant's sequence; 0: there is none.
  int64_t PositionOf(const std::string& merchant, int64_t sequence) const;

 private:
  std::vector<Entry> entries_;  // Never moves; what is below size_ never changes.
  mutable Mutex mutex_;
  std::map<std::string, std::unique_ptr<const Event>> kinds_ SLUICE_GUARDED_BY(mutex_);
  std::map<std::string, std::vector<int64_t>> by_merchant_ SLUICE_GUARDED_BY(mutex_);
  std::atomic<int64_t> size_{0};
};

class StreamChecker {
 public:
  // `merchant`: "-" is all. A stream that starts after `position`.
  StreamChecker(const Truth* truth, std::string merchant, EventFilter filter, int64_t position);

  // One message: its events (none: progress or closing) and the position of its cursor.
  absl::Status Take(const std::vector<const Event*>& events, int64_t position);

  // A new stream from this cursor: what came after it comes again.
  void Resume(int64_t position) { position_ = position; }
  int64_t position() const { return position_; }
  int64_t delivered() const { return delivered_; }

 private:
  bool Matches(const Event& event) const;
  // Nothing that matches lies after position_ and before `end`.
  absl::Status NothingLeftOut(int64_t end);

  const Truth* const truth_;
  const std::string merchant_;
  const EventFilter filter_;
  int64_t position_;
  int64_t delivered_ = 0;
};

}  // namespace sluice::streams
