// A committed event beside its wire form, which is made at most once however many watchers get it.
//
// Threads: immutable but for the wire form, which any thread may be the first to ask for.
// Ownership: an EventBlock owns the events of one group commit (or one page of the log); an
// EventRef keeps its block alive.

#pragma once

#include <atomic>
#include <cstddef>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "server/core/event.h"

namespace sluice::stream {

// Writes an event as it goes on the wire. Pure; given by rpc/.
using EventEncoder = std::function<std::string(const Event&)>;

class LoggedEvent {
 public:
  explicit LoggedEvent(EventPtr event) : event_(std::move(event)) {}
  ~LoggedEvent() { delete encoded_.load(std::memory_order_acquire); }
  LoggedEvent(const LoggedEvent&) = delete;
  LoggedEvent& operator=(const LoggedEvent&) = delete;

  const Event& event() const { return *event_; }

  // The wire form by `encoder`, which must be the same at every call.
  const std::string& Encoded(const EventEncoder& encoder) const;

 private:
  const EventPtr event_;
  mutable std::atomic<const std::string*> encoded_ = nullptr;
};

// Events in order of position.
class EventBlock {
 public:
  explicit EventBlock(const std::vector<EventPtr>& events);

  size_t size() const { return events_.size(); }
  const LoggedEvent& operator[](size_t index) const { return *events_[index]; }
  int64_t first_position() const { return events_.front()->event().position; }
  int64_t last_position() const { return events_.back()->event().position; }
  size_t bytes() const { return bytes_; }  // About what the block holds in memory.

 private:
  std::vector<std::unique_ptr<LoggedEvent>> events_;
  size_t bytes_ = 0;
};

using BlockPtr = std::shared_ptr<const EventBlock>;

struct EventRef {
  BlockPtr block;
  size_t index = 0;

  const LoggedEvent& operator*() const { return (*block)[index]; }
  const LoggedEvent* operator->() const { return &(*block)[index]; }
};

}  // namespace sluice::stream
