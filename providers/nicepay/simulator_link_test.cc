// AstraPay: linking an account, then paying from it.

#include "providers/nicepay/simulator_test_client.h"

namespace sluice::nicepay::simulator_test {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::MatchesRegex;

class SimulatorLinkTest : public SimulatorTest {
 protected:
  // The keys of a notification, as sent.
  static std::vector<std::string> Keys(const Received& received) {
    std::vector<std::string> keys;
    for (const auto& [name, value] : received.fields) keys.push_back(name);
    return keys;
  }
};

TEST_F(SimulatorLinkTest, APersonApproves) {
  const Answered linked = Link("L1");
  EXPECT_EQ(linked.code(), "0000");
  EXPECT_EQ(linked.Text("resultMsg"), "SUCCESS");
  EXPECT_EQ(linked.Text("iMid"), kMid);
  EXPECT_THAT(linked.t_xid(), MatchesRegex("DEMOEWTEST0520260115103001[0-9]{4}"));
  EXPECT_EQ(linked.Text("referenceNo"), "L1");
  EXPECT_EQ(linked.Text("mitraCd"), "ASTR");
  EXPECT_EQ(linked.Text("transDt"), "20260115");
  EXPECT_EQ(linked.Text("transTm"), "103001");
  const std::string url = linked.Text("redirectUrl");
  EXPECT_THAT(Browse("GET", url).raw.reply.body, HasSubstr("Link my account"));
  EXPECT_EQ(Press(url, "approve").location(), url);  // No callBackUrl was given.
  EXPECT_THAT(Browse("GET", url).raw.reply.body, HasSubstr("Your account is linked."));
  Advance(absl::ZeroDuration());
  ASSERT_EQ(received_.size(), 1u);
  const Received& notice = received_[0];
  EXPECT_EQ(notice.request.url, kNotify);
  EXPECT_THAT(Keys(notice),
              ElementsAre("iMid", "referenceNo", "mitraCd", "payMethod", "billingPhone",
                          "mandateID", "status", "transDt", "transTm", "merchantToken"));
  EXPECT_EQ(notice.Text("status"), "0");
  EXPECT_EQ(notice.Text("billingPhone"), "081200000001");
  EXPECT_THAT(notice.Text("mandateID"), MatchesRegex("DEMOEWTEST[0-9]{20}"));
  EXPECT_EQ(notice.Text("merchantToken"), Hash(absl::StrCat(kMid, "L1", "081200000001", kKey)));
  EXPECT_THAT(Ledger("L1"), ElementsAre("register:3:0", "link:0:0"));
}

TEST_F(SimulatorLinkTest, APersonRefuses) {
  const Answered linked = Link("L1", {{"callBackUrl", "https://m.example/linked?x=1"}});
  const Answered refused = Press(linked.Text("redirectUrl"), "refuse");
  EXPECT_THAT(refused.location(), HasSubstr("https://m.example/linked?x=1&resultCd=9752"));
  EXPECT_THAT(refused.location(), HasSubstr("&referenceNo=L1"));
  Advance(absl::ZeroDuration());
  ASSERT_EQ(received_.size(), 1u);
  EXPECT_EQ(received_[0].Text("status"), "8");
  EXPECT_NE(received_[0].Text("mandateID"), "");
  EXPECT_EQ(PayLinked(LinkedPayment("A1", received_[0].Text("mandateID"))).code(), "9751");
  EXPECT_THAT(Ledger("L1"), ElementsAre("register:3:0", "decline:8:0"));
}

TEST_F(SimulatorLinkTest, ButtonsNeedTheTokenOfTheirPage) {
  const std::string url = Link("L1").Text("redirectUrl");
  EXPECT_EQ(Browse("POST", url + "/approve", "token=x").raw.reply.status, 403);
  EXPECT_EQ(Browse("GET", url + "/approve").raw.reply.status, 405);
  EXPECT_EQ(Browse("POST", url + "/pay", "token=x").raw.reply.status, 404);
  EXPECT_THAT(Ledger("L1"), ElementsAre("register:3:0"));
}

TEST_F(SimulatorLinkTest, LinksExpireAndCanBeEnded) {
  Link("L1");
  Advance(absl::Minutes(15));
  EXPECT_EQ(received_.at(0).Text("status"), "5");
  EXPECT_EQ(simulator_->ConfirmLink("L1").code(), absl::StatusCode::kFailedPrecondition);
  const std::string mandate = Mandate("L2");
  ASSERT_TRUE(simulator_->SetState(mandate, "1").ok());
  Advance(absl::ZeroDuration());
  EXPECT_EQ(received_.back().Text("status"), "1");
  EXPECT_EQ(received_.back().Text("mandateID"), mandate);
  EXPECT_EQ(PayLinked(LinkedPayment("A1", mandate)).code(), "9751");
  EXPECT_THAT(Ledger("L2"), ElementsAre("register:3:0", "link:0:0", "unlink:1:0"));
  EXPECT_EQ(simulator_->SetState("L2", "0").code(), absl::StatusCode::kFailedPrecondition);
  EXPECT_EQ(simulator_->SetState("L2", "7").code(), absl::StatusCode::kInvalidArgument);
  EXPECT_EQ(simulator_->Pay("L2").code(), absl::StatusCode::kFailedPrecondition);
  Switch("notify_link_failure", "false");
  received_.clear();
  Link("L3");
  ASSERT_TRUE(simulator_->Decline("L3").ok());
  Link("L4");
  ASSERT_TRUE(simulator_->Expire("L4").ok());
  Advance(absl::ZeroDuration());
  EXPECT_THAT(received_, IsEmpty());
}

TEST_F(SimulatorLinkTest, ANewLinkRetiresTheOneBefore) {
  const std::string first = Mandate("L1");
  Link("L2");
  EXPECT_EQ(PayLinked(LinkedPayment("A1", first)).code(), "0000");  // Not before it is confirmed.
  ASSERT_TRUE(simulator_->ConfirmLink("L2").ok());
  Advance(absl::ZeroDuration());
  ASSERT_EQ(received_.size(), 3u);
  EXPECT_EQ(received_[1].Text("referenceNo") + received_[1].Text("status"), "L11");
  EXPECT_EQ(received_[2].Text("referenceNo") + received_[2].Text("status"), "L20");
  const std::string second = received_[2].Text("mandateID");
  EXPECT_NE(first, second);
  EXPECT_EQ(PayLinked(LinkedPayment("A2", first)).code(), "9751");
  EXPECT_EQ(PayLinked(LinkedPayment("A2", second)).code(), "0000");
  EXPECT_THAT(Ledger("L1"), ElementsAre("register:3:0", "link:0:0", "unlink:1:0"));
  // Another phone is another account.
  Link("L3", {{"billingPhone", "081200000002"}});
  ASSERT_TRUE(simulator_->ConfirmLink("L3").ok());
  EXPECT_EQ(PayLinked(LinkedPayment("A3", second)).code(), "0000");
  Switch("notify_retired_link", "false");
  received_.clear();
  Mandate("L4");
  EXPECT_EQ(received_.back().Text("referenceNo"), "L4");
  EXPECT_EQ(PayLinked(LinkedPayment("A4", second)).code(), "9751");
}

TEST_F(SimulatorLinkTest, LinkRefusals) {
  const std::pair<Change, const char*> kCases[] = {
      {{{"iMid", "OTHERMERCH"}}, "9011"},
      {{{"merchantToken", "x"}}, "9010"},
      {{{"timeStamp", ""}}, "9031"},
      {{{"referenceNo", ""}}, "9014"},
      {{{"referenceNo", std::string(41, 'r')}}, "9109"},
      {{{"billingNm", ""}}, "9016"},
      {{{"billingPhone", ""}}, "9017"},
      {{{"billingEmail", ""}}, "9018"},
      {{{"dbProcessUrl", ""}}, "9020"},
      {{{"userIP", ""}}, "9024"},
      {{{"userIP", kAbsent}}, "9024"},
      {{{"userIP", "2001:db8::1:2:3:4"}}, "9751"},
      {{{"mitraCd", "DANA"}}, "9751"},
      {{{"mitraCd", ""}}, "9751"},
      {{{"payMethod", "01"}}, "9012"},
      {{{"callBackUrl", "nowhere"}}, "9751"}};
  for (const auto& [change, code] : kCases) {
    EXPECT_EQ(Link("L1", change).code(), code) << change.begin()->first;
  }
  EXPECT_EQ(Link("L1", {{"payMethod", kAbsent}}).code(), "0000");
  EXPECT_EQ(Link("L1").code(), "9009");
}

TEST_F(SimulatorLinkTest, PayingFromTheLinkedAccount) {
  const std::string mandate = Mandate("L1");
  const Answered started = PayLinked(LinkedPayment("A1", mandate));
  EXPECT_EQ(started.code(), "0000");
  EXPECT_EQ(started.Text("mitraCd"), "ASTR");
  EXPECT_EQ(started.Text("referenceNo"), "A1");
  EXPECT_EQ(Inquire("A1", started.t_xid()).status(), "3");
  received_.clear();
  const Answered paid = Press(started.Text("redirectUrl"), "pay");
  EXPECT_THAT(paid.location(), HasSubstr("https://merchant.example/return?resultCd=0000"));
  EXPECT_THAT(paid.location(), HasSubstr("&mitraCd=ASTR"));
  Advance(absl::ZeroDuration());
  ASSERT_EQ(received_.size(), 1u);
  EXPECT_EQ(received_[0].Text("mitraCd"), "ASTR");
  EXPECT_EQ(received_[0].Text("mandateID"), kAbsent);
  EXPECT_EQ(Inquire("A1", started.t_xid()).status(), "0");
  EXPECT_THAT(Ledger("A1"), ElementsAre("register:3:0", "pay:0:15000"));
}

TEST_F(SimulatorLinkTest, LinkedPaymentsEndByDeclineAndTime) {
  const std::string mandate = Mandate("L1");
  const Answered first = PayLinked(LinkedPayment("A1", mandate));
  EXPECT_THAT(Press(first.Text("redirectUrl"), "decline").location(), HasSubstr("resultCd=9752"));
  EXPECT_EQ(Inquire("A1", first.t_xid()).status(), "8");
  const Answered second = PayLinked(LinkedPayment("A2", mandate));
  Advance(absl::Minutes(15));
  EXPECT_EQ(Inquire("A2", second.t_xid()).status(), "8");
  // Too much for the wallet: it says so when it is to be paid.
  const Answered third = PayLinked(LinkedPayment("A3", mandate, {{"amt", "20000001"}}));
  EXPECT_EQ(third.code(), "0000");
  Press(third.Text("redirectUrl"), "pay");
  EXPECT_THAT(Ledger("A3"), ElementsAre("register:3:0", "decline:8:0"));
  Switch("auto_pay", "true");
  const Answered fourth = PayLinked(LinkedPayment("A4", mandate));
  EXPECT_EQ(Inquire("A4", fourth.t_xid()).status(), "0");
}

TEST_F(SimulatorLinkTest, LinkedPaymentRefusals) {
  const std::string mandate = Mandate("L1");
  const std::pair<Change, const char*> kCases[] = {
      {{{"iMid", "OTHERMERCH"}}, "9011"},
      {{{"merchantToken", "x"}}, "9010"},
      {{{"timeStamp", ""}}, "9031"},
      {{{"payMethod", kAbsent}}, "9012"},
      {{{"amt", kAbsent}}, "9007"},
      {{{"amt", "15000.00"}}, "9008"},
      {{{"referenceNo", ""}}, "9014"},
      {{{"billingNm", ""}}, "9016"},
      {{{"billingPhone", ""}}, "9017"},
      {{{"billingEmail", ""}}, "9018"},
      {{{"callBackUrl", ""}}, "9019"},
      {{{"dbProcessUrl", ""}}, "9020"},
      {{{"cartData", "{"}}, "9022"},
      {{{"cartData", Cart("14000")}}, "9023"},
      {{{"currency", "USD"}}, "9751"},
      {{{"mitraCd", "DANA"}}, "9751"},
      {{{"mandateID", ""}}, "9751"},
      {{{"mandateID", "DEMOEWTEST00000000000000000000"}}, "9751"},
      {{{"referenceNo", "L1"}}, "9009"}};
  for (const auto& [change, code] : kCases) {
    EXPECT_EQ(PayLinked(LinkedPayment("A1", mandate, change)).code(), code)
        << change.begin()->first;
  }
  // Another merchant's mandate is no mandate.
  ASSERT_TRUE(simulator_->AddAccount({{"i_mid", "SECONDMID0"}, {"merchant_key", kKey}}).ok());
  EXPECT_EQ(PayLinked(LinkedPayment("A1", mandate, {{"iMid", "SECONDMID0"}})).code(), "9751");
  EXPECT_EQ(
      PayLinked(LinkedPayment("A1", mandate, {{"currency", kAbsent}, {"goodsNm", kAbsent}})).code(),
      "0000");
}

TEST_F(SimulatorLinkTest, JsonAndQueryAreTakenToo) {
  Change fields = Complete({{"timeStamp", Stamp()},
                            {"iMid", kMid},
                            {"referenceNo", "L1"},
                            {"billingNm", "Budi Demo"},
                            {"billingPhone", "081200000001"},
                            {"billingEmail", "budi@example.com"},
                            {"mitraCd", "ASTR"},
                            {"dbProcessUrl", kNotify},
                            {"userIP", "192.0.2.10"}},
                           {}, {"iMid", "referenceNo", "billingPhone"});
  EXPECT_EQ(Send("POST", "/nicepay/api/linkEnable.do", "application/json", ToJson(fields)).code(),
            "0000");
  fields = Complete(fields, {{"referenceNo", "L2"}, {"merchantToken", kAbsent}}, {});
  EXPECT_EQ(Send("GET", "/nicepay/api/linkEnable.do", "", "", ToForm(fields)).code(), "9010");
  fields.erase("merchantToken");
  fields = Complete(fields, {}, {"iMid", "referenceNo", "billingPhone"});
  EXPECT_EQ(Send("GET", "/nicepay/api/linkEnable.do", "", "", ToForm(fields)).code(), "0000");
  EXPECT_EQ(Send("POST", "/nicepay/api/linkEnable.do", "text/plain", "").code(), "8003");
}

TEST_F(SimulatorLinkTest, TheAddressUnderItsOtherNames) {
  for (const char* key : {"redirectURL", "redirectUrlHttp", "requestURL"}) {
    Switch("link_answer", key);
    EXPECT_THAT(Link(absl::StrCat("L", key)).Text(key), HasSubstr("/link/"));
  }
  Switch("link_answer", "location");
  const Answered moved = Link("L1");
  EXPECT_EQ(moved.raw.reply.status, 302);
  EXPECT_THAT(moved.location(), HasSubstr("/link/"));
  EXPECT_EQ(moved.Text("redirectUrl"), kAbsent);
}

}  // namespace
}  // namespace sluice::nicepay::simulator_test
