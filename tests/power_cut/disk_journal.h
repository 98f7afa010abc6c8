// Records what the store does to its files, and says what a disk may hold when the power goes at
// any point of it.
//
// What was synced is there. Of what was not, any sectors may be: a later write without an earlier
// one, a part of a write, a file without its name, a name after its deletion.
//
// Threads: the hooks and Note are safe from any thread; the rest is for one thread, after the
// recording.
// Ownership: values.

#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "server/base/mutex.h"
#include "server/base/random.h"
#include "server/store/sqlite/vfs.h"

namespace sluice::power_cut {

// The files of a store: absent, or their bytes.
using Image = std::map<std::string, std::string>;

class DiskJournal final : public store::sqlite::VfsHooks {
 public:
  // `base` is durable.
  explicit DiskJournal(Image base) : base_(std::move(base)) {}

  int BeforeOpen(const store::sqlite::VfsFile& file) override;
  int BeforeWrite(const store::sqlite::VfsFile& file, const void* data, int size,
                  int64_t offset) override;
  int BeforeTruncate(const store::sqlite::VfsFile& file, int64_t size) override;
  int BeforeSync(const store::sqlite::VfsFile& file) override;
  int BeforeDelete(const std::string& path, bool sync_folder) override;

  // How many steps were recorded so far. Steps [0, n) have been begun; all but the last are done.
  size_t steps() const;
  // Nothing more is recorded.
  void Stop();

  // What a disk may hold when the power goes during step `cut`. Calls on one journal go forward.
  Image Cut(size_t cut, Random& random);

 private:
  enum class Kind { kOpen, kWrite, kTruncate, kSync, kDelete, kDurableDelete };
  struct Step {
    Kind kind;
    std::string path, data;
    size_t offset = 0;
  };
  struct File {
    std::optional<std::string> durable;  // Without a value: there is no such name.
    std::vector<const Step*> pending;
    bool created = false;  // A log or journal that was not synced yet.
  };

  int Record(Step step);
  void Play(const Step& step);
  void SyncFolder();
  static bool Exists(const File& file);
  static void Apply(const Step& step, std::optional<std::string>& content);
  static void ApplySome(const Step& step, std::optional<std::string>& content, Random& random);

  const Image base_;
  mutable Mutex mutex_;
  std::vector<Step> steps_ SLUICE_GUARDED_BY(mutex_);
  bool stopped_ SLUICE_GUARDED_BY(mutex_) = false;
  // As far as Cut has come.
  bool begun_ = false;
  size_t played_ = 0;
  std::map<std::string, File> files_;
};

}  // namespace sluice::power_cut
