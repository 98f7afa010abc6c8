#include "providers/payby/requests.h"

#include <optional>
#include <string>

#include "providers/payby/signing.h"
#include "server/base/strings.h"
#include "server/core/error.h"
#include "server/core/validate.h"
#include "server/wire/json.h"
#include "server/wire/uri.h"

namespace sluice::payby {
namespace {

constexpr std::string_view kCurrency = "AED";

// As Java and SQL count them: UTF-16 units, never fewer than the characters a person sees.
size_t Length(std::string_view text) {
  size_t length = 0;
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    if ((byte & 0xC0) != 0x80) length += byte >= 0xF0 ? 2 : 1;
  }
  return length;
}

std::optional<std::string_view> EWalletCode(std::string_view wallet) {
  if (wallet == "botim") return "botim-pay";
  if (wallet == "payby") return "payby";
  return std::nullopt;
}

std::string_view PathOf(Verb verb) {
  switch (verb) {
    case Verb::kCreateOrder:
      return "/acquire2/placeOrder";
    case Verb::kQueryOrder:
      return "/acquire2/getOrder";
    case Verb::kCancelOrder:
      return "/acquire2/cancelOrder";
    case Verb::kRevokeOrder:
      return "/acquire2/revokeOrder";
    case Verb::kCreateRefund:
      return "/acquire2/refund/placeOrder";
    case Verb::kQueryRefund:
      return "/acquire2/refund/getOrder";
    default:
      return "";
  }
}

Json MoneyJson(const Money& money) {
  return Json::Object(
      {{"amount", Json::Number(FormatDecimal(money))}, {"currency", money.currency_code}});
}

absl::Status CheckAmount(const Money& amount, std::string_view field) {
  if (amount.currency_code != kCurrency) return InvalidField(field, "must be in AED");
  if (amount.minor_units <= 0) return InvalidField(field, "must be greater than zero");
  if (amount.minor_units > kMaxAmountMinorUnits) {
    return InvalidField(field, "must be at most 9999999999.99 AED");
  }
  return absl::OkStatus();
}

absl::Status CheckLength(std::string_view text, size_t max_length, std::string_view field) {
  if (Length(text) <= max_length) return absl::OkStatus();
  return InvalidField(field, StrCat("must be at most ", max_length, " characters"));
}

absl::Status CheckOrder(const Order& order) {
  Violations violations;
  violations.Add(CheckLength(order.id, kMaxNumberLength, "order_id"));
  violations.Add(CheckAmount(order.amount, "order.amount"));
  violations.Add(CheckLength(order.description, kMaxSubjectLength, "order.description"));
  violations.Add(CheckLength(order.return_url, kMaxRedirectUrlLength, "order.return_url"));
  // Counted from the creation, so that a repeat long after it is still the same request.
  if (order.expire_time && order.create_time != absl::Time()) {
    violations.Add(
        ValidateExpireTime(*order.expire_time, order.create_time, kMaxExpiry, "order.expire_time"));
  }
  if (!EWalletCode(order.wallet)) violations.Add("order.wallet", "must be botim or payby");
  if (order.presentation != Presentation::kRedirect &&
      order.presentation != Presentation::kQrCode) {
    violations.Add("order.presentation", "must be redirect or QR code");
  }
  return violations.ToStatus();
}

absl::Status CheckRefund(const Refund& refund) {
  Violations violations;
  violations.Add(CheckLength(refund.id, kMaxNumberLength, "refund_id"));
  violations.Add(CheckAmount(refund.amount, "refund.amount"));
  violations.Add(CheckLength(refund.description, kMaxReasonLength, "refund.description"));
  return violations.ToStatus();
}

Json SceneParams(const Order& order, const CallContext& context) {
  if (order.presentation == Presentation::kQrCode) {
    return Json::Object({{"changePayer", "true"}});
  }
  // PayBy's own values are texts, also those that are true or false.
  Json params = Json::Object({{"eWalletCode", EWalletCode(order.wallet).value_or("")}});
  const std::string& redirect_url =
      context.return_page_url.empty() ? order.return_url : context.return_page_url;
  if (!redirect_url.empty()) params.Set("redirectUrl", redirect_url);
  params.Set("oneTimePayment", "false");
  return params;
}

Json CreateOrderContent(const Account& account, const Order& order, const CallContext& context) {
  const bool qr_code = order.presentation == Presentation::kQrCode;
  Json content = Json::Object({
      {"merchantOrderNo", order.id},
      {"subject", order.description.empty() ? order.id : order.description},
      {"totalAmount", MoneyJson(order.amount)},
      {"paySceneCode", qr_code ? "DYNQR" : "EWALLET"},
      {"paySceneParams", SceneParams(order, context)},
  });
  if (!context.notify_url.empty()) content.Set("notifyUrl", context.notify_url);
  if (order.expire_time) {
    content.Set("expiredTime", Json::Int(absl::ToUnixMillis(*order.expire_time)));
  }
  if (account.merchant_mid != account.partner_id) content.Set("payeeMid", account.merchant_mid);
  return content;
}

Json CreateRefundContent(const Refund& refund, const CallContext& context) {
  Json content = Json::Object({{"refundMerchantOrderNo", refund.id},
                               {"originMerchantOrderNo", refund.order_id},
                               {"amount", MoneyJson(refund.amount)}});
  if (!refund.description.empty()) content.Set("reason", refund.description);
  if (!context.notify_url.empty()) content.Set("notifyUrl", context.notify_url);
  return content;
}

absl::StatusOr<Json> ContentOf(const Account& account, const Operation& operation,
                               const CallContext& context) {
  switch (operation.verb) {
    case Verb::kCreateOrder:
      return CreateOrderContent(account, *operation.order, context);
    case Verb::kCreateRefund:
      return CreateRefundContent(*operation.refund, context);
    case Verb::kQueryOrder:
    case Verb::kCancelOrder:
    case Verb::kRevokeOrder:
      return Json::Object({{"merchantOrderNo", operation.order->id}});
    case Verb::kQueryRefund:
      return Json::Object({{"refundMerchantOrderNo", operation.refund->id}});
    default:
      return CapabilityMissing("PayBy does not serve this verb");
  }
}

absl::Status CheckContext(const Operation& operation, const CallContext& context) {
  Violations violations;
  const bool creates =
      operation.verb == Verb::kCreateOrder || operation.verb == Verb::kCreateRefund;
  if (creates) {
    violations.Add(CheckLength(context.notify_url, kMaxNotifyUrlLength, "notify_url"));
  }
  if (operation.verb == Verb::kCreateOrder) {
    violations.Add(CheckLength(context.return_page_url, kMaxRedirectUrlLength, "return_page_url"));
  }
  return violations.ToStatus();
}

}  // namespace

std::string_view NumberOf(const Operation& operation) {
  switch (operation.verb) {
    case Verb::kCreateOrder:
    case Verb::kQueryOrder:
    case Verb::kCancelOrder:
    case Verb::kRevokeOrder:
      return operation.order == nullptr ? std::string_view() : operation.order->id;
    case Verb::kCreateRefund:
    case Verb::kQueryRefund:
      return operation.refund == nullptr ? std::string_view() : operation.refund->id;
    default:
      return {};
  }
}

absl::Status ValidateFields(const Operation& operation) {
  if (PathOf(operation.verb).empty()) return CapabilityMissing("PayBy does not serve this verb");
  if (NumberOf(operation).empty()) return Internal("the operation has no resource");
  if (operation.verb == Verb::kCreateOrder) return CheckOrder(*operation.order);
  if (operation.verb == Verb::kCreateRefund) return CheckRefund(*operation.refund);
  return absl::OkStatus();
}

absl::StatusOr<HttpRequest> BuildRequest(const Account& account, const Operation& operation,
                                         const CallContext& context) {
  if (absl::Status status = ValidateFields(operation); !status.ok()) return status;
  if (absl::Status status = CheckContext(operation, context); !status.ok()) return status;
  absl::StatusOr<Json> content = ContentOf(account, operation, context);
  if (!content.ok()) return content.status();

  HttpRequest request;
  request.method = "POST";
  request.url = JoinUrl(account.base_url, PathOf(operation.verb));
  request.body = Json::Object({{"requestTime", Json::Int(absl::ToUnixMillis(context.now))},
                               {"bizContent", *std::move(content)}})
                     .Write();
  absl::StatusOr<std::string> sign = SignBody(account.private_key, request.body);
  if (!sign.ok()) return sign.status();
  request.headers = {{"Content-Type", "application/json"},
                     {"Content-Language", "en"},
                     {"Partner-Id", account.partner_id},
                     {"api-version", "v1"},
                     {kSignHeader, *std::move(sign)}};
  if (!context.traceparent.empty()) {
    request.headers.emplace_back("traceparent", context.traceparent);
  }
  // That a repeated refund is recognised is an assumption, so a refund's refusal must be the answer
  // to what we sent, not to what an HTTP library sent again by itself.
  request.at_most_once = operation.verb == Verb::kCreateRefund;
  return request;
}

}  // namespace sluice::payby
