#include "tests/conformance/provider/conformance.h"

#include <string>
#include <utility>
#include <vector>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_replace.h"
#include "providers/nicepay/register.h"
#include "providers/nicepay/test_account.h"
#include "server/wire/form.h"
#include "server/wire/json.h"

namespace sluice::conformance {

using nicepay::TestScenario;

struct NicePayTraits {
  static constexpr ReplySignature kReplySignature = ReplySignature::kNone;
  // The token covers iMid, tXid and amt. Notifications of account links are not among the goldens:
  // their token covers even less, and there is no inquiry that could confirm them; what holds of
  // them is in astrapay_link_test.cc.
  static constexpr bool kNotificationsCoverBody = false;
  static constexpr std::string_view kSignatureHeader = "";
  static constexpr bool kRefundsHaveNumbers = false;

  static ProviderRegistration Registration() { return nicepay::Registration(); }
  static ProviderAccountConfig Config() { return nicepay::TestConfig(); }

  static std::vector<Scenario> Scenarios() {
    std::vector<Scenario> scenarios;
    for (const char* wallet : {"ovo", "dana", "linkaja", "shopeepay", "astrapay"}) {
      scenarios.push_back(TestScenario(Verb::kCreateOrder, wallet));
      scenarios.push_back(TestScenario(Verb::kQueryOrder, wallet));
    }
    for (const Verb verb : {Verb::kRevokeOrder, Verb::kCreateRefund, Verb::kQueryRefund}) {
      scenarios.push_back(TestScenario(verb));
    }
    scenarios.push_back(TestScenario(Verb::kCreateAccountLink, "astrapay"));
    return scenarios;
  }

  static std::vector<GoldenRequest> GoldenRequests() {
    const auto golden = [](Scenario scenario, const std::string& call, const std::string& file) {
      HttpRequest request;
      request.url = "https://dev.nicepay.co.id/nicepay/direct/v2/" + call;
      request.headers = {{"Content-Type", "application/json"}};
      request.body = nicepay::ReadTestdata("requests/" + file);
      return GoldenRequest{std::move(scenario), std::move(request)};
    };
    Scenario query = TestScenario(Verb::kQueryOrder);
    query.context.now = nicepay::JakartaTime(10, 31, 0);
    Scenario revoke = TestScenario(Verb::kRevokeOrder);
    revoke.context.now = nicepay::JakartaTime(11, 0, 0);
    return {golden(nicepay::SampleRegistration(), "registration", "registration.json"),
            golden(std::move(query), "inquiry", "inquiry.json"),
            golden(std::move(revoke), "cancel", "cancel.json")};
  }

  // Members of a request by name, whatever its format.
  static std::string Said(const HttpRequest& request, std::string_view name) {
    if (const auto json = Json::Parse(request.body); json.ok()) {
      return json->GetString(name).value_or("");
    }
    const auto form = ParseForm(request.body);
    const std::string* const value = form.ok() ? FindField(*form, name) : nullptr;
    return value == nullptr ? "" : *value;
  }

  // NICEPAY's formulas, written once more.
  static bool IsAuthentic(const HttpRequest& request) {
    const auto said = [&](std::string_view name) { return Said(request, name); };
    std::string text;
    if (request.url.find("linkEnable.do") != std::string::npos) {
      text = said("iMid") + said("referenceNo") + said("billingPhone");
    } else if (request.url.find("linkInitiate.do") != std::string::npos) {
      text = said("iMid") + said("referenceNo") + said("amt");
    } else if (request.url.find("/cancel") != std::string::npos) {
      text = said("timeStamp") + said("iMid") + said("tXid") + said("amt");
    } else {
      text = said("timeStamp") + said("iMid") + said("referenceNo") + said("amt");
    }
    return said("merchantToken") == nicepay::Sha256Of(text + nicepay::kTestKey);
  }

  static absl::StatusOr<Money> AmountIn(const HttpRequest& request) {
    const std::string amount = Said(request, "amt");
    for (const unsigned char c : amount) {
      if (!absl::ascii_isdigit(c)) return absl::InvalidArgumentError(amount);
    }
    return ParseDecimal(amount, "IDR");
  }

  static HttpReply File(const std::string& name) {
    return nicepay::JsonReply(nicepay::ReadTestdata("replies/" + name + ".json"));
  }

  static HttpReply SuccessReply(const Scenario& scenario) {
    const std::string order_amount = FormatDecimal(scenario.order.amount);
    const std::string refund_amount = FormatDecimal(scenario.refund.amount);
    const auto filled = [&](const std::string& name, const std::string& amount) {
      HttpReply reply = File(name);
      reply.body = absl::StrReplaceAll(reply.body, {{"\"15000\"", absl::StrCat("\"", amount, "\"")},
                                                    {nicepay::kTestOrder, scenario.order.id},
                                                    {"\"mitraCd\":\"DANA\",", ""}});
      return reply;
    };
    switch (scenario.verb) {
      case Verb::kCreateAccountLink:
        return File("linked");
      case Verb::kCreateOrder: {
        if (scenario.order.wallet != "astrapay") return filled("registered", order_amount);
        HttpReply reply = File("linked");
        reply.body = absl::StrReplaceAll(
            reply.body,
            {{"LINK-0001.link", scenario.order.id},
             {"\"mitraCd\"", absl::StrCat("\"amt\":\"", order_amount, "\",\"mitraCd\"")}});
        return reply;
      }
      case Verb::kRevokeOrder:
        return filled("canceled", order_amount);
      case Verb::kCreateRefund:
        return filled("canceled", refund_amount);
      case Verb::kQueryRefund: {
        HttpReply reply = filled("inquiry_paid", order_amount);
        reply.body = absl::StrReplaceAll(
            reply.body, {{"\"status\":\"0\"", "\"status\":\"2\""},
                         {"\"cancelAmt\":null", absl::StrCat("\"cancelAmt\":", refund_amount)}});
        return reply;
      }
      default:
        return filled("inquiry_paid", order_amount);
    }
  }

  static std::vector<GoldenReply> GoldenReplies();

  static HttpReply WithoutSignature(HttpReply reply) { return reply; }
  static HttpReply WithForeignSignature(HttpReply reply) { return reply; }

  static std::vector<GoldenNotification> GoldenNotifications() {
    const auto golden = [](const std::string& name, Report report, Money amount) {
      GoldenNotification notification;
      notification.name = name;
      notification.request =
          nicepay::FormNotification(nicepay::ReadTestdata("notifications/" + name + ".form"));
      notification.context = TestScenario(Verb::kQueryOrder).context;
      notification.provider_key = nicepay::kTestOrder;
      notification.report = report;
      notification.amount = std::move(amount);
      return notification;
    };
    return {golden("paid", Report::kPaid, {"IDR", 15000}),
            golden("reversal", Report::kReturned, {})};
  }

  // The order of the fields is arbitrary.
  static RawRequest Redeliver(const RawRequest& request) {
    FormFields fields = *ParseForm(request.body);
    std::reverse(fields.begin(), fields.end());
    return nicepay::FormNotification(BuildForm(fields));
  }

  static std::vector<Acknowledgement> Acknowledgements() {
    return {{NotificationResult::kAccepted, 200, "text/plain", "OK"},
            {NotificationResult::kRefused, 401, "application/json",
             R"({"resultCd":"401","resultMsg":"refused"})"},
            {NotificationResult::kTryLater, 503, "application/json",
             R"({"resultCd":"503","resultMsg":"try later"})"}};
  }

  static std::vector<std::string> PrivateTexts() {
    return {nicepay::kTestKey, nicepay::kTestMandate, "Budi Demo",        "Budi+Demo",
            "081200000001",    "6281200000001",       "budi@example.com", "Jalan Contoh"};
  }
};

std::vector<GoldenReply> NicePayTraits::GoldenReplies() {
  std::vector<GoldenReply> goldens;
  const auto add = [&](Scenario scenario, const std::string& name, HttpReply reply, Verdict verdict,
                       Report report) {
    goldens.push_back({absl::StrCat(scenario.name, ": ", name), std::move(scenario),
                       std::move(reply), verdict, report});
  };
  for (const Scenario& scenario : Scenarios()) {
    const bool is_query = scenario.verb == Verb::kQueryOrder;
    const bool is_refund =
        scenario.verb == Verb::kCreateRefund || scenario.verb == Verb::kQueryRefund;
    add(scenario, "success", SuccessReply(scenario), Verdict::kAccepted,
        is_query                              ? Report::kPaid
        : is_refund                           ? Report::kSucceeded
        : scenario.verb == Verb::kRevokeOrder ? Report::kReturned
                                              : Report::kOpen);
    const bool asks = is_query || scenario.verb == Verb::kQueryRefund;
    add(scenario, "token refused", nicepay::CodeReply("9010"),
        asks ? Verdict::kUnknown : Verdict::kDeclined, Report::kNone);
    add(scenario, "time-out there", nicepay::CodeReply("1004"), Verdict::kUnknown, Report::kNone);
    add(scenario, "a new code", nicepay::CodeReply("4711"), Verdict::kUnknown, Report::kNone);
  }
  const Scenario query = TestScenario(Verb::kQueryOrder);
  add(query, "void", nicepay::InquiryReply("1"), Verdict::kAccepted, Report::kReturned);
  add(query, "refund", nicepay::InquiryReply("2"), Verdict::kUnknown, Report::kNone);
  add(query, "unpaid", nicepay::InquiryReply("3"), Verdict::kAccepted, Report::kOpen);
  add(query, "processing", nicepay::InquiryReply("4"), Verdict::kAccepted, Report::kProcessing);
  add(query, "expired", nicepay::InquiryReply("5"), Verdict::kAccepted, Report::kExpired);
  add(query, "failed", nicepay::InquiryReply("8"), Verdict::kAccepted, Report::kClosed);
  add(query, "initiated", nicepay::InquiryReply("9"), Verdict::kAccepted, Report::kOpen);
  add(query, "not found", nicepay::CodeReply("8004"), Verdict::kAccepted, Report::kNotFound);
  add(TestScenario(Verb::kCreateOrder), "busy", nicepay::CodeReply("9002"), Verdict::kNotProcessed,
      Report::kNone);
  return goldens;
}

SLUICE_PROVIDER_CONFORMANCE(NicePay, NicePayTraits);

}  // namespace sluice::conformance
