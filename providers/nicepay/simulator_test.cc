// Registration, payment and inquiry: the documents' examples, the token vectors, and every code
// these calls can give.

#include "providers/nicepay/simulator_test_client.h"

namespace sluice::nicepay::simulator_test {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::MatchesRegex;

class SimulatorApiTest : public SimulatorTest {
 protected:
  std::string RegistrationCode(const Change& change) {
    return Post("registration", Registration("R", "DANA", change)).code();
  }
};

// Replaces the four digits that are the simulator's own.
std::string WithExampleNumber(std::string text, const std::string& t_xid) {
  const size_t at = text.find(t_xid);
  if (at != std::string::npos) text.replace(at, t_xid.size(), "DEMOEWTEST05202601151030011234");
  return text;
}

constexpr char kExampleRegistration[] =
    R"({"timeStamp":"20260115103000","iMid":"DEMOEWTEST","payMethod":"05","currency":"IDR",)"
    R"("amt":"15000","referenceNo":"ORD-EW-0001","goodsNm":"Demo goods","billingNm":"Budi Demo",)"
    R"("billingPhone":"081200000001","billingEmail":"budi@example.com",)"
    R"("billingAddr":"Jalan Contoh 1","billingCity":"Jakarta","billingState":"DKI Jakarta",)"
    R"("billingPostCd":"12345","billingCountry":"Indonesia","mitraCd":"OVOE",)"
    R"("userIP":"192.0.2.10","cartData":"{\"count\":\"1\",\"item\":[{\"img_url\":)"
    R"(\"https://example.com/a.png\",\"goods_name\":\"Demo goods\",\"goods_detail\":\"x\",)"
    R"(\"goods_amt\":\"15000\",\"goods_quantity\":\"1\"}]}",)"
    R"("dbProcessUrl":"https://merchant.example/nicepay/notify",)"
    R"("merchantToken":"3b32b8dd59f8707103a3674e9323696fc5dd74abf7e791f2cecf0bd63769febc"})";

TEST_F(SimulatorApiTest, TheDocumentedExampleFromRegistrationToNotification) {
  const Answered registered =
      Send("POST", "/nicepay/direct/v2/registration", "application/json", kExampleRegistration);
  const std::string t_xid = registered.t_xid();
  EXPECT_THAT(t_xid, MatchesRegex("DEMOEWTEST0520260115103001[0-9]{4}"));
  EXPECT_EQ(WithExampleNumber(registered.raw.reply.body, t_xid),
            R"({"resultCd":"0000","resultMsg":"SUCCESS","tXid":"DEMOEWTEST05202601151030011234",)"
            R"("referenceNo":"ORD-EW-0001","payMethod":"05","amt":"15000","transDt":"20260115",)"
            R"("transTm":"103001","description":null,"mitraCd":"OVOE"})");
  // The published tokens of payment and inquiry.
  const Answered opened =
      Open({{"timeStamp", "20260115103005"},
            {"tXid", t_xid},
            {"callBackUrl", kReturn},
            {"merchantToken", "f3c9fefa81edd03e9889afce94f160fe26cf441c09058a54dda83604c13bac9f"}});
  EXPECT_EQ(opened.raw.reply.status, 200);
  Advance(absl::Seconds(41));
  ASSERT_TRUE(simulator_->Pay("ORD-EW-0001").ok());
  const Answered asked = Inquire(
      "ORD-EW-0001", t_xid,
      {{"timeStamp", "20260115103100"},
       {"merchantToken", "22f62cf87f5400ee9461baf34e525c8c20f0e7331f35ed59ad639cff19dae9a1"}});
  EXPECT_EQ(WithExampleNumber(asked.raw.reply.body, t_xid),
            R"({"resultCd":"0000","resultMsg":"paid","tXid":"DEMOEWTEST05202601151030011234",)"
            R"("iMid":"DEMOEWTEST","currency":"IDR","amt":"15000","referenceNo":"ORD-EW-0001",)"
            R"("goodsNm":"Demo goods","payMethod":"05","billingNm":"Budi Demo",)"
            R"("reqDt":"20260115","reqTm":"103001","transDt":"20260115","transTm":"103042",)"
            R"("status":"0","mitraCd":"OVOE","cancelAmt":null})");
  Advance(absl::ZeroDuration());
  ASSERT_EQ(received_.size(), 1u);
  const std::string token = Hash(absl::StrCat(kMid, t_xid, "15000", kKey));
  std::string body = WithExampleNumber(received_[0].request.body, t_xid);
  body.replace(body.find(token), token.size(),
               "88940b7f669e1135c78951ec9741204efd6dacec92b962f31b88fdbc463deea9");
  EXPECT_EQ(body,
            "tXid=DEMOEWTEST05202601151030011234&merchantToken="
            "88940b7f669e1135c78951ec9741204efd6dacec92b962f31b88fdbc463deea9&referenceNo="
            "ORD-EW-0001&goodsNm=Demo+goods&mitraCd=OVOE&transTm=103042&amt=15000&billingNm="
            "Budi+Demo&matchCl=1&payMethod=05&currency=IDR&transDt=20260115&status=0");
}

// The formulas of this client give the published hashes; the simulator takes what it hashes.
TEST_F(SimulatorApiTest, PublishedTokens) {
  const std::string key = kKey;
  const std::string t_xid = "DEMOEWTEST05202601151030011234";
  EXPECT_EQ(Hash("20260115103000DEMOEWTESTORD-EW-000115000" + key),
            "3b32b8dd59f8707103a3674e9323696fc5dd74abf7e791f2cecf0bd63769febc");
  EXPECT_EQ(Hash("20260115110000DEMOEWTEST" + t_xid + "15000" + key),
            "8162d77be5bc65c03550cfa7d1ef523994a6861be7f14f4f2f05b589cb557040");
  EXPECT_EQ(Hash("DEMOEWTEST" + t_xid + "15000" + key),
            "88940b7f669e1135c78951ec9741204efd6dacec92b962f31b88fdbc463deea9");
  EXPECT_EQ(Link("LINK-0001", {{"merchantToken",
                                "d7cbd017bb9007cde264637955d0fc96cd8e6f5d3ea29d42"
                                "f9aa5e183449bcda"}})
                .code(),
            "0000");
  ASSERT_TRUE(simulator_->ConfirmLink("LINK-0001").ok());
  Advance(absl::ZeroDuration());
  EXPECT_EQ(received_[0].Text("merchantToken"),
            "d7cbd017bb9007cde264637955d0fc96cd8e6f5d3ea29d42f9aa5e183449bcda");
  EXPECT_EQ(PayLinked(LinkedPayment("ORD-AP-0002", received_[0].Text("mandateID"),
                                    {{"merchantToken",
                                      "36de16f5411db6abf083139e676816f1079d3c72b4487f89dac9fbd2e854"
                                      "019d"}}))
                .code(),
            "0000");
}

TEST_F(SimulatorApiTest, RegistrationRefusesWhatIsMissing) {
  const std::pair<const char*, const char*> kCodes[] = {
      {"amt", "9007"},           {"currency", "9013"},       {"referenceNo", "9014"},
      {"goodsNm", "9015"},       {"billingNm", "9016"},      {"billingPhone", "9017"},
      {"billingEmail", "9018"},  {"dbProcessUrl", "9020"},   {"cartData", "9022"},
      {"userIP", "9024"},        {"billingCity", "9025"},    {"billingState", "9026"},
      {"billingPostCd", "9027"}, {"billingCountry", "9028"}, {"billingAddr", "9751"},
      {"mitraCd", "9751"},       {"payMethod", "9012"},      {"iMid", "9011"},
      {"timeStamp", "9031"}};
  for (const auto& [field, code] : kCodes) {
    EXPECT_EQ(RegistrationCode({{field, kAbsent}}), code) << field;
    EXPECT_EQ(RegistrationCode({{field, ""}}), code) << field;
  }
  EXPECT_EQ(RegistrationCode({{"merchantToken", kAbsent}}), "9010");
  EXPECT_THAT(simulator_->Ledger(), IsEmpty());
}

TEST_F(SimulatorApiTest, RegistrationRefusesWhatIsWrong) {
  const struct {
    const char* field;
    std::string value;
    const char* code;
  } kCases[] = {{"amt", "150.00", "9008"},
                {"amt", "15,000", "9008"},
                {"amt", "-1", "9008"},
                {"amt", "1234567890123", "9008"},
                {"timeStamp", "2026-01-15", "9031"},
                {"timeStamp", "2026011510300a", "9031"},
                {"currency", "USD", "9751"},
                {"payMethod", "01", "9012"},
                {"mitraCd", "GOPY", "9012"},
                {"mitraCd", "ALLO", "9012"},
                {"mitraCd", "ASTR", "9751"},
                {"referenceNo", std::string(41, 'r'), "9109"},
                {"goodsNm", std::string(101, 'g'), "9751"},
                {"billingPhone", "+6281200000001", "9751"},
                {"billingPostCd", "1234A", "9751"},
                {"dbProcessUrl", "merchant.example", "9751"},
                {"deliveryNm", std::string(31, 'd'), "9751"},
                {"iMid", "OTHERMERCH", "9011"},
                {"merchantToken", std::string(64, '0'), "9010"}};
  for (const auto& bad : kCases) {
    EXPECT_EQ(RegistrationCode({{bad.field, bad.value}}), bad.code) << bad.field << bad.value;
  }
  // Characters count, not bytes; a docs sample has 70 seconds.
  std::string name;
  for (int i = 0; i < 100; ++i) name += "\xc3\xa9";
  EXPECT_EQ(RegistrationCode({{"goodsNm", name}, {"timeStamp", "20260115103070"}}), "0000");
  EXPECT_EQ(Post("registration", {}).code(), "9011");
  EXPECT_EQ(Send("POST", "/direct/v2/registration", "application/json", "{\"iMid\":").code(),
            "8003");
  EXPECT_EQ(Send("POST", "/direct/v2/registration", "text/plain", "{}").code(), "8003");
}

TEST_F(SimulatorApiTest, TheOrderOfChecks) {
  EXPECT_EQ(RegistrationCode({{"iMid", "OTHERMERCH"}, {"merchantToken", "x"}, {"goodsNm", ""}}),
            "9011");
  EXPECT_EQ(RegistrationCode({{"merchantToken", "x"}, {"goodsNm", ""}}), "9010");
  EXPECT_EQ(Inquire("R", "nothing", {{"merchantToken", "x"}}).code(), "9010");
  EXPECT_EQ(Cancel("nothing", "7", "x", {{"merchantToken", "x"}}).code(), "9010");
  EXPECT_EQ(Cancel("nothing", "7", "x").code(), "8064");
}

TEST_F(SimulatorApiTest, CartData) {
  const auto code = [this](const std::string& cart) {
    static int number = 0;
    return Post("registration",
                Registration(absl::StrCat("C", ++number), "LINK", {{"cartData", cart}}))
        .code();
  };
  EXPECT_EQ(code(Cart("15000")), "0000");
  EXPECT_EQ(code(Cart("7500", "2")), "0000");
  EXPECT_EQ(code(Cart("15000", "2")), "0000");  // Without the quantity it is right.
  EXPECT_EQ(code(Cart("7500", "3")), "9023");
  EXPECT_EQ(code(Cart("14999")), "9023");
  EXPECT_EQ(code(R"({"count":2,"item":[{"goods_name":"a","goods_amt":10000},)"
                 R"({"goods_name":"b","goods_amt":5000}]})"),
            "0000");
  EXPECT_EQ(code(R"({"count":"3","item":[{"goods_name":"a","goods_amt":"15000"}]})"), "9022");
  for (const char* bad : {"{", "[]", "{}", R"({"count":"0","item":[]})",
                          R"({"count":"1","item":[{"goods_name":"a"}]})",
                          R"({"count":"1","item":[{"goods_name":"a","goods_amt":"1.5"}]})",
                          R"({"count":"1","item":["a"]})"}) {
    EXPECT_EQ(code(bad), "9022") << bad;
  }
}

TEST_F(SimulatorApiTest, ReferenceNumbersAreUsedOnce) {
  ASSERT_NE(Register("R1", "DANA"), "");
  EXPECT_EQ(Post("registration", Registration("R1", "DANA")).code(), "9009");
  EXPECT_EQ(Link("R1").code(), "9009");
  ASSERT_TRUE(simulator_->Expire("R1").ok());
  EXPECT_EQ(Post("registration", Registration("R1", "OVOE")).code(), "9009");
  ASSERT_EQ(Link("L1").code(), "0000");
  EXPECT_EQ(Post("registration", Registration("L1", "DANA")).code(), "9009");
  // A refused registration does not use it up; another merchant has numbers of its own.
  EXPECT_EQ(Post("registration", Registration("R2", "DANA", {{"goodsNm", ""}})).code(), "9015");
  EXPECT_NE(Register("R2", "DANA"), "");
  ASSERT_TRUE(simulator_->AddAccount({{"i_mid", "SECONDMID0"}, {"merchant_key", kKey}}).ok());
  EXPECT_NE(Register("R1", "DANA", {{"iMid", "SECONDMID0"}}), "");
  EXPECT_EQ(simulator_->Pay("R1").code(), absl::StatusCode::kFailedPrecondition);
}

TEST_F(SimulatorApiTest, NumbersInJsonAreTaken) {
  std::string body = ToJson(Registration("R1", "DANA"));
  const size_t at = body.find("\"15000\"");
  body.replace(at, 7, "15000");
  EXPECT_EQ(Send("POST", "/direct/v2/registration", "application/json", body).code(), "0000");
}

TEST_F(SimulatorApiTest, PaymentRefusals) {
  const std::string t_xid = Register("R1", "DANA");
  // To the shop, with the code, and with what the shop's address has.
  Answered answer = Open(Opening(
      "R1", t_xid, {{"merchantToken", "x"}, {"callBackUrl", "https://m.example/r?order_id=1"}}));
  EXPECT_EQ(answer.raw.reply.status, 303);
  EXPECT_EQ(answer.location(),
            absl::StrCat("https://m.example/r?order_id=1&resultCd=9010&resultMsg=",
                         "Invalid+Merchant+Token.&tXid=", t_xid));
  EXPECT_THAT(Open(Opening("R1", "nothing")).location(), HasSubstr("resultCd=8004"));
  EXPECT_THAT(Open(Opening("R1", t_xid, {{"timeStamp", "1"}})).location(),
              HasSubstr("resultCd=9031"));
  // Without a usable address: a page, with 200.
  for (const char* url : {"", "no address"}) {
    answer = Open(Opening("R1", t_xid, {{"callBackUrl", url}}));
    EXPECT_EQ(answer.raw.reply.status, 200);
    EXPECT_THAT(answer.raw.reply.body, HasSubstr(*url == '\0' ? "9019" : "9751"));
  }
  // In JSON where JSON is asked for.
  EXPECT_EQ(Open(Opening("R1", t_xid, {{"merchantToken", "x"}, {"returnJsonFormat", "1"}})).code(),
            "9010");
  EXPECT_EQ(Open(Opening("R1", t_xid, {{"callBackUrl", ""}, {"returnJsonFormat", "1"}})).code(),
            "9019");
  EXPECT_EQ(Inquire("R1", t_xid).status(), "9");
  EXPECT_THAT(Ledger("R1"), ElementsAre("register:9:0"));
}

TEST_F(SimulatorApiTest, PaymentAlsoAsAForm) {
  const std::string t_xid = Register("R1", "DANA");
  const Answered answer = Send("POST", "/nicepay/direct/v2/payment",
                               "application/x-www-form-urlencoded", ToForm(Opening("R1", t_xid)));
  EXPECT_THAT(answer.location(), HasSubstr("http://127.0.0.1:7070/nicepay/wallet/"));
  // As SDKs write it: the callback address is not encoded.
  const Answered plain = Send(
      "GET", "/nicepay/direct/v2/payment", "", "",
      absl::StrCat(
          "timeStamp=20260115103005&tXid=", t_xid, "&callBackUrl=https://m.example/r?order_id=1",
          "&merchantToken=", Hash(absl::StrCat("20260115103005", kMid, "R1", "15000", kKey))));
  EXPECT_EQ(plain.raw.reply.status, 303);
  ASSERT_TRUE(simulator_->Decline("R1").ok());
  EXPECT_THAT(Open(Opening("R1", t_xid)).location(), HasSubstr("resultCd=9752"));
}

TEST_F(SimulatorApiTest, AmountsBeyondTheLimitFailWhenPaid) {
  for (const char* amt : {"0", "20000001"}) {
    const std::string reference = absl::StrCat("R", amt);
    const std::string t_xid = Register(reference, "DANA", {{"amt", amt}});
    ASSERT_NE(t_xid, "");
    EXPECT_THAT(Open(Opening(reference, t_xid, {}, amt)).location(), HasSubstr("resultCd=9752"));
    EXPECT_EQ(Inquire(reference, t_xid, {{"amt", amt}}).status(), "8");
    EXPECT_THAT(Ledger(reference), ElementsAre("register:9:0", "decline:8:0"));
  }
  for (const char* amt : {"1", "20000000"}) {
    const std::string reference = absl::StrCat("R", amt);
    const std::string t_xid = Register(reference, "DANA", {{"amt", amt}});
    EXPECT_THAT(Open(Opening(reference, t_xid, {}, amt)).location(), HasSubstr("/wallet/"));
  }
}

TEST_F(SimulatorApiTest, InquiryRefusals) {
  const std::string t_xid = Register("R1", "DANA");
  EXPECT_EQ(Inquire("R1", t_xid).Text("resultMsg"), "init");
  EXPECT_EQ(Inquire("R1", "DEMOEWTEST05202601151030019999").code(), "8004");
  EXPECT_EQ(Inquire("R2", t_xid).code(), "9003");
  EXPECT_EQ(Inquire("R1", t_xid, {{"amt", "15001"}}).code(), "9003");
  EXPECT_EQ(Inquire("R1", t_xid, {{"iMid", "OTHERMERCH"}}).code(), "9011");
  EXPECT_EQ(Inquire("R1", t_xid, {{"timeStamp", "20260115"}}).code(), "9031");
  ASSERT_TRUE(simulator_->AddAccount({{"i_mid", "SECONDMID0"}, {"merchant_key", kKey}}).ok());
  EXPECT_EQ(Inquire("R1", t_xid, {{"iMid", "SECONDMID0"}}).code(), "8004");
}

TEST_F(SimulatorApiTest, TheMerchantsClockIsCheckedOnRequest) {
  EXPECT_EQ(RegistrationCode({{"referenceNo", "R1"}, {"timeStamp", "20200101000000"}}), "0000");
  Switch("check_timestamp", "true");
  EXPECT_EQ(RegistrationCode({{"referenceNo", "R2"}, {"timeStamp", "20260115101400"}}), "9031");
  EXPECT_EQ(RegistrationCode({{"referenceNo", "R3"}, {"timeStamp", "20260115101600"}}), "0000");
  EXPECT_EQ(RegistrationCode({{"referenceNo", "R4"}, {"timeStamp", "20260115104600"}}), "9031");
  EXPECT_EQ(RegistrationCode({{"referenceNo", "R5"}, {"timeStamp", "20260115103070"}}), "9031");
}

TEST_F(SimulatorApiTest, KeysOfOtherMethods) {
  Switch("other_channel_keys", "true");
  Switch("cancel_amt_key", "CancelAmt");
  const Answered registered = Post("registration", Registration("R1", "DANA"));
  EXPECT_EQ(registered.Text("vacctNo"), "null");
  const Answered asked = Inquire("R1", registered.t_xid());
  EXPECT_EQ(asked.Text("receiptCode"), "null");
  EXPECT_EQ(asked.Text("CancelAmt"), "null");
  EXPECT_EQ(asked.Text("cancelAmt"), kAbsent);
}

TEST_F(SimulatorApiTest, WrongMethodsAndPaths) {
  EXPECT_EQ(Send("GET", "/nicepay/direct/v2/registration", "", "").raw.reply.status, 405);
  EXPECT_EQ(Send("PUT", "/nicepay/direct/v2/payment", "", "").raw.reply.status, 405);
  EXPECT_EQ(Send("DELETE", "/api/linkEnable.do", "", "").raw.reply.status, 405);
  EXPECT_EQ(Send("POST", "/nicepay/direct/v2/refund", "", "").raw.reply.status, 404);
  EXPECT_EQ(Send("GET", "/wallet/nothing", "", "").raw.reply.status, 404);
  EXPECT_EQ(Send("GET", "/link/nothing", "", "").raw.reply.status, 404);
}

TEST_F(SimulatorApiTest, SettingsAndSwitches) {
  const std::map<std::string, std::string> good = {{"i_mid", kMid}, {"merchant_key", kKey}};
  const struct {
    const char* name;
    const char* value;
  } kBad[] = {{"i_mid", "SHORT"},
              {"i_mid", "DEMO-WTEST"},
              {"merchant_key", ""},
              {"auto_paid", "yes"},
              {"partner_id", "1"}};
  for (const auto& bad : kBad) {
    std::map<std::string, std::string> settings = good;
    settings[bad.name] = bad.value;
    const absl::Status status = simulator_->AddAccount(settings);
    EXPECT_EQ(status.code(), absl::StatusCode::kInvalidArgument);
    EXPECT_THAT(std::string(status.message()), HasSubstr(absl::StrCat("settings.", bad.name)));
  }
  EXPECT_EQ(simulator_->SetSwitch("auto_pays", "true").code(), absl::StatusCode::kNotFound);
  for (const auto& [name, value] : std::map<std::string, std::string>{
           {"auto_pay", "yes"}, {"ovo_blocking", "-1s"}, {"dana_after_24h", "online"}}) {
    EXPECT_EQ(simulator_->SetSwitch(name, value).code(), absl::StatusCode::kInvalidArgument);
  }
  SimulatorContext context;
  EXPECT_EQ(MakeNicePaySimulator(context).status().code(), absl::StatusCode::kInvalidArgument);
}

TEST_F(SimulatorApiTest, TheSameSeedGivesTheSameNumbers) {
  const std::string first = Register("R1", "DANA");
  TearDown();
  SetUp();
  EXPECT_EQ(Register("R1", "DANA"), first);
  EXPECT_NE(Register("R2", "DANA"), first);
}

}  // namespace
}  // namespace sluice::nicepay::simulator_test
