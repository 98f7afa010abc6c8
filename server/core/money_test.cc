#include "server/core/money.h"

#include <gtest/gtest.h>

#include <limits>
#include <string>
#include <utility>

#include "server/base/random.h"
#include "server/base/strings.h"

namespace sluice {
namespace {

constexpr int64_t kMax = std::numeric_limits<int64_t>::max();
constexpr int64_t kMin = std::numeric_limits<int64_t>::min();

TEST(CurrencyTest, KnowsTheDecimals) {
  const std::pair<std::string_view, int> cases[] = {{"AED", 2}, {"USD", 2}, {"EUR", 2}, {"CNY", 2},
                                                    {"IDR", 0}, {"JPY", 0}, {"VND", 0}, {"KWD", 3},
                                                    {"BHD", 3}, {"ZWL", 2}};
  for (const auto& [code, exponent] : cases) {
    ASSERT_TRUE(CurrencyExponent(code).ok()) << code;
    EXPECT_EQ(*CurrencyExponent(code), exponent) << code;
  }
}

TEST(CurrencyTest, RefusesWhatIsNoCode) {
  for (const std::string_view code :
       {"", "A", "AE", "aed", "AEDX", "AED ", " AED", "XXX", "ZZZ", "AAA", "ALL AMD", "US\0D"}) {
    EXPECT_EQ(CurrencyExponent(code).status().code(), absl::StatusCode::kInvalidArgument) << code;
  }
}

TEST(ParseDecimalTest, ReadsExactly) {
  struct Case {
    std::string_view text, currency;
    int64_t minor_units;
  };
  const Case cases[] = {
      {"12.34", "AED", 1234},
      {"12.340", "AED", 1234},
      {"12.3400000000000000000000000", "AED", 1234},
      {"12.3", "AED", 1230},
      {"12", "AED", 1200},
      {"0.01", "AED", 1},
      {"0", "AED", 0},
      {"-0", "AED", 0},
      {"-0.00", "AED", 0},
      {"-12.34", "AED", -1234},
      {"007.10", "AED", 710},
      {"15000", "IDR", 15000},
      {"200.000", "IDR", 200},  // Decimals, not thousands.
      {"15000.00", "IDR", 15000},
      {"1.5", "KWD", 1500},
      {"92233720368547758.07", "AED", kMax},
      {"-92233720368547758.08", "AED", kMin},
      {"9223372036854775807", "IDR", kMax},
      {"00000000000000000000000000000001", "IDR", 1},
  };
  for (const Case& c : cases) {
    const auto money = ParseDecimal(c.text, c.currency);
    ASSERT_TRUE(money.ok()) << c.text << " " << money.status();
    EXPECT_EQ(*money, (Money{std::string(c.currency), c.minor_units})) << c.text;
  }
}

TEST(ParseDecimalTest, RefusesEverythingElse) {
  const std::pair<std::string_view, std::string_view> cases[] = {
      {"", "AED"},
      {"-", "AED"},
      {".", "AED"},
      {"-.", "AED"},
      {".5", "AED"},
      {"5.", "AED"},
      {"1e3", "AED"},
      {"1E3", "AED"},
      {"1.2.3", "AED"},
      {"+1", "AED"},
      {"--1", "AED"},
      {"1-", "AED"},
      {" 1", "AED"},
      {"1 ", "AED"},
      {"1,000", "AED"},
      {"1'000", "AED"},
      {"0x10", "AED"},
      {"NaN", "AED"},
      {"inf", "AED"},
      {"12.345", "AED"},
      {"12.3401", "AED"},
      {"0.5", "IDR"},
      {"1.0005", "KWD"},
      {"٣", "AED"},
      {"12.34", "aed"},
      {"12.34", ""},
      {"92233720368547758.08", "AED"},
      {"-92233720368547758.09", "AED"},
      {"9223372036854775808", "IDR"},
      {"9999999999999999999", "IDR"},
      {"99999999999999999999999999999", "AED"},
      {std::string_view("1\0", 2), "AED"},
  };
  for (const auto& [text, currency] : cases) {
    const auto money = ParseDecimal(text, currency);
    EXPECT_EQ(money.status().code(), absl::StatusCode::kInvalidArgument) << text;
  }
}

TEST(ParseDecimalTest, NineteenDigits) {
  EXPECT_EQ(ParseDecimal("1234567890123456789", "IDR")->minor_units, 1234567890123456789);
  EXPECT_FALSE(ParseDecimal("1234567890123456789", "AED").ok());
}

TEST(FormatDecimalTest, WritesTheCurrencysDecimals) {
  const std::pair<Money, std::string_view> cases[] = {
      {{"AED", 1230}, "12.30"},
      {{"AED", 1}, "0.01"},
      {{"AED", 10}, "0.10"},
      {{"AED", 0}, "0.00"},
      {{"AED", -1}, "-0.01"},
      {{"AED", -1234}, "-12.34"},
      {{"IDR", 15000}, "15000"},
      {{"IDR", -1}, "-1"},
      {{"KWD", 1}, "0.001"},
      {{"AED", kMax}, "92233720368547758.07"},
      {{"AED", kMin}, "-92233720368547758.08"},
      {{"IDR", kMin}, "-9223372036854775808"},
      {{"???", 1234}, "1234"},
      {{"", 0}, "0"},
  };
  for (const auto& [money, text] : cases) EXPECT_EQ(FormatDecimal(money), text);
  EXPECT_EQ(Describe({"AED", 1230}), "12.30 AED");
  EXPECT_EQ(Describe({}), "0");
}

TEST(FormatDecimalTest, IsReadBack) {
  const uint64_t seed = 20261121;
  SCOPED_TRACE(StrCat("seed ", seed));
  SeededRandom random(seed);
  for (int i = 0; i < 5000; ++i) {
    for (const char* currency : {"AED", "IDR", "KWD"}) {
      const Money money{currency, static_cast<int64_t>(random.Next()) >> random.Next() % 64};
      const auto read = ParseDecimal(FormatDecimal(money), currency);
      ASSERT_TRUE(read.ok()) << FormatDecimal(money);
      ASSERT_EQ(*read, money);
    }
  }
}

TEST(ArithmeticTest, IsExactOrRefused) {
  EXPECT_EQ(*Add({"AED", 1}, {"AED", 2}), (Money{"AED", 3}));
  EXPECT_EQ(*Subtract({"AED", 1}, {"AED", 2}), (Money{"AED", -1}));
  EXPECT_EQ(*Add({"AED", kMax}, {"AED", kMin}), (Money{"AED", -1}));
  EXPECT_EQ(Add({"AED", kMax}, {"AED", 1}).status().code(), absl::StatusCode::kOutOfRange);
  EXPECT_EQ(Add({"AED", kMin}, {"AED", -1}).status().code(), absl::StatusCode::kOutOfRange);
  EXPECT_EQ(Subtract({"AED", kMin}, {"AED", 1}).status().code(), absl::StatusCode::kOutOfRange);
  EXPECT_EQ(Subtract({"AED", 0}, {"AED", kMin}).status().code(), absl::StatusCode::kOutOfRange);
  EXPECT_EQ(Add({"AED", 1}, {"USD", 1}).status().code(), absl::StatusCode::kInvalidArgument);
  EXPECT_EQ(Subtract({"AED", 1}, {"", 1}).status().code(), absl::StatusCode::kInvalidArgument);
}

}  // namespace
}  // namespace sluice
