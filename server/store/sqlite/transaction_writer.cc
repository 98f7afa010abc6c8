#include "server/store/sqlite/transaction_writer.h"

#include <memory>
#include <string>
#include <string_view>
#include <utility>

#include "server/base/strings.h"
#include "server/core/error.h"
#include "server/store/sqlite/key_hash.h"
#include "server/store/sqlite/rows.h"

namespace sluice::store::sqlite {
namespace {

constexpr char kGetRevision[] = "SELECT revision FROM resources WHERE name = ?1";
constexpr char kGetRequest[] =
    "SELECT 1 FROM request_ids "
    "WHERE key_hash = ?1 AND merchant = ?2 AND method = ?3 AND request_id = ?4";
constexpr char kGetReference[] =
    "SELECT resource_name FROM resource_references "
    "WHERE key_hash = ?1 AND provider_account = ?2 AND reference_key = ?3";
constexpr char kGetNotificationKey[] =
    "SELECT dedup_key, provider_account, state FROM notifications WHERE merchant = ?1 AND id = ?2";
// The condition is the partial index's own, word for word, so that SQLite uses it. 5 is kRejected.
constexpr char kGetDedup[] =
    "SELECT merchant, id FROM notifications "
    "WHERE provider_account = ?1 AND dedup_key = ?2 AND dedup_key <> '' AND state <> 5";

constexpr char kInsertRecord[] = "INSERT INTO resources(" SLUICE_RECORD_COLUMNS
                                 ") VALUES(?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13)";
// Leaves alone what places a resource in a list, which hardly ever changes: SQLite rewrites an
// index whenever one of its columns is assigned.
constexpr char kUpdateRecord[] =
    "UPDATE resources SET state = ?5, provider_account = ?6, revision = ?7, update_time = ?9, "
    "due_time = ?10, in_flight = ?11, unknown_since = ?12, body = ?13 "
    "WHERE name = ?2 AND revision = ?7 - 1 AND kind = ?1 AND merchant = ?3 AND parent = ?4 "
    "AND create_time = ?8";
constexpr char kUpdateWholeRecord[] =
    "UPDATE resources SET kind = ?1, merchant = ?3, parent = ?4, state = ?5, "
    "provider_account = ?6, revision = ?7, create_time = ?8, update_time = ?9, due_time = ?10, "
    "in_flight = ?11, unknown_since = ?12, body = ?13 WHERE name = ?2 AND revision = ?7 - 1";
constexpr char kInsertRequest[] =
    "INSERT INTO request_ids(key_hash, merchant, method, request_id, fingerprint, resource_name) "
    "VALUES(?1, ?2, ?3, ?4, ?5, ?6)";
constexpr char kInsertReference[] =
    "INSERT INTO resource_references(key_hash, provider_account, reference_key, resource_name) "
    "SELECT ?1, ?2, ?3, ?4 WHERE NOT EXISTS(SELECT 1 FROM resource_references "
    "WHERE key_hash = ?1 AND provider_account = ?2 AND reference_key = ?3)";
constexpr char kInsertNotification[] =
    "INSERT INTO notifications(" SLUICE_NOTIFICATION_COLUMNS
    ") VALUES(?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15, ?16)";
constexpr char kUpdateNotification[] =
    "UPDATE notifications SET state = ?1, reason = ?2, resource_name = ?3 "
    "WHERE merchant = ?4 AND id = ?5";
constexpr char kRepeatNotification[] =
    "UPDATE notifications SET deliveries = deliveries + 1 "
    "WHERE provider_account = ?1 AND dedup_key = ?2 AND dedup_key <> '' AND state <> 5";
constexpr char kPutSetting[] =
    "INSERT INTO settings(key, value) VALUES(?1, ?2) "
    "ON CONFLICT(key) DO UPDATE SET value = excluded.value";
constexpr char kDeleteSetting[] = "DELETE FROM settings WHERE key = ?1";
constexpr char kInsertEvent[] =
    "INSERT INTO events(" SLUICE_EVENT_COLUMNS ") VALUES(?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10)";

constexpr char kPruneEvents[] = "DELETE FROM events WHERE position <= ?1";
// In the order of the table itself, which is that of their coming: no index is needed, and the
// first one that is too young ends it. 1 is kReceived.
constexpr char kOldestNotifications[] =
    "SELECT row_id, receive_time FROM notifications WHERE state <> 1 ORDER BY row_id LIMIT ?1";
constexpr char kPruneNotifications[] =
    "DELETE FROM notifications WHERE row_id <= ?1 AND state <> 1";

absl::Status Malformed(std::string_view rule) {
  return absl::InvalidArgumentError(StrCat("malformed transaction: ", rule));
}

// `what` tells the app which key it was, in metadata "taken".
absl::Status Taken(std::string_view what, std::string_view resource_type,
                   std::string_view resource_name) {
  ErrorDetails details;
  details.reason = std::string(reason::kAlreadyExists);
  details.metadata["taken"] = std::string(what);
  details.resource_type = std::string(resource_type);
  details.resource_name = std::string(resource_name);
  return MakeError(absl::StatusCode::kAlreadyExists, StrCat("this ", what, " is taken"),
                   std::move(details));
}

int64_t HashOf(const RequestKey& key) {
  return KeyHash({key.merchant, key.method, key.request_id});
}

int64_t HashOf(const Reference& reference) {
  return KeyHash({reference.provider_account, reference.key});
}

}  // namespace

absl::Status TransactionWriter::Sql(int code) {
  if (code == SQLITE_OK) return absl::OkStatus();
  store_failed_ = store_failed_ || IsStoreFailure(code);
  // Only a transaction that contradicts itself gets here: the rest was checked before.
  if (code == SQLITE_CONSTRAINT_UNIQUE || code == SQLITE_CONSTRAINT_PRIMARYKEY) {
    return Taken("key", "", "");
  }
  return Internal(StrCat("the store did not take the transaction: ", connection_.ErrorText()));
}

TransactionWriter::Result TransactionWriter::Write(const Transaction& transaction,
                                                   Committed& committed) {
  store_failed_ = false;
  committed = Committed();
  committed.status = Check(transaction);
  if (!committed.status.ok()) return store_failed_ ? Result::kStoreFailed : Result::kRefused;
  committed.status = WriteAll(transaction, committed.events);
  if (committed.status.ok() && transaction.prune.has_value()) {
    committed.status = WritePrune(*transaction.prune, committed);
  }
  if (committed.status.ok()) return Result::kWritten;
  committed.events.clear();
  return store_failed_ ? Result::kStoreFailed : Result::kSpoiled;
}

// Taken keys first: a transaction that was already done is told so, even when its revisions are
// stale because of it.
absl::Status TransactionWriter::Check(const Transaction& transaction) {
  absl::Status status;
  if (transaction.request.has_value()) status = CheckRequest(*transaction.request);
  for (const Reference& reference : transaction.references) {
    if (status.ok()) status = CheckReference(reference);
  }
  for (const NotificationRow& row : transaction.notifications) {
    if (status.ok()) status = CheckNotification(row);
  }
  for (const Put& put : transaction.puts) {
    if (status.ok()) status = CheckPut(put);
  }
  for (const NotificationRow& row : transaction.notification_updates) {
    if (status.ok()) status = CheckUpdate(row);
  }
  for (const auto& [account, dedup_key] : transaction.notification_repeats) {
    if (status.ok()) status = CheckRepeat(account, dedup_key);
  }
  for (const EventDraft& event : transaction.events) {
    if (status.ok() && event.merchant.empty()) status = Malformed("an event has no merchant");
  }
  return status;
}

absl::Status TransactionWriter::CheckRequest(const RequestKey& key) {
  Statement get = connection_.Use(kGetRequest);
  get.Int(HashOf(key)).Text(key.merchant).Text(key.method).Text(key.request_id);
  if (get.Row()) return Taken("request_id", "", "");
  return Sql(get.code());
}

absl::Status TransactionWriter::CheckReference(const Reference& reference) {
  Statement get = connection_.Use(kGetReference);
  get.Int(HashOf(reference)).Text(reference.provider_account).Text(reference.key);
  if (get.Row() && get.GetString(0) != reference.resource_name) return Taken("reference", "", "");
  return Sql(get.code());
}

absl::Status TransactionWriter::CheckNotification(const NotificationRow& row) {
  {
    Statement get = connection_.Use(kGetNotificationKey);
    get.Text(row.merchant).Text(row.id);
    if (get.Row()) return Taken("notification", KindType(ResourceKind::kNotification), "");
    if (get.code() != SQLITE_OK) return Sql(get.code());
  }
  if (row.dedup_key.empty() || row.state == NotificationState::kRejected) return absl::OkStatus();
  Statement get = connection_.Use(kGetDedup);
  get.Text(row.provider_account).Text(row.dedup_key);
  if (get.Row()) return Taken("dedup_key", KindType(ResourceKind::kNotification), "");
  return Sql(get.code());
}

absl::Status TransactionWriter::CheckUpdate(const NotificationRow& row) {
  std::string dedup_key, account;
  bool was_rejected = false;
  {
    Statement get = connection_.Use(kGetNotificationKey);
    get.Text(row.merchant).Text(row.id);
    if (!get.Row()) {
      if (get.code() != SQLITE_OK) return Sql(get.code());
      return absl::AbortedError("the notification to update does not exist");
    }
    dedup_key = get.GetString(0);
    account = get.GetString(1);
    was_rejected = get.GetInt(2) == static_cast<int64_t>(NotificationState::kRejected);
  }
  // Only one that comes back from REJECTED claims its key anew.
  const bool claims = was_rejected && row.state != NotificationState::kRejected;
  if (!claims || dedup_key.empty()) return absl::OkStatus();
  Statement get = connection_.Use(kGetDedup);
  get.Text(account).Text(dedup_key);
  if (get.Row()) return Taken("dedup_key", KindType(ResourceKind::kNotification), "");
  return Sql(get.code());
}

absl::Status TransactionWriter::CheckRepeat(const std::string& account,
                                            const std::string& dedup_key) {
  Statement get = connection_.Use(kGetDedup);
  get.Text(account).Text(dedup_key);
  if (get.Row()) return absl::OkStatus();
  if (get.code() != SQLITE_OK) return Sql(get.code());
  return absl::AbortedError("the notification that was repeated does not exist");
}

absl::Status TransactionWriter::CheckPut(const Put& put) {
  if (put.record.name.empty()) return Malformed("a record has no name");
  if (put.expected_revision < 0 || put.record.revision != put.expected_revision + 1) {
    return Malformed("a record's revision is not the expected one plus one");
  }
  Statement get = connection_.Use(kGetRevision);
  get.Text(put.record.name);
  const int64_t held = get.Row() ? get.GetInt(0) : 0;
  if (get.code() != SQLITE_OK) return Sql(get.code());
  if (held == put.expected_revision) return absl::OkStatus();
  if (put.expected_revision == 0) return Taken("name", KindType(put.record.kind), put.record.name);
  return absl::AbortedError(
      StrCat(put.record.name, " has revision ", held, ", not ", put.expected_revision));
}

absl::Status TransactionWriter::WriteAll(const Transaction& transaction,
                                         std::vector<EventPtr>& events) {
  absl::Status status;
  for (const Put& put : transaction.puts) {
    if (status.ok()) status = WritePut(put);
  }
  if (status.ok() && transaction.request.has_value()) {
    const RequestKey& key = *transaction.request;
    status = Sql(connection_.Use(kInsertRequest)
                     .Int(HashOf(key))
                     .Text(key.merchant)
                     .Text(key.method)
                     .Text(key.request_id)
                     .Text(key.fingerprint)
                     .Text(key.resource_name)
                     .Run());
  }
  for (const Reference& reference : transaction.references) {
    if (status.ok()) status = WriteReference(reference);
  }
  if (status.ok()) status = WriteNotifications(transaction);
  for (const auto& [key, value] : transaction.settings) {
    if (status.ok()) status = WriteSetting(key, value);
  }
  events.reserve(transaction.events.size());
  for (const EventDraft& draft : transaction.events) {
    if (status.ok()) status = WriteEvent(draft, events);
  }
  return status;
}

absl::Status TransactionWriter::WritePut(const Put& put) {
  const auto run = [this, &put](const char* sql) {
    Statement statement = connection_.Use(sql);
    BindRecord(statement, put.record);
    return statement.Run();
  };
  if (put.expected_revision == 0) return Sql(run(kInsertRecord));
  int code = run(kUpdateRecord);
  if (code != SQLITE_OK) return Sql(code);
  if (sqlite3_changes(connection_.handle()) == 1) return absl::OkStatus();
  code = run(kUpdateWholeRecord);
  if (code != SQLITE_OK) return Sql(code);
  if (sqlite3_changes(connection_.handle()) == 1) return absl::OkStatus();
  return absl::AbortedError(StrCat(put.record.name, " was put twice in one transaction"));
}

absl::Status TransactionWriter::WriteReference(const Reference& reference) {
  const int code = connection_.Use(kInsertReference)
                       .Int(HashOf(reference))
                       .Text(reference.provider_account)
                       .Text(reference.key)
                       .Text(reference.resource_name)
                       .Run();
  if (code != SQLITE_OK) return Sql(code);
  if (sqlite3_changes(connection_.handle()) == 1) return absl::OkStatus();
  return CheckReference(reference);  // It was there: for this resource or another.
}

absl::Status TransactionWriter::WriteNotifications(const Transaction& transaction) {
  for (const NotificationRow& row : transaction.notifications) {
    Statement insert = connection_.Use(kInsertNotification);
    BindNotification(insert, row);
    const int code = insert.Run();
    if (code != SQLITE_OK) return Sql(code);
  }
  for (const NotificationRow& row : transaction.notification_updates) {
    const int code = connection_.Use(kUpdateNotification)
                         .Int(static_cast<int64_t>(row.state))
                         .Text(row.reason)
                         .Text(row.resource_name)
                         .Text(row.merchant)
                         .Text(row.id)
                         .Run();
    if (code != SQLITE_OK) return Sql(code);
  }
  for (const auto& [account, dedup_key] : transaction.notification_repeats) {
    const int code = connection_.Use(kRepeatNotification).Text(account).Text(dedup_key).Run();
    if (code != SQLITE_OK) return Sql(code);
  }
  return absl::OkStatus();
}

absl::Status TransactionWriter::WriteSetting(const std::string& key, const std::string& value) {
  if (value.empty()) return Sql(connection_.Use(kDeleteSetting).Text(key).Run());
  return Sql(connection_.Use(kPutSetting).Text(key).Blob(value).Run());
}

absl::Status TransactionWriter::WritePrune(const Prune& prune, Committed& committed) {
  if (prune.events_through > 0) {
    const int code = connection_.Use(kPruneEvents).Int(prune.events_through).Run();
    if (code != SQLITE_OK) return Sql(code);
    committed.pruned_events = sqlite3_changes(connection_.handle());
  }
  if (prune.max_notifications <= 0) return absl::OkStatus();
  int64_t last = 0;
  {
    Statement oldest = connection_.Use(kOldestNotifications);
    oldest.Int(prune.max_notifications);
    while (oldest.Row() && oldest.GetTime(1) < prune.notifications_before) last = oldest.GetInt(0);
    if (oldest.code() != SQLITE_OK) return Sql(oldest.code());
  }
  if (last == 0) return absl::OkStatus();
  const int code = connection_.Use(kPruneNotifications).Int(last).Run();
  if (code != SQLITE_OK) return Sql(code);
  committed.pruned_notifications = sqlite3_changes(connection_.handle());
  return absl::OkStatus();
}

absl::Status TransactionWriter::WriteEvent(const EventDraft& draft, std::vector<EventPtr>& events) {
  auto event = std::make_shared<Event>();
  static_cast<EventDraft&>(*event) = draft;
  // What goes to watchers now must equal what is read back later.
  event->create_time = FromStored(ToStored(draft.create_time));
  event->position = counters_.NextPosition();
  event->sequence = counters_.NextSequence(draft.merchant);
  Statement insert = connection_.Use(kInsertEvent);
  BindEvent(insert, *event);
  const int code = insert.Run();
  if (code != SQLITE_OK) return Sql(code);
  events.push_back(std::move(event));
  return absl::OkStatus();
}

}  // namespace sluice::store::sqlite
