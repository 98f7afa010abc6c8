#include "tests/demo/dana_night.h"

namespace sluice::demo {
namespace {

constexpr absl::Duration kSceneTakes = absl::Minutes(5);  // At most, with every wait of it.

}  // namespace

absl::Duration UntilDanaGivesBack(absl::Time now) {
  const absl::TimeZone jakarta = absl::FixedTimeZone(7 * 60 * 60);
  const absl::Time midnight =
      absl::FromCivil(absl::ToCivilDay(now + kSceneTakes, jakarta), jakarta);
  const absl::Time one_o_clock = midnight + absl::Hours(1);
  return now < one_o_clock ? one_o_clock - now : absl::ZeroDuration();
}

}  // namespace sluice::demo
