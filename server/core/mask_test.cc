#include "server/core/mask.h"

#include <gtest/gtest.h>

#include <string>
#include <string_view>
#include <utility>

#include "server/base/random.h"
#include "server/base/utf8.h"

namespace sluice {
namespace {

TEST(MaskTest, LeavesTheEnds) {
  const std::pair<std::string_view, std::string_view> cases[] = {
      {"U123456789012", "U1*********12"},
      {"123456789", "12*****89"},
      {"12345678", "1******8"},
      {"12345", "1***5"},
      {"1234", "****"},
      {"1", "*"},
      {"", ""},
      {"éé12345€€", "éé*****€€"},
      {"éééé", "****"},
  };
  for (const auto& [text, masked] : cases) {
    EXPECT_EQ(Mask(text), masked);
    EXPECT_EQ(Mask(masked), masked);  // What an event holds may be masked again.
  }
}

TEST(MaskTest, BrokenTextStaysText) {
  EXPECT_TRUE(
      IsValidUtf8(Mask("\xff\xfe"
                       "12345678\xc3")));
  EXPECT_EQ(Mask("\xff\xff\xff"), "***");
}

TEST(CleanProviderTextTest, RemovesControlCharacters) {
  EXPECT_EQ(CleanProviderText(""), "");
  EXPECT_EQ(CleanProviderText("Insufficient funds"), "Insufficient funds");
  EXPECT_EQ(CleanProviderText("a\r\nb\tc\x1b[31md\x7f"), "abc[31md");
  EXPECT_EQ(CleanProviderText(std::string_view("a\0b", 3)), "ab");
  EXPECT_EQ(CleanProviderText("a\u0080b\u009fc\u00a0d"), "abc\u00a0d");
  EXPECT_EQ(CleanProviderText("余额不足"), "余额不足");
}

TEST(CleanProviderTextTest, ReplacesBrokenBytes) {
  EXPECT_EQ(CleanProviderText("caf\xe9!"), "caf\uFFFD!");
  EXPECT_EQ(CleanProviderText("\xc2"), "\uFFFD");
  // Dropping the inner control character must not leave one put together from its neighbours.
  const std::string odd = CleanProviderText("\xc2\xc2\x80\x80");
  EXPECT_TRUE(IsValidUtf8(odd));
  EXPECT_EQ(odd, "\uFFFD\uFFFD");
}

TEST(CleanProviderTextTest, CutsAtACharacter) {
  EXPECT_EQ(CleanProviderText(std::string(256, 'a')), std::string(256, 'a'));
  EXPECT_EQ(CleanProviderText(std::string(257, 'a')), std::string(256, 'a'));
  EXPECT_EQ(CleanProviderText(std::string(255, 'a') + "é"), std::string(255, 'a'));
  EXPECT_EQ(CleanProviderText(std::string(254, 'a') + "é"), std::string(254, 'a') + "é");
  EXPECT_EQ(CleanProviderText(std::string(1 << 20, 'a')).size(), kMaxProviderTextBytes);
}

TEST(CleanProviderTextTest, AnyBytesGiveCleanText) {
  SeededRandom random(3);
  for (int i = 0; i < 2000; ++i) {
    std::string bytes;
    for (uint64_t left = random.Next() % 600; left > 0; --left) {
      bytes.push_back(static_cast<char>(random.Next()));
    }
    const std::string clean = CleanProviderText(bytes);
    ASSERT_LE(clean.size(), kMaxProviderTextBytes);
    ASSERT_TRUE(IsValidUtf8(clean));
    ASSERT_EQ(CleanProviderText(clean), clean);
    ASSERT_TRUE(IsValidUtf8(Mask(bytes)));
  }
}

}  // namespace
}  // namespace sluice
