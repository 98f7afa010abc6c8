#include "tests/conformance/provider/conformance.h"

#include <algorithm>
#include <string>
#include <vector>

#include "providers/epay/register.h"
#include "providers/epay/test_account.h"

namespace sluice::conformance {

struct EpayTraits {
  // EPAY signs `data` of a success, and of a form what it decodes to.
  static constexpr ReplySignature kReplySignature = ReplySignature::kFields;
  static constexpr bool kNotificationsCoverBody = false;
  static constexpr std::string_view kSignatureHeader = "";

  static ProviderRegistration Registration() { return epay::Registration(); }
  static ProviderAccountConfig Config() { return epay::TestConfig(); }

  static std::vector<Scenario> Scenarios() {
    std::vector<Scenario> scenarios;
    for (const Verb verb : {Verb::kCreatePayout, Verb::kQueryPayout, Verb::kGetPayoutLimits}) {
      scenarios.push_back(epay::TestScenario(verb));
    }
    for (const char* wallet : {"perfect-money", "payeer", "fasapay"}) {
      Scenario scenario = epay::TestScenario(Verb::kCreatePayout);
      scenario.name += std::string(" to ") + wallet;
      scenario.payout.wallet = wallet;
      scenarios.push_back(std::move(scenario));
    }
    return scenarios;
  }

  static std::vector<GoldenRequest> GoldenRequests() {
    const auto golden = [](Verb verb, const std::string& call) {
      HttpRequest request;
      request.method = "POST";
      request.url = "https://api.epay.com/capi/openapi/payoutApi/" + call;
      request.headers = {{"Content-Type", "application/json"}};
      request.body = epay::ReadTestdata("requests/" + std::string(VerbName(verb)) + ".json");
      return GoldenRequest{epay::TestScenario(verb), std::move(request)};
    };
    return {golden(Verb::kCreatePayout, "createEwalletTransaction"),
            golden(Verb::kQueryPayout, "queryTransaction"),
            golden(Verb::kGetPayoutLimits, "getLimit")};
  }

  static bool IsAuthentic(const HttpRequest& request) {
    const auto json = Json::Parse(request.body);
    if (!json.ok() || json->Find("param") == nullptr) return false;
    return json->GetString("sign").value_or("") == epay::SignAsEpay(*json->Find("param"));
  }

  static absl::StatusOr<Money> AmountIn(const HttpRequest& request) {
    const auto json = Json::Parse(request.body);
    if (!json.ok()) return json.status();
    const auto text = json->GetString("param.amount");
    if (!text.ok()) return text.status();
    // What Sluice promises: always two decimals.
    if (text->size() < 4 || (*text)[text->size() - 3] != '.') {
      return absl::InvalidArgumentError(*text);
    }
    return ParseDecimal(*text, *json->GetString("param.currency"));
  }

  static HttpReply SuccessReply(const Scenario& scenario) {
    if (scenario.verb == Verb::kGetPayoutLimits) return epay::SuccessOf(epay::DataOf("limits"));
    const bool creates = scenario.verb == Verb::kCreatePayout;
    Json data = epay::DataOf(creates ? "create_accepted" : "query_succeeded");
    data.Set("merchantOrderNo", scenario.payout.id);
    data.Set("amount", FormatDecimal(scenario.payout.amount));
    return epay::SuccessOf(std::move(data));
  }

  static std::vector<GoldenReply> GoldenReplies() {
    std::vector<GoldenReply> goldens;
    const auto golden = [&](Verb verb, const std::string& file, Verdict verdict, Report report) {
      goldens.push_back({std::string(VerbName(verb)) + ": " + file, epay::TestScenario(verb),
                         epay::ReplyOf(epay::ReadTestdata("replies/" + file + ".json")), verdict,
                         report});
    };
    golden(Verb::kCreatePayout, "create_accepted", Verdict::kAccepted, Report::kOpen);
    golden(Verb::kCreatePayout, "create_accepted_unexpanded", Verdict::kAccepted, Report::kOpen);
    golden(Verb::kCreatePayout, "query_succeeded", Verdict::kAccepted, Report::kSucceeded);
    golden(Verb::kCreatePayout, "limits", Verdict::kUnknown, Report::kNone);
    golden(Verb::kCreatePayout, "refused", Verdict::kDeclined, Report::kNone);
    golden(Verb::kQueryPayout, "query_succeeded", Verdict::kAccepted, Report::kSucceeded);
    golden(Verb::kQueryPayout, "create_accepted", Verdict::kAccepted, Report::kOpen);
    golden(Verb::kQueryPayout, "limits", Verdict::kUnknown, Report::kNone);
    golden(Verb::kQueryPayout, "refused", Verdict::kAccepted, Report::kNotFound);
    golden(Verb::kGetPayoutLimits, "limits", Verdict::kAccepted, Report::kNone);
    golden(Verb::kGetPayoutLimits, "refused", Verdict::kDeclined, Report::kNone);
    golden(Verb::kGetPayoutLimits, "query_succeeded", Verdict::kUnknown, Report::kNone);
    return goldens;
  }

  static bool IsSigned(const HttpReply& reply) {
    const auto envelope = Json::Parse(reply.body);
    return envelope.ok() && envelope->GetString("sign").value_or("") != "";
  }

  static HttpReply WithSign(HttpReply reply, Json sign) {
    auto envelope = Json::Parse(reply.body);
    if (!envelope.ok() || !envelope->is_object()) return reply;
    envelope->Set("sign", std::move(sign));
    reply.body = envelope->Write();
    return reply;
  }
  static HttpReply WithoutSignature(HttpReply reply) { return WithSign(reply, Json::Null()); }
  static HttpReply WithForeignSignature(HttpReply reply) {
    const Json data = *Json::Parse(reply.body)->Find("data");
    return WithSign(std::move(reply), Json(epay::SignAsEpay(data, epay::kForeignKey)));
  }

  // Each value changed, each taken away, and one put in that was not there. Empty ones and nulls
  // are not signed.
  static std::vector<HttpReply> WithEachFieldAltered(const HttpReply& reply) {
    const Json envelope = *Json::Parse(reply.body);
    const Json data = *envelope.Find("data");
    std::vector<HttpReply> altered;
    const auto add = [&](const std::string& name, Json value) {
      Json changed = data, whole = envelope;
      changed.Set(name, std::move(value));
      whole.Set("data", std::move(changed));
      altered.push_back(epay::ReplyOf(whole.Write()));
    };
    for (const auto& [name, value] : data.members()) {
      if (!value.is_string() || value.text().empty()) continue;
      add(name, Json(value.text() + "0"));
      add(name, Json::Null());
    }
    add("brandNew", Json("1"));
    return altered;
  }

  static std::vector<GoldenNotification> GoldenNotifications() {
    const auto golden = [](const std::string& name, RawRequest request, const std::string& number,
                           Report report, int64_t cents) {
      GoldenNotification notification;
      notification.name = name;
      notification.request = std::move(request);
      notification.context = epay::TestScenario(Verb::kQueryPayout).context;
      notification.kind = ResourceKind::kPayout;
      notification.provider_key = number;
      notification.report = report;
      notification.amount = {"USD", cents};
      return notification;
    };
    const auto file = [](const std::string& name) {
      return epay::CallbackOf(epay::ReadTestdata("callbacks/" + name + ".txt"));
    };
    FormFields kept = epay::FieldsOf("failure");
    epay::SetField(kept, "status", "20");
    // Personal data, where EPAY may put it.
    FormFields canceled = epay::FieldsOf("success");
    epay::SetField(canceled, "status", "5");
    epay::SetField(canceled, "accountNo", epay::kTestReceiver);
    epay::SetField(canceled, "payerAccount", "Amina Testperson");
    epay::SetField(canceled, "message", R"({"to":"Amina Testperson","no":"U123456789012"})");
    return {
        golden("success", file("success"), "W-1001", Report::kSucceeded, 2550),
        golden("failure", file("failure"), "W-1002", Report::kFailed, 4000),
        golden("fee kept", epay::SignedCallback(kept), "W-1002", Report::kFailed, 4000),
        golden("canceled", epay::SignedCallback(canceled), "W-1001", Report::kCanceled, 2550),
    };
  }

  // EPAY documents no order of the fields.
  static RawRequest Redeliver(const RawRequest& request) {
    FormFields fields = *ParseForm(request.body);
    std::reverse(fields.begin(), fields.end());
    return epay::CallbackOf(BuildForm(fields));
  }

  static std::vector<Acknowledgement> Acknowledgements() {
    return {{NotificationResult::kAccepted, 200, "text/plain", "success"},
            {NotificationResult::kRefused, 400, "text/plain", "fail"},
            {NotificationResult::kTryLater, 503, "text/plain", "fail"}};
  }

  static std::vector<std::string> PrivateTexts() {
    return {epay::kTestKey, epay::kTestReceiver, "Amina Testperson", epay::kTestAccount};
  }
};

SLUICE_PROVIDER_CONFORMANCE(Epay, EpayTraits);

}  // namespace sluice::conformance
