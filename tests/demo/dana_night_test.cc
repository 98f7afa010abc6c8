#include "tests/demo/dana_night.h"

#include <gtest/gtest.h>

namespace sluice::demo {
namespace {

absl::Time Jakarta(int day, int hour, int minute) {
  return absl::FromCivil(absl::CivilMinute(2026, 11, day, hour, minute),
                         absl::FixedTimeZone(7 * 60 * 60));
}

TEST(DanaNightTest, ByDayThereIsNothingToWaitFor) {
  EXPECT_EQ(UntilDanaGivesBack(Jakarta(21, 1, 0)), absl::ZeroDuration());
  EXPECT_EQ(UntilDanaGivesBack(Jakarta(21, 12, 0)), absl::ZeroDuration());
  EXPECT_EQ(UntilDanaGivesBack(Jakarta(21, 23, 54)), absl::ZeroDuration());
}

TEST(DanaNightTest, AfterMidnightItIsUntilOne) {
  EXPECT_EQ(UntilDanaGivesBack(Jakarta(22, 0, 0)), absl::Hours(1));
  EXPECT_EQ(UntilDanaGivesBack(Jakarta(22, 0, 59)), absl::Minutes(1));
}

TEST(DanaNightTest, JustBeforeMidnightTheNightIsPassedToo) {
  EXPECT_EQ(UntilDanaGivesBack(Jakarta(21, 23, 56)), absl::Minutes(64));
}

}  // namespace
}  // namespace sluice::demo
