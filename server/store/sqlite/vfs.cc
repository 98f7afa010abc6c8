#include "server/store/sqlite/vfs.h"

#include <sqlite3.h>

#include <utility>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "server/store/sqlite/write_gather.h"

namespace sluice::store::sqlite {

struct VfsLayer::Impl {
  sqlite3_vfs vfs{};
  sqlite3_vfs* base = nullptr;
  VfsHooks* hooks = nullptr;
  bool gathers_log = false;
  std::string name;
};

namespace {

// What SQLite sees as its file. The file of the VFS below follows it in the same allocation, whose
// size we ask for in szOsFile.
struct LayerFile {
  sqlite3_file header;
  VfsHooks* hooks;
  const VfsFile* about;
  WriteGather* gather;  // Of a log whose writes are gathered, else null.
};

LayerFile* Self(sqlite3_file* file) { return reinterpret_cast<LayerFile*>(file); }
sqlite3_file* Below(sqlite3_file* file) { return reinterpret_cast<sqlite3_file*>(Self(file) + 1); }

// Writes what is held, so that the call that follows sees all of the file.
int Settle(sqlite3_file* file) {
  return Self(file)->gather == nullptr ? SQLITE_OK : Self(file)->gather->Flush();
}

int FileClose(sqlite3_file* file) {
  const int settled = Settle(file);
  const int code = Below(file)->pMethods->xClose(Below(file));
  delete Self(file)->gather;
  delete Self(file)->about;
  Self(file)->about = nullptr;
  return code == SQLITE_OK ? settled : code;
}

int FileRead(sqlite3_file* file, void* out, int size, sqlite3_int64 offset) {
  VfsHooks& hooks = *Self(file)->hooks;
  const VfsFile& about = *Self(file)->about;
  const int code = Settle(file);
  if (code != SQLITE_OK) return code;
  const int refused = hooks.BeforeRead(about, size, offset);
  if (refused != SQLITE_OK) {
    const int part = hooks.ShortRead(about, size);
    if (part > 0) (void)Below(file)->pMethods->xRead(Below(file), out, part, offset);
    return refused;
  }
  return Below(file)->pMethods->xRead(Below(file), out, size, offset);
}

int FileWrite(sqlite3_file* file, const void* data, int size, sqlite3_int64 offset) {
  VfsHooks& hooks = *Self(file)->hooks;
  const VfsFile& about = *Self(file)->about;
  const int code = hooks.BeforeWrite(about, data, size, offset);
  if (code != SQLITE_OK) {
    const int part = hooks.ShortWrite(about, size);
    if (part > 0) (void)Below(file)->pMethods->xWrite(Below(file), data, part, offset);
    return code;
  }
  if (Self(file)->gather != nullptr) return Self(file)->gather->Write(data, size, offset);
  return Below(file)->pMethods->xWrite(Below(file), data, size, offset);
}

int FileTruncate(sqlite3_file* file, sqlite3_int64 size) {
  int code = Self(file)->hooks->BeforeTruncate(*Self(file)->about, size);
  if (code == SQLITE_OK) code = Settle(file);
  if (code != SQLITE_OK) return code;
  return Below(file)->pMethods->xTruncate(Below(file), size);
}

int FileSync(sqlite3_file* file, int flags) {
  int code = Self(file)->hooks->BeforeSync(*Self(file)->about);
  if (code == SQLITE_OK) code = Settle(file);
  if (code != SQLITE_OK) return code;
  return Below(file)->pMethods->xSync(Below(file), flags);
}

int FileSize(sqlite3_file* file, sqlite3_int64* size) {
  const int code = Settle(file);
  if (code != SQLITE_OK) return code;
  return Below(file)->pMethods->xFileSize(Below(file), size);
}

int FileLock(sqlite3_file* file, int level) {
  return Below(file)->pMethods->xLock(Below(file), level);
}

int FileUnlock(sqlite3_file* file, int level) {
  return Below(file)->pMethods->xUnlock(Below(file), level);
}

int FileCheckReservedLock(sqlite3_file* file, int* held) {
  return Below(file)->pMethods->xCheckReservedLock(Below(file), held);
}

int FileControl(sqlite3_file* file, int operation, void* argument) {
  return Below(file)->pMethods->xFileControl(Below(file), operation, argument);
}

int FileSectorSize(sqlite3_file* file) { return Below(file)->pMethods->xSectorSize(Below(file)); }

int FileDeviceCharacteristics(sqlite3_file* file) {
  return Below(file)->pMethods->xDeviceCharacteristics(Below(file));
}

int FileShmMap(sqlite3_file* file, int page, int size, int extend, void volatile** out) {
  return Below(file)->pMethods->xShmMap(Below(file), page, size, extend, out);
}

int FileShmLock(sqlite3_file* file, int offset, int count, int flags) {
  return Below(file)->pMethods->xShmLock(Below(file), offset, count, flags);
}

void FileShmBarrier(sqlite3_file* file) { Below(file)->pMethods->xShmBarrier(Below(file)); }

int FileShmUnmap(sqlite3_file* file, int remove) {
  return Below(file)->pMethods->xShmUnmap(Below(file), remove);
}

int FileFetch(sqlite3_file* file, sqlite3_int64 offset, int size, void** out) {
  return Below(file)->pMethods->xFetch(Below(file), offset, size, out);
}

int FileUnfetch(sqlite3_file* file, sqlite3_int64 offset, void* page) {
  return Below(file)->pMethods->xUnfetch(Below(file), offset, page);
}

constexpr sqlite3_io_methods MethodsOfVersion(int version) {
  return {version,
          FileClose,
          FileRead,
          FileWrite,
          FileTruncate,
          FileSync,
          FileSize,
          FileLock,
          FileUnlock,
          FileCheckReservedLock,
          FileControl,
          FileSectorSize,
          FileDeviceCharacteristics,
          FileShmMap,
          FileShmLock,
          FileShmBarrier,
          FileShmUnmap,
          FileFetch,
          FileUnfetch};
}

// We may not claim more than the file below can do: version 2 has shared memory, 3 memory maps.
const sqlite3_io_methods* MethodsFor(int version) {
  static constexpr sqlite3_io_methods kMethods[] = {MethodsOfVersion(1), MethodsOfVersion(2),
                                                    MethodsOfVersion(3)};
  return &kMethods[version < 1 ? 0 : (version > 3 ? 2 : version - 1)];
}

VfsLayer::Impl* LayerOf(sqlite3_vfs* vfs);

int LayerOpen(sqlite3_vfs* vfs, const char* path, sqlite3_file* file, int flags, int* out_flags) {
  auto* const layer = LayerOf(vfs);
  file->pMethods = nullptr;  // Tells SQLite not to close what failed to open.
  auto about = std::make_unique<VfsFile>();
  if (path != nullptr) about->path = path;
  if ((flags & SQLITE_OPEN_MAIN_DB) != 0) about->role = FileRole::kDatabase;
  if ((flags & SQLITE_OPEN_WAL) != 0) about->role = FileRole::kWal;
  int code = layer->hooks->BeforeOpen(*about);
  if (code != SQLITE_OK) return code;
  code = layer->base->xOpen(layer->base, path, Below(file), flags, out_flags);
  if (code != SQLITE_OK) return code;
  Self(file)->hooks = layer->hooks;
  const bool gathers = layer->gathers_log && about->role == FileRole::kWal;
  Self(file)->gather = gathers ? new WriteGather(Below(file)) : nullptr;
  Self(file)->about = about.release();
  file->pMethods = MethodsFor(Below(file)->pMethods->iVersion);
  return SQLITE_OK;
}

int LayerDelete(sqlite3_vfs* vfs, const char* path, int sync_folder) {
  const int code = LayerOf(vfs)->hooks->BeforeDelete(path, sync_folder != 0);
  if (code != SQLITE_OK) return code;
  return LayerOf(vfs)->base->xDelete(LayerOf(vfs)->base, path, sync_folder);
}

// The rest of a VFS has no hook: each goes to the one below, which finds its own data in itself.
int LayerAccess(sqlite3_vfs* vfs, const char* path, int flags, int* out) {
  return LayerOf(vfs)->base->xAccess(LayerOf(vfs)->base, path, flags, out);
}

int LayerFullPathname(sqlite3_vfs* vfs, const char* path, int size, char* out) {
  return LayerOf(vfs)->base->xFullPathname(LayerOf(vfs)->base, path, size, out);
}

int LayerRandomness(sqlite3_vfs* vfs, int size, char* out) {
  return LayerOf(vfs)->base->xRandomness(LayerOf(vfs)->base, size, out);
}

int LayerSleep(sqlite3_vfs* vfs, int micros) {
  return LayerOf(vfs)->base->xSleep(LayerOf(vfs)->base, micros);
}

int LayerCurrentTime(sqlite3_vfs* vfs, double* out) {
  return LayerOf(vfs)->base->xCurrentTime(LayerOf(vfs)->base, out);
}

int LayerGetLastError(sqlite3_vfs* vfs, int size, char* out) {
  return LayerOf(vfs)->base->xGetLastError(LayerOf(vfs)->base, size, out);
}

VfsLayer::Impl* LayerOf(sqlite3_vfs* vfs) { return static_cast<VfsLayer::Impl*>(vfs->pAppData); }

}  // namespace

int VfsHooks::BeforeOpen(const VfsFile&) { return SQLITE_OK; }
int VfsHooks::BeforeRead(const VfsFile&, int, int64_t) { return SQLITE_OK; }
int VfsHooks::ShortRead(const VfsFile&, int) { return 0; }
int VfsHooks::BeforeWrite(const VfsFile&, const void*, int, int64_t) { return SQLITE_OK; }
int VfsHooks::ShortWrite(const VfsFile&, int) { return 0; }
int VfsHooks::BeforeTruncate(const VfsFile&, int64_t) { return SQLITE_OK; }
int VfsHooks::BeforeSync(const VfsFile&) { return SQLITE_OK; }
int VfsHooks::BeforeDelete(const std::string&, bool) { return SQLITE_OK; }

VfsLayer::VfsLayer(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}

VfsLayer::~VfsLayer() { sqlite3_vfs_unregister(&impl_->vfs); }

const std::string& VfsLayer::name() const { return impl_->name; }

absl::StatusOr<std::unique_ptr<VfsLayer>> VfsLayer::Wrap(const std::string& base, VfsHooks* hooks,
                                                         bool gathers_log) {
  static std::atomic<int64_t> next_number{1};
  auto impl = std::make_unique<Impl>();
  impl->base = sqlite3_vfs_find(base.empty() ? nullptr : base.c_str());
  if (impl->base == nullptr) {
    return absl::InvalidArgumentError(absl::StrCat("there is no SQLite VFS named '", base, "'"));
  }
  impl->hooks = hooks;
  impl->gathers_log = gathers_log;
  impl->name = absl::StrCat("sluice-", next_number.fetch_add(1), "-", impl->base->zName);
  sqlite3_vfs& vfs = impl->vfs;
  // Version 1 leaves out the system-call table (for tests of SQLite itself) and the 64-bit clock,
  // for which SQLite falls back on xCurrentTime; and extensions, which we do not load.
  vfs.iVersion = 1;
  vfs.szOsFile = static_cast<int>(sizeof(LayerFile)) + impl->base->szOsFile;
  vfs.mxPathname = impl->base->mxPathname;
  vfs.zName = impl->name.c_str();
  vfs.pAppData = impl.get();
  vfs.xOpen = LayerOpen;
  vfs.xDelete = LayerDelete;
  vfs.xAccess = LayerAccess;
  vfs.xFullPathname = LayerFullPathname;
  vfs.xRandomness = LayerRandomness;
  vfs.xSleep = LayerSleep;
  vfs.xCurrentTime = LayerCurrentTime;
  vfs.xGetLastError = LayerGetLastError;
  if (sqlite3_vfs_register(&vfs, /*makeDflt=*/0) != SQLITE_OK) {
    return absl::InternalError("SQLite did not take the VFS");
  }
  return std::unique_ptr<VfsLayer>(new VfsLayer(std::move(impl)));
}

int SyncCounter::BeforeSync(const VfsFile& file) {
  // SQLite's platform VFS makes one fsync or fdatasync of each xSync.
  if (file.role != FileRole::kOther) count_.fetch_add(1, std::memory_order_relaxed);
  return SQLITE_OK;
}

}  // namespace sluice::store::sqlite
