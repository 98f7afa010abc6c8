// The tables, their versions, and how a file of an older version is brought up to date.
//
// `PRAGMA application_id` tells our files from others, `PRAGMA user_version` is the number of the
// last migration applied. A migration that has been released is never changed: add the next one.
//
// Threads: pure functions on a connection of the caller's.
// Ownership: none.

#pragma once

#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/types/span.h"
#include "server/base/random.h"
#include "server/store/sqlite/connection.h"

namespace sluice::store::sqlite {

// "SLCE" in ASCII.
inline constexpr int64_t kApplicationId = 0x534C4345;

struct Migration {
  int version;      // Contiguous from 1.
  const char* sql;  // One or more statements.
};

// All migrations of this release, in order.
absl::Span<const Migration> Migrations();

// Makes `connection` a writer of an up-to-date store: refuses what is not ours or is newer
// (FAILED_PRECONDITION), sets WAL and full durability, and applies what is missing in one
// transaction. `path` is for the error's text.
absl::Status PrepareSchema(Connection& connection, const std::string& path,
                           absl::Span<const Migration> migrations, Random& random);

// Sets WAL and full durability on a connection to a file that was prepared before.
absl::Status SetDurability(Connection& connection);

// The random id made when the store was created: 32 hexadecimal digits.
absl::StatusOr<std::string> ReadStoreId(Connection& connection);

}  // namespace sluice::store::sqlite
