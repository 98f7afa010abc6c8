#include "server/rpc/answer_cache.h"

#include <string>

#include "gtest/gtest.h"

namespace sluice::rpc {
namespace {

std::string Text(const grpc::ByteBuffer& bytes) {
  grpc::Slice slice;
  EXPECT_TRUE(bytes.DumpToSingleSlice(&slice).ok());
  return std::string(reinterpret_cast<const char*>(slice.begin()), slice.size());
}

class AnswerCacheTest : public ::testing::Test {
 protected:
  std::string Ask(AnswerCache& cache, std::shared_ptr<const int> resource, size_t bytes = 10) {
    return Text(cache.Of(resource, [&] {
      ++encoded_;
      return std::to_string(*resource) + std::string(bytes, 'x');
    }));
  }
  int encoded_ = 0;
};

TEST_F(AnswerCacheTest, EncodesAResourceOnce) {
  AnswerCache cache;
  const auto one = std::make_shared<const int>(1);
  EXPECT_EQ(Ask(cache, one), "1xxxxxxxxxx");
  EXPECT_EQ(Ask(cache, one), "1xxxxxxxxxx");
  EXPECT_EQ(encoded_, 1);
}

// A change makes another object: also where it comes to lie at the same address.
TEST_F(AnswerCacheTest, TheNextRevisionIsAnotherResource) {
  AnswerCache cache(1);
  for (int revision = 1; revision <= 100; ++revision) {
    const auto resource = std::make_shared<const int>(revision);
    EXPECT_EQ(Ask(cache, resource), std::to_string(revision) + "xxxxxxxxxx");
  }
  EXPECT_EQ(encoded_, 100);
}

TEST_F(AnswerCacheTest, KeepsNoMoreThanItsPlaces) {
  AnswerCache cache(4);
  std::vector<std::weak_ptr<const int>> resources;
  for (int i = 0; i < 100; ++i) {
    const auto resource = std::make_shared<const int>(i);
    resources.push_back(resource);
    Ask(cache, resource);
  }
  int kept = 0;
  for (const auto& resource : resources) kept += resource.expired() ? 0 : 1;
  EXPECT_GE(kept, 1);
  EXPECT_LE(kept, 4);
}

TEST_F(AnswerCacheTest, LargeAnswersAreNotKept) {
  AnswerCache cache;
  auto large = std::make_shared<const int>(7);
  EXPECT_EQ(Ask(cache, large, AnswerCache::kMostBytes).size(), AnswerCache::kMostBytes + 1);
  Ask(cache, large, AnswerCache::kMostBytes);
  EXPECT_EQ(encoded_, 2);
  EXPECT_EQ(large.use_count(), 1);
}

}  // namespace
}  // namespace sluice::rpc
