#include "server/store/sqlite/connection.h"

#include <limits>
#include <utility>

#include "absl/strings/str_cat.h"
#include "server/core/error.h"

namespace sluice::store::sqlite {

int64_t ToStored(absl::Time time) { return absl::ToUnixNanos(time); }

absl::Time FromStored(int64_t stored) {
  if (stored == std::numeric_limits<int64_t>::max()) return absl::InfiniteFuture();
  if (stored == std::numeric_limits<int64_t>::min()) return absl::InfinitePast();
  return absl::FromUnixNanos(stored);
}

Statement::Statement(sqlite3_stmt* statement, int code) : statement_(statement), code_(code) {}

Statement::Statement(Statement&& other) noexcept
    : statement_(std::exchange(other.statement_, nullptr)),
      next_parameter_(other.next_parameter_),
      code_(other.code_) {}

Statement::~Statement() {
  if (statement_ == nullptr) return;
  sqlite3_reset(statement_);
  // Bindings point into memory of the caller's that may be gone before the next use.
  sqlite3_clear_bindings(statement_);
}

Statement& Statement::Text(std::string_view value) {
  // A null pointer would bind NULL; an empty view may have one.
  const char* data = value.data() == nullptr ? "" : value.data();
  if (statement_ != nullptr) {
    Check(sqlite3_bind_text64(statement_, next_parameter_++, data, value.size(), SQLITE_STATIC,
                              SQLITE_UTF8));
  }
  return *this;
}

Statement& Statement::Blob(std::string_view value) {
  const char* data = value.data() == nullptr ? "" : value.data();
  if (statement_ != nullptr) {
    Check(sqlite3_bind_blob64(statement_, next_parameter_++, data, value.size(), SQLITE_STATIC));
  }
  return *this;
}

Statement& Statement::Int(int64_t value) {
  if (statement_ != nullptr) Check(sqlite3_bind_int64(statement_, next_parameter_++, value));
  return *this;
}

Statement& Statement::Time(const std::optional<absl::Time>& value) {
  if (value.has_value()) return Int(ToStored(*value));
  if (statement_ != nullptr) Check(sqlite3_bind_null(statement_, next_parameter_++));
  return *this;
}

bool Statement::Row() {
  if (code_ != SQLITE_OK) return false;
  const int code = sqlite3_step(statement_);
  if (code == SQLITE_ROW) return true;
  if (code != SQLITE_DONE) Check(code);
  return false;
}

int Statement::Run() {
  while (Row()) {
  }
  return code_;
}

int64_t Statement::GetInt(int column) { return sqlite3_column_int64(statement_, column); }

std::string Statement::GetString(int column) {
  // As a blob: text and blobs come back byte for byte, whatever they hold.
  const void* data = sqlite3_column_blob(statement_, column);
  const int size = sqlite3_column_bytes(statement_, column);
  if (data == nullptr) return std::string();
  return std::string(static_cast<const char*>(data), static_cast<size_t>(size));
}

std::optional<absl::Time> Statement::GetOptionalTime(int column) {
  if (sqlite3_column_type(statement_, column) == SQLITE_NULL) return std::nullopt;
  return GetTime(column);
}

absl::StatusOr<std::unique_ptr<Connection>> Connection::Open(const ConnectionOptions& options) {
  // NOMUTEX: the writer and the pool already give a connection to one thread at a time.
  const int flags =
      SQLITE_OPEN_NOMUTEX |
      (options.read_only ? SQLITE_OPEN_READONLY : SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE);
  sqlite3* database = nullptr;
  const int code = sqlite3_open_v2(options.path.c_str(), &database, flags,
                                   options.vfs.empty() ? nullptr : options.vfs.c_str());
  if (database == nullptr) return absl::UnavailableError("SQLite has no memory");
  std::unique_ptr<Connection> connection(new Connection(database));
  if (code != SQLITE_OK) {
    return StoreUnavailable(
        absl::StrCat("cannot open ", options.path, ": ", connection->ErrorText()), false);
  }
  sqlite3_extended_result_codes(database, 1);
  sqlite3_busy_timeout(database, static_cast<int>(absl::ToInt64Milliseconds(options.busy_timeout)));
  // Only the writer checkpoints, when it decides to.
  sqlite3_wal_autocheckpoint(database, 0);
  sqlite3_db_config(database, SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, 1, nullptr);
  const int set = connection->Exec(
      absl::StrCat("PRAGMA foreign_keys=ON; PRAGMA trusted_schema=OFF; PRAGMA temp_store=MEMORY;"
                   "PRAGMA cache_size=-",
                   options.cache_kib));
  // The page cache's pragma is the first to read the file.
  if ((set & 0xff) == SQLITE_NOTADB) {
    return absl::FailedPreconditionError(
        absl::StrCat(options.path, " is not a Sluice store: no SQLite database"));
  }
  if (set != SQLITE_OK) return connection->ReadError(set);
  return connection;
}

Connection::~Connection() {
  for (const auto& [sql, statement] : statements_) sqlite3_finalize(statement);
  sqlite3_close(database_);
}

Statement Connection::Use(const char* sql) {
  sqlite3_stmt*& statement = statements_[sql];
  int code = SQLITE_OK;
  if (statement == nullptr) {
    code = sqlite3_prepare_v3(database_, sql, -1, SQLITE_PREPARE_PERSISTENT, &statement, nullptr);
  }
  return Statement(statement, code);
}

int Connection::Exec(const std::string& sql) {
  return sqlite3_exec(database_, sql.c_str(), nullptr, nullptr, nullptr);
}

absl::StatusOr<int64_t> Connection::QueryInt(const char* sql) {
  Statement query = Use(sql);
  if (query.Row()) return query.GetInt(0);
  if (query.code() != SQLITE_OK) return ReadError(query.code());
  return absl::InternalError(absl::StrCat("no row: ", sql));
}

std::string Connection::ErrorText() const {
  return absl::StrCat(sqlite3_errmsg(database_), " (", sqlite3_extended_errcode(database_), ")");
}

absl::Status Connection::ReadError(int code) const {
  return StoreUnavailable(
      absl::StrCat("the store cannot be read: ", sqlite3_errstr(code), " (", code, ")"), false);
}

bool IsStoreFailure(int code) {
  switch (code & 0xff) {  // The primary code of an extended one.
    case SQLITE_OK:
    case SQLITE_CONSTRAINT:
    case SQLITE_TOOBIG:
    case SQLITE_MISMATCH:
    case SQLITE_RANGE:
    case SQLITE_MISUSE:
    case SQLITE_ERROR:
      return false;
    default:
      return true;
  }
}

}  // namespace sluice::store::sqlite
