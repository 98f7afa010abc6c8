// Reads pages of the event log for watchers that are behind the ring.
//
// Many watchers resume from about the same place (a server restarts, a thousand dashboards come
// back), so that the same page asked for twice is read once, and whole pages are kept for a while.
//
// Threads: safe from any thread. `done` runs on a reader thread, or at once when the page is kept.
// Ownership: borrows the store and the executor; owns the kept pages.

#pragma once

#include <cstdint>
#include <functional>
#include <list>
#include <map>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "absl/functional/any_invocable.h"
#include "absl/status/statusor.h"
#include "server/base/executor.h"
#include "server/base/mutex.h"
#include "server/store/store.h"
#include "server/stream/logged_event.h"

namespace sluice::stream {

struct LogPage {
  BlockPtr block;     // Null when there was nothing after the position asked for.
  bool full = false;  // There may be more.
};

class LogReader {
 public:
  using Done = absl::AnyInvocable<void(absl::StatusOr<LogPage>)>;

  LogReader(store::Store* store, Executor* readers) : store_(store), readers_(readers) {}

  // Events of `merchant` ("": of all) after `position`, the oldest first.
  void Read(std::string merchant, int64_t position, Done done);

  // What cursors are bound to.
  std::string store_id() const { return store_->StoreId(); }

 private:
  using Key = std::pair<std::string, int64_t>;

  void ReadNow(const Key& key);
  void Keep(const Key& key, const LogPage& page) SLUICE_REQUIRES(mutex_);

  store::Store* const store_;
  Executor* const readers_;
  Mutex mutex_;
  std::map<Key, std::vector<Done>> waiting_ SLUICE_GUARDED_BY(mutex_);
  // The most recently used first. Only full pages: a part of one would grow stale.
  std::list<std::pair<Key, LogPage>> kept_ SLUICE_GUARDED_BY(mutex_);
};

}  // namespace sluice::stream
