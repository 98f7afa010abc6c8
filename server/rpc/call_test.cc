#include "server/rpc/call.h"

#include <gtest/gtest.h>

#include "server/rpc/list.h"

namespace sluice::rpc {
namespace {

TEST(CallTest, KnowsATraceparent) {
  const std::string good = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01";
  EXPECT_TRUE(IsTraceparent(good));
  EXPECT_FALSE(IsTraceparent(""));
  EXPECT_FALSE(IsTraceparent(good + "0"));
  EXPECT_FALSE(IsTraceparent(good.substr(1)));
  EXPECT_FALSE(IsTraceparent("01" + good.substr(2)));
  EXPECT_FALSE(IsTraceparent("00-0AF7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"));
  EXPECT_FALSE(IsTraceparent("00-00000000000000000000000000000000-b7ad6b7169203331-01"));
  EXPECT_FALSE(IsTraceparent("00-0af7651916cd43dd8448eb211c80319c-0000000000000000-01"));
  EXPECT_FALSE(IsTraceparent("00-0af7651916cd43dd8448eb211c80319c_b7ad6b7169203331-01"));
}

TEST(CallTest, SlicesListsInMemory) {
  const uint64_t hash = PageRequestHash({"ListThings", "shop"});
  std::string token;
  std::vector<size_t> seen;
  for (int page = 0; page < 10; ++page) {
    const auto slice = SliceOf(7, 3, token, hash);
    ASSERT_TRUE(slice.ok()) << slice.status();
    for (size_t i = slice->begin; i < slice->end; ++i) seen.push_back(i);
    token = slice->next_page_token;
    if (token.empty()) break;
  }
  EXPECT_EQ(seen, (std::vector<size_t>{0, 1, 2, 3, 4, 5, 6}));
  EXPECT_FALSE(SliceOf(7, 3, "nonsense", hash).ok());
  EXPECT_FALSE(SliceOf(7, 3, EncodePageToken("3", hash + 1), hash).ok());
  EXPECT_FALSE(SliceOf(7, -1, "", hash).ok());
  // The list became shorter since: nothing is left, and that is no error.
  EXPECT_EQ(SliceOf(2, 3, EncodePageToken("6", hash), hash)->begin, 2u);
}

}  // namespace
}  // namespace sluice::rpc
