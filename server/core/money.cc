#include "server/core/money.h"

#include <algorithm>
#include <array>
#include <limits>

#include "absl/status/status.h"
#include "server/base/strings.h"

namespace sluice {
namespace {

// ISO 4217, by the number of decimals. IDR is the one exception: the standard has two decimals,
// but there are no sen any more and wallets take whole rupiah.
constexpr std::string_view kNoDecimals =
    "BIF CLP DJF GNF IDR ISK JPY KMF KRW PYG RWF UGX UYI VND VUV XAF XOF XPF";
constexpr std::string_view kTwoDecimals =
    "AED AFN ALL AMD ANG AOA ARS AUD AWG AZN BAM BBD BDT BGN BMD BND BOB BRL BSD BTN BWP BYN BZD "
    "CAD CDF CHF CNY COP CRC CUP CVE CZK DKK DOP DZD EGP ERN ETB EUR FJD FKP GBP GEL GHS GIP GMD "
    "GTQ GYD HKD HNL HTG HUF ILS INR IRR JMD KES KGS KHR KPW KYD KZT LAK LBP LKR LRD LSL MAD MDL "
    "MGA MKD MMK MNT MOP MRU MUR MVR MWK MXN MYR MZN NAD NGN NIO NOK NPR NZD PAB PEN PGK PHP PKR "
    "PLN QAR RON RSD RUB SAR SBD SCR SDG SEK SGD SHP SLE SOS SRD SSP STN SVC SYP SZL THB TJS TMT "
    "TOP TRY TTD TWD TZS UAH USD UYU UZS VED VES WST XCD YER ZAR ZMW ZWL";
constexpr std::string_view kThreeDecimals = "BHD IQD JOD KWD LYD OMR TND";

constexpr size_t Count(std::string_view codes) { return (codes.size() + 1) / 4; }
constexpr size_t kCurrencies = Count(kNoDecimals) + Count(kTwoDecimals) + Count(kThreeDecimals);

struct Currency {
  std::string_view code;
  int exponent = 0;
};

constexpr std::array<Currency, kCurrencies> MakeTable() {
  std::array<Currency, kCurrencies> table;
  size_t next = 0;
  const auto add = [&](std::string_view codes, int exponent) {
    for (size_t i = 0; i < codes.size(); i += 4) table[next++] = {codes.substr(i, 3), exponent};
  };
  add(kNoDecimals, 0);
  add(kTwoDecimals, 2);
  add(kThreeDecimals, 3);
  std::sort(table.begin(), table.end(),
            [](const Currency& a, const Currency& b) { return a.code < b.code; });
  return table;
}

constexpr std::array<Currency, kCurrencies> kTable = MakeTable();

constexpr bool IsUnique() {
  for (size_t i = 1; i < kTable.size(); ++i) {
    if (!(kTable[i - 1].code < kTable[i].code)) return false;
  }
  return true;
}
static_assert(IsUnique(), "a currency is listed twice");

const Currency* FindCurrency(std::string_view code) {
  const auto found = std::lower_bound(
      kTable.begin(), kTable.end(), code,
      [](const Currency& entry, std::string_view wanted) { return entry.code < wanted; });
  return found != kTable.end() && found->code == code ? &*found : nullptr;
}

bool IsDigit(char c) { return c >= '0' && c <= '9'; }

// Checks the shape -?digits[.digits] and splits it.
struct DecimalText {
  bool negative = false;
  std::string_view whole;
  std::string_view fraction;
};
absl::StatusOr<DecimalText> SplitDecimal(std::string_view text) {
  DecimalText parts;
  if (!text.empty() && text.front() == '-') {
    parts.negative = true;
    text.remove_prefix(1);
  }
  const size_t point = text.find('.');
  parts.whole = text.substr(0, point);
  if (point != std::string_view::npos) parts.fraction = text.substr(point + 1);
  const bool has_fraction = point == std::string_view::npos || !parts.fraction.empty();
  if (parts.whole.empty() || !has_fraction ||
      !std::all_of(parts.whole.begin(), parts.whole.end(), IsDigit) ||
      !std::all_of(parts.fraction.begin(), parts.fraction.end(), IsDigit)) {
    return absl::InvalidArgumentError("an amount must be decimal digits such as 12.34");
  }
  return parts;
}

}  // namespace

absl::StatusOr<int> CurrencyExponent(std::string_view currency_code) {
  const Currency* currency = FindCurrency(currency_code);
  if (currency == nullptr) {
    return absl::InvalidArgumentError("the currency must be a known ISO 4217 code in upper case");
  }
  return currency->exponent;
}

absl::StatusOr<Money> Add(const Money& a, const Money& b) {
  if (a.currency_code != b.currency_code) {
    return absl::InvalidArgumentError("amounts of different currencies cannot be added");
  }
  Money sum{a.currency_code, 0};
  if (__builtin_add_overflow(a.minor_units, b.minor_units, &sum.minor_units)) {
    return absl::OutOfRangeError("the sum of two amounts is too large");
  }
  return sum;
}

absl::StatusOr<Money> Subtract(const Money& a, const Money& b) {
  if (a.currency_code != b.currency_code) {
    return absl::InvalidArgumentError("amounts of different currencies cannot be subtracted");
  }
  Money difference{a.currency_code, 0};
  if (__builtin_sub_overflow(a.minor_units, b.minor_units, &difference.minor_units)) {
    return absl::OutOfRangeError("the difference of two amounts is too large");
  }
  return difference;
}

absl::StatusOr<Money> ParseDecimal(std::string_view text, std::string_view currency_code) {
  const absl::StatusOr<int> exponent = CurrencyExponent(currency_code);
  if (!exponent.ok()) return exponent.status();
  absl::StatusOr<DecimalText> parts = SplitDecimal(text);
  if (!parts.ok()) return parts.status();

  const size_t decimals = static_cast<size_t>(*exponent);
  const std::string_view kept = parts->fraction.substr(0, decimals);
  const std::string_view beyond = parts->fraction.substr(kept.size());
  if (beyond.find_first_not_of('0') != std::string_view::npos) {
    return absl::InvalidArgumentError("an amount must not have more decimals than its currency");
  }
  std::string digits(parts->whole);
  digits.append(kept);
  digits.append(decimals - kept.size(), '0');

  // Summed up with its sign, so that the smallest number is read as well as the largest.
  int64_t minor_units = 0;
  for (const char c : digits) {
    const int64_t digit = parts->negative ? -(c - '0') : c - '0';
    if (__builtin_mul_overflow(minor_units, int64_t{10}, &minor_units) ||
        __builtin_add_overflow(minor_units, digit, &minor_units)) {
      return absl::InvalidArgumentError("an amount is too large");
    }
  }
  return Money{std::string(currency_code), minor_units};
}

std::string FormatDecimal(const Money& money) {
  const Currency* currency = FindCurrency(money.currency_code);
  const size_t decimals = currency == nullptr ? 0 : static_cast<size_t>(currency->exponent);
  // The absolute value of the smallest number does not fit in int64_t.
  const bool negative = money.minor_units < 0;
  const uint64_t bits = static_cast<uint64_t>(money.minor_units);
  std::string digits = std::to_string(negative ? uint64_t{0} - bits : bits);
  if (digits.size() <= decimals) digits.insert(0, decimals + 1 - digits.size(), '0');
  if (decimals > 0) digits.insert(digits.size() - decimals, 1, '.');
  if (negative) digits.insert(0, 1, '-');
  return digits;
}

std::string Describe(const Money& money) {
  if (money.empty()) return FormatDecimal(money);
  return StrCat(FormatDecimal(money), " ", money.currency_code);
}

}  // namespace sluice
