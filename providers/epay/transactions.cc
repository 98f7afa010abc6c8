#include "providers/epay/transactions.h"

#include <algorithm>
#include <optional>
#include <utility>

#include "absl/strings/str_replace.h"
#include "providers/epay/requests.h"
#include "providers/epay/statuses.h"
#include "server/base/strings.h"
#include "server/core/mask.h"

namespace sluice::epay {
namespace {

constexpr size_t kMaxRateLength = 32;    // Six decimals are documented.
constexpr size_t kMaxStatusLength = 9;   // Two digits are documented.
constexpr size_t kMinAccountToMask = 4;  // Shorter ones occur in any text.

// Text or number, as written; empty when missing or null. An object or list is an error.
absl::StatusOr<std::string> TextOf(const Json& fields, std::string_view name) {
  const Json* const value = fields.Find(name);
  if (value == nullptr || value->is_null()) return std::string();
  if (!value->is_string() && !value->is_number()) {
    return absl::InvalidArgumentError(StrCat(name, " is not text"));
  }
  return value->text();
}

// The first of the names that has a value; empty when none has, or when it is no text.
std::string OptionalText(const Json& fields, std::initializer_list<std::string_view> names) {
  for (const std::string_view name : names) {
    absl::StatusOr<std::string> text = TextOf(fields, name);
    if (text.ok() && !text->empty()) return *std::move(text);
  }
  return "";
}

bool IsDigits(std::string_view text) {
  return !text.empty() &&
         std::all_of(text.begin(), text.end(), [](char c) { return c >= '0' && c <= '9'; });
}

// Not negative; an empty Money for anything else.
Money OptionalMoney(const std::string& text, const std::string& currency_code) {
  const absl::StatusOr<Money> money = ParseDecimal(text, currency_code);
  return money.ok() && money->minor_units >= 0 ? *money : Money();
}

bool IsRate(std::string_view text) {
  return text.size() <= kMaxRateLength && IsDigits(text.substr(0, 1)) &&
         std::all_of(text.begin(), text.end(),
                     [](char c) { return (c >= '0' && c <= '9') || c == '.'; });
}

absl::Status ReadNumbers(const Json& fields, Transaction& transaction) {
  for (const auto& [name, member] :
       {std::pair(std::string_view("merchantOrderNo"), &transaction.merchant_order_no),
        std::pair(std::string_view("epayOrderNo"), &transaction.epay_order_no),
        std::pair(std::string_view("category"), &transaction.category),
        std::pair(std::string_view("status"), &transaction.status)}) {
    absl::StatusOr<std::string> text = TextOf(fields, name);
    if (!text.ok()) return text.status();
    *member = *std::move(text);
  }
  if (!IsOrderNumber(transaction.merchant_order_no)) {
    return absl::InvalidArgumentError("merchantOrderNo is missing or malformed");
  }
  if (!transaction.epay_order_no.empty() && !IsOrderNumber(transaction.epay_order_no)) {
    return absl::InvalidArgumentError("epayOrderNo is malformed");
  }
  if (!IsDigits(transaction.status) || transaction.status.size() > kMaxStatusLength) {
    return absl::InvalidArgumentError("status is not a number");
  }
  return absl::OkStatus();
}

absl::Status ReadAmounts(const Json& fields, Facts& facts) {
  // The query says currency where creation and callback say settlementCurrency.
  const std::string currency = OptionalText(fields, {"settlementCurrency", "currency"});
  absl::StatusOr<Money> amount = ParseDecimal(OptionalText(fields, {"amount"}), currency);
  if (!amount.ok() || amount->minor_units <= 0) {
    return absl::InvalidArgumentError("amount or currency is missing or malformed");
  }
  facts.amount = *std::move(amount);
  // The creation says payerFee where the others say fee.
  facts.fee = OptionalMoney(OptionalText(fields, {"payerFee", "fee"}), currency);
  facts.receive_amount = OptionalMoney(OptionalText(fields, {"receiveAmount"}),
                                       OptionalText(fields, {"receiveCurrency"}));
  std::string rate = OptionalText(fields, {"rate"});
  if (IsRate(rate)) facts.exchange_rate = std::move(rate);
  return absl::OkStatus();
}

void ReadStatus(const Json& fields, const std::string& number, Facts& facts) {
  const Status* const status = FindStatus(number);
  if (status == nullptr) return;
  facts.report = status->report;
  facts.fee_kept = status->fee_kept;
  if (status->reason == FailureReason::kNone) return;
  facts.failure = {
      .reason = status->reason,
      .message = std::string(status->message),
      .provider_code = number,
      .provider_message = ShownText(OptionalText(fields, {"orderDescription", "remark"}),
                                    OptionalText(fields, {"accountNo"}))};
}

}  // namespace

absl::StatusOr<Transaction> ReadTransaction(const Json& fields) {
  Transaction transaction;
  if (absl::Status status = ReadNumbers(fields, transaction); !status.ok()) return status;
  Facts& facts = transaction.facts;
  if (absl::Status status = ReadAmounts(fields, facts); !status.ok()) return status;
  facts.provider_number = transaction.epay_order_no;
  ReadStatus(fields, transaction.status, facts);
  return transaction;
}

bool IsOfAmount(const Transaction& transaction, const Money& ours) {
  const Facts& facts = transaction.facts;
  if (facts.amount == ours) return true;
  if (facts.fee.empty()) return false;
  const absl::StatusOr<Money> with_fee = Add(ours, facts.fee);
  return with_fee.ok() && facts.amount == *with_fee;
}

std::string ShownText(std::string_view text, std::string_view account) {
  std::string shown = CleanProviderText(text);
  if (account.size() >= kMinAccountToMask) {
    absl::StrReplaceAll({{AbslView(account), Mask(account)}}, &shown);
  }
  return shown;
}

}  // namespace sluice::epay
