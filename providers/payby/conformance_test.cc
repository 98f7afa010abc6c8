#include "tests/conformance/provider/conformance.h"

#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_replace.h"
#include "absl/strings/str_split.h"
#include "providers/payby/register.h"
#include "providers/payby/test_account.h"
#include "server/wire/json.h"

namespace sluice::conformance {

struct PayByTraits {
  static constexpr ReplySignature kReplySignature = ReplySignature::kWholeBody;
  static constexpr bool kNotificationsCoverBody = true;
  static constexpr std::string_view kSignatureHeader = "sign";

  static ProviderRegistration Registration() { return payby::Registration(); }
  static ProviderAccountConfig Config() { return payby::TestConfig(); }

  static std::vector<Scenario> Scenarios() {
    std::vector<Scenario> scenarios = {payby::QrScenario()};
    for (const Verb verb : {Verb::kCreateOrder, Verb::kQueryOrder, Verb::kCancelOrder,
                            Verb::kRevokeOrder, Verb::kCreateRefund, Verb::kQueryRefund}) {
      scenarios.push_back(payby::TestScenario(verb));
    }
    return scenarios;
  }

  static std::vector<GoldenRequest> GoldenRequests() {
    const auto golden = [](Scenario scenario, const std::string& path, const std::string& file) {
      HttpRequest request;
      request.method = "POST";
      request.url = "https://uat.test2pay.com/sgs/api" + path;
      request.headers = {{"Content-Type", "application/json"},
                         {"Content-Language", "en"},
                         {"Partner-Id", "200000999901"},
                         {"api-version", "v1"}};
      request.body = payby::ReadTestdata("requests/" + file);
      return GoldenRequest{std::move(scenario), std::move(request)};
    };
    return {
        golden(payby::TestScenario(Verb::kCreateOrder), "/acquire2/placeOrder",
               "create_ewallet.json"),
        golden(payby::QrScenario(), "/acquire2/placeOrder", "create_dynqr.json"),
        golden(payby::TestScenario(Verb::kQueryOrder), "/acquire2/getOrder", "query_order.json"),
        golden(payby::TestScenario(Verb::kCancelOrder), "/acquire2/cancelOrder",
               "cancel_order.json"),
        golden(payby::TestScenario(Verb::kRevokeOrder), "/acquire2/revokeOrder",
               "revoke_order.json"),
        golden(payby::TestScenario(Verb::kCreateRefund), "/acquire2/refund/placeOrder",
               "create_refund.json"),
        golden(payby::TestScenario(Verb::kQueryRefund), "/acquire2/refund/getOrder",
               "query_refund.json"),
    };
  }

  static bool IsAuthentic(const HttpRequest& request) {
    const auto key = crypto::RsaPublicKey::FromPem(payby::TestKeys::Get().merchant.public_pem);
    return payby::CheckSignature(*key, request.headers, request.body) ==
           payby::SignatureCheck::kValid;
  }

  static absl::StatusOr<Money> AmountIn(const HttpRequest& request) {
    const auto json = Json::Parse(request.body);
    if (!json.ok()) return json.status();
    const Json* money = json->FindPath("bizContent.totalAmount");
    if (money == nullptr) money = json->FindPath("bizContent.amount");
    if (money == nullptr) return absl::NotFoundError("no amount");
    const auto text = money->GetNumberText("amount");
    if (!text.ok()) return text.status();
    // What PayBy asks for: a number of two decimals, as written.
    if (text->size() < 4 || (*text)[text->size() - 3] != '.') {
      return absl::InvalidArgumentError(*text);
    }
    return ParseDecimal(*text, *money->GetString("currency"));
  }

  static HttpReply SuccessReply(const Scenario& scenario) {
    std::string file;
    switch (scenario.verb) {
      case Verb::kCreateOrder:
        file = scenario.order.presentation == Presentation::kQrCode ? "create_dynqr"
                                                                    : "create_ewallet";
        break;
      case Verb::kCancelOrder:
        file = "order_closed";
        break;
      case Verb::kRevokeOrder:
        file = "order_revoked_paid";
        break;
      case Verb::kCreateRefund:
        file = "refund_created";
        break;
      case Verb::kQueryRefund:
        file = "refund_success";
        break;
      default:
        file = "order_paid";
        break;
    }
    std::string body = payby::ReadTestdata("replies/" + file + ".json");
    absl::StrReplaceAll({{"12.340", FormatDecimal(scenario.order.amount)},
                         {"12.34", FormatDecimal(scenario.order.amount)},
                         {"2.34,", FormatDecimal(scenario.refund.amount) + ","},
                         {payby::kTestOrder, scenario.order.id},
                         {payby::kTestRefund, scenario.refund.id}},
                        &body);
    return payby::SignedReply(std::move(body));
  }

  static std::vector<GoldenReply> GoldenReplies();

  static HttpReply WithoutSignature(HttpReply reply) {
    HttpHeaders headers;
    for (auto& header : reply.headers) {
      if (header.first != "Sign") headers.push_back(std::move(header));
    }
    reply.headers = std::move(headers);
    return reply;
  }

  static HttpReply WithForeignSignature(HttpReply reply) {
    reply = WithoutSignature(std::move(reply));
    reply.headers.emplace_back("Sign",
                               payby::SignWith(payby::TestKeys::Get().stranger, reply.body));
    return reply;
  }

  static std::vector<GoldenNotification> GoldenNotifications() {
    const auto golden = [](const std::string& name, ResourceKind kind, Report report) {
      GoldenNotification notification;
      notification.name = name;
      notification.request =
          payby::SignedNotification(payby::ReadTestdata("notifications/" + name + ".json"));
      notification.context = payby::TestScenario(Verb::kQueryOrder).context;
      notification.kind = kind;
      const bool is_order = kind == ResourceKind::kOrder;
      notification.provider_key = is_order ? payby::kTestOrder : payby::kTestRefund;
      notification.report = report;
      notification.amount = {"AED", is_order ? 1234 : 234};
      return notification;
    };
    return {
        golden("created", ResourceKind::kOrder, Report::kOpen),
        golden("paid", ResourceKind::kOrder, Report::kPaid),
        golden("settled", ResourceKind::kOrder, Report::kSettled),
        golden("settled_revoked", ResourceKind::kOrder, Report::kReturned),
        golden("failure", ResourceKind::kOrder, Report::kClosed),
        golden("revoked", ResourceKind::kOrder, Report::kReturned),
        golden("refund_settled", ResourceKind::kRefund, Report::kOpen),
        golden("refund_success", ResourceKind::kRefund, Report::kSucceeded),
        golden("refund_failure", ResourceKind::kRefund, Report::kFailed),
    };
  }

  // PayBy's retry: another time of sending, another id to be safe.
  static RawRequest Redeliver(const RawRequest& request) {
    std::string body = request.body;
    absl::StrReplaceAll({{"1767226200000,\n", "1767232200000,\n"},
                         {"\"notify_id\":\"20260101", "\"notify_id\":\"20260102"}},
                        &body);
    EXPECT_NE(body, request.body);
    return payby::SignedNotification(std::move(body));
  }

  static std::vector<Acknowledgement> Acknowledgements() {
    return {
        {NotificationResult::kAccepted, 200, "application/json", R"({"response":"SUCCESS"})"},
        {NotificationResult::kRefused, 401, "application/json", R"({"response":"REFUSED"})"},
        {NotificationResult::kTryLater, 503, "application/json", R"({"response":"TRY_LATER"})"}};
  }

  static std::vector<std::string> PrivateTexts() {
    std::vector<std::string> texts = {"Amina Testperson", "971500000001", "100000999902"};
    const payby::TestKeys& keys = payby::TestKeys::Get();
    const std::vector<std::string> lines =
        absl::StrSplit(keys.merchant.private_pem.Reveal(), '\n', absl::SkipEmpty());
    for (const std::string& line : lines) {
      if (line.rfind("-----", 0) != 0 && line.size() > 20) texts.push_back(line);
    }
    return texts;
  }
};

std::vector<GoldenReply> PayByTraits::GoldenReplies() {
  std::vector<GoldenReply> goldens;
  const auto file = [&](Verb verb, const std::string& name, Verdict verdict, Report report) {
    goldens.push_back(
        {absl::StrCat(std::string(VerbName(verb)), ": ", name), payby::TestScenario(verb),
         payby::SignedReply(payby::ReadTestdata("replies/" + name + ".json")), verdict, report});
  };
  file(Verb::kCreateOrder, "create_ewallet", Verdict::kAccepted, Report::kOpen);
  file(Verb::kCreateOrder, "create_dynqr", Verdict::kAccepted, Report::kOpen);
  file(Verb::kCreateOrder, "order_paid", Verdict::kAccepted, Report::kPaid);
  file(Verb::kCreateOrder, "refund_created", Verdict::kUnknown, Report::kNone);
  file(Verb::kQueryOrder, "order_open", Verdict::kAccepted, Report::kOpen);
  file(Verb::kQueryOrder, "order_paid", Verdict::kAccepted, Report::kPaid);
  file(Verb::kQueryOrder, "order_settled", Verdict::kAccepted, Report::kSettled);
  file(Verb::kQueryOrder, "order_closed", Verdict::kAccepted, Report::kClosed);
  file(Verb::kQueryOrder, "order_failed", Verdict::kAccepted, Report::kClosed);
  file(Verb::kQueryOrder, "order_revoked_unpaid", Verdict::kAccepted, Report::kClosed);
  file(Verb::kQueryOrder, "order_revoked_paid", Verdict::kAccepted, Report::kReturned);
  file(Verb::kQueryOrder, "order_revoked_settled", Verdict::kAccepted, Report::kReturned);
  file(Verb::kQueryOrder, "order_contradiction", Verdict::kUnknown, Report::kNone);
  file(Verb::kQueryOrder, "order_new_status", Verdict::kAccepted, Report::kNone);
  file(Verb::kCancelOrder, "order_closed", Verdict::kAccepted, Report::kClosed);
  file(Verb::kCancelOrder, "order_open", Verdict::kUnknown, Report::kNone);
  file(Verb::kCancelOrder, "order_paid", Verdict::kUnknown, Report::kNone);
  file(Verb::kRevokeOrder, "order_revoked_unpaid", Verdict::kAccepted, Report::kClosed);
  file(Verb::kRevokeOrder, "order_revoked_paid", Verdict::kAccepted, Report::kReturned);
  file(Verb::kRevokeOrder, "order_revoked_settled", Verdict::kAccepted, Report::kReturned);
  file(Verb::kRevokeOrder, "order_paid", Verdict::kAccepted, Report::kPaid);
  file(Verb::kRevokeOrder, "order_new_status", Verdict::kUnknown, Report::kNone);
  file(Verb::kCreateRefund, "refund_created", Verdict::kAccepted, Report::kOpen);
  file(Verb::kCreateRefund, "refund_success", Verdict::kAccepted, Report::kSucceeded);
  file(Verb::kCreateRefund, "order_paid", Verdict::kUnknown, Report::kNone);
  file(Verb::kQueryRefund, "refund_settled", Verdict::kAccepted, Report::kOpen);
  file(Verb::kQueryRefund, "refund_success", Verdict::kAccepted, Report::kSucceeded);
  file(Verb::kQueryRefund, "refund_failure", Verdict::kAccepted, Report::kFailed);
  file(Verb::kQueryRefund, "refund_new_status", Verdict::kAccepted, Report::kNone);

  const auto error = [&](Verb verb, const std::string& code, Verdict verdict, Report report) {
    goldens.push_back({absl::StrCat(std::string(VerbName(verb)), ": ", code),
                       payby::TestScenario(verb),
                       payby::SignedReply(payby::ErrorBody("FAIL", code)), verdict, report});
  };
  error(Verb::kCreateOrder, "62012", Verdict::kDeclined, Report::kNone);
  error(Verb::kCreateOrder, "500", Verdict::kUnknown, Report::kNone);
  error(Verb::kCreateOrder, "402", Verdict::kNotProcessed, Report::kNone);
  error(Verb::kCreateRefund, "62006", Verdict::kDeclined, Report::kNone);
  error(Verb::kQueryOrder, "62004", Verdict::kAccepted, Report::kNotFound);
  error(Verb::kQueryRefund, "62007", Verdict::kAccepted, Report::kNotFound);
  return goldens;
}

SLUICE_PROVIDER_CONFORMANCE(PayBy, PayByTraits);

}  // namespace sluice::conformance
