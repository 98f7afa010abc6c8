// Encodings, UTF-8, addresses, the environment, randomness.

#include <cstdlib>
#include <optional>
#include <set>
#include <string>
#include <string_view>

#include "gtest/gtest.h"
#include "server/base/address.h"
#include "server/base/clock.h"
#include "server/base/encoding.h"
#include "server/base/environment.h"
#include "server/base/random.h"
#include "server/base/strings.h"
#include "server/base/utf8.h"

namespace sluice {
namespace {

TEST(EncodingTest, HexRoundTrip) {
  const std::string bytes("\x00\x0f\xa5\xff", 4);
  EXPECT_EQ(HexEncode(bytes), "000fa5ff");
  EXPECT_EQ(HexEncodeUpper(bytes), "000FA5FF");
  EXPECT_EQ(*HexDecode("000FA5ff"), bytes);
  EXPECT_EQ(*HexDecode(""), "");
  for (const char* bad : {"0", "0g", " 00", "00 ", "0x00", "\xc3\xa9"}) {
    EXPECT_FALSE(HexDecode(bad).ok()) << bad;
  }
}

TEST(EncodingTest, Base64Vectors) {  // RFC 4648 section 10.
  EXPECT_EQ(Base64Encode(""), "");
  EXPECT_EQ(Base64Encode("f"), "Zg==");
  EXPECT_EQ(Base64Encode("fo"), "Zm8=");
  EXPECT_EQ(Base64Encode("foobar"), "Zm9vYmFy");
  EXPECT_EQ(Base64Encode("\xfb\xff"), "+/8=");
  EXPECT_EQ(Base64UrlEncode("\xfb\xff"), "-_8");
  EXPECT_EQ(*Base64Decode("+/8="), "\xfb\xff");
  EXPECT_EQ(*Base64UrlDecode("-_8"), "\xfb\xff");
}

TEST(EncodingTest, Base64IsStrict) {
  // Missing padding, white space, line ends, the other alphabet, stray bits, stray padding.
  for (const char* bad : {"Zg", "Zg=", " Zg==", "Zg==\n", "Zm9v\nYmFy", "-_8=", "Zh==", "Zg==="}) {
    EXPECT_FALSE(Base64Decode(bad).ok()) << bad;
  }
  for (const char* bad : {"Zg==", "+/8", "Zh", " Zg", "Z"}) {
    EXPECT_FALSE(Base64UrlDecode(bad).ok()) << bad;
  }
}

TEST(Utf8Test, WellFormed) {
  for (const char* good : {"", "abc", "\xc2\x80", "\xe0\xa0\x80", "\xed\x9f\xbf", "\xef\xbf\xbf",
                           "\xf0\x90\x80\x80", "\xf4\x8f\xbf\xbf", "درهم"}) {
    EXPECT_TRUE(IsValidUtf8(good)) << good;
  }
}

TEST(Utf8Test, IllFormed) {
  // Lone continuation, overlong, cut, surrogate, above U+10FFFF, never-used bytes.
  for (const char* bad :
       {"\x80", "\xc0\x80", "\xc1\xbf", "\xe0\x9f\xbf", "\xe2\x82", "a\xc3", "\xed\xa0\x80",
        "\xf0\x8f\xbf\xbf", "\xf4\x90\x80\x80", "\xf5\x80\x80\x80", "\xff", "\xc3("}) {
    EXPECT_FALSE(IsValidUtf8(bad)) << bad;
    EXPECT_TRUE(IsValidUtf8(ToValidUtf8(bad, 100)));
  }
}

TEST(Utf8Test, RepairsAndCutsAtCharacters) {
  EXPECT_EQ(ToValidUtf8("a\xff"
                        "b",
                        100),
            "a\xef\xbf\xbd"
            "b");
  EXPECT_EQ(ToValidUtf8("a\xc3\xa9", 2), "a");
  EXPECT_EQ(ToValidUtf8("a\xc3\xa9", 3), "a\xc3\xa9");
}

TEST(AddressTest, ParsesAndPrints) {
  EXPECT_EQ(*ParseHostPort("127.0.0.1:80"), (HostPort{"127.0.0.1", 80}));
  EXPECT_EQ(*ParseHostPort("localhost:0"), (HostPort{"localhost", 0}));
  EXPECT_EQ(*ParseHostPort("[::1]:65535"), (HostPort{"::1", 65535}));
  EXPECT_EQ((HostPort{"::1", 5}.ToString()), "[::1]:5");
  EXPECT_EQ((HostPort{"a.example", 5}.ToString()), "a.example:5");
  for (const char* bad : {"", ":80", "host", "host:", "host:65536", "host:-1", "host:+1", "host: 1",
                          "::1:80", "[::1]", "[::1:80", "[host]:80", "ho st:80", "host:000080"}) {
    EXPECT_FALSE(ParseHostPort(bad).ok()) << bad;
  }
}

TEST(AddressTest, Loopback) {
  for (const char* yes :
       {"localhost", "LOCALHOST", "127.0.0.1", "127.9.9.9", "::1", "::ffff:127.0.0.1"}) {
    EXPECT_TRUE(IsLoopback(yes)) << yes;
  }
  for (const char* no : {"", "0.0.0.0", "128.0.0.1", "::", "::2", "::ffff:10.0.0.1", "127.1",
                         "localhost.example", "10.0.0.1"}) {
    EXPECT_FALSE(IsLoopback(no)) << no;
  }
}

TEST(EnvironmentTest, SetEmptyAndUnset) {
  ASSERT_EQ(setenv("SLUICE_TEST_VARIABLE", "x", 1), 0);
  EXPECT_EQ(GetEnvironment("SLUICE_TEST_VARIABLE"), "x");
  ASSERT_EQ(setenv("SLUICE_TEST_VARIABLE", "", 1), 0);
  EXPECT_EQ(GetEnvironment("SLUICE_TEST_VARIABLE"), "");
  ASSERT_EQ(unsetenv("SLUICE_TEST_VARIABLE"), 0);
  EXPECT_EQ(GetEnvironment("SLUICE_TEST_VARIABLE"), std::nullopt);
}

TEST(RandomTest, ASeedGivesTheSameNumbersEverywhere) {
  SeededRandom a(42);
  SeededRandom b(42);
  SeededRandom c(43);
  EXPECT_EQ(a.Hex(13), b.Hex(13));
  EXPECT_EQ(a.Next(), b.Next());
  EXPECT_NE(a.Next(), c.Next());
  // The first output of mt19937_64 for its standard seed, 14514284786278117030, byte by byte.
  SeededRandom standard(5489);
  EXPECT_EQ(standard.Hex(8), "a6aef6f61c196dc9");
}

TEST(RandomTest, SystemRandomFillsEverything) {
  SystemRandom random;
  std::set<std::string> seen;
  for (int i = 0; i < 100; ++i) seen.insert(random.Hex(16));
  EXPECT_EQ(seen.size(), 100u);
  EXPECT_EQ(random.Hex(0), "");
  EXPECT_EQ(random.Hex(3).size(), 6u);
}

TEST(ClockTest, SystemClockMoves) {
  const SystemClock clock;
  EXPECT_GT(clock.Now(), absl::FromUnixSeconds(1'700'000'000));
}

TEST(StringsTest, ConcatenatesViews) {
  const std::string_view view = "b";
  EXPECT_EQ(StrCat("a", view, std::string("c"), 4), "abc4");
  EXPECT_EQ(StdView(AbslView(view)), view);
  EXPECT_TRUE(EqualsIgnoreCase("AbC", "aBc"));
  EXPECT_FALSE(EqualsIgnoreCase("ab", "abc"));
}

}  // namespace
}  // namespace sluice
