// The newest numbers given out: the position in the log and each merchant's sequence.
//
// They are kept in memory by the writer and saved with every group, in a table of their own that
// outlives the events. Numbers drawn since Begin count only after Accept.
//
// Threads: the writer's only.
// Ownership: none.

#pragma once

#include <cstdint>
#include <string>

#include "absl/container/flat_hash_map.h"
#include "absl/status/status.h"
#include "server/store/sqlite/connection.h"

namespace sluice::store::sqlite {

class LogCounters {
 public:
  // What the file says, instead of what was known.
  absl::Status Load(Connection& connection);

  void Begin();
  int64_t NextPosition() { return ++position_; }
  int64_t NextSequence(const std::string& merchant);
  // Writes what was drawn, inside the open transaction. An SQLite code.
  int Save(Connection& connection);
  void Accept();

  int64_t accepted_position() const { return accepted_position_; }

 private:
  int64_t accepted_position_ = 0;
  absl::flat_hash_map<std::string, int64_t> accepted_;
  int64_t position_ = 0;
  absl::flat_hash_map<std::string, int64_t> drawn_;
};

}  // namespace sluice::store::sqlite
