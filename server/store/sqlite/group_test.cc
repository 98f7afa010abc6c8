// Groups: how many share an fsync, what bounds them, and that one bad transaction harms no other.

#include <thread>

#include "absl/strings/str_cat.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "server/base/log_capture.h"
#include "server/store/sqlite/connection.h"
#include "server/store/sqlite/reads.h"
#include "server/store/sqlite/rows.h"
#include "server/store/sqlite/store_fixture.h"

namespace sluice::store::sqlite {
namespace {

class GroupTest : public StoreFixture {
 protected:
  // Commits `count` orders from four threads and waits for all.
  void Burst(int count) {
    Mutex mutex;
    CondVar changed;
    int answered = 0;
    std::vector<std::thread> threads;
    for (int t = 0; t < 4; ++t) {
      threads.emplace_back([&, t] {
        for (int i = t; i < count; i += 4) {
          store_->Commit(CreateOrder(absl::StrCat("burst", i)), [&](Committed committed) {
            EXPECT_TRUE(committed.status.ok()) << committed.status;
            MutexLock lock(&mutex);
            ++answered;
            changed.SignalAll();
          });
        }
      });
    }
    for (std::thread& thread : threads) thread.join();
    MutexLock lock(&mutex);
    while (answered < count) changed.Wait(&mutex);
  }
};

TEST_F(GroupTest, ABurstSharesItsSyncs) {
  options_.checkpoint_pages = 1'000'000;  // None here: only commits sync.
  options_.restart_pages = 1'000'000;
  Open();
  ASSERT_TRUE(Commit(CreateOrder("first")).status.ok());
  const StoreStats before = store_->Stats();
  constexpr int kCommits = 2'000;
  Burst(kCommits);
  const StoreStats after = store_->Stats();
  EXPECT_EQ(after.transactions - before.transactions, kCommits);
  EXPECT_LT(after.commits - before.commits, kCommits / 10);
  // Exactly one for each group.
  EXPECT_EQ(after.syncs - before.syncs, after.commits - before.commits);
}

TEST_F(GroupTest, OneByOneEachIsSynced) {
  Open();
  ASSERT_TRUE(Commit(CreateOrder("first")).status.ok());
  const int64_t before = store_->Stats().syncs;
  for (int i = 0; i < 5; ++i) {
    ASSERT_TRUE(Commit(CreateOrder(absl::StrCat("o", i))).status.ok());
  }
  EXPECT_EQ(store_->Stats().syncs - before, 5);
}

TEST_F(GroupTest, TheGroupIsBounded) {
  options_.max_batch = 10;
  Open();
  Burst(200);
  EXPECT_GE(store_->Stats().commits, 20);
  options_.max_batch = 1'024;
  options_.max_batch_bytes = 1;  // One transaction at least, however large.
  Open();
  const Committed one = Commit(CreateOrder("large", 100'000));
  EXPECT_TRUE(one.status.ok());
}

TEST_F(GroupTest, QueueAndTransactionAreBoundedByBytes) {
  options_.max_queued_bytes = 50'000;
  options_.max_transaction_bytes = 100'000;
  Answer<bool> held, go;
  options_.probe = [&](std::string_view point) {
    if (point == "commit.before") {
      held.Set(true);
      go.Await();
    }
  };
  Open();
  EXPECT_EQ(Commit(CreateOrder("huge", 100'000)).status.code(), absl::StatusCode::kInvalidArgument);
  Answer<Committed> first, second;
  store_->Commit(CreateOrder("o1"), [&](Committed committed) { first.Set(committed); });
  held.Await();
  store_->Commit(CreateOrder("o2", 40'000), [&](Committed committed) { second.Set(committed); });
  EXPECT_EQ(Commit(CreateOrder("o3", 40'000)).status.code(), absl::StatusCode::kResourceExhausted);
  go.Set(true);
  EXPECT_TRUE(first.Await().status.ok());
  EXPECT_TRUE(second.Await().status.ok());
  EXPECT_TRUE(Commit(CreateOrder("o3", 40'000)).status.ok());
}

// An error that no check foresees spoils one transaction, not the group it happens to be in.
TEST_F(GroupTest, AnUnforeseenErrorHarmsOneTransactionOnly) {
  Open();
  store_.reset();
  {
    auto raw = Connection::Open({.path = options_.path, .busy_timeout = absl::Seconds(1)});
    ASSERT_TRUE(raw.ok());
    ASSERT_EQ((*raw)->Exec("CREATE TRIGGER poison BEFORE INSERT ON resource_references "
                           "WHEN NEW.reference_key LIKE '%poison%' "
                           "BEGIN SELECT RAISE(ABORT, 'poison'); END"),
              SQLITE_OK);
  }
  Answer<bool> held, go;
  options_.probe = [&](std::string_view point) {
    if (point == "commit.before") {
      held.Set(true);
      go.Await();
    }
  };
  Open();
  Answer<Committed> answers[5];
  const char* const ids[] = {"first", "o1", "poison1", "o2", "poison2"};
  for (int i = 0; i < 5; ++i) {
    store_->Commit(CreateOrder(ids[i]), [&, i](Committed committed) { answers[i].Set(committed); });
    if (i == 0) held.Await();
  }
  go.Set(true);
  EXPECT_TRUE(answers[1].Await().status.ok());
  EXPECT_EQ(answers[2].Await().status.code(), absl::StatusCode::kInternal);
  const Committed after = answers[3].Await();
  ASSERT_TRUE(after.status.ok());
  EXPECT_EQ(after.events[0]->position, 5);
  EXPECT_EQ(answers[4].Await().status.code(), absl::StatusCode::kInternal);
  EXPECT_FALSE(store_->Get(OrderName("acme", "poison1"))->has_value());
  EXPECT_EQ(store_->Bounds()->newest_position, 6);
  EXPECT_EQ(store_->Stats().commits, 2);
}

TEST_F(GroupTest, TheLogIsCopiedAndStartsOver) {
  options_.checkpoint_pages = 50;
  int checkpoints = 0;  // On the writer's thread; read after Close.
  options_.probe = [&](std::string_view point) { checkpoints += point == "checkpoint.after"; };
  Open();
  for (int i = 0; i < 300; ++i) {
    ASSERT_TRUE(Commit(CreateOrder(absl::StrCat("o", i), 4'000)).status.ok());
  }
  // Some 1,800 pages were written; the log never holds many more than it is allowed.
  EXPECT_LT(std::filesystem::file_size(options_.path + "-wal"), 120u * 4'096u);
  EXPECT_GT(std::filesystem::file_size(options_.path), 1'000'000u);
  store_->Close();
  EXPECT_GE(checkpoints, 10);
  EXPECT_EQ(std::filesystem::file_size(options_.path + "-wal"), 0u);
}

// A reader in the middle of an old state stops the log from starting over, not the commits.
TEST_F(GroupTest, AReaderDelaysNobody) {
  LogCapture quiet;
  options_.checkpoint_pages = 20;
  options_.restart_pages = 200;
  Open();
  ASSERT_TRUE(Commit(CreateOrder("first")).status.ok());
  auto raw = Connection::Open(
      {.path = options_.path, .read_only = true, .busy_timeout = absl::Seconds(1)});
  ASSERT_TRUE(raw.ok());
  ASSERT_EQ((*raw)->Exec("BEGIN"), SQLITE_OK);
  ASSERT_EQ(*(*raw)->QueryInt("SELECT count(*) FROM resources"), 1);
  for (int i = 0; i < 60; ++i) {
    ASSERT_TRUE(Commit(CreateOrder(absl::StrCat("o", i), 4'000)).status.ok());
  }
  EXPECT_EQ(*(*raw)->QueryInt("SELECT count(*) FROM resources"), 1);
  ASSERT_EQ((*raw)->Exec("COMMIT"), SQLITE_OK);
  EXPECT_EQ(*(*raw)->QueryInt("SELECT count(*) FROM resources"), 61);
  const auto large = std::filesystem::file_size(options_.path + "-wal");
  for (int i = 60; i < 120; ++i) {
    ASSERT_TRUE(Commit(CreateOrder(absl::StrCat("o", i), 4'000)).status.ok());
  }
  // Used anew from its start, after one more copy at most; else these would be 360 pages more.
  EXPECT_LT(std::filesystem::file_size(options_.path + "-wal"), large + 100 * 4'120);
}

// Lists must be ranges of an index, however large the store grows.
TEST_F(GroupTest, ListsAreRangesOfAnIndex) {
  Open();
  auto raw = Connection::Open(
      {.path = options_.path, .read_only = true, .busy_timeout = absl::Seconds(1)});
  ASSERT_TRUE(raw.ok());
  ASSERT_TRUE(ListRecords(**raw, {.parent = "merchants/acme"}).ok());
  ASSERT_TRUE(ListDueRecords(**raw, absl::UnixEpoch(), 1, {"demo"}).ok());
  ASSERT_TRUE(NextDueTime(**raw).ok());
  ASSERT_TRUE(ListNotificationRows(**raw, {.merchant = "acme"}).ok());
  ASSERT_TRUE(ReadLog(**raw, {.merchant = "acme"}).ok());
  ASSERT_TRUE(ReadLog(**raw, {}).ok());
  ASSERT_TRUE(GetLogEvent(**raw, "acme", 1).ok());
  ASSERT_TRUE(GetRecord(**raw, "x").ok());
  ASSERT_TRUE(FindRequestKey(**raw, "acme", "CreateOrder", "r").ok());
  ASSERT_TRUE(FindReferenced(**raw, "payby-main", "create_order:x").ok());
  int statements = 0;
  for (sqlite3_stmt* statement = sqlite3_next_stmt((*raw)->handle(), nullptr); statement != nullptr;
       statement = sqlite3_next_stmt((*raw)->handle(), statement)) {
    const std::string sql = sqlite3_sql(statement);
    if (sql.find("SELECT") != 0 || sql.find("EXPLAIN") == 0) continue;
    ++statements;
    SCOPED_TRACE(sql);
    sqlite3_stmt* explain = nullptr;
    ASSERT_EQ(sqlite3_prepare_v2((*raw)->handle(), ("EXPLAIN QUERY PLAN " + sql).c_str(), -1,
                                 &explain, nullptr),
              SQLITE_OK);
    std::string plan;
    while (sqlite3_step(explain) == SQLITE_ROW) {
      plan += reinterpret_cast<const char*>(sqlite3_column_text(explain, 3));
      plan += '\n';
    }
    sqlite3_finalize(explain);
    EXPECT_THAT(plan, testing::HasSubstr("SEARCH"));
    EXPECT_THAT(plan, testing::Not(testing::HasSubstr("SCAN")));
    EXPECT_THAT(plan, testing::Not(testing::HasSubstr("TEMP B-TREE")));
  }
  EXPECT_EQ(statements, 10);
}

}  // namespace
}  // namespace sluice::store::sqlite
