// Money as text and back, in integers only.
//
// Threads: pure functions. Ownership: values.

#pragma once

#include <string>
#include <string_view>

#include "sluice/client/error.h"
#include "sluice/v1/money.pb.h"

namespace sluice::client {

// "12.34" of AED is 1234 fils. Refuses an unknown currency, an empty text, blanks, separators of
// thousands, '+', exponents, more decimals than the currency has, and what does not fit in 64 bits.
Result<v1::Money> ParseMoney(std::string_view currency_code, std::string_view text);

// {AED, 1234} is "12.34", with all decimals of the currency. Refuses an unknown currency.
Result<std::string> FormatMoney(const v1::Money& money);

// Refuse two currencies, and what does not fit in 64 bits.
Result<v1::Money> Add(const v1::Money& a, const v1::Money& b);
Result<v1::Money> Subtract(const v1::Money& a, const v1::Money& b);

// Decimals of a currency in Sluice (ISO 4217, but IDR, which has none here).
Result<int> CurrencyExponent(std::string_view currency_code);

}  // namespace sluice::client
