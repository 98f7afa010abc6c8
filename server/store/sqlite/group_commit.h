// Makes a group of transactions durable in one database transaction: one fsync for all of them.
//
// Threads: the writer's only.
// Ownership: borrows everything for the call.

#pragma once

#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "absl/types/span.h"
#include "server/store/sqlite/commit_queue.h"
#include "server/store/sqlite/connection.h"
#include "server/store/sqlite/log_counters.h"
#include "server/store/store.h"

namespace sluice::store::sqlite {

struct GroupResult {
  enum class Outcome {
    kDurable,
    kNotWritten,  // The store failed before COMMIT.
    kUnknown,     // COMMIT failed: the group may be found on the disk after a crash.
  };
  Outcome outcome = Outcome::kDurable;
  int code = 0;  // SQLite's, when not durable.
  std::string error;
  bool wrote = false;              // False when every transaction was refused.
  int64_t transactions = 0;        // Those written.
  std::vector<Committed> answers;  // One for each of the group, in order.
  std::vector<EventPtr> events;    // Of all of them, by position.
  int64_t pruned_events = 0, pruned_notifications = 0;
};

// When not durable the connection has been rolled back as far as it lets itself; answers and events
// are then meaningless.
GroupResult CommitGroup(Connection& connection, LogCounters& counters,
                        absl::Span<const PendingCommit> group,
                        const std::function<void(std::string_view)>& probe);

}  // namespace sluice::store::sqlite
