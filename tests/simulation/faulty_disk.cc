#include "tests/simulation/faulty_disk.h"

#include <sqlite3.h>

#include <utility>

namespace sluice::simulation_run {

void FaultyDisk::Arm(DiskFault fault, int nth, bool lasting) {
  MutexLock lock(&mutex_);
  fault_ = fault;
  left_ = nth;
  lasting_ = lasting;
}

void FaultyDisk::Heal() {
  MutexLock lock(&mutex_);
  left_ = 0;
  failing_ = false;
}

bool FaultyDisk::failing() const {
  MutexLock lock(&mutex_);
  return failing_;
}

bool FaultyDisk::Fires() {
  if (failing_) return true;
  if (left_ == 0 || --left_ > 0) return false;
  failing_ = lasting_;
  return true;
}

int FaultyDisk::BeforeWrite(const store::sqlite::VfsFile&, const void*, int, int64_t) {
  MutexLock lock(&mutex_);
  if (fault_ == DiskFault::kSync && !failing_) return SQLITE_OK;
  if (!Fires()) return SQLITE_OK;
  half_ = fault_ == DiskFault::kShortWrite;
  return fault_ == DiskFault::kFull ? SQLITE_FULL : SQLITE_IOERR_WRITE;
}

int FaultyDisk::ShortWrite(const store::sqlite::VfsFile&, int size) {
  MutexLock lock(&mutex_);
  return std::exchange(half_, false) ? size / 2 : 0;
}

int FaultyDisk::BeforeSync(const store::sqlite::VfsFile&) {
  MutexLock lock(&mutex_);
  if (fault_ != DiskFault::kSync && !failing_) return SQLITE_OK;
  return Fires() ? SQLITE_IOERR_FSYNC : SQLITE_OK;
}

}  // namespace sluice::simulation_run
