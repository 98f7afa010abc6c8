#include "sluice/client/money.h"

#include <gtest/gtest.h>

#include <limits>

namespace sluice::client {
namespace {

v1::Money Units(const std::string& currency, int64_t units) {
  v1::Money money;
  money.set_currency_code(currency);
  money.set_minor_units(units);
  return money;
}

TEST(Money, TextAndBack) {
  struct Case {
    const char* currency;
    const char* text;
    int64_t units;
  };
  for (const Case& c :
       {Case{"AED", "12.34", 1234}, Case{"AED", "-0.05", -5}, Case{"USD", "0.00", 0},
        Case{"IDR", "15000", 15000}, Case{"KWD", "1.005", 1005},
        Case{"AED", "92233720368547758.07", std::numeric_limits<int64_t>::max()},
        Case{"AED", "-92233720368547758.08", std::numeric_limits<int64_t>::min()}}) {
    const auto parsed = ParseMoney(c.currency, c.text);
    ASSERT_TRUE(parsed.ok()) << c.text;
    EXPECT_EQ(parsed->minor_units(), c.units);
    EXPECT_EQ(*FormatMoney(Units(c.currency, c.units)), c.text);
  }
  EXPECT_EQ(ParseMoney("AED", "12")->minor_units(), 1200);
  EXPECT_EQ(ParseMoney("AED", "12.3")->minor_units(), 1230);
}

TEST(Money, WhatIsNoExactAmountIsRefused) {
  for (const char* const text :
       {"", ".", "1.", ".5", "-", "+1", "1e3", "1,000", " 1", "1 ", "1.2.3", "1.234", "0x10", "NaN",
        "92233720368547758.08", "--1", "1.-5"}) {
    const auto parsed = ParseMoney("AED", text);
    ASSERT_FALSE(parsed.ok()) << text;
    EXPECT_EQ(parsed.error().code, grpc::StatusCode::INVALID_ARGUMENT);
    EXPECT_EQ(parsed.error().side_effect, SideEffect::kNone);
  }
  EXPECT_FALSE(ParseMoney("IDR", "1.5").ok());
  for (const char* const currency : {"", "aed", "XXX", "AE", "AED ", "D AF"}) {
    EXPECT_FALSE(ParseMoney(currency, "1").ok()) << currency;
  }
}

TEST(Money, SumsAreChecked) {
  EXPECT_EQ(Add(Units("AED", 1), Units("AED", 2))->minor_units(), 3);
  EXPECT_EQ(Subtract(Units("AED", 1), Units("AED", 2))->minor_units(), -1);
  EXPECT_FALSE(Add(Units("AED", 1), Units("USD", 2)).ok());
  EXPECT_FALSE(Subtract(Units("AED", 1), Units("USD", 2)).ok());
  EXPECT_FALSE(Add(Units("AED", std::numeric_limits<int64_t>::max()), Units("AED", 1)).ok());
  EXPECT_FALSE(Subtract(Units("AED", std::numeric_limits<int64_t>::min()), Units("AED", 1)).ok());
}

}  // namespace
}  // namespace sluice::client
