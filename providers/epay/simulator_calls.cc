// The API: who asks, whether it may be believed, and what the book says to it.

#include <algorithm>
#include <utility>

#include "absl/strings/match.h"
#include "absl/strings/numbers.h"
#include "absl/strings/strip.h"
#include "providers/epay/simulator_request.h"
#include "providers/epay/simulator_server.h"
#include "providers/epay/simulator_signing.h"
#include "server/base/strings.h"
#include "server/wire/form.h"

namespace sluice::epay::simulator {
namespace {

constexpr std::string_view kVersions[] = {"V2.0.0", "V1.0.0"};

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

std::string TextOf(const Json& object, std::string_view name) {
  const Json* member = object.Find(name);
  return member != nullptr && member->is_string() ? member->text() : "";
}

bool MayCallFrom(const Account& account, const std::string& address) {
  const std::vector<std::string>& allowed = account.allowed_ips;
  return allowed.empty() || std::find(allowed.begin(), allowed.end(), address) != allowed.end();
}

// As long as a signature and never one.
void Spoil(std::string* sign) { sign->front() = sign->front() == '0' ? '1' : '0'; }

}  // namespace

const Server::Endpoint Server::kEndpoints[] = {
    {"/payoutApi/getLimit", "get_limit", &Server::GetLimit},
    {"/payoutApi/createEwalletTransaction", "create", &Server::Create},
    {"/payoutApi/queryTransaction", "query", &Server::Query},
};

SimulatedAnswer Server::Handle(const RawRequest& request) {
  clock_.RunDue();
  absl::string_view path = request.path;
  absl::ConsumePrefix(&path, "/capi/openapi");
  const auto endpoint = std::find_if(std::begin(kEndpoints), std::end(kEndpoints),
                                     [&](const Endpoint& e) { return AbslView(e.path) == path; });
  if (endpoint == std::end(kEndpoints)) return {PlainReply(404, "Not found")};
  if (request.method != "POST") {
    HttpReply reply = PlainReply(405, "POST only");
    reply.headers.emplace_back("Allow", "POST");
    return {reply};
  }
  const simulation::FaultPlan plan = faults_.TakeForCall(endpoint->name);
  if (std::optional<SimulatedAnswer> answer = simulation::AnswerBeforeEffect(plan)) return *answer;
  Call call;
  const Result result = Serve(request, *endpoint, plan, &call);
  return simulation::AnswerAfterEffect(plan, Reply(call, result, plan));
}

Outcome Server::ReadEnvelope(const RawRequest& request, Call* call) const {
  if (!IsJsonContent(request)) return BadParameter("Content-Type must be application/json");
  const absl::StatusOr<Json> envelope = Json::Parse(request.body);
  if (!envelope.ok() || !envelope->is_object()) return BadParameter("the body must be JSON");
  const Json* param = envelope->Find("param");
  if (param == nullptr || !param->is_object()) return BadParameter("param must be an object");
  call->param = *param;
  call->sign = TextOf(*envelope, "sign");
  call->epay_account = TextOf(*param, "epayAccount");
  call->version = TextOf(*param, "version");
  return {};
}

Outcome Server::CheckCaller(const Call& call) const {
  if (call.account == nullptr) return Refused(kUnknownAccount);
  const bool known =
      std::find(std::begin(kVersions), std::end(kVersions), call.version) != std::end(kVersions);
  if (!known) return Refused(kBadVersion);
  if (!VerifySign(call.param, call.sign, call.account->api_key, switches_.AcceptedReadings())) {
    return Refused(kBadSign);
  }
  if (!MayCallFrom(*call.account, call.remote_address)) return Refused(kIpNotAllowed);
  return {};
}

Server::Result Server::Serve(const RawRequest& request, const Endpoint& endpoint,
                             const simulation::FaultPlan& plan, Call* call) {
  call->remote_address = request.remote_address;
  call->now = clock_.Now() + plan.clock_skew;
  Outcome outcome = ReadEnvelope(request, call);
  if (!outcome.ok()) return {outcome, Json()};
  call->account = FindAccount(call->epay_account);
  outcome = CheckCaller(*call);
  if (!outcome.ok()) return {outcome, Json()};
  if (const std::string* code = plan.provider_code()) {
    int number = kSystemError;
    if (!absl::SimpleAtoi(*code, &number)) number = kSystemError;
    return {Refused(number), Json()};
  }
  return (this->*endpoint.operation)(*call);
}

// Only what succeeds is signed, and of that only `data`.
HttpReply Server::Reply(const Call& call, const Result& result,
                        const simulation::FaultPlan& plan) const {
  std::string sign;
  if (call.account != nullptr && (result.outcome.ok() || plan.bad_signature)) {
    sign = Sign(result.data, call.account->api_key, switches_.SigningReading());
    if (plan.bad_signature) Spoil(&sign);
  }
  HttpReply reply;
  reply.status = 200;
  reply.headers = {{"Content-Type", "application/json"}};
  reply.body = Envelope(plan.missing_signature ? Json::Null() : Json(sign), call.epay_account,
                        call.version, result.outcome, result.data);
  return reply;
}

AmountStyle Server::amount_style(bool callback) const {
  const std::string fee = switches_.Text("fee_in_amount");
  return {.is_short = switches_.Text("amount_text") == "short",
          .with_fee = fee == "all" || (callback && fee == "callback")};
}

Server::Result Server::GetLimit(const Call& call) {
  std::string channel_code;
  Outcome outcome = ReadLimitQuestion(call.param, &channel_code);
  if (!outcome.ok()) return {outcome, Json()};
  return {outcome, LimitData(switches_.LimitsOf(channel_code))};
}

Server::Result Server::Create(const Call& call) {
  PayoutTerms terms;
  Payout payout;
  Outcome outcome = ReadPayoutTerms(call.param, &terms);
  if (outcome.ok()) outcome = book_.Create(*call.account, terms, call.now, &payout);
  if (!outcome.ok()) return {outcome, Json()};
  return {outcome, CreateData(payout, amount_style(/*callback=*/false))};
}

Server::Result Server::Query(const Call& call) {
  std::string merchant_order_no;
  Payout payout;
  Outcome outcome = ReadOrderNo(call.param, &merchant_order_no);
  if (outcome.ok()) outcome = book_.Find(*call.account, merchant_order_no, &payout);
  if (!outcome.ok()) return {outcome, Json()};
  return {outcome, QueryData(payout, amount_style(/*callback=*/false))};
}

void Server::Deliver(Payout payout) {
  simulation::OutgoingNotification outgoing;
  outgoing.account = payout.epay_account;
  outgoing.provider_key = payout.terms.merchant_order_no;
  outgoing.provider_number = payout.order_no;
  // All tries tell of the payout as it was.
  auto shared = std::make_shared<const Payout>(std::move(payout));
  outgoing.build = [this, shared](const simulation::DeliveryTry& delivery) {
    return BuildCallback(*shared, delivery);
  };
  sender_.Deliver(std::move(outgoing));
}

absl::StatusOr<HttpRequest> Server::BuildCallback(const Payout& payout,
                                                  const simulation::DeliveryTry& delivery) const {
  const AccountPtr account = FindAccount(payout.epay_account);
  if (account == nullptr) return absl::InternalError("the payout's account is gone");
  const Json data =
      CallbackData(payout, amount_style(/*callback=*/true), switches_.Text("callback_message"));
  FormFields fields;
  for (const auto& [name, value] : data.members()) fields.emplace_back(name, value.text());
  if (!delivery.missing_signature) {
    std::string sign = Sign(data, account->api_key, switches_.SigningReading());
    if (delivery.bad_signature) Spoil(&sign);
    fields.emplace_back("sign", sign);
  }
  HttpRequest request;
  request.url = payout.terms.notify_url;
  request.headers = {{"Content-Type", std::string(kFormContentType)}};
  request.body = BuildForm(fields);
  return request;
}

}  // namespace sluice::epay::simulator
