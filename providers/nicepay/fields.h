// What NICEPAY asks of an order's, link's and refund's fields: lengths, characters, the cart's sum.
//
// Threads: pure functions. Ownership: arguments are borrowed for the call.

#pragma once

#include <string>
#include <string_view>

#include "absl/status/status.h"
#include "providers/api/operation.h"
#include "providers/nicepay/wallets.h"

namespace sluice::nicepay {

// NICEPAY's documented lengths, in characters.
inline constexpr size_t kMaxGoodsNameLength = 100;
inline constexpr size_t kMaxCartLength = 4000;
inline constexpr size_t kMaxUrlLength = 255;
inline constexpr size_t kMaxCancelMessageLength = 255;

// INVALID_ARGUMENT naming the fields by their paths in the request; FAILED_PRECONDITION
// CAPABILITY_MISSING for what NICEPAY does not offer in the wallet.
absl::Status ValidateFields(const Operation& operation);

// What a refund must be told apart by is missing at NICEPAY, so only one may be under way. Not part
// of ValidateFields: a refund that has begun is itself one that is under way.
absl::Status CheckNoOtherRefund(const Operation& operation);

absl::Status CheckLength(std::string_view text, size_t max_length, std::string_view field);

// --- The texts that are sent.

// The description, or the order's id.
std::string GoodsName(const Order& order);

// Digits as NICEPAY writes them: of an Indonesian number in international form ("+62812...") the
// national one ("0812..."), of others the digits.
std::string BillingPhone(const Customer& customer);

// "Indonesia" as in NICEPAY's samples; other countries by their code.
std::string BillingCountry(const Customer& customer);

// `cartData`: the line items, or one item of the whole amount. The sum is the amount both with and
// without quantities, except for a wallet whose documented sum is of price times quantity.
std::string CartData(const Order& order, const WalletFacts& wallet);

}  // namespace sluice::nicepay
