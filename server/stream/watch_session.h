// One open watch: where it is in the log, and what it gets next.
//
// The promises of WatchEvents are kept here: every event of the merchant that matches the filter,
// once, in order of position, none left out; a position is never reported before the events up to
// it. A session holds no events while its reader is slow: it is a position.
//
// Threads: Poll is called by one thread at a time (the reactor sees to it); OnReady comes on an
// executor or reader thread, at most once after each Poll that gave nothing.
// Ownership: shared between the reactor and the hub; reactors clear OnReady with Close.

#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "server/base/mutex.h"
#include "server/core/event_filter.h"
#include "server/stream/event_hub.h"
#include "server/stream/log_reader.h"

namespace sluice::stream {

struct WatchRequest {
  std::string merchant;  // "-": all, for operators.
  EventFilter filter;
  int64_t after_position = 0;  // What the caller has seen.
};

// What to send next. `position` is the cursor that goes with it: everything up to it was delivered.
struct Delivery {
  enum class Kind { kEvents, kProgress, kClosing, kFailed };
  Kind kind = Kind::kEvents;
  std::vector<EventRef> events;
  int64_t position = 0;
  std::string closing;  // kClosing: a word of the API.
  absl::Status status;  // kFailed: the stream ends with it.
};

class WatchSession final : public Subscriber, public std::enable_shared_from_this<WatchSession> {
 public:
  // Starts after `request.after_position`. OUT_OF_RANGE when events after it are no longer kept,
  // INVALID_ARGUMENT when it is in the future, RESOURCE_EXHAUSTED when there are too many sessions.
  // `on_ready` says that Poll has something.
  static absl::StatusOr<std::shared_ptr<WatchSession>> Open(EventHub* hub, LogReader* reader,
                                                            WatchRequest request,
                                                            std::function<void()> on_ready);
  ~WatchSession() override;

  // What to send now; nothing: OnReady will say when.
  std::optional<Delivery> Poll();

  // Lets go of OnReady, which usually owns the reactor's side. One under way may still finish.
  void Close();

 private:
  WatchSession(EventHub* hub, LogReader* reader, WatchRequest request,
               std::function<void()> on_ready);

  void OnWake() override;
  std::optional<Delivery> Step(bool* wait);
  std::optional<Delivery> Scan();
  absl::Status TakePage();
  void StartRead(int64_t from, int64_t head);
  void OnPage(int64_t head, absl::StatusOr<LogPage> page);
  void Notify();
  bool Wanted(const Event& event) const;

  EventHub* const hub_;
  LogReader* const reader_;
  const WatchRequest request_;

  // Poll's alone.
  int64_t position_;              // Everything up to it was delivered or does not match.
  std::vector<BlockPtr> blocks_;  // Still to look through, after position_,
  int64_t scan_end_ = 0;          // and up to here.
  bool reading_ = false;          // A page was asked for and not taken yet.

  Mutex mutex_;
  std::function<void()> on_ready_ SLUICE_GUARDED_BY(mutex_);
  bool waiting_ SLUICE_GUARDED_BY(mutex_) = false;  // Poll gave nothing: OnReady is owed.
  bool woken_ SLUICE_GUARDED_BY(mutex_) = false;    // Something came while Poll was at work.
  std::optional<absl::StatusOr<LogPage>> page_ SLUICE_GUARDED_BY(mutex_);
  int64_t page_head_ SLUICE_GUARDED_BY(mutex_) = 0;  // The log's head before the page was read.
};

}  // namespace sluice::stream
