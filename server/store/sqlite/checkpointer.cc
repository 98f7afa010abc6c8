#include "server/store/sqlite/checkpointer.h"

#include <utility>

#include "server/base/log.h"

namespace sluice::store::sqlite {
namespace {

// How long a checkpoint that must have the log to itself waits for readers, while commits wait for
// it: a page of a list takes a few milliseconds.
constexpr absl::Duration kWaitForReaders = absl::Milliseconds(200);

}  // namespace

Checkpointer::Checkpointer(int checkpoint_pages, int restart_pages, absl::Duration busy_timeout,
                           std::function<void(std::string_view)> probe)
    : checkpoint_pages_(checkpoint_pages),
      restart_pages_(restart_pages),
      busy_timeout_(busy_timeout),
      probe_(std::move(probe)),
      next_at_pages_(checkpoint_pages),
      restart_at_pages_(restart_pages) {}

void Checkpointer::Watch(Connection& connection) {
  // SQLite's automatic checkpoint is such a hook itself; this one replaces it.
  sqlite3_wal_hook(connection.handle(), OnCommit, this);
  log_pages_ = 0;
  next_at_pages_ = checkpoint_pages_;
  restart_at_pages_ = restart_pages_;
}

int Checkpointer::OnCommit(void* self, sqlite3*, const char*, int pages) {
  auto* const checkpointer = static_cast<Checkpointer*>(self);
  // The log has started over from its beginning.
  if (pages < checkpointer->log_pages_) {
    checkpointer->next_at_pages_ = checkpointer->checkpoint_pages_;
    checkpointer->restart_at_pages_ = checkpointer->restart_pages_;
  }
  checkpointer->log_pages_ = pages;
  return SQLITE_OK;
}

void Checkpointer::AfterCommit(Connection& connection) {
  if (log_pages_ < next_at_pages_) return;
  // PASSIVE waits for nobody: what a reader still needs stays in the log. The log starts over when
  // all of it is copied and no reader uses it; where readers follow one another without a gap that
  // never happens, until they are waited for.
  const bool restart = log_pages_ >= restart_at_pages_;
  int log = 0, copied = 0;
  const int code = Run(connection, restart ? SQLITE_CHECKPOINT_RESTART : SQLITE_CHECKPOINT_PASSIVE,
                       &log, &copied);
  // A complete copy lets the next commit start over; if it does not, wait for as much growth again:
  // a reader that stays must not make every copy wait for it.
  next_at_pages_ = log_pages_ + checkpoint_pages_;
  if (restart) restart_at_pages_ = log_pages_ + restart_pages_;
  if (code != SQLITE_OK && (code & 0xff) != SQLITE_BUSY) {
    LogError("store_checkpoint_failed", {{"error", connection.ErrorText()}, {"log_pages", log}});
  }
}

int Checkpointer::CopyNow(Connection& connection) {
  int log = 0, copied = 0;
  const int code = Run(connection, SQLITE_CHECKPOINT_PASSIVE, &log, &copied);
  return (code & 0xff) == SQLITE_BUSY ? SQLITE_OK : code;
}

void Checkpointer::CopyAndTruncate(Connection& connection) {
  int log = 0, copied = 0;
  const int code = Run(connection, SQLITE_CHECKPOINT_TRUNCATE, &log, &copied);
  if (code != SQLITE_OK) {
    // Nothing is lost: the next start reads the log.
    LogWarning("store_checkpoint_failed", {{"error", connection.ErrorText()}, {"log_pages", log}});
  }
}

int Checkpointer::Run(Connection& connection, int mode, int* log_pages, int* copied_pages) {
  if (probe_) probe_("checkpoint.before");
  const auto wait = [&connection](absl::Duration timeout) {
    sqlite3_busy_timeout(connection.handle(), static_cast<int>(absl::ToInt64Milliseconds(timeout)));
  };
  wait(kWaitForReaders);
  const int code =
      sqlite3_wal_checkpoint_v2(connection.handle(), nullptr, mode, log_pages, copied_pages);
  wait(busy_timeout_);
  if (probe_) probe_("checkpoint.after");
  return code;
}

}  // namespace sluice::store::sqlite
