// The event log as pages: ListEvents and GetEvent. The same log that is watched.
//
// Threads: safe from any thread, returns at once; `done` runs on a reader thread.
// Ownership: borrows the store, the executor and the hub.

#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "absl/functional/any_invocable.h"
#include "absl/status/statusor.h"
#include "server/base/executor.h"
#include "server/core/event_filter.h"
#include "server/store/store.h"
#include "server/stream/event_hub.h"

namespace sluice::stream {

struct EventPage {
  std::vector<EventPtr> events;  // The oldest first.
  int64_t position = 0;          // Everything up to it was looked at: a cursor.
  bool more = false;             // There was more after it.
};

class EventLog {
 public:
  // What `hub` has not told of is not shown yet. Null: all that the store shows is.
  EventLog(store::Store* store, Executor* readers, const EventHub* hub = nullptr)
      : store_(store), readers_(readers), hub_(hub) {}

  // Events of `merchant` ("-": all) after `position` that match, at most `limit`. Gives fewer, even
  // none, when matching ones are far apart: `position` says how far it looked. OUT_OF_RANGE
  // (CURSOR_EXPIRED) when events after `position` are no longer kept; INVALID_ARGUMENT
  // (CURSOR_INVALID) when it is in the future. A position of 0 begins with the oldest kept.
  void List(std::string merchant, EventFilter filter, int64_t position, int limit,
            absl::AnyInvocable<void(absl::StatusOr<EventPage>)> done);

  // The event of the merchant with this sequence; NOT_FOUND when it never was or is gone.
  void Get(std::string merchant, int64_t sequence,
           absl::AnyInvocable<void(absl::StatusOr<EventPtr>)> done);

 private:
  absl::StatusOr<EventPage> ListNow(const std::string& merchant, const EventFilter& filter,
                                    int64_t position, int limit);
  absl::StatusOr<store::LogBounds> ShownBounds();  // The hub has told of all that is within.
  absl::StatusOr<EventPage> Scan(const std::string& merchant, const EventFilter& filter,
                                 int64_t position, int limit, int64_t newest);

  store::Store* const store_;
  Executor* const readers_;
  const EventHub* const hub_;
};

}  // namespace sluice::stream
