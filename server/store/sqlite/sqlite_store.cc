#include "server/store/sqlite/sqlite_store.h"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <filesystem>
#include <optional>
#include <system_error>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "server/base/log.h"
#include "server/base/mutex.h"
#include "server/store/sqlite/file_lock.h"
#include "server/store/sqlite/reader_pool.h"
#include "server/store/sqlite/reads.h"
#include "server/store/sqlite/schema.h"
#include "server/store/sqlite/vfs.h"
#include "server/store/sqlite/writer.h"

namespace sluice::store {
namespace sqlite {
namespace {

// The writer's page cache holds the upper levels of every index and a whole group's pages; SQLite
// takes it only as it is used. A reader's holds what one list touches.
constexpr int kWriterCacheKib = 32 * 1024;
constexpr int kReaderCacheKib = 4 * 1024;

class SqliteStore final : public Store {
 public:
  static absl::StatusOr<std::unique_ptr<Store>> Open(const SqliteStoreOptions& options);
  ~SqliteStore() override { Close(); }

  void Commit(Transaction transaction, CommitDone done) override {
    writer_->Commit(std::move(transaction), std::move(done));
  }

  void OnEvents(std::function<void(const std::vector<EventPtr>&)> listener) override {
    writer_->OnEvents(std::move(listener));
  }

  absl::StatusOr<std::optional<Record>> Get(std::string_view name) override {
    return Read([&](Connection& connection) { return GetRecord(connection, name); });
  }
  absl::StatusOr<ListPage> List(const ListQuery& query) override {
    return Read([&](Connection& connection) { return ListRecords(connection, query); });
  }
  absl::StatusOr<std::vector<Record>> ListDue(
      absl::Time now, int limit, const std::vector<std::string>& except_accounts) override {
    return Read([&](Connection& connection) {
      return ListDueRecords(connection, now, limit, except_accounts);
    });
  }
  absl::StatusOr<std::optional<absl::Time>> NextDue() override {
    return Read([](Connection& connection) { return NextDueTime(connection); });
  }
  absl::StatusOr<std::vector<Record>> ListInFlight(std::string_view after, int limit) override {
    return Read(
        [&](Connection& connection) { return ListInFlightRecords(connection, after, limit); });
  }
  absl::StatusOr<ListPage> ListUnknown(const UnknownQuery& query) override {
    return Read([&](Connection& connection) { return ListUnknownRecords(connection, query); });
  }
  absl::StatusOr<std::optional<absl::Time>> OldestUnknown() override {
    return Read([](Connection& connection) { return OldestUnknownTime(connection); });
  }
  absl::StatusOr<std::optional<RequestKey>> FindRequest(std::string_view merchant,
                                                        std::string_view method,
                                                        std::string_view request_id) override {
    return Read([&](Connection& connection) {
      return FindRequestKey(connection, merchant, method, request_id);
    });
  }
  absl::StatusOr<std::optional<std::string>> FindReference(std::string_view provider_account,
                                                           std::string_view key) override {
    return Read(
        [&](Connection& connection) { return FindReferenced(connection, provider_account, key); });
  }
  absl::StatusOr<std::vector<EventPtr>> ReadEvents(const EventQuery& query) override {
    return Read([&](Connection& connection) { return ReadLog(connection, query); });
  }
  absl::StatusOr<std::optional<EventPtr>> GetEvent(std::string_view merchant,
                                                   int64_t sequence) override {
    return Read(
        [&](Connection& connection) { return GetLogEvent(connection, merchant, sequence); });
  }
  absl::StatusOr<LogBounds> Bounds() override {
    return Read([](Connection& connection) { return ReadBounds(connection); });
  }
  absl::StatusOr<std::optional<NotificationRow>> GetNotification(std::string_view merchant,
                                                                 std::string_view id) override {
    return Read(
        [&](Connection& connection) { return GetNotificationRow(connection, merchant, id); });
  }
  absl::StatusOr<NotificationPage> ListNotifications(const NotificationQuery& query) override {
    return Read([&](Connection& connection) { return ListNotificationRows(connection, query); });
  }
  absl::StatusOr<std::optional<std::string>> GetSetting(std::string_view key) override {
    return Read([&](Connection& connection) { return GetSettingValue(connection, key); });
  }

  std::string StoreId() const override { return store_id_; }

  StoreStats Stats() const override {
    StoreStats stats = writer_->Stats();
    stats.syncs = syncs_.count();
    return stats;
  }

  void Close() override {
    MutexLock lock(&close_mutex_);
    if (closed_) return;
    closed_ = true;
    writer_->Stop();
    // Before the last checkpoint, which needs the log to itself.
    readers_->Close();
    writer_->CloseConnection();
    lock_ = nullptr;
  }

 private:
  SqliteStore() = default;

  absl::Status OpenFiles(const SqliteStoreOptions& options);

  template <typename Reading>
  auto Read(const Reading& reading) -> decltype(reading(std::declval<Connection&>())) {
    absl::StatusOr<ReaderPool::Lease> lease = readers_->Borrow();
    if (!lease.ok()) return lease.status();
    return reading(**lease);
  }

  // Destroyed from the bottom up: the connections before the VFS they use, the lock last.
  std::unique_ptr<FileLock> lock_;
  SyncCounter syncs_;
  std::unique_ptr<VfsLayer> vfs_;
  std::string store_id_;
  std::unique_ptr<Writer> writer_;
  std::unique_ptr<ReaderPool> readers_;
  Mutex close_mutex_;
  bool closed_ SLUICE_GUARDED_BY(close_mutex_) = false;
};

// One lock file for one database, whatever links lead to it.
std::string ResolvePath(const std::string& path) {
  std::error_code error;
  const std::filesystem::path resolved = std::filesystem::weakly_canonical(path, error);
  return error ? path : resolved.string();
}

// SQLite would create the file readable for all; it holds personal data. The files beside it get
// the same mode from SQLite. Call only under the lock: closing a descriptor of a database that is
// open in this process would drop SQLite's own locks.
absl::Status CreatePrivately(const std::string& path) {
  const int descriptor = open(path.c_str(), O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
  if (descriptor >= 0) {
    close(descriptor);
  } else if (errno != EEXIST) {
    return absl::UnavailableError(
        absl::StrCat("cannot create the store ", path, ": ", strerror(errno)));
  }
  return absl::OkStatus();
}

WriterOptions ToWriterOptions(const SqliteStoreOptions& options, ConnectionOptions connection) {
  WriterOptions out;
  out.connection = std::move(connection);
  out.limits = {options.max_queued, options.max_queued_bytes, options.max_batch,
                options.max_batch_bytes};
  out.max_transaction_bytes = options.max_transaction_bytes;
  out.max_database_bytes = options.max_database_bytes;
  out.checkpoint_pages = options.checkpoint_pages;
  out.restart_pages = options.restart_pages;
  out.min_recovery_delay = options.min_recovery_delay;
  out.max_recovery_delay = options.max_recovery_delay;
  out.probe = options.probe;
  return out;
}

absl::Status SqliteStore::OpenFiles(const SqliteStoreOptions& options) {
  ConnectionOptions file;
  file.path = ResolvePath(options.path);
  file.busy_timeout = options.busy_timeout;
  file.cache_kib = kWriterCacheKib;

  auto lock = FileLock::Acquire(file.path);
  if (!lock.ok()) return lock.status();
  lock_ = *std::move(lock);
  absl::Status status = CreatePrivately(file.path);
  if (!status.ok()) return status;
  auto vfs = VfsLayer::Wrap(options.vfs, &syncs_, /*gathers_log=*/true);
  if (!vfs.ok()) return vfs.status();
  vfs_ = *std::move(vfs);
  file.vfs = vfs_->name();

  auto connection = Connection::Open(file);
  if (!connection.ok()) return connection.status();
  SystemRandom system_random;
  Random& random = options.random != nullptr ? *options.random : system_random;
  status = PrepareSchema(**connection, file.path, Migrations(), random);
  if (!status.ok()) return status;
  auto store_id = ReadStoreId(**connection);
  if (!store_id.ok()) return store_id.status();
  store_id_ = *std::move(store_id);

  // After the schema: a read-only connection cannot make the log's files.
  ConnectionOptions read_only = file;
  read_only.read_only = true;
  read_only.cache_kib = kReaderCacheKib;
  auto readers = ReaderPool::Open(read_only, options.readers);
  if (!readers.ok()) return readers.status();
  auto writer = Writer::Start(ToWriterOptions(options, file), *std::move(connection));
  if (!writer.ok()) return writer.status();
  readers_ = *std::move(readers);
  writer_ = *std::move(writer);
  return absl::OkStatus();
}

absl::StatusOr<std::unique_ptr<Store>> SqliteStore::Open(const SqliteStoreOptions& options) {
  if (options.path.empty()) return absl::InvalidArgumentError("the store's path is empty");
  if (options.max_queued <= 0 || options.max_batch <= 0 || options.checkpoint_pages <= 0) {
    return absl::InvalidArgumentError("the store's limits must be positive");
  }
  std::unique_ptr<SqliteStore> store(new SqliteStore());
  const absl::Status status = store->OpenFiles(options);
  if (!status.ok()) {
    MutexLock lock(&store->close_mutex_);
    store->closed_ = true;  // There is nothing to stop; what was opened closes by itself.
    return status;
  }
  return std::unique_ptr<Store>(std::move(store));
}

}  // namespace
}  // namespace sqlite

absl::StatusOr<std::unique_ptr<Store>> OpenSqliteStore(const SqliteStoreOptions& options) {
  return sqlite::SqliteStore::Open(options);
}

}  // namespace sluice::store
