// The wire: headers, envelope, signatures, the documents' examples, links and settings.

#include "providers/payby/simulator.h"

#include <set>

#include "providers/payby/simulator_test_client.h"

namespace sluice::payby::simulator_test {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::MatchesRegex;
using ::testing::StartsWith;

std::string PlainDecimal(std::string text) {
  if (text.find('.') == std::string::npos) return text;
  text.erase(text.find_last_not_of('0') + 1);
  if (text.back() == '.') text.pop_back();
  return text;
}

// Every member of the example is there, with the same kind and value. Values of members in `made`
// are the provider's own and only have to be there.
void ExpectLike(const Json& example, const Json& actual, const std::set<std::string>& made,
                const std::string& path = "") {
  ASSERT_EQ(example.kind(), actual.kind()) << path;
  if (example.is_number()) {
    EXPECT_EQ(PlainDecimal(example.text()), PlainDecimal(actual.text())) << path;
  } else if (!example.is_object()) {
    EXPECT_EQ(example, actual) << path;
  }
  for (const auto& [name, member] : example.members()) {
    const Json* found = actual.Find(name);
    ASSERT_NE(found, nullptr) << path << "." << name;
    if (made.count(name) > 0) {
      EXPECT_EQ(found->kind(), member.kind()) << path << "." << name;
      EXPECT_EQ(found->text().size(), member.text().size()) << path << "." << name;
    } else {
      ExpectLike(member, *found, made, path + "." + name);
    }
  }
}

Json J(std::string_view text) { return Json::Parse(text).value(); }

class SimulatorWireTest : public SimulatorTest {};

constexpr char kCreate[] =
    R"({"requestTime":1767225600000,"bizContent":{"merchantOrderNo":"ORD-20260101-0001",)"
    R"("subject":"Demo item","totalAmount":{"amount":12.34,"currency":"AED"},)"
    R"("paySceneCode":"EWALLET","paySceneParams":{"eWalletCode":"botim-pay",)"
    R"("redirectUrl":"https://shop.example/pay/done?ref=ORD-20260101-0001",)"
    R"("oneTimePayment":"false"},"notifyUrl":"https://shop.example/hooks/payby",)"
    R"("reserved":"demo"}})";
constexpr char kCreated[] =
    R"({"head":{"applyStatus":"SUCCESS","code":"0","msg":"SUCCESS","traceCode":"100001"},)"
    R"("body":{"acquireOrder":{"merchantOrderNo":"ORD-20260101-0001",)"
    R"("orderNo":"131767225600123456","status":"CREATED","product":"Basic Payment Gateway",)"
    R"("totalAmount":{"amount":12.34,"currency":"AED"},"payeeMid":"200000999901",)"
    R"("requestTime":1767225600000,"expiredTime":1767232800000,)"
    R"("notifyUrl":"https://shop.example/hooks/payby","subject":"Demo item",)"
    R"("accessoryContent":{"terminalDetail":{"merchantName":"Demo Shop"}},)"
    R"("paySceneCode":"EWALLET","revoked":"false","reserved":"demo"},)"
    R"("interActionParams":{"deepLink":"https://botim.me/botim/payby/open-iap-cashdesk?)"
    R"(ft=0123456789abcdef0123456789abcdef&iapPartnerId=null&iapSign=null&iapDeviceId=null)"
    R"(&iapAppId=null"}}})";
constexpr char kOrderPaid[] =
    R"({"merchantOrderNo":"ORD-20260101-0001",)"
    R"("orderNo":"131767225600123456","status":"PAID_SUCCESS","product":"Basic Payment Gateway",)"
    R"("totalAmount":{"amount":12.34,"currency":"AED"},"payeeMid":"200000999901",)"
    R"("requestTime":1767225600000,"expiredTime":1767232800000,)"
    R"("notifyUrl":"https://shop.example/hooks/payby","subject":"Demo item",)"
    R"("paySceneCode":"EWALLET","revoked":"false",)"
    R"("paymentInfo":{"paidAmount":{"amount":12.34,"currency":"AED"},"paidTime":1767226190000,)"
    R"("payerMid":"100000999902","payChannel":"BALANCE",)"
    R"("payeeFeeAmount":{"amount":0.12,"currency":"AED"},)"
    R"("payerFeeAmount":{"amount":0.00,"currency":"AED"}}})";
constexpr char kRefund[] =
    R"({"requestTime":1767226500000,"bizContent":{"refundMerchantOrderNo":"RFD-20260101-0001",)"
    R"("originMerchantOrderNo":"ORD-20260101-0001","amount":{"amount":2.34,"currency":"AED"},)"
    R"("reason":"returned","operatorName":"ops",)"
    R"("notifyUrl":"https://shop.example/hooks/payby-refund"}})";
constexpr char kRefundOrder[] =
    R"({"refundMerchantOrderNo":"RFD-20260101-0001",)"
    R"("orderNo":"191767226500123789","originMerchantOrderNo":"ORD-20260101-0001",)"
    R"("status":"CREATED","amount":{"amount":2.34,"currency":"AED"},)"
    R"("notifyUrl":"https://shop.example/hooks/payby-refund","reason":"returned"})";

// The documents' examples follow one order: the fixture brings it to where a test begins.
class SimulatorExampleTest : public SimulatorTest {
 protected:
  void At(int64_t ms) {
    Wait(absl::FromUnixMillis(ms) - clock_.Now());
    timers_->RunDue();
  }
  Answered CreateExample() {
    Switch("documented_links", "true");
    return SendBody("placeOrder", kCreate);
  }
  void PayExample() {
    At(1767226190000);
    ASSERT_TRUE(simulator_->Pay("ORD-20260101-0001").ok());
    At(1767226200000);
    received_.clear();
  }
  Received Emit(std::string_view key) {
    received_.clear();
    EXPECT_TRUE(simulator_->EmitNotification(key).ok());
    timers_->RunDue();
    EXPECT_EQ(received_.size(), 1u);
    return received_.empty() ? Received() : received_[0];
  }
};

TEST_F(SimulatorExampleTest, Create) {
  const Answered created = CreateExample();
  EXPECT_TRUE(created.verified);
  ExpectLike(J(kCreated), created.json, {"orderNo", "deepLink"});
  EXPECT_THAT(created.order_no(), MatchesRegex("131767225600123[0-9][0-9][0-9]"));
  EXPECT_THAT(created.Text("body.interActionParams.deepLink"),
              MatchesRegex("https://botim\\.me/botim/payby/open-iap-cashdesk\\?ft=[0-9a-f]+"
                           "&iapPartnerId=null&iapSign=null&iapDeviceId=null&iapAppId=null"));
  EXPECT_EQ(created.json.FindPath("body.acquireOrder")->Find("interActionParams"), nullptr);
}

TEST_F(SimulatorExampleTest, GetOnceItIsPaid) {
  const Answered created = CreateExample();
  PayExample();
  const Answered paid = SendBody(
      "getOrder",
      R"({"requestTime":1767226200000,"bizContent":{"merchantOrderNo":"ORD-20260101-0001"}})");
  EXPECT_TRUE(paid.verified);
  ExpectLike(J(R"({"applyStatus":"SUCCESS","code":"0","msg":"SUCCESS","traceCode":"100002"})"),
             *paid.json.Find("head"), {});
  ExpectLike(J(kOrderPaid), *paid.json.FindPath("body.acquireOrder"), {"orderNo"});
  EXPECT_EQ(paid.order_no(), created.order_no());
  EXPECT_EQ(paid.Text("body.acquireOrder.paymentInfo.settlementAmount.amount"), "12.22");
  EXPECT_EQ(paid.json.FindPath("body.interActionParams"), nullptr);
}

TEST_F(SimulatorExampleTest, CancelAndRevoke) {
  CreateExample();
  const Answered closed = Cancel("ORD-20260101-0001");
  EXPECT_EQ(closed.status(), "FAILURE");
  EXPECT_EQ(closed.json.FindPath("body.acquireOrder.paymentInfo"), nullptr);
  EXPECT_EQ(closed.json.FindPath("body.interActionParams"), nullptr);
  PlacePaid("O2");
  const Answered revoked = Revoke("O2");
  EXPECT_EQ(revoked.status(), "FAILURE");
  EXPECT_EQ(revoked.revoked(), "true");
  EXPECT_NE(revoked.json.FindPath("body.acquireOrder.paymentInfo"), nullptr);
}

TEST_F(SimulatorExampleTest, PaymentNotification) {
  CreateExample();
  PayExample();
  const Received notice = Emit("ORD-20260101-0001");
  EXPECT_TRUE(notice.verified);
  EXPECT_EQ(notice.request.url, "https://shop.example/hooks/payby");
  EXPECT_EQ(*FindHeader(notice.request.headers, "Content-Type"), "application/json");
  ExpectLike(J(R"({"_input_charset":"UTF-8","notify_id":"202601010000000001",)"
               R"("notify_time":"20260101041000","notify_timestamp":1767226200000})"),
             notice.json, {});
  ExpectLike(J(kOrderPaid), *notice.json.Find("acquireOrder"), {"orderNo"});
  EXPECT_EQ(notice.json.FindPath("acquireOrder.paymentInfo.settlementAmount"), nullptr);
  EXPECT_EQ(notice.json.Find("head"), nullptr);
}

TEST_F(SimulatorExampleTest, RefundItsQueryAndItsNotification) {
  CreateExample();
  PayExample();
  Get("ORD-20260101-0001");
  At(1767226500123);
  const Answered refund = SendBody("refund/placeOrder", kRefund);
  EXPECT_TRUE(refund.verified);
  const std::string body =
      absl::StrCat(R"({"refundOrder":)", kRefundOrder,
                   R"(,"refundSummary":{"acquireAmount":{"amount":12.34,"currency":"AED"},)"
                   R"("remainRefundAmount":{"amount":10,"currency":"AED"}}})");
  ExpectLike(J(R"({"applyStatus":"SUCCESS","code":"0","msg":"SUCCESS","traceCode":"100003"})"),
             *refund.json.Find("head"), {});
  ExpectLike(J(body), *refund.json.Find("body"), {"orderNo"});
  EXPECT_THAT(refund.Text("body.refundOrder.orderNo"),
              MatchesRegex("191767226500123[0-9][0-9][0-9]"));

  At(1767226560000);
  Json succeeded = J(kRefundOrder);
  succeeded.Set("status", "SUCCESS");
  const Answered queried =
      SendBody("refund/getOrder", R"({"requestTime":1767226560000,)"
                                  R"("bizContent":{"refundMerchantOrderNo":"RFD-20260101-0001"}})");
  ExpectLike(succeeded, *queried.json.FindPath("body.refundOrder"), {"orderNo"});
  ExpectLike(*J(body).Find("refundSummary"), *queried.json.FindPath("body.refundSummary"), {});

  At(1767226620000);
  const Received notice = Emit("RFD-20260101-0001");
  EXPECT_TRUE(notice.verified);
  EXPECT_EQ(notice.request.url, "https://shop.example/hooks/payby-refund");
  ExpectLike(J(R"({"_input_charset":"UTF-8","notify_id":"202601010000000002",)"
               R"("notify_time":"20260101041700","notify_timestamp":1767226620000})"),
             notice.json, {});
  ExpectLike(succeeded, *notice.json.Find("refundOrder"), {"orderNo"});
  EXPECT_EQ(notice.json.Find("refundSummary"), nullptr);
}

TEST_F(SimulatorExampleTest, Errors) {
  CreateExample();
  PayExample();
  const Answered exceeded = Refund("RFD-2", "ORD-20260101-0001", "12.35");
  EXPECT_EQ(exceeded.raw.reply.body,
            R"({"head":{"applyStatus":"FAIL","code":"62006","msg":"REFUND_AMOUNT_EXCEEDED",)"
            R"("traceCode":"100002"}})");
  EXPECT_TRUE(exceeded.verified);
  At(1767226600000);
  const Answered stale =
      SendBody("getOrder", R"({"requestTime":1767225600000,"bizContent":{"merchantOrderNo":"O"}})");
  EXPECT_EQ(stale.raw.reply.body,
            R"({"head":{"applyStatus":"FAIL","code":"400","msg":"REQUESTTIME_TOO_EARLY",)"
            R"("traceCode":"100003"}})");
  EXPECT_FALSE(stale.is_signed);
  const Answered forged = Send(Signed("/acquire2/getOrder", kCreate, Stranger()));
  EXPECT_EQ(forged.raw.reply.body,
            R"({"head":{"applyStatus":"ERROR","code":"58000","msg":"VERIFY_SIGN_FAIL",)"
            R"("traceCode":"100004"}})");
  EXPECT_FALSE(forged.is_signed);
}

TEST_F(SimulatorWireTest, DynQrGivesATokenUrlBesideTheOrder) {
  Switch("documented_links", "true");
  const Answered created = Call("placeOrder", Terms("O1", "", R"({"changePayer":"true"})"));
  EXPECT_THAT(created.Text("body.interActionParams.tokenUrl"),
              MatchesRegex("https://qr\\.payby\\.com\\?BIZ_TYPE=202&ft=[0-9a-f]+&t=1767225600123"));
  EXPECT_EQ(created.json.FindPath("body.interActionParams.deepLink"), nullptr);
}

TEST_F(SimulatorWireTest, EachWalletHasItsDocumentedHost) {
  Switch("documented_links", "true");
  const auto link = [&](const std::string& no, const std::string& params) {
    std::string terms = Terms(no, "", params);
    terms.replace(terms.find("DYNQR"), 5, "EWALLET");
    return Call("placeOrder", terms).Text("body.interActionParams.deepLink");
  };
  EXPECT_THAT(link("O1", R"({"eWalletCode":"botim-pay"})"),
              StartsWith("https://botim.me/botim/payby/open-iap-cashdesk?ft="));
  EXPECT_THAT(link("O2", R"({"eWalletCode":"payby"})"),
              StartsWith("https://app.payby.com/open-iap-cashdesk?ft="));
  EXPECT_THAT(link("O3", R"({"eWalletCode":"ALIPAYPLUS","subEWalletCode":"ALIPAYCN"})"),
              StartsWith("https://app.payby.com/open-iap-cashdesk?ft="));
}

TEST_F(SimulatorWireTest, LinksLeadToTheSimulatorsOwnPageByDefault) {
  EXPECT_THAT(Place("O1").Text("body.interActionParams.tokenUrl"),
              MatchesRegex("http://127\\.0\\.0\\.1:7070/payby/pay/[0-9a-f]+"));
}

TEST_F(SimulatorWireTest, ServesWithAndWithoutTheDocumentedPrefix) {
  const std::string body =
      absl::StrCat("{\"requestTime\":", NowMs(), ",\"bizContent\":", Terms("O1"), "}");
  EXPECT_EQ(Send(Signed("/sgs/api/acquire2/placeOrder", body)).code(), "0");
  EXPECT_EQ(Send(Signed("/acquire2/placeOrder", body)).code(), "0");
}

TEST_F(SimulatorWireTest, HeadersAndEnvelopeComeBeforeTheSignature) {
  const std::string good =
      absl::StrCat("{\"requestTime\":", NowMs(), ",\"bizContent\":", Terms("O1"), "}");
  const auto without = [&](std::string_view header) {
    RawRequest request = Signed("/acquire2/placeOrder", good);
    std::erase_if(request.headers, [&](const auto& h) { return h.first == header; });
    return Send(request);
  };
  for (const char* header : {"Content-Type", "partner-id", "sign"}) {
    const Answered answer = without(header);
    EXPECT_EQ(answer.code(), "400") << header;
    EXPECT_EQ(answer.msg(), "INVALID_PARAMETER") << header;
    EXPECT_EQ(answer.apply_status(), "FAIL") << header;
    EXPECT_FALSE(answer.is_signed) << header;
    EXPECT_EQ(answer.raw.reply.status, 200) << header;
  }
  for (const char* body : {"", "{", "[]", "{}", R"({"requestTime":1})", R"({"bizContent":[]})",
                           "{\"bizContent\":{}} x"}) {
    EXPECT_EQ(SendBody("placeOrder", body).code(), "400") << body;
  }
  RawRequest charset = Signed("/acquire2/placeOrder", good);
  charset.headers[0].second = "application/json; charset=UTF-8";
  EXPECT_EQ(Send(charset).code(), "0");
}

TEST_F(SimulatorWireTest, AWrongSignatureIsAnError) {
  const std::string good =
      absl::StrCat("{\"requestTime\":", NowMs(), ",\"bizContent\":", Terms("O1"), "}");
  RawRequest altered = Signed("/acquire2/placeOrder", good);
  altered.body.replace(altered.body.find("12.34"), 5, "12.35");
  RawRequest unknown = Signed("/acquire2/placeOrder", good);
  unknown.headers[2].second = "200000999902";
  RawRequest not_base64 = Signed("/acquire2/placeOrder", good);
  not_base64.headers[3].second = "***";
  for (const RawRequest& request :
       {altered, unknown, not_base64, Signed("/acquire2/placeOrder", good, Stranger())}) {
    const Answered answer = Send(request);
    EXPECT_EQ(answer.apply_status(), "ERROR");
    EXPECT_EQ(answer.code(), "58000");
    EXPECT_EQ(answer.msg(), "VERIFY_SIGN_FAIL");
    EXPECT_FALSE(answer.is_signed);
    EXPECT_EQ(answer.json.Find("body"), nullptr);
  }
  EXPECT_TRUE(simulator_->Ledger().empty());
}

TEST_F(SimulatorWireTest, RequestTimeMustBeWithinFifteenMinutes) {
  const auto ask = [&](const std::string& time) {
    return SendBody("placeOrder",
                    absl::StrCat("{\"requestTime\":", time, ",\"bizContent\":", Terms("O1"), "}"));
  };
  constexpr int64_t kWindowMs = 15 * 60 * 1000;
  EXPECT_EQ(ask(absl::StrCat(kStartMs - kWindowMs - 1)).msg(), "REQUESTTIME_TOO_EARLY");
  EXPECT_EQ(ask(absl::StrCat(kStartMs + kWindowMs + 1)).msg(), "REQUESTTIME_TOO_LATER");
  EXPECT_EQ(ask(absl::StrCat(kStartMs + kWindowMs + 1)).code(), "400");
  EXPECT_EQ(ask("\"1767225600000\"").msg(), "INVALID_PARAMETER");
  EXPECT_EQ(ask("1.5").msg(), "INVALID_PARAMETER");
  EXPECT_EQ(ask("null").msg(), "INVALID_PARAMETER");
  EXPECT_EQ(ask(absl::StrCat(kStartMs - kWindowMs)).code(), "0");
  EXPECT_EQ(ask(absl::StrCat(kStartMs + kWindowMs)).code(), "0");
}

TEST_F(SimulatorWireTest, TheRateLimitComesAfterTheTimeAndBeforeTheFields) {
  Switch("force_402", "true");
  Answered answer = Call("placeOrder", "{}");
  EXPECT_EQ(answer.code(), "402");
  EXPECT_EQ(answer.msg(), "RATE_LIMIT_REJECT");
  EXPECT_FALSE(answer.is_signed);
  EXPECT_EQ(SendBody("placeOrder", R"({"requestTime":1,"bizContent":{}})").code(), "400");
  Switch("force_402", "false");
  EXPECT_EQ(Call("placeOrder", "{}").code(), "400");
}

TEST_F(SimulatorWireTest, AnUnlistedAddressIsUnauthorized) {
  std::map<std::string, std::string> settings = Settings();
  settings["allowed_ips"] = "198.51.100.1, 192.0.2.8";
  ASSERT_TRUE(simulator_->AddAccount(settings).ok());
  const Answered answer = Place("O1");
  EXPECT_EQ(answer.code(), "403");
  EXPECT_EQ(answer.msg(), "UNAUTHORIZED");
  EXPECT_FALSE(answer.is_signed);
  settings["allowed_ips"] = "198.51.100.1,192.0.2.7";
  ASSERT_TRUE(simulator_->AddAccount(settings).ok());
  EXPECT_EQ(Place("O1").code(), "0");
}

TEST_F(SimulatorWireTest, TheRestOfTheApiIsNotAvailable) {
  const Answered answer = Send(Signed("/sgs/api/transfer/placeTransferOrder", "{}"));
  EXPECT_EQ(answer.code(), "404");
  EXPECT_EQ(answer.msg(), "SERVICE_NOT_AVAILABLE");
  EXPECT_FALSE(answer.is_signed);
  RawRequest get = Signed("/acquire2/getOrder", "{}");
  get.method = "GET";
  EXPECT_EQ(Send(get).raw.reply.status, 405);
  get.path = "/elsewhere";
  EXPECT_EQ(Send(get).raw.reply.status, 404);
}

TEST_F(SimulatorWireTest, BusinessErrorsAreSignedWithEitherApplyStatus) {
  EXPECT_EQ(Get("NONE").apply_status(), "FAIL");
  Switch("error_apply_status", "SUCCESS");
  const Answered answer = Get("NONE");
  EXPECT_EQ(answer.apply_status(), "SUCCESS");
  EXPECT_EQ(answer.code(), "62004");
  EXPECT_TRUE(answer.verified);
  EXPECT_EQ(answer.json.Find("body"), nullptr);
  EXPECT_EQ(Call("getOrder", "{}").apply_status(), "FAIL");  // Not a business error.
}

TEST_F(SimulatorWireTest, AmountsCanBeWrittenInFull) {
  Switch("amount_text", "full");
  EXPECT_EQ(
      Call("placeOrder", Terms("O1", "", "{}", "10")).Text("body.acquireOrder.totalAmount.amount"),
      "10.00");
}

TEST_F(SimulatorWireTest, MerchantsDoNotSeeEachOther) {
  std::map<std::string, std::string> other = Settings();
  other["partner_id"] = "200000999902";
  ASSERT_TRUE(simulator_->AddAccount(other).ok());
  const std::string order_no = Place("O1").order_no();
  const auto as_other = [&](const std::string& operation, const std::string& biz) {
    RawRequest request =
        Signed("/acquire2/" + operation,
               absl::StrCat("{\"requestTime\":", NowMs(), ",\"bizContent\":", biz, "}"));
    request.headers[2].second = "200000999902";
    return Send(request);
  };
  EXPECT_EQ(as_other("getOrder", Number("O1")).code(), "62004");
  EXPECT_EQ(as_other("getOrder", ProviderNumber(order_no)).code(), "62035");
  EXPECT_EQ(as_other("placeOrder", Terms("O1")).code(), "0");
  // The number alone is now ambiguous for an operator; PayBy's own is not.
  EXPECT_TRUE(absl::IsFailedPrecondition(simulator_->Pay("O1")));
  EXPECT_TRUE(simulator_->Pay(order_no).ok());
}

TEST_F(SimulatorWireTest, TheSeedDecidesEveryNumber) {
  const auto run = [&](uint64_t seed) {
    Start(seed);
    std::string all;
    for (const char* no : {"O1", "O2"}) all += Place(no).raw.reply.body;
    return all;
  };
  const std::string first = run(1);
  EXPECT_EQ(first, run(1));
  EXPECT_NE(first, run(2));
}

TEST_F(SimulatorWireTest, SettingsAndContextAreChecked) {
  const auto refusal = [&](const char* name, const char* value) {
    std::map<std::string, std::string> settings = Settings();
    settings[name] = value;
    const absl::Status status = simulator_->AddAccount(settings);
    EXPECT_TRUE(absl::IsInvalidArgument(status));
    return std::string(status.message());
  };
  EXPECT_THAT(refusal("partner_id", ""), HasSubstr("settings.partner_id"));
  EXPECT_THAT(refusal("partner_id", "1234567890123"), HasSubstr("settings.partner_id"));
  EXPECT_THAT(refusal("partner_id", "12a"), HasSubstr("settings.partner_id"));
  EXPECT_THAT(refusal("merchant_public_key_pem", "x"),
              HasSubstr("settings.merchant_public_key_pem"));
  EXPECT_THAT(refusal("provider_private_key_pem", ""),
              HasSubstr("settings.provider_private_key_pem"));
  EXPECT_THAT(refusal("colour", "red"), HasSubstr("settings.colour"));
  EXPECT_TRUE(absl::IsInvalidArgument(MakePayBySimulator({}).status()));
  EXPECT_TRUE(absl::IsNotFound(simulator_->SetSwitch("nothing", "true")));
  EXPECT_TRUE(absl::IsInvalidArgument(simulator_->SetSwitch("auto_pay", "yes")));
  EXPECT_TRUE(absl::IsInvalidArgument(simulator_->SetSwitch("settle_delay", "-1s")));
  EXPECT_TRUE(absl::IsInvalidArgument(simulator_->SetSwitch("settle_delay", "soon")));
  EXPECT_TRUE(absl::IsInvalidArgument(simulator_->SetSwitch("replay_final", "maybe")));
  EXPECT_TRUE(absl::IsInvalidArgument(simulator_->SetSwitch("fee_permille", "1001")));
  EXPECT_TRUE(absl::IsInvalidArgument(simulator_->SetSwitch("fail_code", "1")));
  EXPECT_TRUE(absl::IsFailedPrecondition(simulator_->ConfirmLink("O1")));
  EXPECT_EQ(simulator_->provider(), "payby");
}

}  // namespace
}  // namespace sluice::payby::simulator_test
