// A disk that fails the n-th time that it is asked, and then once, or until it is healed: it is
// full, cannot write, writes half, cannot sync, cannot read, reads half, cannot truncate or delete,
// or cannot be opened again after a write that failed.
//
// Threads: safe from any thread; the hooks are called by the store's.
// Ownership: values.

#pragma once

#include "server/base/mutex.h"
#include "server/store/sqlite/vfs.h"

namespace sluice::simulation_run {

enum class DiskFault {
  kFull,
  kWrite,
  kShortWrite,
  kSync,
  kOpen,  // A write fails, and then the file cannot be opened.
  kRead,
  kShortRead,  // Half of the bytes come, and the read fails.
  kTruncate,
  kDelete,
};
inline constexpr int kDiskFaults = 9;

class FaultyDisk final : public store::sqlite::VfsHooks {
 public:
  // `nth` from 1, counting what the fault can befall. `lasting`: from then on nothing is read any
  // more, or, of a fault of another kind, nothing is written, synced, truncated, deleted or opened.
  void Arm(DiskFault fault, int nth, bool lasting);
  void Heal();
  bool failing() const;
  // How often anything was refused.
  int fired() const;

  int BeforeOpen(const store::sqlite::VfsFile& file) override;
  int BeforeRead(const store::sqlite::VfsFile& file, int size, int64_t offset) override;
  int ShortRead(const store::sqlite::VfsFile& file, int size) override;
  int BeforeWrite(const store::sqlite::VfsFile& file, const void* data, int size,
                  int64_t offset) override;
  int ShortWrite(const store::sqlite::VfsFile& file, int size) override;
  int BeforeTruncate(const store::sqlite::VfsFile& file, int64_t size) override;
  int BeforeSync(const store::sqlite::VfsFile& file) override;
  int BeforeDelete(const std::string& path, bool sync_folder) override;

 private:
  // Whether what is asked for, which `fault` can befall, fails now.
  bool Fails(bool befalls, bool reading) SLUICE_REQUIRES(mutex_);
  bool IsOfReads() const SLUICE_REQUIRES(mutex_) {
    return fault_ == DiskFault::kRead || fault_ == DiskFault::kShortRead;
  }

  mutable Mutex mutex_;
  DiskFault fault_ SLUICE_GUARDED_BY(mutex_) = DiskFault::kFull;
  int left_ SLUICE_GUARDED_BY(mutex_) = 0;  // 0: not armed.
  bool lasting_ SLUICE_GUARDED_BY(mutex_) = false;
  bool failing_ SLUICE_GUARDED_BY(mutex_) = false;
  bool half_ SLUICE_GUARDED_BY(mutex_) = false;       // Of the call that is refused.
  bool shut_once_ SLUICE_GUARDED_BY(mutex_) = false;  // The next open fails.
  int fired_ SLUICE_GUARDED_BY(mutex_) = 0;
};

}  // namespace sluice::simulation_run
