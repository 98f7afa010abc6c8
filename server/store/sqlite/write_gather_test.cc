#include "server/store/sqlite/write_gather.h"

#include <string>
#include <utility>
#include <vector>

#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace sluice::store::sqlite {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::Pair;

// An SQLite file that takes writes and remembers them.
struct FakeFile {
  sqlite3_file header{};
  sqlite3_io_methods methods{};
  std::vector<std::pair<int64_t, std::string>> writes;
  int code = SQLITE_OK;

  FakeFile() {
    methods.xWrite = [](sqlite3_file* file, const void* data, int size, sqlite3_int64 offset) {
      auto* const self = reinterpret_cast<FakeFile*>(file);
      self->writes.emplace_back(offset, std::string(static_cast<const char*>(data), size));
      return self->code;
    };
    header.pMethods = &methods;
  }
};

TEST(WriteGatherTest, WritesThatFollowOneAnotherAreOne) {
  FakeFile file;
  WriteGather gather(&file.header);
  EXPECT_EQ(gather.Write("ab", 2, 100), SQLITE_OK);
  EXPECT_EQ(gather.Write("cde", 3, 102), SQLITE_OK);
  EXPECT_THAT(file.writes, IsEmpty());
  EXPECT_EQ(gather.Flush(), SQLITE_OK);
  EXPECT_EQ(gather.Flush(), SQLITE_OK);
  EXPECT_THAT(file.writes, ElementsAre(Pair(100, "abcde")));
}

TEST(WriteGatherTest, AnotherPlaceBeginsAnew) {
  FakeFile file;
  WriteGather gather(&file.header);
  gather.Write("ab", 2, 100);
  gather.Write("cd", 2, 50);  // Back.
  gather.Write("ef", 2, 53);  // A gap.
  gather.Write("gh", 2, 54);  // Over what is held.
  gather.Flush();
  EXPECT_THAT(file.writes,
              ElementsAre(Pair(100, "ab"), Pair(50, "cd"), Pair(53, "ef"), Pair(54, "gh")));
}

TEST(WriteGatherTest, HoldsABoundedAmount) {
  FakeFile file;
  WriteGather gather(&file.header);
  const std::string page(4096, 'p');
  for (int i = 0; i < 100; ++i) gather.Write(page.data(), 4096, i * 4096);
  gather.Flush();
  ASSERT_GT(file.writes.size(), 3u);
  int64_t end = 0;
  for (const auto& [offset, data] : file.writes) {
    EXPECT_EQ(offset, end);
    EXPECT_LE(data.size(), WriteGather::kMostBytes);
    end += static_cast<int64_t>(data.size());
  }
  EXPECT_EQ(end, 100 * 4096);
}

TEST(WriteGatherTest, AFailureIsToldOnceAndForgotten) {
  FakeFile file;
  WriteGather gather(&file.header);
  gather.Write("ab", 2, 0);
  file.code = SQLITE_FULL;
  EXPECT_EQ(gather.Write("cd", 2, 10), SQLITE_FULL);
  file.code = SQLITE_OK;
  EXPECT_EQ(gather.Write("ef", 2, 20), SQLITE_OK);
  EXPECT_EQ(gather.Flush(), SQLITE_OK);
  EXPECT_THAT(file.writes, ElementsAre(Pair(0, "ab"), Pair(20, "ef")));
}

}  // namespace
}  // namespace sluice::store::sqlite
