#include "sluice/client/money.h"

#include <array>
#include <limits>

namespace sluice::client {
namespace {

// Decimals, and the codes that have so many. The server's table is the judge: certification holds
// this one against it.
struct Group {
  int exponent;
  std::string_view codes;
};
constexpr std::array<Group, 3> kGroups = {{
    {0, "BIF CLP DJF GNF IDR ISK JPY KMF KRW PYG RWF UGX UYI VND VUV XAF XOF XPF"},
    {2,
     "AED AFN ALL AMD ANG AOA ARS AUD AWG AZN BAM BBD BDT BGN BMD BND BOB BRL BSD BTN BWP BYN BZD "
     "CAD CDF CHF CNY COP CRC CUP CVE CZK DKK DOP DZD EGP ERN ETB EUR FJD FKP GBP GEL GHS GIP GMD "
     "GTQ GYD HKD HNL HTG HUF ILS INR IRR JMD KES KGS KHR KPW KYD KZT LAK LBP LKR LRD LSL MAD MDL "
     "MGA MKD MMK MNT MOP MRU MUR MVR MWK MXN MYR MZN NAD NGN NIO NOK NPR NZD PAB PEN PGK PHP PKR "
     "PLN QAR RON RSD RUB SAR SBD SCR SDG SEK SGD SHP SLE SOS SRD SSP STN SVC SYP SZL THB TJS TMT "
     "TOP TRY TTD TWD TZS UAH USD UYU UZS VED VES WST XCD YER ZAR ZMW ZWL"},
    {3, "BHD IQD JOD KWD LYD OMR TND"},
}};

constexpr size_t kCodeLength = 3;

bool IsDigit(char c) { return c >= '0' && c <= '9'; }

// Appends a digit to a number that is kept negative, because the negative range is the larger one.
bool AppendDigit(int64_t* number, int digit) {
  return !__builtin_mul_overflow(*number, int64_t{10}, number) &&
         !__builtin_sub_overflow(*number, int64_t{digit}, number);
}

Error BadText(std::string_view rule) { return RefusedHere("the amount " + std::string(rule)); }

v1::Money Make(const std::string& currency_code, int64_t minor_units) {
  v1::Money money;
  money.set_currency_code(currency_code);
  money.set_minor_units(minor_units);
  return money;
}

}  // namespace

Result<int> CurrencyExponent(std::string_view currency_code) {
  if (currency_code.size() == kCodeLength) {
    for (const Group& group : kGroups) {
      for (size_t i = 0; i < group.codes.size(); i += kCodeLength + 1) {
        if (group.codes.substr(i, kCodeLength) == currency_code) return group.exponent;
      }
    }
  }
  return RefusedHere("the currency is not an ISO 4217 code that Sluice knows");
}

Result<v1::Money> ParseMoney(std::string_view currency_code, std::string_view text) {
  const Result<int> exponent = CurrencyExponent(currency_code);
  if (!exponent.ok()) return exponent.error();
  const bool negative = !text.empty() && text.front() == '-';
  if (negative) text.remove_prefix(1);
  const size_t dot = text.find('.');
  const std::string_view whole = text.substr(0, dot);
  const std::string_view decimals = dot == text.npos ? "" : text.substr(dot + 1);
  if (whole.empty() || (dot != text.npos && decimals.empty())) {
    return BadText("must be digits, with digits on both sides of a point");
  }
  if (decimals.size() > static_cast<size_t>(*exponent)) {
    return BadText("has more decimals than its currency");
  }
  int64_t number = 0;
  for (const std::string_view part : {whole, decimals}) {
    for (const char c : part) {
      if (!IsDigit(c)) return BadText("must be digits and at most one point");
      if (!AppendDigit(&number, c - '0')) return BadText("is too large");
    }
  }
  for (int i = static_cast<int>(decimals.size()); i < *exponent; ++i) {
    if (!AppendDigit(&number, 0)) return BadText("is too large");
  }
  if (!negative && number == std::numeric_limits<int64_t>::min()) return BadText("is too large");
  return Make(std::string(currency_code), negative ? number : -number);
}

Result<std::string> FormatMoney(const v1::Money& money) {
  const Result<int> exponent = CurrencyExponent(money.currency_code());
  if (!exponent.ok()) return exponent.error();
  std::string digits = std::to_string(money.minor_units());
  const std::string sign = digits.front() == '-' ? "-" : "";
  digits.erase(0, sign.size());
  const auto decimals = static_cast<size_t>(*exponent);
  if (digits.size() <= decimals) digits.insert(0, decimals + 1 - digits.size(), '0');
  if (decimals > 0) digits.insert(digits.size() - decimals, 1, '.');
  return sign + digits;
}

Result<v1::Money> Add(const v1::Money& a, const v1::Money& b) {
  if (a.currency_code() != b.currency_code()) return RefusedHere("the currencies differ");
  int64_t sum = 0;
  if (__builtin_add_overflow(a.minor_units(), b.minor_units(), &sum))
    return BadText("is too large");
  return Make(a.currency_code(), sum);
}

Result<v1::Money> Subtract(const v1::Money& a, const v1::Money& b) {
  if (a.currency_code() != b.currency_code()) return RefusedHere("the currencies differ");
  int64_t rest = 0;
  if (__builtin_sub_overflow(a.minor_units(), b.minor_units(), &rest)) {
    return BadText("is too large");
  }
  return Make(a.currency_code(), rest);
}

}  // namespace sluice::client
