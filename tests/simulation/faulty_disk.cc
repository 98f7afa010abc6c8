#include "tests/simulation/faulty_disk.h"

#include <sqlite3.h>

#include <string>
#include <utility>

namespace sluice::simulation_run {

using store::sqlite::VfsFile;

void FaultyDisk::Arm(DiskFault fault, int nth, bool lasting) {
  MutexLock lock(&mutex_);
  fault_ = fault;
  left_ = nth;
  lasting_ = lasting;
}

void FaultyDisk::Heal() {
  MutexLock lock(&mutex_);
  left_ = 0;
  failing_ = shut_once_ = false;
}

bool FaultyDisk::failing() const {
  MutexLock lock(&mutex_);
  return failing_;
}

int FaultyDisk::fired() const {
  MutexLock lock(&mutex_);
  return fired_;
}

bool FaultyDisk::Fails(bool befalls, bool reading) {
  bool fails = failing_ && reading == IsOfReads();
  if (!fails && befalls && left_ > 0 && --left_ == 0) {
    failing_ = lasting_;
    fails = true;
  }
  if (fails) ++fired_;
  return fails;
}

int FaultyDisk::BeforeOpen(const VfsFile&) {
  MutexLock lock(&mutex_);
  if (std::exchange(shut_once_, false)) {
    ++fired_;
    return SQLITE_CANTOPEN;
  }
  return Fails(/*befalls=*/false, /*reading=*/false) ? SQLITE_CANTOPEN : SQLITE_OK;
}

int FaultyDisk::BeforeRead(const VfsFile&, int, int64_t) {
  MutexLock lock(&mutex_);
  if (!Fails(IsOfReads(), /*reading=*/true)) return SQLITE_OK;
  half_ = fault_ == DiskFault::kShortRead;
  return SQLITE_IOERR_READ;
}

int FaultyDisk::ShortRead(const VfsFile&, int size) {
  MutexLock lock(&mutex_);
  return std::exchange(half_, false) ? size / 2 : 0;
}

int FaultyDisk::BeforeWrite(const VfsFile&, const void*, int, int64_t) {
  MutexLock lock(&mutex_);
  const bool befalls = fault_ == DiskFault::kFull || fault_ == DiskFault::kWrite ||
                       fault_ == DiskFault::kShortWrite || fault_ == DiskFault::kOpen;
  if (!Fails(befalls, /*reading=*/false)) return SQLITE_OK;
  half_ = fault_ == DiskFault::kShortWrite;
  shut_once_ = fault_ == DiskFault::kOpen;
  return fault_ == DiskFault::kFull ? SQLITE_FULL : SQLITE_IOERR_WRITE;
}

int FaultyDisk::ShortWrite(const VfsFile&, int size) {
  MutexLock lock(&mutex_);
  return std::exchange(half_, false) ? size / 2 : 0;
}

int FaultyDisk::BeforeTruncate(const VfsFile&, int64_t) {
  MutexLock lock(&mutex_);
  const bool fails = Fails(fault_ == DiskFault::kTruncate, /*reading=*/false);
  return fails ? SQLITE_IOERR_TRUNCATE : SQLITE_OK;
}

int FaultyDisk::BeforeSync(const VfsFile&) {
  MutexLock lock(&mutex_);
  const bool fails = Fails(fault_ == DiskFault::kSync, /*reading=*/false);
  return fails ? SQLITE_IOERR_FSYNC : SQLITE_OK;
}

int FaultyDisk::BeforeDelete(const std::string&, bool) {
  MutexLock lock(&mutex_);
  const bool fails = Fails(fault_ == DiskFault::kDelete, /*reading=*/false);
  return fails ? SQLITE_IOERR_DELETE : SQLITE_OK;
}

}  // namespace sluice::simulation_run
