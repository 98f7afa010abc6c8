// Checks one transaction against what the store holds, then writes it, inside the group's open
// database transaction: so it sees the transactions of the group before it.
//
// Everything that can refuse a transaction is looked at before the first write. Then a refusal
// leaves nothing to undo, and the group needs no savepoints (each copies every page it touches).
//
// Threads: the writer's only.
// Ownership: borrows connection and counters.

#pragma once

#include <vector>

#include "absl/status/status.h"
#include "server/store/sqlite/connection.h"
#include "server/store/sqlite/log_counters.h"
#include "server/store/store.h"

namespace sluice::store::sqlite {

class TransactionWriter {
 public:
  enum class Result {
    kWritten,
    kRefused,  // Nothing was written.
    // Refused in the middle of writing (its parts contradict each other): the database transaction
    // must be rolled back and repeated without it.
    kSpoiled,
    kStoreFailed,  // The disk or the file: the whole group fails.
  };

  TransactionWriter(Connection& connection, LogCounters& counters)
      : connection_(connection), counters_(counters) {}

  // `committed` gets the status, and the events with their numbers when written.
  Result Write(const Transaction& transaction, Committed& committed);

 private:
  absl::Status Check(const Transaction& transaction);
  absl::Status CheckRequest(const RequestKey& key);
  absl::Status CheckReference(const Reference& reference);
  absl::Status CheckNotification(const NotificationRow& row);
  absl::Status CheckUpdate(const NotificationRow& row);
  absl::Status CheckRepeat(const std::string& account, const std::string& dedup_key);
  absl::Status CheckPut(const Put& put);

  absl::Status WriteAll(const Transaction& transaction, std::vector<EventPtr>& events);
  absl::Status WritePut(const Put& put);
  absl::Status WriteReference(const Reference& reference);
  absl::Status WriteNotifications(const Transaction& transaction);
  absl::Status WriteSetting(const std::string& key, const std::string& value);
  absl::Status WriteEvent(const EventDraft& draft, std::vector<EventPtr>& events);
  absl::Status WritePrune(const Prune& prune, Committed& committed);

  // The status of an SQLite code, and whether the store has failed.
  absl::Status Sql(int code);

  Connection& connection_;
  LogCounters& counters_;
  bool store_failed_ = false;
};

}  // namespace sluice::store::sqlite
