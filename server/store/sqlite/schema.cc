#include "server/store/sqlite/schema.h"

#include "absl/strings/str_cat.h"
#include "server/store/sqlite/key_hash.h"

namespace sluice::store::sqlite {
namespace {

// Rows with a body have a row id, so that bodies are appended and indexes stay small; the ones that
// are all key have none. Keys that come in no order (names, request ids) cost a page of the log
// each for every create, so there are no more of them than must be: what is in flight is indexed by
// row id, and sorted by name when it is read, which happens at start only. Times are nanoseconds
// since 1970. `sequences` keeps the newest numbers given out, so that removing old events never
// gives a number twice; the row of the merchant '' is the position in the whole log.
// Version 1: as it began.
constexpr char kVersion1[] = R"sql(
CREATE TABLE meta(
  key TEXT PRIMARY KEY,
  value TEXT NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE resources(
  row_id INTEGER PRIMARY KEY,
  kind INTEGER NOT NULL,
  name TEXT NOT NULL UNIQUE,
  merchant TEXT NOT NULL,
  parent TEXT NOT NULL,
  state TEXT NOT NULL,
  provider_account TEXT NOT NULL,
  revision INTEGER NOT NULL,
  create_time INTEGER NOT NULL,
  update_time INTEGER NOT NULL,
  due_time INTEGER,
  in_flight INTEGER NOT NULL,
  body BLOB NOT NULL
) STRICT;
CREATE INDEX resources_list ON resources(kind, parent, create_time);
CREATE INDEX resources_due ON resources(due_time, provider_account) WHERE due_time IS NOT NULL;
CREATE INDEX resources_in_flight ON resources(in_flight) WHERE in_flight = 1;

CREATE TABLE request_ids(
  merchant TEXT NOT NULL,
  method TEXT NOT NULL,
  request_id TEXT NOT NULL,
  fingerprint TEXT NOT NULL,
  resource_name TEXT NOT NULL,
  PRIMARY KEY (merchant, method, request_id)
) STRICT, WITHOUT ROWID;

CREATE TABLE resource_references(
  provider_account TEXT NOT NULL,
  reference_key TEXT NOT NULL,
  resource_name TEXT NOT NULL,
  PRIMARY KEY (provider_account, reference_key)
) STRICT, WITHOUT ROWID;

CREATE TABLE notifications(
  row_id INTEGER PRIMARY KEY,
  merchant TEXT NOT NULL,
  id TEXT NOT NULL,
  provider TEXT NOT NULL,
  provider_account TEXT NOT NULL,
  dedup_key TEXT NOT NULL,
  state INTEGER NOT NULL,
  reason TEXT NOT NULL,
  resource_name TEXT NOT NULL,
  receive_time INTEGER NOT NULL,
  deliveries INTEGER NOT NULL,
  remote_address TEXT NOT NULL,
  method BLOB NOT NULL,
  path BLOB NOT NULL,
  query BLOB NOT NULL,
  headers BLOB NOT NULL,
  body BLOB NOT NULL,
  UNIQUE (merchant, id)
) STRICT;
CREATE UNIQUE INDEX notifications_dedup ON notifications(provider_account, dedup_key)
  WHERE dedup_key <> '' AND state <> 5;
CREATE INDEX notifications_list ON notifications(merchant, receive_time);

CREATE TABLE events(
  position INTEGER PRIMARY KEY,
  merchant TEXT NOT NULL,
  sequence INTEGER NOT NULL,
  type TEXT NOT NULL,
  kind INTEGER NOT NULL,
  resource_name TEXT NOT NULL,
  provider TEXT NOT NULL,
  traceparent TEXT NOT NULL,
  create_time INTEGER NOT NULL,
  body BLOB NOT NULL
) STRICT;
CREATE UNIQUE INDEX events_sequence ON events(merchant, sequence);
CREATE INDEX events_merchant ON events(merchant);

CREATE TABLE sequences(
  merchant TEXT PRIMARY KEY,
  newest INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
INSERT INTO sequences VALUES('', 0);

CREATE TABLE settings(
  key TEXT PRIMARY KEY,
  value BLOB NOT NULL
) STRICT, WITHOUT ROWID;
)sql";

// Version 2: request ids and references are appended, and found by a number made of their keys (see
// key_hash.h and adr-0004). As keys of their tables they were spread over all of them: each create
// dirtied, and split, pages of six rows, which was two thirds of what it wrote. Two keys may have
// the same number; whoever looks compares the keys as well, and that no key comes twice is seen to
// by the one writer, in the transaction that adds it.
constexpr char kVersion2[] = R"sql(
ALTER TABLE request_ids RENAME TO old_request_ids;
CREATE TABLE request_ids(
  row_id INTEGER PRIMARY KEY,
  key_hash INTEGER NOT NULL,
  merchant TEXT NOT NULL,
  method TEXT NOT NULL,
  request_id TEXT NOT NULL,
  fingerprint TEXT NOT NULL,
  resource_name TEXT NOT NULL
) STRICT;
INSERT INTO request_ids(key_hash, merchant, method, request_id, fingerprint, resource_name)
  SELECT sluice_key_hash(merchant, method, request_id), merchant, method, request_id, fingerprint,
         resource_name
  FROM old_request_ids;
CREATE INDEX request_ids_key ON request_ids(key_hash);
DROP TABLE old_request_ids;

ALTER TABLE resource_references RENAME TO old_references;
CREATE TABLE resource_references(
  row_id INTEGER PRIMARY KEY,
  key_hash INTEGER NOT NULL,
  provider_account TEXT NOT NULL,
  reference_key TEXT NOT NULL,
  resource_name TEXT NOT NULL
) STRICT;
INSERT INTO resource_references(key_hash, provider_account, reference_key, resource_name)
  SELECT sluice_key_hash(provider_account, reference_key), provider_account, reference_key,
         resource_name
  FROM old_references;
CREATE INDEX resource_references_key ON resource_references(key_hash);
DROP TABLE old_references;
)sql";

// Version 3: since when a resource has an attempt whose outcome is unknown, and which was not
// abandoned: what operators look at. Older bodies are read once, for what a person should have
// seen.
constexpr char kVersion3[] = R"sql(
ALTER TABLE resources ADD COLUMN unknown_since INTEGER;
UPDATE resources SET unknown_since = (
  SELECT min(json_extract(value, '$.start_time')) * 1000
  FROM json_each(CAST(body AS TEXT), '$.attempts')
  WHERE json_extract(value, '$.state') = 'UNKNOWN'
    AND coalesce(json_extract(value, '$.abandoned'), 0) = 0)
WHERE instr(CAST(body AS TEXT), '"UNKNOWN"') > 0 AND json_valid(CAST(body AS TEXT));
CREATE INDEX resources_unknown ON resources(unknown_since) WHERE unknown_since IS NOT NULL;
)sql";

constexpr Migration kMigrations[] = {{1, kVersion1}, {2, kVersion2}, {3, kVersion3}};

constexpr int kStoreIdBytes = 16;

// A log that once grew larger than it usually does gives the disk space back when it starts over.
constexpr int64_t kKeptLogBytes = int64_t{128} << 20;

// The version of a file that is ours or new; 0: new.
absl::StatusOr<int64_t> CheckFile(Connection& connection, const std::string& path) {
  const auto tables = connection.QueryInt("SELECT count(*) FROM sqlite_schema");
  if (!tables.ok()) return tables.status();
  const auto application = connection.QueryInt("PRAGMA application_id");
  if (!application.ok()) return application.status();
  const auto version = connection.QueryInt("PRAGMA user_version");
  if (!version.ok()) return version.status();
  const bool empty = *tables == 0 && *application == 0 && *version == 0;
  if (!empty && *application != kApplicationId) {
    return absl::FailedPreconditionError(
        absl::StrCat(path, " is not a Sluice store: a database of another application"));
  }
  return *version;
}

absl::Status Apply(Connection& connection, int64_t from, absl::Span<const Migration> migrations,
                   Random& random) {
  std::string sql = "BEGIN IMMEDIATE;";
  for (const Migration& migration : migrations) {
    if (migration.version > from) absl::StrAppend(&sql, migration.sql);
  }
  if (from == 0) {
    absl::StrAppend(&sql, "PRAGMA application_id=", kApplicationId, ";",
                    "INSERT INTO meta VALUES('store_id', '", random.Hex(kStoreIdBytes),
                    "'), ('recoveries', '0');");
  }
  absl::StrAppend(&sql, "PRAGMA user_version=", migrations.back().version, "; COMMIT;");
  if (connection.Exec(sql) == SQLITE_OK) return absl::OkStatus();
  const std::string error = connection.ErrorText();
  connection.Exec("ROLLBACK");
  return absl::UnavailableError(absl::StrCat("cannot bring the store from version ", from,
                                             " to version ", migrations.back().version, ": ",
                                             error));
}

}  // namespace

absl::Span<const Migration> Migrations() { return kMigrations; }

absl::Status SetDurability(Connection& connection) {
  const int code = connection.Exec(
      absl::StrCat("PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL; PRAGMA journal_size_limit=",
                   kKeptLogBytes));
  if (code != SQLITE_OK) return connection.ReadError(code);
  const auto synchronous = connection.QueryInt("PRAGMA synchronous");
  if (!synchronous.ok()) return synchronous.status();
  // SQLite answers a refused journal mode with the old one, not with an error (e.g. on a file
  // system without shared memory): without WAL the readers would block the writer.
  Statement mode = connection.Use("PRAGMA journal_mode");
  if (!mode.Row() || mode.GetString(0) != "wal" || *synchronous != 2) {
    return absl::FailedPreconditionError("the store's disk does not support a write-ahead log");
  }
  return absl::OkStatus();
}

absl::Status PrepareSchema(Connection& connection, const std::string& path,
                           absl::Span<const Migration> migrations, Random& random) {
  const auto version = CheckFile(connection, path);
  if (!version.ok()) return version.status();
  const int newest = migrations.back().version;
  if (*version > newest) {
    return absl::FailedPreconditionError(
        absl::StrCat("the store ", path, " has schema version ", *version,
                     ", this Sluice knows versions up to ", newest, ": use a newer Sluice"));
  }
  const absl::Status durable = SetDurability(connection);
  if (!durable.ok()) return durable;
  if (*version == newest) return absl::OkStatus();
  if (const int code = DefineKeyHash(connection); code != SQLITE_OK) {
    return connection.ReadError(code);
  }
  return Apply(connection, *version, migrations, random);
}

absl::StatusOr<std::string> ReadStoreId(Connection& connection) {
  Statement get = connection.Use("SELECT value FROM meta WHERE key = 'store_id'");
  if (get.Row()) return get.GetString(0);
  if (get.code() != SQLITE_OK) return connection.ReadError(get.code());
  return absl::FailedPreconditionError("the store has lost its id: the file is damaged");
}

}  // namespace sluice::store::sqlite
