// Decides when the write-ahead log is copied into the database, and does it.
//
// Threads: the writer's only.
// Ownership: borrows the connection it watches.

#pragma once

#include <functional>
#include <string_view>

#include "server/store/sqlite/connection.h"

namespace sluice::store::sqlite {

class Checkpointer {
 public:
  Checkpointer(int checkpoint_pages, int restart_pages, absl::Duration busy_timeout,
               std::function<void(std::string_view)> probe);

  // Learns of the log's growth from each commit on `connection`, from now on.
  void Watch(Connection& connection);

  // After a commit and its callbacks: copies the log when it has grown enough. A failure is logged
  // and tried again after further growth: what was committed is safe in the log meanwhile.
  void AfterCommit(Connection& connection);

  // Copies what it can, at once; for recovery. An SQLite code (SQLITE_BUSY counts as success: only
  // readers were in the way).
  int CopyNow(Connection& connection);

  // Copies all and cuts the log to nothing, before closing.
  void CopyAndTruncate(Connection& connection);

 private:
  static int OnCommit(void* self, sqlite3* database, const char* schema, int pages);
  int Run(Connection& connection, int mode, int* log_pages, int* copied_pages);

  const int checkpoint_pages_;
  const int restart_pages_;
  const absl::Duration busy_timeout_;
  const std::function<void(std::string_view)> probe_;
  int log_pages_ = 0;     // Of the log after the last commit.
  int next_at_pages_;     // Copy when the log has so many ...
  int restart_at_pages_;  // ... and wait for the readers when it has so many.
};

}  // namespace sluice::store::sqlite
