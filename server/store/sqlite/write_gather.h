// Gathers writes that follow one another in a file into one large write.
//
// SQLite writes each page of the log by two small calls, and syncs after the last: a group commit
// made thousands of calls. What is held is written before anything could miss it: a read, a sync, a
// look at the size, the end. Readers of other connections learn of pages from the log's index,
// which SQLite writes after the sync of synchronous=FULL.
//
// Threads: as its file, one at a time.
// Ownership: borrows the file that it writes to.

#pragma once

#include <sqlite3.h>

#include <cstdint>
#include <string>

namespace sluice::store::sqlite {

class WriteGather {
 public:
  // SQLite's own VFS takes the size of a write modulo 128 KiB; so much at once costs hardly more
  // than the copying anyway.
  static constexpr size_t kMostBytes = (128 << 10) - 1;

  explicit WriteGather(sqlite3_file* file) : file_(file) {}

  // SQLite's codes. What could not be written is forgotten: SQLite ends the transaction then.
  int Write(const void* data, int size, int64_t offset);
  int Flush();

 private:
  sqlite3_file* const file_;
  std::string held_;
  int64_t offset_ = 0;  // Of held_ in the file.
};

}  // namespace sluice::store::sqlite
