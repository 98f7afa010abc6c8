#include "providers/nicepay/requests.h"

#include <utility>

#include "providers/nicepay/astrapay_link.h"
#include "providers/nicepay/calls.h"
#include "providers/nicepay/fields.h"
#include "providers/nicepay/token.h"
#include "server/base/strings.h"
#include "server/core/error.h"
#include "server/core/validate.h"
#include "server/wire/form.h"
#include "server/wire/json.h"
#include "server/wire/uri.h"

namespace sluice::nicepay {
namespace {

constexpr char kRegistrationPath[] = "/nicepay/direct/v2/registration";
constexpr char kPaymentPath[] = "/nicepay/direct/v2/payment";
constexpr char kInquiryPath[] = "/nicepay/direct/v2/inquiry";
constexpr char kCancelPath[] = "/nicepay/direct/v2/cancel";
constexpr char kPayMethod[] = "05";
constexpr char kJsonType[] = "application/json";

// All shorter than the grace after which a lost request counts as over (see wallets.cc).
constexpr absl::Duration kCallTimeout = absl::Seconds(20);
constexpr absl::Duration kCancelTimeout = absl::Seconds(25);  // Asks the wallet.
// The push lives 55 s, and NICEPAY answers only after it: at least 70 s are advised.
constexpr absl::Duration kPushTimeout = absl::Seconds(75);

absl::Status NotRegistered(const Order& order) {
  return StateForbids(order.Name(),
                      "its registration at NICEPAY was never answered: without a "
                      "transaction id NICEPAY cannot be asked about it");
}

bool HasOwnExpiry(const Order& order, const WalletFacts& wallet) {
  if (!order.expire_time) return false;
  return *order.expire_time != order.create_time + wallet.default_expiry;
}

std::string RegistrationBody(const Account& account, const Operation& operation,
                             const CallContext& context) {
  const Order& order = *operation.order;
  const Customer& payer = order.customer;
  const WalletFacts& wallet = *FindWallet(order.wallet);
  const std::string time_stamp = TimeStamp(context.now);
  const std::string reference = AttemptReference(operation);
  const std::string amount = AmountText(order.amount);
  Json body = Json::Object({{"timeStamp", time_stamp},
                            {"iMid", account.i_mid},
                            {"payMethod", kPayMethod},
                            {"currency", order.amount.currency_code},
                            {"amt", amount},
                            {"referenceNo", reference},
                            {"goodsNm", GoodsName(order)},
                            {"billingNm", payer.display_name},
                            {"billingPhone", BillingPhone(payer)},
                            {"billingEmail", payer.email},
                            {"billingAddr", payer.address},
                            {"billingCity", payer.city},
                            {"billingState", payer.state},
                            {"billingPostCd", payer.postal_code},
                            {"billingCountry", BillingCountry(payer)},
                            {"mitraCd", wallet.mitra_code},
                            {"userIP", payer.ip_address},
                            {"cartData", CartData(order, wallet)},
                            {"dbProcessUrl", context.notify_url}});
  if (HasOwnExpiry(order, wallet)) {
    constexpr size_t kDateDigits = 8;
    const std::string expiry = TimeStamp(*order.expire_time);
    body.Set("payValidDt", expiry.substr(0, kDateDigits));
    body.Set("payValidTm", expiry.substr(kDateDigits));
  }
  body.Set("merchantToken", OrderToken(account, time_stamp, reference, amount));
  return body.Write();
}

absl::StatusOr<HttpRequest> BuildRegistration(const Account& account, const Operation& operation,
                                              const CallContext& context) {
  // The payment step needs it: found out before anything is registered.
  const absl::Status addresses = CheckAddresses(CallBackUrl(*operation.order, context), context);
  if (!addresses.ok()) return addresses;
  HttpRequest request = MakePost(account, kRegistrationPath, kJsonType,
                                 RegistrationBody(account, operation, context), context);
  request.at_most_once = true;
  return request;
}

absl::StatusOr<HttpRequest> BuildPayment(const Account& account, const Order& order,
                                         const CallContext& context) {
  const Payment payment = PaymentOf(order);
  if (payment.txid.empty()) return NotRegistered(order);
  const WalletFacts& wallet = *FindWallet(order.wallet);
  if (wallet.flow != Flow::kPush && wallet.flow != Flow::kPaymentLinks) {
    return CapabilityMissing("this wallet's payment step is the payer's browser's");
  }
  return PaymentRequest(account, payment, order, context, wallet.flow == Flow::kPaymentLinks);
}

absl::StatusOr<HttpRequest> BuildInquiry(const Account& account, const Order& order,
                                         const CallContext& context) {
  const Payment payment = PaymentOf(order);
  if (payment.txid.empty()) return NotRegistered(order);
  const std::string time_stamp = TimeStamp(context.now);
  const std::string token = OrderToken(account, time_stamp, payment.reference_no, payment.amount);
  const Json body = Json::Object({{"timeStamp", time_stamp},
                                  {"tXid", payment.txid},
                                  {"iMid", account.i_mid},
                                  {"referenceNo", payment.reference_no},
                                  {"amt", payment.amount},
                                  {"merchantToken", token}});
  return MakePost(account, kInquiryPath, kJsonType, body.Write(), context);
}

absl::StatusOr<HttpRequest> BuildCancel(const Account& account, const Operation& operation,
                                        const CallContext& context) {
  const Order& order = *operation.order;
  const std::string txid = OrderTxid(order);
  if (txid.empty()) return NotRegistered(order);
  const bool is_refund = operation.verb == Verb::kCreateRefund;
  const Money& money = is_refund ? operation.refund->amount : order.amount;
  const bool whole = money == order.amount && order.refunded.minor_units == 0;
  const std::string time_stamp = TimeStamp(context.now);
  const std::string amount = AmountText(money);
  Json body = Json::Object({{"timeStamp", time_stamp},
                            {"tXid", txid},
                            {"iMid", account.i_mid},
                            {"payMethod", kPayMethod},
                            {"cancelType", whole ? "1" : "2"},
                            {"amt", amount}});
  if (is_refund && !operation.refund->description.empty()) {
    body.Set("cancelMsg", operation.refund->description);
  }
  body.Set("merchantToken", CancelToken(account, time_stamp, txid, amount));
  HttpRequest request = MakePost(account, kCancelPath, kJsonType, body.Write(), context);
  request.total_timeout = kCancelTimeout;
  request.at_most_once = true;
  return request;
}

}  // namespace

std::string_view CallBackUrl(const Order& order, const CallContext& context) {
  return context.return_page_url.empty() ? order.return_url : context.return_page_url;
}

Payment PaymentOf(const Order& order) {
  return {.txid = OrderTxid(order),
          .reference_no = OrderReference(order),
          .amount = AmountText(order.amount)};
}

std::string PaymentUrl(const Account& account, const Payment& payment, const Order& order,
                       const CallContext& context) {
  const std::string time_stamp = TimeStamp(context.now);
  const std::string token = OrderToken(account, time_stamp, payment.reference_no, payment.amount);
  const QueryParams params = {{"timeStamp", time_stamp},
                              {"tXid", payment.txid},
                              {"merchantToken", token},
                              {"callBackUrl", std::string(CallBackUrl(order, context))}};
  return StrCat(JoinUrl(account.base_url, kPaymentPath), "?", BuildQuery(params));
}

HttpRequest PaymentRequest(const Account& account, const Payment& payment, const Order& order,
                           const CallContext& context, bool as_json) {
  const std::string time_stamp = TimeStamp(context.now);
  FormFields fields = {
      {"timeStamp", time_stamp},
      {"tXid", payment.txid},
      {"merchantToken", OrderToken(account, time_stamp, payment.reference_no, payment.amount)},
      {"callBackUrl", std::string(CallBackUrl(order, context))}};
  if (as_json) fields.emplace_back("returnJsonFormat", "1");
  HttpRequest request =
      MakePost(account, kPaymentPath, kFormContentType, BuildForm(fields), context);
  if (!as_json) request.total_timeout = kPushTimeout;
  request.at_most_once = true;
  return request;
}

HttpRequest MakePost(const Account& account, std::string_view path, std::string_view content_type,
                     std::string body, const CallContext& context) {
  HttpRequest request;
  request.method = "POST";
  request.url = JoinUrl(account.base_url, path);
  request.headers = {{"Content-Type", std::string(content_type)}};
  if (!context.traceparent.empty()) {
    request.headers.emplace_back("traceparent", context.traceparent);
  }
  request.body = std::move(body);
  request.total_timeout = kCallTimeout;
  return request;
}

absl::Status CheckAddresses(std::string_view callback_url, const CallContext& context) {
  Violations violations;
  if (context.notify_url.empty()) {
    violations.Add("notify_url", "is required by NICEPAY: the account has no notify_base_url");
  }
  if (callback_url.empty()) {
    violations.Add("return_url", "is required by NICEPAY where the account has no return page");
  }
  violations.Add(CheckLength(context.notify_url, kMaxUrlLength, "notify_url"));
  violations.Add(CheckLength(callback_url, kMaxUrlLength, "return_url"));
  return violations.ToStatus();
}

absl::StatusOr<HttpRequest> BuildRequest(const Account& account, const Operation& operation,
                                         const CallContext& context) {
  if (absl::Status status = ValidateFields(operation); !status.ok()) return status;
  switch (CallOf(operation)) {
    case Call::kRegistration:
      return BuildRegistration(account, operation, context);
    case Call::kPayment:
      return BuildPayment(account, *operation.order, context);
    case Call::kInquiry:
      return BuildInquiry(account, *operation.order, context);
    case Call::kCancel:
      return BuildCancel(account, operation, context);
    case Call::kLinkEnable:
      return BuildLinkEnable(account, operation, context);
    case Call::kLinkInitiate:
      return BuildLinkInitiate(account, operation, context);
    case Call::kNone:
      break;
  }
  return CapabilityMissing("NICEPAY does not offer this for the wallet");
}

}  // namespace sluice::nicepay
