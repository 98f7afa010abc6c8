#include "providers/simulation/decimal.h"

#include <gtest/gtest.h>

namespace sluice::simulation {
namespace {

TEST(DecimalTest, ReadsExactly) {
  EXPECT_EQ(ParseMinorUnits("12.34", 2, 10), 1234);
  EXPECT_EQ(ParseMinorUnits("12.3", 2, 10), 1230);
  EXPECT_EQ(ParseMinorUnits("12", 2, 10), 1200);
  EXPECT_EQ(ParseMinorUnits("0.01", 2, 10), 1);
  EXPECT_EQ(ParseMinorUnits("0", 2, 10), 0);
  EXPECT_EQ(ParseMinorUnits("9999999999.99", 2, 10), 999999999999);
  EXPECT_EQ(ParseMinorUnits("15000", 0, 12), 15000);
}

TEST(DecimalTest, RefusesEverythingElse) {
  for (const char* text : {"", ".", "1.", ".5", "-1", "+1", "1e1", "1,5", " 1", "1 ", "12.345",
                           "10000000000", "0x1", "1.2.3"}) {
    EXPECT_EQ(ParseMinorUnits(text, 2, 10), std::nullopt) << text;
  }
  EXPECT_EQ(ParseMinorUnits("1.0", 0, 12), std::nullopt);
}

TEST(DecimalTest, Writes) {
  EXPECT_EQ(FormatMinorUnits(1230, 2), "12.30");
  EXPECT_EQ(FormatMinorUnits(5, 2), "0.05");
  EXPECT_EQ(FormatMinorUnits(15000, 0), "15000");
  EXPECT_EQ(FormatMinorUnitsShort(1230, 2), "12.3");
  EXPECT_EQ(FormatMinorUnitsShort(1000, 2), "10");
  EXPECT_EQ(FormatMinorUnitsShort(0, 2), "0");
  EXPECT_EQ(FormatMinorUnitsShort(15000, 0), "15000");
}

}  // namespace
}  // namespace sluice::simulation
