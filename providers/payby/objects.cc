#include "providers/payby/objects.h"

#include <string_view>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "server/base/strings.h"
#include "server/core/mask.h"

namespace sluice::payby {
namespace {

// PayBy documents up to 64 characters for numbers; longer ones are not theirs.
constexpr size_t kMaxNumberBytes = 64;
constexpr size_t kMaxStatusBytes = 64;
// 9999-12-31T23:59:59.999Z: the last time that the API can show.
constexpr int64_t kMaxUnixMillis = 253402300799999;

absl::StatusOr<std::string> BoundedText(const Json& object, std::string_view member,
                                        size_t max_bytes) {
  absl::StatusOr<std::string> text = object.GetString(member);
  if (!text.ok()) return text;
  if (text->empty() || text->size() > max_bytes) {
    return absl::InvalidArgumentError(StrCat(member, " is empty or too long"));
  }
  return text;
}

// Words that are for people or optional: absent, or of another kind, they say nothing.
std::string Loose(const Json& object, std::string_view member) {
  const Json* const value = object.Find(member);
  if (value == nullptr || (!value->is_string() && !value->is_number())) return "";
  return value->text();
}

// Amounts come as numbers or as text, with any number of decimals.
absl::StatusOr<Money> ReadMoney(const Json& object, std::string_view member) {
  const Json* const money = object.Find(member);
  if (money == nullptr) return absl::InvalidArgumentError(StrCat(member, " is missing"));
  const absl::StatusOr<std::string> amount = money->GetText("amount");
  const absl::StatusOr<std::string> currency = money->GetString("currency");
  if (!amount.ok() || !currency.ok()) {
    return absl::InvalidArgumentError(StrCat(member, " has no amount or no currency"));
  }
  absl::StatusOr<Money> value = ParseDecimal(*amount, *currency);
  if (!value.ok() || value->minor_units < 0 || value->minor_units > kMaxMinorUnits) {
    return absl::InvalidArgumentError(StrCat(member, " is not an amount"));
  }
  return value;
}

std::optional<absl::Time> ReadTime(const Json& object, std::string_view member) {
  const absl::StatusOr<std::optional<int64_t>> millis = object.OptionalInt(member);
  if (!millis.ok() || !millis->has_value()) return std::nullopt;
  if (**millis <= 0 || **millis > kMaxUnixMillis) return std::nullopt;
  return absl::FromUnixMillis(**millis);
}

bool ReadRevoked(const Json& order) {
  const Json* const revoked = order.Find("revoked");
  if (revoked == nullptr) return false;
  if (revoked->is_bool()) return revoked->bool_value();
  return revoked->is_string() && EqualsIgnoreCase(revoked->text(), "true");
}

Failure ProvidersFailure(std::string_view message, const std::string& code,
                         const std::string& description) {
  return {.reason = FailureReason::kDeclinedByProvider,
          .message = std::string(message),
          .provider_code = CleanProviderText(code),
          .provider_message = CleanProviderText(description)};
}

}  // namespace

absl::StatusOr<AcquireOrder> ReadAcquireOrder(const Json& order) {
  AcquireOrder read;
  auto merchant_order_no = BoundedText(order, "merchantOrderNo", kMaxNumberBytes);
  if (!merchant_order_no.ok()) return merchant_order_no.status();
  auto order_no = BoundedText(order, "orderNo", kMaxNumberBytes);
  if (!order_no.ok()) return order_no.status();
  auto status = BoundedText(order, "status", kMaxStatusBytes);
  if (!status.ok()) return status.status();
  auto total = ReadMoney(order, "totalAmount");
  if (!total.ok()) return total.status();

  read.merchant_order_no = *std::move(merchant_order_no);
  read.order_no = *std::move(order_no);
  read.status = absl::AsciiStrToUpper(*status);
  read.total = *std::move(total);
  read.payee_mid = Loose(order, "payeeMid");
  read.revoked = ReadRevoked(order);
  read.expire_time = ReadTime(order, "expiredTime");
  read.fail_code = Loose(order, "failCode");
  read.fail_description = Loose(order, "failDes");

  const Json* const payment = order.Find("paymentInfo");
  if (payment != nullptr && payment->is_object()) {
    read.pay_time = ReadTime(*payment, "paidTime");
    if (payment->Find("paidAmount") != nullptr) {
      auto paid = ReadMoney(*payment, "paidAmount");
      if (!paid.ok()) return paid.status();
      if (paid->currency_code != read.total.currency_code) {
        return absl::InvalidArgumentError("paidAmount is in another currency than totalAmount");
      }
      read.paid = *std::move(paid);
    }
  }
  return read;
}

absl::StatusOr<RefundOrder> ReadRefundOrder(const Json& refund) {
  RefundOrder read;
  auto number = BoundedText(refund, "refundMerchantOrderNo", kMaxNumberBytes);
  if (!number.ok()) return number.status();
  auto order_no = BoundedText(refund, "orderNo", kMaxNumberBytes);
  if (!order_no.ok()) return order_no.status();
  auto status = BoundedText(refund, "status", kMaxStatusBytes);
  if (!status.ok()) return status.status();
  auto amount = ReadMoney(refund, "amount");
  if (!amount.ok()) return amount.status();

  read.refund_merchant_order_no = *std::move(number);
  read.order_no = *std::move(order_no);
  read.status = absl::AsciiStrToUpper(*status);
  read.amount = *std::move(amount);
  read.origin_merchant_order_no = Loose(refund, "originMerchantOrderNo");
  read.fail_code = Loose(refund, "failCode");
  read.fail_description = Loose(refund, "failDes");
  return read;
}

absl::StatusOr<Facts> FactsOf(const AcquireOrder& order) {
  Facts facts;
  facts.provider_number = order.order_no;
  facts.amount = order.total;
  facts.expire_time = order.expire_time;
  const bool is_paid = order.status == "PAID_SUCCESS" || order.status == "SETTLED";
  const bool has_failed = order.status == "FAILURE";
  const bool was_paid = is_paid || (has_failed && order.paid.minor_units > 0);
  if (was_paid) {
    facts.paid = order.paid.empty() ? order.total : order.paid;
    facts.pay_time = order.pay_time;
  }

  if (order.status == "CREATED") {
    facts.report = Report::kOpen;
  } else if (was_paid && order.revoked) {
    facts.report = Report::kReturned;
    facts.returned = facts.paid;
  } else if (is_paid) {
    facts.report = order.status == "SETTLED" ? Report::kSettled : Report::kPaid;
  } else if (was_paid) {
    return absl::InvalidArgumentError("the order has ended with a payment that was not revoked");
  } else if (has_failed) {
    facts.report = Report::kClosed;
    if (!order.fail_code.empty() || !order.fail_description.empty()) {
      facts.failure =
          ProvidersFailure("the payment failed at PayBy", order.fail_code, order.fail_description);
    }
  }
  return facts;
}

Facts FactsOf(const RefundOrder& refund) {
  Facts facts;
  facts.provider_number = refund.order_no;
  facts.amount = refund.amount;
  if (refund.status == "CREATED" || refund.status == "REFUNDED_SETTLED") {
    facts.report = Report::kOpen;
  } else if (refund.status == "SUCCESS") {
    facts.report = Report::kSucceeded;
  } else if (refund.status == "FAILURE") {
    facts.report = Report::kFailed;
    facts.failure =
        ProvidersFailure("the refund failed at PayBy", refund.fail_code, refund.fail_description);
  }
  return facts;
}

}  // namespace sluice::payby
