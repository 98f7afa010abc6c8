// Money as an integer of minor units with its currency; never a floating-point number.
//
// Threads: plain values, pure functions.
// Ownership: values.

#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "absl/status/statusor.h"

namespace sluice {

struct Money {
  std::string currency_code;  // ISO 4217, upper case, e.g. "AED"; empty: no amount.
  int64_t minor_units = 0;    // Fils, rupiah (IDR is kept as whole rupiah), cents.

  bool empty() const { return currency_code.empty(); }
  friend bool operator==(const Money&, const Money&) = default;
};

// The largest amount that any path accepts: far below where sums of amounts could overflow.
inline constexpr int64_t kMaxMinorUnits = 1'000'000'000'000'000;

// How many decimals the currency has in Sluice and on every provider's wire ("AED" 2, "IDR" 0,
// "USD" 2, "JPY" 0). INVALID_ARGUMENT when the currency is not in the table.
absl::StatusOr<int> CurrencyExponent(std::string_view currency_code);

// Exact sum and difference. INVALID_ARGUMENT on different currencies, OUT_OF_RANGE on overflow.
absl::StatusOr<Money> Add(const Money& a, const Money& b);
absl::StatusOr<Money> Subtract(const Money& a, const Money& b);

// Reads decimal text ("12.34", "12", "200.000") exactly. Refuses signs other than '-', exponents,
// empty text and digits other than zero beyond the currency's exponent.
absl::StatusOr<Money> ParseDecimal(std::string_view text, std::string_view currency_code);

// Writes with exactly the currency's decimals ("12.30", "15000"); a currency that is not in the
// table is written in minor units.
std::string FormatDecimal(const Money& money);

// FormatDecimal and the currency, for people: "12.30 AED".
std::string Describe(const Money& money);

}  // namespace sluice
