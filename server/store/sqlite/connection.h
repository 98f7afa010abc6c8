// One SQLite connection with its prepared statements, and a statement as a scope.
//
//   Statement get = connection.Use(kGetSql);
//   get.Text(name);
//   while (get.Row()) records.push_back(ReadRecord(get));
//   if (get.code() != SQLITE_OK) return connection.ReadError(get.code());
//
// Threads: one thread at a time.
// Ownership: the connection owns its prepared statements; a Statement borrows one until it goes out
// of scope, and bound text until the next Row or Run.

#pragma once

#include <sqlite3.h>

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "absl/container/flat_hash_map.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"

namespace sluice::store::sqlite {

// Times are kept as nanoseconds since 1970, which is exact for every time a clock gives; beyond the
// years 1678 to 2262 they are the infinite past and future.
int64_t ToStored(absl::Time time);
absl::Time FromStored(int64_t stored);

class Statement {
 public:
  explicit Statement(sqlite3_stmt* statement, int code);
  ~Statement();
  Statement(Statement&& other) noexcept;
  Statement(const Statement&) = delete;
  Statement& operator=(const Statement&) = delete;

  // Bind the next parameter.
  Statement& Text(std::string_view value);
  Statement& Blob(std::string_view value);
  Statement& Int(int64_t value);
  Statement& Time(absl::Time value) { return Int(ToStored(value)); }
  Statement& Time(const std::optional<absl::Time>& value);

  // True when there is a (further) row. False at the end or on an error: see code().
  bool Row();
  // For statements without rows: runs to the end; SQLITE_OK or the (extended) error.
  int Run();
  int code() const { return code_; }

  // Columns of the row, from 0. What they point to lives until the next Row.
  int64_t GetInt(int column);
  std::string GetString(int column);
  absl::Time GetTime(int column) { return FromStored(GetInt(column)); }
  std::optional<absl::Time> GetOptionalTime(int column);

 private:
  void Check(int code) {
    if (code_ == SQLITE_OK && code != SQLITE_OK) code_ = code;
  }

  sqlite3_stmt* statement_;
  int next_parameter_ = 1;
  int code_;
};

struct ConnectionOptions {
  std::string path;
  std::string vfs;
  bool read_only = false;
  absl::Duration busy_timeout;
  int cache_kib = 0;
};

class Connection {
 public:
  // Opens and applies what every connection needs: foreign keys, no automatic checkpoint (neither
  // after a commit nor on close), the page cache. Creates the file unless read_only.
  // FAILED_PRECONDITION when the file is no database, UNAVAILABLE when it cannot be opened.
  static absl::StatusOr<std::unique_ptr<Connection>> Open(const ConnectionOptions& options);
  ~Connection();
  Connection(const Connection&) = delete;
  Connection& operator=(const Connection&) = delete;

  // `sql` must be a constant: its address is the key of the prepared statement. Not twice at once.
  Statement Use(const char* sql);

  // Runs SQL without parameters and results. SQLITE_OK or the extended error.
  int Exec(const std::string& sql);
  // The first column of the first row as a number.
  absl::StatusOr<int64_t> QueryInt(const char* sql);

  // What went wrong last: "disk I/O error (522)".
  std::string ErrorText() const;
  // UNAVAILABLE, for a caller who wanted to read.
  absl::Status ReadError(int code) const;

  sqlite3* handle() { return database_; }

 private:
  explicit Connection(sqlite3* database) : database_(database) {}

  sqlite3* const database_;
  absl::flat_hash_map<const char*, sqlite3_stmt*> statements_;
};

// True when `code` tells of the disk, the file or the memory, not of the transaction: others would
// fail as well.
bool IsStoreFailure(int code);

}  // namespace sluice::store::sqlite
