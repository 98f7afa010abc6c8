#include "server/store/sqlite/writer.h"

#include <pthread.h>

#include <algorithm>
#include <iterator>
#include <string>
#include <utility>

#include "absl/strings/str_cat.h"
#include "server/base/log.h"
#include "server/core/error.h"
#include "server/store/sqlite/rows.h"
#include "server/store/sqlite/schema.h"

namespace sluice::store::sqlite {
namespace {

// How many missed events are read at once, after a recovery.
constexpr int kMissedEvents = 1'024;

constexpr char kProveWritable[] =
    "UPDATE meta SET value = CAST(value AS INTEGER) + 1 WHERE key = 'recoveries'";

}  // namespace

Writer::Writer(const WriterOptions& options, std::unique_ptr<Connection> connection)
    : options_(options),
      queue_(options.limits),
      connection_(std::move(connection)),
      checkpointer_(options.checkpoint_pages, options.restart_pages,
                    options.connection.busy_timeout, options.probe),
      recovery_delay_(options.min_recovery_delay) {}

absl::StatusOr<std::unique_ptr<Writer>> Writer::Start(const WriterOptions& options,
                                                      std::unique_ptr<Connection> connection) {
  std::unique_ptr<Writer> writer(new Writer(options, std::move(connection)));
  absl::Status status = writer->counters_.Load(*writer->connection_);
  if (status.ok()) status = writer->ApplySizeLimit();
  if (!status.ok()) return status;
  writer->published_position_ = writer->counters_.accepted_position();
  writer->checkpointer_.Watch(*writer->connection_);
  writer->thread_ = std::thread(&Writer::Run, writer.get());
  return writer;
}

Writer::~Writer() { Stop(); }

void Writer::Probe(std::string_view point) const {
  if (options_.probe) options_.probe(point);
}

void Writer::Commit(Transaction transaction, CommitDone done) {
  PendingCommit pending{std::move(transaction), std::move(done), 0};
  pending.bytes = SizeOf(pending.transaction);
  absl::Status status;
  if (pending.bytes > options_.max_transaction_bytes) {
    status = absl::InvalidArgumentError(absl::StrCat("a transaction has ", pending.bytes,
                                                     " bytes, more than the store's limit of ",
                                                     options_.max_transaction_bytes));
  } else {
    status = queue_.Push(pending);
  }
  if (!status.ok()) pending.done(Committed{std::move(status), {}});
}

void Writer::OnEvents(std::function<void(const std::vector<EventPtr>&)> listener) {
  // The queue's mutex orders this before the thread's first use: that follows the first Commit.
  listener_ = std::move(listener);
}

void Writer::Stop() {
  queue_.Close();
  if (thread_.joinable()) thread_.join();
}

void Writer::CloseConnection() {
  if (connection_ == nullptr) return;
  checkpointer_.CopyAndTruncate(*connection_);
  connection_ = nullptr;
}

StoreStats Writer::Stats() const {
  StoreStats stats;
  stats.commits = commits_.load(std::memory_order_relaxed);
  stats.transactions = transactions_.load(std::memory_order_relaxed);
  stats.pruned_events = pruned_events_.load(std::memory_order_relaxed);
  stats.pruned_notifications = pruned_notifications_.load(std::memory_order_relaxed);
  stats.refused_full = queue_.refused_full();
  stats.queue_depth = queue_.depth();
  return stats;
}

void Writer::Run() {
  pthread_setname_np(pthread_self(), "writer");
  while (true) {
    std::vector<PendingCommit> group = queue_.Take();
    if (group.empty()) return;
    CommitGroupAndAnswer(std::move(group));
    if (connection_ == nullptr) {
      Recover();
    } else {
      checkpointer_.AfterCommit(*connection_);
    }
  }
}

void Writer::CommitGroupAndAnswer(std::vector<PendingCommit> group) {
  GroupResult result = CommitGroup(*connection_, counters_, group, options_.probe);
  if (result.outcome != GroupResult::Outcome::kDurable) return Fail(result, std::move(group));
  if (result.wrote) {
    commits_.fetch_add(1, std::memory_order_relaxed);
    transactions_.fetch_add(result.transactions, std::memory_order_relaxed);
    pruned_events_.fetch_add(result.pruned_events, std::memory_order_relaxed);
    pruned_notifications_.fetch_add(result.pruned_notifications, std::memory_order_relaxed);
    recovery_delay_ = options_.min_recovery_delay;
  }
  Probe("callbacks.before");
  Publish(result.events);
  for (size_t i = 0; i < group.size(); ++i) group[i].done(std::move(result.answers[i]));
  Probe("callbacks.after");
}

void Writer::Publish(const std::vector<EventPtr>& events) {
  if (events.empty()) return;
  published_position_ = events.back()->position;
  if (listener_) listener_(events);
}

void Writer::Fail(const GroupResult& result, std::vector<PendingCommit> group) {
  LogError("store_unavailable", {{"error", result.error}, {"transactions", group.size()}});
  const int primary = result.code & 0xff;
  damaged_ = damaged_ || primary == SQLITE_CORRUPT || primary == SQLITE_NOTADB;
  std::vector<PendingCommit> behind = queue_.Suspend();
  // The readers keep the log's index alive, so that the group stays invisible while we run.
  connection_ = nullptr;
  // After a failed COMMIT the group may be in the log, and a crash before the log is written again
  // would bring it back: the caller is told.
  const absl::Status status = StoreUnavailable("the store's disk is failing",
                                               result.outcome == GroupResult::Outcome::kUnknown);
  for (PendingCommit& pending : group) pending.done(Committed{status, {}});
  const absl::Status untouched = StoreUnavailable("the store's disk is failing", false);
  for (PendingCommit& pending : behind) pending.done(Committed{untouched, {}});
}

void Writer::Recover() {
  while (!queue_.WaitClosed(recovery_delay_)) {
    // Not reset by success but by the next group that commits: a disk that takes our small write
    // and refuses every group is tried ever less often as well.
    recovery_delay_ = std::min(recovery_delay_ * 2, options_.max_recovery_delay);
    Probe("recovery.before");
    absl::Status status = Reopen();
    if (status.ok()) status = PublishMissed();
    if (status.ok()) {
      LogInfo("store_recovered", {{"position", counters_.accepted_position()}});
      damaged_ = false;
      queue_.Resume();
      Probe("recovery.after");
      return;
    }
    LogWarning("store_recovery_failed", {{"status", status}});
    connection_ = nullptr;
  }
}

absl::Status Writer::Reopen() {
  absl::StatusOr<std::unique_ptr<Connection>> opened = Connection::Open(options_.connection);
  if (!opened.ok()) return opened.status();
  connection_ = *std::move(opened);
  absl::Status status = SetDurability(*connection_);
  if (status.ok()) status = ApplySizeLimit();
  if (!status.ok()) return status;
  if (damaged_) {
    Statement check = connection_->Use("PRAGMA quick_check(1)");
    const std::string verdict = check.Row() ? check.GetString(0) : connection_->ErrorText();
    if (verdict != "ok") return Internal(absl::StrCat("the store is damaged: ", verdict));
  }
  checkpointer_.Watch(*connection_);
  // Written over what the failed group left in the log; the copy then syncs both log and database.
  // Only after that the numbers in the file are the truth.
  int code = connection_->Exec(kProveWritable);
  if (code == SQLITE_OK) code = checkpointer_.CopyNow(*connection_);
  if (code != SQLITE_OK) return StoreUnavailable(connection_->ErrorText(), false);
  return counters_.Load(*connection_);
}

absl::Status Writer::ApplySizeLimit() {
  if (options_.max_database_bytes <= 0) return absl::OkStatus();
  const auto page_bytes = connection_->QueryInt("PRAGMA page_size");
  if (!page_bytes.ok()) return page_bytes.status();
  const int64_t pages = std::max<int64_t>(1, options_.max_database_bytes / *page_bytes);
  const int code = connection_->Exec(absl::StrCat("PRAGMA max_page_count=", pages));
  return code == SQLITE_OK ? absl::OkStatus() : connection_->ReadError(code);
}

absl::Status Writer::PublishMissed() {
  while (published_position_ < counters_.accepted_position()) {
    const auto events = SelectEvents(*connection_, "", published_position_, kMissedEvents);
    if (!events.ok()) return events.status();
    if (events->empty()) return Internal("the event log ends before its position");
    Publish(*events);
  }
  return absl::OkStatus();
}

}  // namespace sluice::store::sqlite
