#include "providers/payby/simulator_render.h"

#include <utility>

#include "providers/simulation/decimal.h"
#include "server/base/strings.h"

namespace sluice::payby::simulator {
namespace {

constexpr absl::Duration kGulfTime = absl::Hours(4);  // notify_time is of UTC+4.
constexpr char kPayerMid[] = "100000999902";          // The one payer of this world.

Json Money(int64_t fils, AmountText amounts) {
  const std::string text = amounts == AmountText::kShort
                               ? simulation::FormatMinorUnitsShort(fils, kDecimals)
                               : simulation::FormatMinorUnits(fils, kDecimals);
  return Json::Object({{"amount", Json::Number(text)}, {"currency", kCurrency}});
}

void SetText(Json* object, std::string_view name, const std::string& text) {
  if (!text.empty()) object->Set(name, text);
}

Json PaymentInfo(const Order& order, For use, AmountText amounts) {
  const Payment& payment = *order.payment;
  Json info = Json::Object({{"paidAmount", Money(order.terms.amount, amounts)},
                            {"paidTime", Json::Int(absl::ToUnixMillis(payment.paid_time))},
                            {"payerMid", kPayerMid},
                            {"payChannel", "BALANCE"},
                            {"payeeFeeAmount", Money(payment.payee_fee, amounts)},
                            {"payerFeeAmount", Money(0, amounts)}});
  if (use == For::kAnswer) info.Set("settlementAmount", Money(payment.settlement, amounts));
  return info;
}

}  // namespace

Json AcquireOrder(const Order& order, For use, AmountText amounts) {
  Json json = Json::Object({{"merchantOrderNo", order.terms.merchant_order_no},
                            {"orderNo", order.order_no},
                            {"status", order.status},
                            {"product", "Basic Payment Gateway"},
                            {"totalAmount", Money(order.terms.amount, amounts)},
                            {"payeeMid", order.terms.payee_mid},
                            {"requestTime", Json::Int(order.request_time_ms)},
                            {"expiredTime", Json::Int(order.expired_time_ms)}});
  SetText(&json, "notifyUrl", order.terms.notify_url);
  json.Set("subject", order.terms.subject);
  SetText(&json, "subjectAr", order.terms.subject_ar);
  json.Set("accessoryContent", order.terms.accessory_content);
  json.Set("paySceneCode", order.terms.scene == Scene::kEWallet ? "EWALLET" : "DYNQR");
  SetText(&json, "deviceId", order.terms.device_id);
  SetText(&json, "secondaryMerchantId", order.terms.secondary_merchant_id);
  json.Set("revoked", order.revoked ? "true" : "false");
  SetText(&json, "reserved", order.terms.reserved);
  SetText(&json, "failCode", order.fail_code);
  SetText(&json, "failDes", order.fail_des);
  if (order.payment) json.Set("paymentInfo", PaymentInfo(order, use, amounts));
  return json;
}

Json RefundOrder(const Refund& refund, AmountText amounts) {
  Json json = Json::Object({{"refundMerchantOrderNo", refund.terms.refund_no},
                            {"orderNo", refund.order_no},
                            {"originMerchantOrderNo", refund.origin_merchant_order_no},
                            {"status", refund.status},
                            {"amount", Money(refund.terms.amount, amounts)}});
  SetText(&json, "notifyUrl", refund.terms.notify_url);
  SetText(&json, "reason", refund.terms.reason);
  SetText(&json, "reserved", refund.terms.reserved);
  SetText(&json, "failCode", refund.fail_code);
  SetText(&json, "failDes", refund.fail_des);
  SetText(&json, "deviceId", refund.terms.device_id);
  SetText(&json, "secondaryMerchantId", refund.terms.secondary_merchant_id);
  if (refund.terms.refund_sharing_amount) {
    json.Set("refundSharingAmount", Json::Bool(*refund.terms.refund_sharing_amount));
  }
  return json;
}

Json RefundSummary(const Refund& refund, AmountText amounts) {
  return Json::Object({{"acquireAmount", Money(refund.acquire_amount, amounts)},
                       {"remainRefundAmount", Money(refund.remaining, amounts)}});
}

Json InterActionParams(const Order& order, std::string_view link) {
  const char* name = order.terms.scene == Scene::kEWallet ? "deepLink" : "tokenUrl";
  return Json::Object({{name, link}});
}

std::string DocumentedLink(const Order& order, std::string_view token, absl::Time now) {
  if (order.terms.scene == Scene::kDynQr) {
    return StrCat("https://qr.payby.com?BIZ_TYPE=202&ft=", token, "&t=", absl::ToUnixMillis(now));
  }
  const char* base = order.terms.wallet == EWallet::kBotimPay
                         ? "https://botim.me/botim/payby/open-iap-cashdesk"
                         : "https://app.payby.com/open-iap-cashdesk";
  return StrCat(base, "?ft=", token,
                "&iapPartnerId=null&iapSign=null&iapDeviceId=null&iapAppId=null");
}

std::string Answer(std::string_view apply_status, ReturnCode code, std::string_view trace_code,
                   Json body) {
  Json head = Json::Object({{"applyStatus", apply_status}, {"code", code.code}});
  if (!code.msg.empty()) head.Set("msg", code.msg);
  head.Set("traceCode", trace_code);
  Json answer = Json::Object({{"head", std::move(head)}});
  if (!body.is_null()) answer.Set("body", std::move(body));
  return answer.Write();
}

std::string NotificationBody(std::string_view notify_id, absl::Time time, std::string_view name,
                             Json resource) {
  const std::string gulf = absl::FormatTime("%Y%m%d%H%M%S", time + kGulfTime, absl::UTCTimeZone());
  Json body = Json::Object({{"_input_charset", "UTF-8"},
                            {"notify_id", notify_id},
                            {"notify_time", gulf},
                            {"notify_timestamp", Json::Int(absl::ToUnixMillis(time))}});
  body.Set(name, std::move(resource));
  return body.Write();
}

}  // namespace sluice::payby::simulator
