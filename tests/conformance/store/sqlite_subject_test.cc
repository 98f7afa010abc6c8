// The SQLite store takes part in the suite.

#include <filesystem>

#include "gtest/gtest.h"
#include "server/store/sqlite/sqlite_store.h"
#include "tests/conformance/store/store_conformance.h"

namespace sluice::store {
namespace {

class SqliteSubject final : public StoreSubject {
 public:
  SqliteSubject() {
    std::string pattern = testing::TempDir() + "store-XXXXXX";
    folder_ = mkdtemp(pattern.data());
  }
  ~SqliteSubject() override { std::filesystem::remove_all(folder_); }

  absl::StatusOr<std::unique_ptr<Store>> Open(const Options& options) override {
    SqliteStoreOptions sqlite;
    sqlite.path = folder_ + "/store.db";
    sqlite.max_queued = options.max_queued;
    sqlite.checkpoint_pages = 16;  // Often, so that the suite runs across checkpoints.
    if (options.before_commit) {
      sqlite.probe = [before_commit = options.before_commit](std::string_view point) {
        if (point == "commit.before") before_commit();
      };
    }
    return OpenSqliteStore(sqlite);
  }

 private:
  std::string folder_;
};

std::unique_ptr<StoreSubject> MakeSqliteSubject() { return std::make_unique<SqliteSubject>(); }

INSTANTIATE_TEST_SUITE_P(Sqlite, StoreConformance, testing::Values(&MakeSqliteSubject));

}  // namespace
}  // namespace sluice::store
