#include "server/rpc/svg_cache.h"

#include <gtest/gtest.h>

#include "server/wire/qr_svg.h"

namespace sluice::rpc {
namespace {

TEST(SvgCacheTest, DrawsOnceAndTheSame) {
  SvgCache cache;
  const auto first = cache.Draw("https://pay.example/1");
  ASSERT_NE(first, nullptr);
  EXPECT_EQ(*first, *QrSvg("https://pay.example/1"));
  EXPECT_EQ(cache.Draw("https://pay.example/1"), first);
  EXPECT_NE(*cache.Draw("https://pay.example/2"), *first);
}

TEST(SvgCacheTest, KeepsNoMoreThanItMay) {
  SvgCache cache(2);
  const auto first = cache.Draw("1");
  cache.Draw("2");
  cache.Draw("3");
  EXPECT_EQ(cache.size(), 2u);
  EXPECT_NE(cache.Draw("1"), first);  // Drawn anew.
  EXPECT_EQ(*cache.Draw("1"), *first);
}

TEST(SvgCacheTest, ATextThatNoCodeHoldsHasNoPicture) {
  SvgCache cache;
  EXPECT_EQ(cache.Draw(std::string(5000, 'x')), nullptr);
  EXPECT_EQ(cache.size(), 0u);
}

}  // namespace
}  // namespace sluice::rpc
