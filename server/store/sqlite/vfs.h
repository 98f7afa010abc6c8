// A layer over an SQLite VFS that sees, and may refuse, what reaches the disk: the store counts
// fsyncs with one, tests inject faults with another. Layers stack: each names the VFS below it.
//
// Threads: hooks are called from whatever thread SQLite works on, several at once.
// Ownership: a VfsLayer borrows its hooks and must outlive every connection opened through it; so
// must the layer below it.

#pragma once

#include <atomic>
#include <cstdint>
#include <memory>
#include <string>

#include "absl/status/statusor.h"

namespace sluice::store::sqlite {

enum class FileRole { kDatabase, kWal, kOther };

struct VfsFile {
  std::string path;
  FileRole role = FileRole::kOther;
};

// Each is called before the operation. SQLITE_OK lets it through; any other code is its result.
class VfsHooks {
 public:
  virtual ~VfsHooks() = default;
  virtual int BeforeOpen(const VfsFile& file);
  virtual int BeforeRead(const VfsFile& file, int size, int64_t offset);
  // Of a read that was refused: how many of its bytes come all the same.
  virtual int ShortRead(const VfsFile& file, int size);
  virtual int BeforeWrite(const VfsFile& file, const void* data, int size, int64_t offset);
  // Of a write that was refused: how many of its bytes reach the file all the same.
  virtual int ShortWrite(const VfsFile& file, int size);
  virtual int BeforeTruncate(const VfsFile& file, int64_t size);
  virtual int BeforeSync(const VfsFile& file);
  // With `sync_folder` the deletion is durable when it returns.
  virtual int BeforeDelete(const std::string& path, bool sync_folder);
};

class VfsLayer {
 public:
  // `base` is the name of the VFS below; empty: the platform's default. INVALID_ARGUMENT when there
  // is no VFS of that name. With `gathers_log` writes to a write-ahead log go down in few large
  // ones: only for connections with synchronous=FULL (see write_gather.h).
  static absl::StatusOr<std::unique_ptr<VfsLayer>> Wrap(const std::string& base, VfsHooks* hooks,
                                                        bool gathers_log = false);
  ~VfsLayer();
  VfsLayer(const VfsLayer&) = delete;
  VfsLayer& operator=(const VfsLayer&) = delete;

  // For sqlite3_open_v2, or as `base` of a further layer. Unique in the process.
  const std::string& name() const;

  struct Impl;  // Opaque; public for the callbacks SQLite calls.

 private:
  explicit VfsLayer(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

// Counts the fsync and fdatasync calls of the database and its write-ahead log.
class SyncCounter final : public VfsHooks {
 public:
  int BeforeSync(const VfsFile& file) override;
  int64_t count() const { return count_.load(std::memory_order_relaxed); }

 private:
  std::atomic<int64_t> count_{0};
};

}  // namespace sluice::store::sqlite
