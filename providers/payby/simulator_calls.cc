// The API: who asks, whether it may be believed, and what the book says to it.

#include <algorithm>
#include <utility>

#include "absl/strings/match.h"
#include "absl/strings/strip.h"
#include "providers/payby/simulator_server.h"
#include "server/base/encoding.h"
#include "server/base/strings.h"
#include "server/wire/uri.h"

namespace sluice::payby::simulator {
namespace {

constexpr absl::Duration kRequestTimeWindow = absl::Minutes(15);

HttpReply PlainReply(int status, std::string_view text) {
  HttpReply reply;
  reply.status = status;
  reply.headers = {{"Content-Type", "text/plain"}};
  reply.body = StrCat(text, "\n");
  return reply;
}

bool IsJsonContent(const RawRequest& request) {
  const std::string* type = FindHeader(request.headers, "Content-Type");
  return type != nullptr && absl::StartsWithIgnoreCase(*type, "application/json");
}

ReturnCode CheckRequestTime(const Json& envelope, absl::Time now, int64_t* out) {
  const Json* member = envelope.Find("requestTime");
  const absl::StatusOr<int64_t> millis =
      member != nullptr && member->is_number()
          ? envelope.GetInt("requestTime")
          : absl::InvalidArgumentError("requestTime must be a number");
  if (!millis.ok() || *millis <= 0) return kInvalidParameter;
  const absl::Time time = absl::FromUnixMillis(*millis);
  if (now - time > kRequestTimeWindow) return kRequestTimeTooEarly;
  if (time - now > kRequestTimeWindow) return kRequestTimeTooLater;
  *out = *millis;
  return kSuccess;
}

bool MayCallFrom(const Account& account, const std::string& address) {
  const std::vector<std::string>& allowed = account.allowed_ips;
  return allowed.empty() || std::find(allowed.begin(), allowed.end(), address) != allowed.end();
}

}  // namespace

const Server::Endpoint Server::kEndpoints[] = {
    {"/acquire2/placeOrder", "place_order", &Server::PlaceOrder},
    {"/acquire2/getOrder", "get_order", &Server::GetOrder},
    {"/acquire2/cancelOrder", "cancel_order", &Server::CancelOrder},
    {"/acquire2/revokeOrder", "revoke_order", &Server::RevokeOrder},
    {"/acquire2/refund/placeOrder", "place_refund", &Server::PlaceRefund},
    {"/acquire2/refund/getOrder", "get_refund", &Server::GetRefund},
};

SimulatedAnswer Server::Handle(const RawRequest& request) {
  clock_.RunDue();
  absl::string_view path = request.path;
  if (absl::ConsumePrefix(&path, "/pay/")) return {ServePage(request, StdView(path))};
  absl::ConsumePrefix(&path, "/sgs/api");
  const auto endpoint = std::find_if(std::begin(kEndpoints), std::end(kEndpoints),
                                     [&](const Endpoint& e) { return AbslView(e.path) == path; });
  if (endpoint == std::end(kEndpoints)) {
    // The rest of PayBy's API is not simulated; its own way to say so needs no account.
    const bool api = request.method == "POST" && IsJsonContent(request);
    return {api ? Reply({kServiceNotAvailable}, {}) : PlainReply(404, "Not found")};
  }
  if (request.method != "POST") {
    HttpReply reply = PlainReply(405, "POST only");
    reply.headers.emplace_back("Allow", "POST");
    return {reply};
  }
  const simulation::FaultPlan plan = faults_.TakeForCall(endpoint->name);
  if (std::optional<SimulatedAnswer> answer = simulation::AnswerBeforeEffect(plan)) return *answer;
  const Result result = Serve(request, *endpoint, plan);
  return simulation::AnswerAfterEffect(plan, Reply(result, plan));
}

Server::Result Server::Serve(const RawRequest& request, const Endpoint& endpoint,
                             const simulation::FaultPlan& plan) {
  const std::string* partner = FindHeader(request.headers, "Partner-Id");
  const std::string* sign = FindHeader(request.headers, "sign");
  const absl::StatusOr<Json> envelope = Json::Parse(request.body);
  const Json* biz_content = envelope.ok() ? envelope->Find("bizContent") : nullptr;
  if (!IsJsonContent(request) || partner == nullptr || sign == nullptr || biz_content == nullptr ||
      !biz_content->is_object()) {
    return {kInvalidParameter};
  }
  Call call;
  call.account = FindAccount(*partner);
  const absl::StatusOr<std::string> signature = Base64Decode(*sign);
  if (call.account == nullptr || !signature.ok() ||
      !call.account->merchant_key.VerifySha256(request.body, *signature)) {
    return {kVerifySignFail};
  }
  if (!MayCallFrom(*call.account, request.remote_address)) {
    return {kUnauthorized, Json(), call.account};
  }
  call.now = clock_.Now() + plan.clock_skew;
  const ReturnCode time = CheckRequestTime(*envelope, call.now, &call.request_time_ms);
  if (!time.ok()) return {time, Json(), call.account};
  if (switches_.On("force_402")) return {kRateLimitReject, Json(), call.account};
  if (const std::string* code = plan.provider_code()) {
    return {{*code, MessageOf(*code)}, Json(), call.account};
  }
  call.biz_content = *biz_content;
  return (this->*endpoint.operation)(call);
}

HttpReply Server::Reply(const Result& result, const simulation::FaultPlan& plan) {
  std::string apply_status = "FAIL";
  if (result.code.ok()) {
    apply_status = "SUCCESS";
  } else if (absl::StartsWith(AbslView(result.code.code), "58")) {
    apply_status = "ERROR";
  } else if (IsSigned(result.code.code)) {
    apply_status = switches_.Text("error_apply_status");
  }
  HttpReply reply;
  reply.status = 200;
  reply.headers = {{"Content-Type", "application/json"}};
  // Six digits, as in all samples.
  const std::string trace = StrCat(100000 + ids_.Count("trace") % 900000);
  reply.body = Answer(apply_status, result.code, trace, result.body);
  const bool wanted = (IsSigned(result.code.code) || plan.bad_signature) && !plan.missing_signature;
  if (!wanted || result.account == nullptr) return reply;
  absl::StatusOr<std::string> signature = result.account->provider_key.SignSha256(reply.body);
  if (!signature.ok()) return PlainReply(500, "The answer could not be signed");
  if (plan.bad_signature) signature->front() ^= 1;
  reply.headers.emplace_back("sign", Base64Encode(*signature));
  return reply;
}

AmountText Server::amount_text() const {
  return switches_.Text("amount_text") == "full" ? AmountText::kFull : AmountText::kShort;
}

Server::Result Server::OrderResult(const Call& call, ReturnCode code, const Order& order) const {
  if (!code.ok()) return {code, Json(), call.account};
  return {code, Json::Object({{"acquireOrder", AcquireOrder(order, For::kAnswer, amount_text())}}),
          call.account};
}

Server::Result Server::RefundResult(const Call& call, ReturnCode code, const Refund& refund) const {
  if (!code.ok()) return {code, Json(), call.account};
  return {code,
          Json::Object({{"refundOrder", RefundOrder(refund, amount_text())},
                        {"refundSummary", RefundSummary(refund, amount_text())}}),
          call.account};
}

Server::Result Server::PlaceOrder(const Call& call) {
  OrderTerms terms;
  ReturnCode code = ReadOrderTerms(call.biz_content, call.request_time_ms, &terms);
  Order order;
  std::string token;
  if (code.ok()) {
    code = book_.PlaceOrder(*call.account, terms, call.request_time_ms, call.now, &order, &token);
  }
  Result result = OrderResult(call, code, order);
  if (!token.empty()) {
    const std::string link =
        switches_.On("documented_links") ? DocumentedLink(order, token, call.now) : PageUrl(token);
    result.body.Set("interActionParams", InterActionParams(order, link));
  }
  return result;
}

Server::Result Server::GetOrder(const Call& call) {
  NumberPair numbers;
  Order order;
  ReturnCode code = ReadOrderNumbers(call.biz_content, &numbers);
  if (code.ok()) code = book_.GetOrder(*call.account, numbers, &order);
  return OrderResult(call, code, order);
}

Server::Result Server::CancelOrder(const Call& call) {
  NumberPair numbers;
  Order order;
  ReturnCode code = ReadOrderNumbers(call.biz_content, &numbers);
  if (code.ok()) code = book_.CancelOrder(*call.account, numbers, &order);
  return OrderResult(call, code, order);
}

Server::Result Server::RevokeOrder(const Call& call) {
  NumberPair numbers;
  Order order;
  ReturnCode code = ReadOrderNumbers(call.biz_content, &numbers);
  if (code.ok()) code = book_.RevokeOrder(*call.account, numbers, &order);
  return OrderResult(call, code, order);
}

Server::Result Server::PlaceRefund(const Call& call) {
  RefundTerms terms;
  Refund refund;
  ReturnCode code = ReadRefundTerms(call.biz_content, &terms);
  if (code.ok()) code = book_.PlaceRefund(*call.account, terms, call.now, &refund);
  return RefundResult(call, code, refund);
}

Server::Result Server::GetRefund(const Call& call) {
  NumberPair numbers;
  Refund refund;
  ReturnCode code = ReadRefundNumbers(call.biz_content, &numbers);
  if (code.ok()) code = book_.GetRefund(*call.account, numbers, &refund);
  return RefundResult(call, code, refund);
}

}  // namespace sluice::payby::simulator
