#include "providers/simulation/decimal.h"

#include "absl/strings/ascii.h"
#include "absl/strings/str_format.h"

namespace sluice::simulation {
namespace {

int64_t PowerOfTen(int exponent) {
  int64_t power = 1;
  for (int i = 0; i < exponent; ++i) power *= 10;
  return power;
}

bool AllDigits(std::string_view text) {
  for (char c : text) {
    if (!absl::ascii_isdigit(static_cast<unsigned char>(c))) return false;
  }
  return !text.empty();
}

}  // namespace

std::optional<int64_t> ParseMinorUnits(std::string_view text, int decimals,
                                       int max_integer_digits) {
  const size_t point = text.find('.');
  const std::string_view integer = text.substr(0, point);
  const std::string_view fraction =
      point == std::string_view::npos ? std::string_view() : text.substr(point + 1);
  if (!AllDigits(integer) || integer.size() > static_cast<size_t>(max_integer_digits)) return {};
  if (point != std::string_view::npos &&
      (!AllDigits(fraction) || fraction.size() > static_cast<size_t>(decimals))) {
    return {};
  }
  int64_t value = 0;
  for (char c : integer) value = value * 10 + (c - '0');
  for (char c : fraction) value = value * 10 + (c - '0');
  return value * PowerOfTen(decimals - static_cast<int>(fraction.size()));
}

std::string FormatMinorUnits(int64_t minor_units, int decimals) {
  if (decimals == 0) return absl::StrFormat("%d", minor_units);
  const int64_t unit = PowerOfTen(decimals);
  return absl::StrFormat("%d.%0*d", minor_units / unit, decimals, minor_units % unit);
}

std::string FormatMinorUnitsShort(int64_t minor_units, int decimals) {
  std::string text = FormatMinorUnits(minor_units, decimals);
  if (decimals == 0) return text;
  text.erase(text.find_last_not_of('0') + 1);
  if (text.back() == '.') text.pop_back();
  return text;
}

}  // namespace sluice::simulation
