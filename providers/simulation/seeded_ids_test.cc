#include "providers/simulation/seeded_ids.h"

#include <gtest/gtest.h>

#include <set>

#include "providers/simulation/ledger.h"

namespace sluice::simulation {
namespace {

const absl::Time kNow = absl::FromUnixMillis(1767225600123);

TEST(SeededIdsTest, TimeNumbersHaveTheShapeAndRise) {
  SeededIds ids(1);
  std::set<std::string> seen;
  std::string last;
  for (int i = 0; i < 5000; ++i) {
    const std::string number = ids.TimeNumber("13", kNow);
    ASSERT_EQ(number.size(), 18u);
    ASSERT_EQ(number.substr(0, 2), "13");
    ASSERT_GT(number, last);
    last = number;
    seen.insert(number);
  }
  EXPECT_EQ(seen.size(), 5000u);
  EXPECT_EQ(SeededIds(1).TimeNumber("13", kNow).substr(2, 13), "1767225600123");
  EXPECT_EQ(ids.TimeNumber("13", kNow - absl::Hours(1)).size(), 18u);  // A clock set back.
  EXPECT_GT(ids.TimeNumber("13", kNow - absl::Hours(1)), last);
}

TEST(SeededIdsTest, TheSeedDecides) {
  const auto draw = [](uint64_t seed) {
    SeededIds ids(seed);
    return ids.Hex(16) + ids.Digits(6) + ids.TimeNumber("19", kNow);
  };
  EXPECT_EQ(draw(5), draw(5));
  EXPECT_NE(draw(5), draw(6));
}

TEST(SeededIdsTest, HexAndDigitsHaveTheirLength) {
  SeededIds ids(3);
  EXPECT_EQ(ids.Hex(16).size(), 32u);
  for (int count : {1, 6, 18}) {
    const std::string digits = ids.Digits(count);
    EXPECT_EQ(digits.size(), static_cast<size_t>(count));
    EXPECT_EQ(digits.find_first_not_of("0123456789"), std::string::npos);
  }
}

TEST(SeededIdsTest, CountsPerName) {
  SeededIds ids(1);
  EXPECT_EQ(ids.Count("a"), 1);
  EXPECT_EQ(ids.Count("a"), 2);
  EXPECT_EQ(ids.Count("b"), 1);
}

TEST(LedgerTest, NumbersEntriesInOrder) {
  Ledger ledger;
  for (const char* operation : {"pay", "refund"}) {
    LedgerEntry entry;
    entry.index = 99;
    entry.operation = operation;
    ledger.Append(entry);
  }
  const std::vector<LedgerEntry> entries = ledger.Entries();
  ASSERT_EQ(entries.size(), 2u);
  EXPECT_EQ(entries[0].index, 1);
  EXPECT_EQ(entries[0].operation, "pay");
  EXPECT_EQ(entries[1].index, 2);
}

}  // namespace
}  // namespace sluice::simulation
