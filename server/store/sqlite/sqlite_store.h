// The embedded store: one SQLite file, one process, one writer thread with group commit.
//
// The writer owns the only connection that writes, and it alone checkpoints: SQLite 3.40 can damage
// the write-ahead log when another connection does. Readers are a small pool of read-only
// connections. Durable means synchronous=FULL: one fsync of the log per group of transactions.
//
// Threads: as Store. The hooks below are called on the writer's thread.
// Ownership: the store owns its file (by a lock beside it), its thread and its connections; it
// borrows options.random until OpenSqliteStore returns.

#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "server/base/random.h"
#include "server/store/store.h"

namespace sluice::store {

struct SqliteStoreOptions {
  // The database file; created (mode 0600) when missing. "<path>-wal", "<path>-shm" and
  // "<path>.lock" lie beside it. Must be on a local disk.
  std::string path;

  int readers = 2;  // Read-only connections: as many reads run at once, others wait.

  // What may wait for the writer. Beyond, Commit answers RESOURCE_EXHAUSTED. At 25k transactions a
  // second 16,384 are some 0.7 s of work: more would only be later refusals.
  int max_queued = 16'384;
  int64_t max_queued_bytes = int64_t{64} << 20;

  // What one group commit takes. Bounds how long the first of a burst waits for the last, and keeps
  // the group's pages inside the writer's page cache.
  int max_batch = 1'024;
  int64_t max_batch_bytes = int64_t{8} << 20;

  // A larger transaction is refused with INVALID_ARGUMENT before it is queued.
  int64_t max_transaction_bytes = int64_t{4} << 20;

  // How long the writer waits for a foreign process that holds SQLite's own lock (an operator's
  // shell); then the group is answered UNAVAILABLE.
  absl::Duration busy_timeout = absl::Seconds(5);

  // 0: as much as the disk holds. Beyond, transactions that need room are answered UNAVAILABLE.
  int64_t max_database_bytes = 0;

  // The log is copied into the database when it has this many pages (of 4 KiB). A page that many
  // groups have changed is copied once: at 4,096 a burst of creates spent as much on copying as on
  // committing. At 16,384 the log has 64 MiB, which a start reads in a fraction of a second.
  int checkpoint_pages = 16'384;
  // When readers have kept the log from starting over for so long, they are waited for.
  int restart_pages = 65'536;

  // After I/O trouble the writer tries again after this long, then twice as long, ...
  absl::Duration min_recovery_delay = absl::Milliseconds(100);
  absl::Duration max_recovery_delay = absl::Seconds(5);

  // The SQLite VFS underneath; empty: the platform's. See vfs.h for one that injects faults.
  std::string vfs;

  // Makes the store's id. Null: the operating system's generator.
  Random* random = nullptr;

  // For crash tests: called at "commit.before", "commit.after", "callbacks.before",
  // "callbacks.after", "checkpoint.before", "checkpoint.after", "recovery.before" and
  // "recovery.after" (recovered).
  std::function<void(std::string_view point)> probe;
};

// Opens or creates the store. FAILED_PRECONDITION when another process has it open, when the file
// is no Sluice store, or when a newer Sluice wrote it; UNAVAILABLE when the disk refuses; an older
// schema is brought up to date.
absl::StatusOr<std::unique_ptr<Store>> OpenSqliteStore(const SqliteStoreOptions& options);

}  // namespace sluice::store
