// Opening: whose file it is, which version, who has it open.

#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <fstream>
#include <thread>

#include "absl/strings/str_cat.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "server/store/sqlite/schema.h"
#include "server/store/sqlite/store_fixture.h"

namespace sluice::store::sqlite {
namespace {

using ::testing::HasSubstr;

class OpenTest : public StoreFixture {
 protected:
  std::unique_ptr<Connection> OpenRaw() {
    auto connection = Connection::Open({.path = options_.path, .busy_timeout = absl::Seconds(1)});
    EXPECT_TRUE(connection.ok()) << connection.status();
    return *std::move(connection);
  }

  std::string Contents() {
    std::ifstream file(options_.path, std::ios::binary);
    return {std::istreambuf_iterator<char>(file), {}};
  }
};

TEST_F(OpenTest, ASecondHandleIsRefusedByPathAndProcess) {
  Open();
  const absl::Status second = OpenStatus();
  EXPECT_EQ(second.code(), absl::StatusCode::kFailedPrecondition);
  EXPECT_THAT(second.ToString(), HasSubstr(options_.path));
  EXPECT_THAT(second.ToString(), HasSubstr(absl::StrCat("process ", getpid())));
  store_->Close();
  EXPECT_TRUE(OpenStatus().ok());
}

TEST_F(OpenTest, ALinkToTheStoreIsTheSameStore) {
  Open();
  const std::string path = options_.path;
  options_.path = folder_ + "/link.db";
  std::filesystem::create_symlink(path, options_.path);
  EXPECT_EQ(OpenStatus().code(), absl::StatusCode::kFailedPrecondition);
}

TEST_F(OpenTest, AnotherProcessIsRefusedUntilTheFirstEnds) {
  int ready[2], end[2];
  ASSERT_EQ(pipe(ready), 0);
  ASSERT_EQ(pipe(end), 0);
  const pid_t child = fork();
  if (child == 0) {
    // Holds the store until the parent closes the pipe, then dies without closing it.
    auto store = OpenSqliteStore(options_);
    char byte = store.ok() ? 'y' : 'n';
    if (write(ready[1], &byte, 1) != 1) _exit(1);
    close(end[1]);
    [[maybe_unused]] const ssize_t done = read(end[0], &byte, 1);
    _exit(0);
  }
  char byte = 0;
  ASSERT_EQ(read(ready[0], &byte, 1), 1);
  ASSERT_EQ(byte, 'y');
  const absl::Status refused = OpenStatus();
  EXPECT_EQ(refused.code(), absl::StatusCode::kFailedPrecondition);
  EXPECT_THAT(refused.ToString(), HasSubstr(absl::StrCat("process ", child)));
  close(end[1]);
  int status = 0;
  ASSERT_EQ(waitpid(child, &status, 0), child);
  EXPECT_TRUE(OpenStatus().ok());
  for (const int fd : {ready[0], ready[1], end[0]}) close(fd);
}

TEST_F(OpenTest, KeepsTheFilesPrivate) {
  Open();
  ASSERT_TRUE(Commit(CreateOrder("o1")).status.ok());
  for (const char* suffix : {"", "-wal", "-shm", ".lock"}) {
    struct stat info {};
    ASSERT_EQ(stat((options_.path + suffix).c_str(), &info), 0) << suffix;
    EXPECT_EQ(info.st_mode & 0777, 0600u) << suffix;
  }
}

TEST_F(OpenTest, RefusesWhatIsNoDatabase) {
  const std::string text = "The notes of somebody who needs them. " + std::string(8192, 'x');
  std::ofstream(options_.path) << text;
  const absl::Status status = OpenStatus();
  EXPECT_EQ(status.code(), absl::StatusCode::kFailedPrecondition);
  EXPECT_THAT(status.ToString(), HasSubstr("not a Sluice store"));
  EXPECT_EQ(Contents(), text);
}

TEST_F(OpenTest, RefusesTheDatabaseOfAnotherApplication) {
  ASSERT_EQ(OpenRaw()->Exec("CREATE TABLE diary(day, text); INSERT INTO diary VALUES(1, 'x')"),
            SQLITE_OK);
  const std::string before = Contents();
  const absl::Status status = OpenStatus();
  EXPECT_EQ(status.code(), absl::StatusCode::kFailedPrecondition);
  EXPECT_THAT(status.ToString(), HasSubstr("another application"));
  EXPECT_EQ(Contents(), before);
}

TEST_F(OpenTest, RefusesANewerVersionAndSaysWhich) {
  Open();
  store_.reset();
  const int newest = Migrations().back().version;
  ASSERT_EQ(OpenRaw()->Exec(absl::StrCat("PRAGMA user_version=", newest + 1)), SQLITE_OK);
  const absl::Status status = OpenStatus();
  EXPECT_EQ(status.code(), absl::StatusCode::kFailedPrecondition);
  EXPECT_THAT(status.ToString(), HasSubstr(absl::StrCat("version ", newest + 1)));
  EXPECT_THAT(status.ToString(), HasSubstr(absl::StrCat("up to ", newest)));
}

TEST_F(OpenTest, RefusesAFolderThatIsNotThere) {
  options_.path = folder_ + "/none/store.db";
  EXPECT_EQ(OpenStatus().code(), absl::StatusCode::kUnavailable);
  options_.path = "";
  EXPECT_EQ(OpenStatus().code(), absl::StatusCode::kInvalidArgument);
}

TEST_F(OpenTest, MigrationsAreNumberedFromOneWithoutGaps) {
  int version = 0;
  for (const Migration& migration : Migrations()) EXPECT_EQ(migration.version, ++version);
  EXPECT_GE(version, 1);
}

constexpr Migration kOne = {1,
                            "CREATE TABLE meta(key TEXT PRIMARY KEY, value TEXT);"
                            "CREATE TABLE things(a); INSERT INTO things VALUES(1);"};
constexpr Migration kTwo = {2, "ALTER TABLE things ADD COLUMN b DEFAULT 7;"};
constexpr Migration kThree = {3, "UPDATE things SET a = a + b;"};
constexpr Migration kBroken = {3, "INSERT INTO things VALUES(2, 2); INSERT INTO nowhere VALUES(1)"};

TEST_F(OpenTest, AppliesWhatIsMissingOnceAndInOrder) {
  SeededRandom random(1);
  std::string id;
  {
    const auto old = OpenRaw();
    ASSERT_TRUE(PrepareSchema(*old, "p", {kOne}, random).ok());
    EXPECT_EQ(*old->QueryInt("PRAGMA user_version"), 1);
    EXPECT_EQ(*old->QueryInt("PRAGMA application_id"), kApplicationId);
    id = *ReadStoreId(*old);
  }
  const auto connection = OpenRaw();
  const Migration all[] = {kOne, kTwo, kThree};
  ASSERT_TRUE(PrepareSchema(*connection, "p", all, random).ok());
  EXPECT_EQ(*connection->QueryInt("PRAGMA user_version"), 3);
  EXPECT_EQ(*connection->QueryInt("SELECT a FROM things"), 8);
  EXPECT_EQ(*ReadStoreId(*connection), id);
  ASSERT_TRUE(PrepareSchema(*connection, "p", all, random).ok());
  EXPECT_EQ(*connection->QueryInt("SELECT a FROM things"), 8);
}

TEST_F(OpenTest, AMigrationThatFailsChangesNothing) {
  SeededRandom random(1);
  const auto connection = OpenRaw();
  ASSERT_TRUE(PrepareSchema(*connection, "p", {kOne}, random).ok());
  const Migration broken[] = {kOne, kTwo, kBroken};
  const absl::Status status = PrepareSchema(*connection, "p", broken, random);
  EXPECT_EQ(status.code(), absl::StatusCode::kUnavailable);
  EXPECT_THAT(status.ToString(), HasSubstr("from version 1 to version 3"));
  EXPECT_EQ(*connection->QueryInt("PRAGMA user_version"), 1);
  EXPECT_EQ(*connection->QueryInt("SELECT count(*) FROM things"), 1);
  EXPECT_EQ(*connection->QueryInt("SELECT count(*) FROM pragma_table_info('things')"), 1);
}

// What was unknown when version 2 wrote it is found by version 3.
TEST_F(OpenTest, FindsTheUnknownOfVersionTwo) {
  SeededRandom random(1);
  {
    const auto old = OpenRaw();
    ASSERT_TRUE(PrepareSchema(*old, "p", Migrations().subspan(0, 2), random).ok());
    const auto insert = [&old](const std::string& name, const std::string& body) {
      return old->Exec(absl::StrCat(
          "INSERT INTO resources(kind, name, merchant, parent, state, provider_account, revision, "
          "create_time, update_time, in_flight, body) VALUES(1, '",
          name, "', 'm', 'merchants/m', 'SUBMITTING', 'a', 1, 0, 0, 0, CAST('", body,
          "' AS BLOB))"));
    };
    ASSERT_EQ(insert("lost", R"({"attempts":[{"number":1,"state":"UNKNOWN","abandoned":true,)"
                             R"("start_time":5},{"number":2,"state":"UNKNOWN","start_time":7}]})"),
              SQLITE_OK);
    ASSERT_EQ(insert("known", R"({"attempts":[{"state":"CONFIRMED","start_time":7}]})"), SQLITE_OK);
    ASSERT_EQ(insert("odd", R"("UNKNOWN" and no JSON)"), SQLITE_OK);
  }
  Open();
  ASSERT_NE(store_, nullptr);
  const auto page = store_->ListUnknown({});
  ASSERT_TRUE(page.ok()) << page.status();
  ASSERT_EQ(page->records.size(), 1u);
  EXPECT_EQ(page->records[0].name, "lost");
  EXPECT_EQ(page->records[0].unknown_since, absl::FromUnixMicros(7));
}

TEST_F(OpenTest, WritesDurablyThroughALog) {
  Open();
  store_.reset();
  EXPECT_EQ(std::filesystem::file_size(options_.path + "-wal"), 0u);  // Cut on close.
  const auto connection = OpenRaw();
  ASSERT_TRUE(SetDurability(*connection).ok());
  EXPECT_EQ(*connection->QueryInt("PRAGMA synchronous"), 2);
  EXPECT_EQ(*connection->QueryInt("PRAGMA foreign_keys"), 1);
  EXPECT_EQ(*connection->QueryInt("PRAGMA wal_autocheckpoint"), 0);
}

// Numbers must not start over when old events are removed, some day.
TEST_F(OpenTest, NumbersGoOnAfterTheLogWasPruned) {
  Open();
  ASSERT_TRUE(Commit(CreateOrder("o1")).status.ok());
  ASSERT_TRUE(Commit(CreateOrder("o2")).status.ok());
  store_.reset();
  ASSERT_EQ(OpenRaw()->Exec("DELETE FROM events WHERE position <= 3"), SQLITE_OK);
  Open();
  EXPECT_EQ(store_->Bounds()->oldest_position, 4);
  store_.reset();
  ASSERT_EQ(OpenRaw()->Exec("DELETE FROM events"), SQLITE_OK);
  Open();
  EXPECT_EQ(store_->Bounds()->oldest_position, 5);
  EXPECT_EQ(store_->Bounds()->newest_position, 4);
  const Committed next = Commit(CreateOrder("o3"));
  ASSERT_TRUE(next.status.ok());
  EXPECT_EQ(next.events[0]->position, 5);
  EXPECT_EQ(next.events[0]->sequence, 5);
}

}  // namespace
}  // namespace sluice::store::sqlite
