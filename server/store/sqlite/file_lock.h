// The lock that makes one process the store's only user, whatever the database engine would allow.
//
// Threads: none needed; acquire and release from any.
// Ownership: the object is the lock; the operating system takes it back when the process dies. The
// lock file itself stays: removing it could hand the lock to two processes.

#pragma once

#include <memory>
#include <string>

#include "absl/status/statusor.h"

namespace sluice::store::sqlite {

class FileLock {
 public:
  // Locks "<path>.lock" without waiting. FAILED_PRECONDITION, naming the path and the process that
  // holds it, when it is taken; UNAVAILABLE when the file cannot be made.
  static absl::StatusOr<std::unique_ptr<FileLock>> Acquire(const std::string& path);
  ~FileLock();
  FileLock(const FileLock&) = delete;
  FileLock& operator=(const FileLock&) = delete;

 private:
  explicit FileLock(int descriptor) : descriptor_(descriptor) {}
  const int descriptor_;
};

}  // namespace sluice::store::sqlite
