#include "providers/epay/simulator_render.h"

#include "providers/simulation/decimal.h"
#include "server/base/strings.h"

namespace sluice::epay::simulator {
namespace {

std::string Amount(int64_t cents, AmountStyle style) {
  return style.is_short ? simulation::FormatMinorUnitsShort(cents, kDecimals)
                        : simulation::FormatMinorUnits(cents, kDecimals);
}

std::string OrderAmount(const Payout& payout, AmountStyle style) {
  return Amount(payout.terms.amount + (style.with_fee ? payout.fee : 0), style);
}

Json TextOrNull(const std::string& text) { return text.empty() ? Json::Null() : Json(text); }

}  // namespace

Json LimitData(const Limits& limits) {
  return Json::Object({{"singleMin", limits.single_min}, {"singleMax", limits.single_max}});
}

Json CreateData(const Payout& payout, AmountStyle style) {
  const std::string amount = Amount(payout.terms.amount, style);
  return Json::Object({{"category", "EWALLET"},
                       {"merchantOrderNo", payout.terms.merchant_order_no},
                       {"epayOrderNo", payout.order_no},
                       {"status", StrCat(payout.status)},
                       {"amount", OrderAmount(payout, style)},
                       {"settlementCurrency", payout.terms.currency},
                       {"receiveAmount", amount},
                       {"receiveCurrency", payout.terms.currency},
                       {"rate", kRate},
                       {"payerFee", Amount(payout.fee, style)},
                       {"extendFields", TextOrNull(payout.terms.extend_fields)},
                       {"rateMode", Json::Null()}});
}

Json QueryData(const Payout& payout, AmountStyle style) {
  const std::string amount = Amount(payout.terms.amount, style);
  return Json::Object({{"category", "EWALLET"},
                       {"merchantOrderNo", payout.terms.merchant_order_no},
                       {"epayOrderNo", payout.order_no},
                       {"pinCode", ""},
                       {"status", StrCat(payout.status)},
                       {"amount", OrderAmount(payout, style)},
                       {"currency", payout.terms.currency},
                       {"receiveAmount", amount},
                       {"receiveCurrency", payout.terms.currency},
                       {"paymentAmount", amount},
                       {"paymentCurrency", payout.terms.currency},
                       {"rate", kRate},
                       {"fee", Amount(payout.fee, style)},
                       {"extendFields", TextOrNull(payout.terms.extend_fields)},
                       {"rateMode", "0"},
                       {"senderInfo", Json::Null()},
                       {"receiveInfo", Json::Null()},
                       {"orderDescription", TextOrNull(payout.failure_text)}});
}

Json CallbackData(const Payout& payout, AmountStyle style, std::string_view message) {
  const std::string amount = Amount(payout.terms.amount, style);
  Json data = Json::Object({{"epayAccount", payout.epay_account},
                            {"merchantOrderNo", payout.terms.merchant_order_no},
                            {"epayOrderNo", payout.order_no},
                            {"amount", OrderAmount(payout, style)},
                            {"paymentAmount", amount},
                            {"receiveAmount", amount},
                            {"settlementCurrency", payout.terms.currency},
                            {"paymentCurrency", payout.terms.currency},
                            {"receiveCurrency", payout.terms.currency},
                            {"fee", Amount(payout.fee, style)},
                            {"rate", kRate},
                            {"status", StrCat(payout.status)},
                            {"remark", payout.failure_text}});
  if (!payout.terms.extend_fields.empty()) data.Set("extendFields", payout.terms.extend_fields);
  if (!message.empty()) data.Set("message", message);
  return data;
}

std::string Envelope(const Json& sign, std::string_view epay_account, std::string_view version,
                     const Outcome& outcome, const Json& data) {
  Json envelope = Json::Object();
  if (!sign.is_null()) envelope.Set("sign", sign);
  envelope.Set("epayAccount", epay_account);
  envelope.Set("version", version);
  envelope.Set("code", Json::Int(outcome.code));
  envelope.Set("message", outcome.message);
  envelope.Set("data", data);
  return envelope.Write();
}

}  // namespace sluice::epay::simulator
