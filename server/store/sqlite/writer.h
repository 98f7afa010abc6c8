// The writer's thread: takes groups from the queue, commits them, tells of the events and answers.
//
// When the disk fails, everything queued is answered UNAVAILABLE, the connection is dropped, and
// the thread tries, ever less often, to open it again and to prove by a write of its own that the
// disk takes one. Until then Commit refuses. What a failed COMMIT left in the log is overwritten by
// that write; should it have become part of the store after all, its events are told of.
//
// Threads: Commit, Stop and the counters from any; OnEvents before the first Commit;
// CloseConnection after Stop.
// Ownership: owns the connection and the thread.

#pragma once

#include <atomic>
#include <functional>
#include <memory>
#include <string_view>
#include <thread>
#include <vector>

#include "server/store/sqlite/checkpointer.h"
#include "server/store/sqlite/commit_queue.h"
#include "server/store/sqlite/connection.h"
#include "server/store/sqlite/group_commit.h"
#include "server/store/sqlite/log_counters.h"
#include "server/store/store.h"

namespace sluice::store::sqlite {

struct WriterOptions {
  ConnectionOptions connection;
  QueueLimits limits;
  int64_t max_transaction_bytes = 0;
  int64_t max_database_bytes = 0;
  int checkpoint_pages = 0;
  int restart_pages = 0;
  absl::Duration min_recovery_delay, max_recovery_delay;
  std::function<void(std::string_view)> probe;
};

class Writer {
 public:
  // `connection` has been prepared (see schema.h). Starts the thread.
  static absl::StatusOr<std::unique_ptr<Writer>> Start(const WriterOptions& options,
                                                       std::unique_ptr<Connection> connection);
  ~Writer();

  void Commit(Transaction transaction, CommitDone done);
  void OnEvents(std::function<void(const std::vector<EventPtr>&)> listener);

  // Commits what is queued, refuses more, and joins the thread. Once.
  void Stop();
  void CloseConnection();

  // Without `syncs`.
  StoreStats Stats() const;

 private:
  Writer(const WriterOptions& options, std::unique_ptr<Connection> connection);

  void Run();
  void CommitGroupAndAnswer(std::vector<PendingCommit> group);
  void Publish(const std::vector<EventPtr>& events);
  // The group that failed, and what waits behind it.
  void Fail(const GroupResult& result, std::vector<PendingCommit> group);
  void Recover();
  absl::Status Reopen();
  absl::Status ApplySizeLimit();
  absl::Status PublishMissed();
  void Probe(std::string_view point) const;

  const WriterOptions options_;
  CommitQueue queue_;
  std::unique_ptr<Connection> connection_;  // Null while the disk fails.
  LogCounters counters_;
  Checkpointer checkpointer_;
  std::function<void(const std::vector<EventPtr>&)> listener_;
  int64_t published_position_ = 0;
  absl::Duration recovery_delay_;
  bool damaged_ = false;  // SQLite called the file corrupt: it is checked before it is used again.

  std::atomic<int64_t> commits_{0};
  std::atomic<int64_t> transactions_{0};
  std::atomic<int64_t> pruned_events_{0}, pruned_notifications_{0};
  std::thread thread_;
};

}  // namespace sluice::store::sqlite
