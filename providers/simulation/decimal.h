// Decimal amounts as text, read and written by simulators on their own: the backends use
// server/core/money, and a mistake in one must show against the other.
//
// Threads: pure functions. Ownership: none.

#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace sluice::simulation {

// "12.34" with `decimals` 2 is 1234. Nothing unless the text is 1 to `max_integer_digits` digits,
// perhaps followed by '.' and 1 to `decimals` digits; both bounds together are at most 18.
std::optional<int64_t> ParseMinorUnits(std::string_view text, int decimals, int max_integer_digits);

// 1230 with `decimals` 2 is "12.30". `minor_units` is not negative.
std::string FormatMinorUnits(int64_t minor_units, int decimals);

// As FormatMinorUnits without trailing zeros: "12.3", "10".
std::string FormatMinorUnitsShort(int64_t minor_units, int decimals);

}  // namespace sluice::simulation
