// A disk that fills up or fails: nothing half-done is seen, reads go on, and the store comes back.

#include <atomic>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "server/base/log_capture.h"
#include "server/core/error.h"
#include "server/store/sqlite/connection.h"
#include "server/store/sqlite/store_fixture.h"
#include "server/store/sqlite/vfs.h"

namespace sluice::store::sqlite {
namespace {

// Each code is answered by every such call while it is set.
class FaultyDisk final : public VfsHooks {
 public:
  int BeforeOpen(const VfsFile& file) override {
    return file.role == FileRole::kDatabase ? fail_open.load() : SQLITE_OK;
  }
  int BeforeWrite(const VfsFile& file, const void*, int, int64_t) override {
    if (file.role == FileRole::kWal) return fail_wal_write;
    return file.role == FileRole::kDatabase ? fail_database_write.load() : SQLITE_OK;
  }
  int BeforeSync(const VfsFile& file) override {
    return file.role == FileRole::kWal ? fail_wal_sync.load() : SQLITE_OK;
  }

  std::atomic<int> fail_open{SQLITE_OK};
  std::atomic<int> fail_wal_write{SQLITE_OK};
  std::atomic<int> fail_wal_sync{SQLITE_OK};
  std::atomic<int> fail_database_write{SQLITE_OK};
};

class FailureTest : public StoreFixture {
 protected:
  FailureTest() {
    auto layer = VfsLayer::Wrap("", &disk_);
    EXPECT_TRUE(layer.ok());
    layer_ = *std::move(layer);
    options_.vfs = layer_->name();
    options_.probe = [this](std::string_view point) {
      MutexLock lock(&mutex_);
      if (point == "recovery.before") ++attempts_;
      if (point == "recovery.after") ++recoveries_;
      changed_.SignalAll();
    };
  }
  ~FailureTest() override { store_.reset(); }

  void AwaitAttempts(int count) {
    MutexLock lock(&mutex_);
    while (attempts_ < count) changed_.Wait(&mutex_);
  }
  // At "recovery.after" the store takes commits again.
  Committed CommitWhenRecovered(const Transaction& transaction) {
    {
      MutexLock lock(&mutex_);
      while (recoveries_ == 0) changed_.Wait(&mutex_);
      recoveries_ = 0;
    }
    return Commit(transaction);
  }

  bool Has(const std::string& id) {
    const auto record = store_->Get(OrderName("acme", id));
    EXPECT_TRUE(record.ok()) << record.status();
    return record.ok() && record->has_value();
  }

  // Commits "o2" while `fault` holds, then lets go of it; ends recovered.
  void FailOnce(std::atomic<int>& fault, int code, bool expect_possible) {
    fault = code;
    const Committed failed = Commit(CreateOrder("o2"));
    EXPECT_EQ(failed.status.code(), absl::StatusCode::kUnavailable) << failed.status;
    EXPECT_TRUE(failed.events.empty());
    const auto details = GetErrorDetails(failed.status);
    ASSERT_TRUE(details.has_value());
    EXPECT_EQ(details->side_effect_possible, expect_possible);
    EXPECT_FALSE(Has("o2"));
    EXPECT_TRUE(Has("o1"));  // Reads go on.
    EXPECT_EQ(Commit(CreateOrder("o3")).status.code(), absl::StatusCode::kUnavailable);
    AwaitAttempts(2);  // At least one attempt has failed.
    fault = SQLITE_OK;
    const Committed again = CommitWhenRecovered(CreateOrder("o2"));
    ASSERT_TRUE(again.status.ok()) << again.status;
    EXPECT_EQ(again.events[0]->position, 3);
    EXPECT_EQ(again.events[0]->sequence, 3);
  }

  LogCapture quiet_;
  FaultyDisk disk_;
  std::unique_ptr<VfsLayer> layer_;
  Mutex mutex_;
  CondVar changed_;
  int attempts_ SLUICE_GUARDED_BY(mutex_) = 0;
  int recoveries_ SLUICE_GUARDED_BY(mutex_) = 0;
};

TEST_F(FailureTest, AFullDiskIsSurvived) {
  Open();
  ASSERT_TRUE(Commit(CreateOrder("o1")).status.ok());
  FailOnce(disk_.fail_wal_write, SQLITE_FULL, true);
  EXPECT_FALSE(Has("o3"));
}

TEST_F(FailureTest, AFailingWriteIsSurvived) {
  Open();
  ASSERT_TRUE(Commit(CreateOrder("o1")).status.ok());
  FailOnce(disk_.fail_wal_write, SQLITE_IOERR_WRITE, true);
}

// The group's pages are in the log, whole, but were never made durable: they must not come to life
// again, neither now nor when the log is read anew.
TEST_F(FailureTest, AFailedSyncLeavesNothingBehind) {
  Open();
  ASSERT_TRUE(Commit(CreateOrder("o1")).status.ok());
  FailOnce(disk_.fail_wal_sync, SQLITE_IOERR_FSYNC, true);
  // As a crash would: the log is read anew from a copy.
  const std::string copy = folder_ + "/copy.db";
  for (const char* suffix : {"", "-wal"}) {
    std::filesystem::copy_file(options_.path + suffix, copy + suffix);
  }
  SqliteStoreOptions options;
  options.path = copy;
  const auto reread = OpenSqliteStore(options);
  ASSERT_TRUE(reread.ok()) << reread.status();
  EXPECT_TRUE((*reread)->Get(OrderName("acme", "o2"))->has_value());
  EXPECT_FALSE((*reread)->Get(OrderName("acme", "o3"))->has_value());
  EXPECT_EQ((*reread)->Bounds()->newest_position, 4);
}

TEST_F(FailureTest, TheFileCannotBeOpenedAgainForAWhile) {
  Open();
  ASSERT_TRUE(Commit(CreateOrder("o1")).status.ok());
  disk_.fail_open = SQLITE_CANTOPEN;
  disk_.fail_wal_sync = SQLITE_IOERR_FSYNC;
  EXPECT_EQ(Commit(CreateOrder("o2")).status.code(), absl::StatusCode::kUnavailable);
  disk_.fail_wal_sync = SQLITE_OK;
  AwaitAttempts(3);
  EXPECT_EQ(Commit(CreateOrder("o2")).status.code(), absl::StatusCode::kUnavailable);
  EXPECT_TRUE(Has("o1"));
  disk_.fail_open = SQLITE_OK;
  EXPECT_TRUE(CommitWhenRecovered(CreateOrder("o2")).status.ok());
}

TEST_F(FailureTest, ManyQueuedAreAllAnswered) {
  Open();
  ASSERT_TRUE(Commit(CreateOrder("o1")).status.ok());
  disk_.fail_wal_write = SQLITE_FULL;
  constexpr int kCommits = 200;
  Mutex mutex;
  CondVar changed;
  int answered = 0, unavailable = 0;
  for (int i = 0; i < kCommits; ++i) {
    store_->Commit(CreateOrder("q" + std::to_string(i)), [&](Committed committed) {
      MutexLock lock(&mutex);
      ++answered;
      if (committed.status.code() == absl::StatusCode::kUnavailable) ++unavailable;
      changed.SignalAll();
    });
  }
  {
    MutexLock lock(&mutex);
    while (answered < kCommits) changed.Wait(&mutex);
    EXPECT_EQ(unavailable, kCommits);
  }
  EXPECT_EQ(store_->Bounds()->newest_position, 2);
  EXPECT_EQ(store_->Stats().transactions, 1);
}

TEST_F(FailureTest, AFailingCheckpointLosesNothing) {
  options_.checkpoint_pages = 4;
  Open();
  disk_.fail_database_write = SQLITE_IOERR_WRITE;
  for (int i = 0; i < 20; ++i) {
    ASSERT_TRUE(Commit(CreateOrder("o" + std::to_string(i))).status.ok());
  }
  EXPECT_TRUE(quiet_.Contains("store_checkpoint_failed"));
  disk_.fail_database_write = SQLITE_OK;
  store_.reset();
  Open();
  for (int i = 0; i < 20; ++i) EXPECT_TRUE(Has("o" + std::to_string(i)));
}

TEST_F(FailureTest, ClosesWhileTheDiskFails) {
  Open();
  ASSERT_TRUE(Commit(CreateOrder("o1")).status.ok());
  disk_.fail_wal_write = SQLITE_FULL;
  EXPECT_EQ(Commit(CreateOrder("o2")).status.code(), absl::StatusCode::kUnavailable);
  AwaitAttempts(1);
  store_->Close();
  EXPECT_EQ(Commit(CreateOrder("o2")).status.code(), absl::StatusCode::kUnavailable);
  disk_.fail_wal_write = SQLITE_OK;
  Open();
  EXPECT_TRUE(Has("o1"));
  EXPECT_TRUE(Commit(CreateOrder("o2")).status.ok());
}

TEST_F(FailureTest, ReachingTheSizeLimitRefusesAndKeepsServing) {
  options_.max_database_bytes = 512 * 1024;
  Open();
  ASSERT_TRUE(Commit(CreateOrder("small", 100)).status.ok());
  absl::Status status;
  int stored = 0;
  while (status.ok() && stored < 1'000) {
    status = Commit(CreateOrder("big" + std::to_string(stored), 16 * 1024)).status;
    if (status.ok()) ++stored;
  }
  EXPECT_EQ(status.code(), absl::StatusCode::kUnavailable) << status;
  // Refused before the commit: no crash brings it back.
  EXPECT_FALSE(GetErrorDetails(status)->side_effect_possible);
  EXPECT_GT(stored, 10);
  EXPECT_LT(stored, 32);
  EXPECT_EQ(store_->Bounds()->newest_position, stored * 2 + 2);
  EXPECT_TRUE(Has("big0"));
  // What needs no room is still taken.
  Transaction update;
  update.puts = {CreateOrder("small", 100).puts[0]};
  update.puts[0].expected_revision = 1;
  update.puts[0].record.revision = 2;
  update.puts[0].record.state = "PAID";
  EXPECT_TRUE(CommitWhenRecovered(update).status.ok());
  // And with more room, all.
  options_.max_database_bytes = 0;
  Open();
  EXPECT_TRUE(Commit(CreateOrder("more", 64 * 1024)).status.ok());
  EXPECT_EQ(store_->Bounds()->newest_position, stored * 2 + 4);
}

// Should the group turn out to be in the file after all (here: somebody wrote it past us), its
// events are told of, so that no watcher has a gap.
TEST_F(FailureTest, EventsFoundAfterARecoveryAreTold) {
  Open();
  Mutex mutex;
  std::vector<int64_t> told;
  store_->OnEvents([&](const std::vector<EventPtr>& events) {
    MutexLock lock(&mutex);
    for (const EventPtr& event : events) told.push_back(event->position);
  });
  ASSERT_TRUE(Commit(CreateOrder("o1")).status.ok());
  disk_.fail_open = SQLITE_CANTOPEN;  // No recovery while the raw connection writes.
  disk_.fail_wal_sync = SQLITE_IOERR_FSYNC;
  ASSERT_FALSE(Commit(CreateOrder("o2")).status.ok());
  disk_.fail_wal_sync = SQLITE_OK;
  {
    auto raw = Connection::Open({.path = options_.path, .busy_timeout = absl::Seconds(5)});
    ASSERT_TRUE(raw.ok());
    ASSERT_EQ(
        (*raw)->Exec("BEGIN IMMEDIATE;"
                     "INSERT INTO events SELECT position + 2, merchant, sequence + 2, type, kind, "
                     "resource_name, provider, traceparent, create_time, body FROM events;"
                     "UPDATE sequences SET newest = 4; COMMIT"),
        SQLITE_OK)
        << (*raw)->ErrorText();
  }
  disk_.fail_open = SQLITE_OK;
  const Committed next = CommitWhenRecovered(CreateOrder("o5"));
  ASSERT_TRUE(next.status.ok()) << next.status;
  EXPECT_EQ(next.events[0]->position, 5);
  MutexLock lock(&mutex);
  EXPECT_THAT(told, testing::ElementsAre(1, 2, 3, 4, 5, 6));
}

}  // namespace
}  // namespace sluice::store::sqlite
