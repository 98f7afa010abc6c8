#include "server/store/sqlite/group_commit.h"

#include <utility>

#include "server/store/sqlite/transaction_writer.h"

namespace sluice::store::sqlite {
namespace {

class Group {
 public:
  Group(Connection& connection, LogCounters& counters, absl::Span<const PendingCommit> group,
        const std::function<void(std::string_view)>& probe)
      : connection_(connection),
        counters_(counters),
        group_(group),
        probe_(probe),
        spoiled_(group.size(), false) {
    result_.answers.resize(group.size());
  }

  GroupResult Commit() {
    // A transaction that turns out to contradict itself takes the group's writes with it; then the
    // group is written again without it. Each round excludes one more, so this ends.
    while (!WriteOnce()) {
    }
    return std::move(result_);
  }

 private:
  // False: again, please.
  bool WriteOnce() {
    counters_.Begin();
    result_.transactions = 0;
    const int begun = connection_.Exec("BEGIN IMMEDIATE");
    if (begun != SQLITE_OK) return Fail(begun);
    TransactionWriter writer(connection_, counters_);
    for (size_t i = 0; i < group_.size(); ++i) {
      if (spoiled_[i]) continue;
      switch (writer.Write(group_[i].transaction, result_.answers[i])) {
        case TransactionWriter::Result::kWritten:
          ++result_.transactions;
          break;
        case TransactionWriter::Result::kRefused:
          break;
        case TransactionWriter::Result::kSpoiled:
          spoiled_[i] = true;
          return Undo() ? false : Fail(SQLITE_IOERR);
        case TransactionWriter::Result::kStoreFailed:
          return Fail(sqlite3_extended_errcode(connection_.handle()));
      }
    }
    if (result_.transactions == 0) return Undo() || Fail(SQLITE_IOERR);
    const int saved = counters_.Save(connection_);
    if (saved != SQLITE_OK) return Fail(saved);
    return Finish();
  }

  bool Finish() {
    if (probe_) probe_("commit.before");
    const int committed = connection_.Exec("COMMIT");
    if (committed != SQLITE_OK) {
      Fail(committed);
      result_.outcome = GroupResult::Outcome::kUnknown;
      return true;
    }
    if (probe_) probe_("commit.after");
    counters_.Accept();
    result_.wrote = true;
    for (const Committed& answer : result_.answers) {
      result_.events.insert(result_.events.end(), answer.events.begin(), answer.events.end());
      result_.pruned_events += answer.pruned_events;
      result_.pruned_notifications += answer.pruned_notifications;
    }
    return true;
  }

  bool Fail(int code) {
    result_.outcome = GroupResult::Outcome::kNotWritten;
    result_.code = code;
    result_.error = connection_.ErrorText();
    Undo();
    return true;
  }

  // True when no database transaction is open any more. Some errors end it by themselves.
  bool Undo() {
    counters_.Begin();
    if (sqlite3_get_autocommit(connection_.handle()) == 0) connection_.Exec("ROLLBACK");
    return sqlite3_get_autocommit(connection_.handle()) != 0;
  }

  Connection& connection_;
  LogCounters& counters_;
  const absl::Span<const PendingCommit> group_;
  const std::function<void(std::string_view)>& probe_;
  std::vector<bool> spoiled_;
  GroupResult result_;
};

}  // namespace

GroupResult CommitGroup(Connection& connection, LogCounters& counters,
                        absl::Span<const PendingCommit> group,
                        const std::function<void(std::string_view)>& probe) {
  return Group(connection, counters, group, probe).Commit();
}

}  // namespace sluice::store::sqlite
