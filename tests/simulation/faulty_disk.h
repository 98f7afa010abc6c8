// A disk that is full, cannot write, writes half, or cannot sync, the n-th time that it is asked;
// and then once, or until it is healed.
//
// Threads: safe from any thread; the hooks are called by the store's.
// Ownership: values.

#pragma once

#include "server/base/mutex.h"
#include "server/store/sqlite/vfs.h"

namespace sluice::simulation_run {

enum class DiskFault { kFull, kWrite, kShortWrite, kSync };

class FaultyDisk final : public store::sqlite::VfsHooks {
 public:
  // `nth` from 1, counting what the fault can befall. `lasting`: nothing is written or synced any
  // more from then on.
  void Arm(DiskFault fault, int nth, bool lasting);
  void Heal();
  bool failing() const;

  int BeforeWrite(const store::sqlite::VfsFile& file, const void* data, int size,
                  int64_t offset) override;
  int ShortWrite(const store::sqlite::VfsFile& file, int size) override;
  int BeforeSync(const store::sqlite::VfsFile& file) override;

 private:
  bool Fires() SLUICE_REQUIRES(mutex_);

  mutable Mutex mutex_;
  DiskFault fault_ SLUICE_GUARDED_BY(mutex_) = DiskFault::kFull;
  int left_ SLUICE_GUARDED_BY(mutex_) = 0;  // 0: not armed.
  bool lasting_ SLUICE_GUARDED_BY(mutex_) = false;
  bool failing_ SLUICE_GUARDED_BY(mutex_) = false;
  bool half_ SLUICE_GUARDED_BY(mutex_) = false;
};

}  // namespace sluice::simulation_run
