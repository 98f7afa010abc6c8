// Each wallet's way: how it is opened, paid, declined and how its time runs out; and payments that
// succeed by themselves.

#include "providers/nicepay/simulator_test_client.h"

namespace sluice::nicepay::simulator_test {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::Not;

class SimulatorWalletTest : public SimulatorTest {
 protected:
  std::string Status(const std::string& reference, const std::string& t_xid) {
    return Inquire(reference, t_xid).status();
  }
};

TEST_F(SimulatorWalletTest, OvoIsAPush) {
  const std::string t_xid = Register("R1", "OVOE");
  // Nothing is on the phone yet.
  EXPECT_EQ(simulator_->Pay("R1").code(), absl::StatusCode::kFailedPrecondition);
  const Answered opened = Open(Opening("R1", t_xid));
  EXPECT_EQ(opened.raw.delay, absl::Seconds(1));
  EXPECT_EQ(opened.raw.reply.status, 200);
  EXPECT_EQ(opened.location(), "");
  EXPECT_EQ(Status("R1", t_xid), "9");  // OVO knows no "unpaid".
  ASSERT_TRUE(simulator_->Pay("R1").ok());
  EXPECT_EQ(Status("R1", t_xid), "0");
  EXPECT_THAT(Ledger("R1"), ElementsAre("register:9:0", "open:9:0", "pay:0:15000"));
}

TEST_F(SimulatorWalletTest, OvoInJson) {
  const std::string t_xid = Register("R1", "OVOE");
  const Answered opened = Open(Opening("R1", t_xid, {{"returnJsonFormat", "1"}}));
  EXPECT_EQ(opened.code(), "0000");
  EXPECT_EQ(opened.Text("redirectUrlHttp"), "null");
  EXPECT_EQ(opened.Text("redirectUrlApp"), "null");
}

TEST_F(SimulatorWalletTest, OvoBlocksAsLongAsTheSwitchSays) {
  Switch("ovo_blocking", "55s");
  const std::string t_xid = Register("R1", "OVOE");
  EXPECT_EQ(Open(Opening("R1", t_xid)).raw.delay, absl::Seconds(55));
  Switch("ovo_blocking", "never");
  const Answered silent = Open(Opening("R1", t_xid));
  EXPECT_TRUE(silent.raw.drop_connection);
  EXPECT_GT(silent.raw.delay, absl::Seconds(70));
  // What is decided needs no waiting.
  ASSERT_TRUE(simulator_->Decline("R1").ok());
  const Answered declined = Open(Opening("R1", t_xid));
  EXPECT_EQ(declined.raw.delay, absl::ZeroDuration());
  EXPECT_THAT(declined.location(), HasSubstr("resultCd=9752"));
}

TEST_F(SimulatorWalletTest, OvosCallMayWaitForThePayer) {
  Switch("ovo_blocking", "decided");
  std::vector<HttpReply> replies;
  const auto wait = [&replies](const Answered& answered) {
    ASSERT_TRUE(answered.raw.later);
    answered.raw.later([&replies](HttpReply reply) { replies.push_back(std::move(reply)); });
  };
  const auto location = [](const HttpReply& reply) {
    const std::string* const header = FindHeader(reply.headers, "Location");
    return header == nullptr ? "" : *header;
  };
  std::string t_xid = Register("R1", "OVOE");
  wait(Open(Opening("R1", t_xid)));
  Advance(absl::Seconds(54));
  EXPECT_TRUE(replies.empty());
  ASSERT_TRUE(simulator_->Pay("R1").ok());
  Advance(absl::ZeroDuration());
  ASSERT_EQ(replies.size(), 1u);
  EXPECT_THAT(location(replies[0]), HasSubstr("resultCd=0000"));
  // Nobody decides; and what is decided already is answered at once.
  t_xid = Register("R2", "OVOE");
  wait(Open(Opening("R2", t_xid)));
  Advance(absl::Seconds(54));
  EXPECT_EQ(replies.size(), 1u);
  Advance(absl::Seconds(1));
  ASSERT_EQ(replies.size(), 2u);
  EXPECT_THAT(location(replies[1]), HasSubstr("resultCd=9752"));
  EXPECT_FALSE(Open(Opening("R2", t_xid)).raw.later);
  // A second push of the same payment is answered with it.
  t_xid = Register("R3", "OVOE");
  wait(Open(Opening("R3", t_xid)));
  wait(Open(Opening("R3", t_xid)));
  ASSERT_TRUE(simulator_->Decline("R3").ok());
  Advance(absl::Minutes(2));
  EXPECT_EQ(replies.size(), 4u);
}

TEST_F(SimulatorWalletTest, OvosTimeStartsWithThePush) {
  const std::string t_xid = Register("R1", "OVOE");
  Advance(absl::Seconds(54));
  Open(Opening("R1", t_xid));
  Advance(absl::Seconds(54));
  EXPECT_EQ(Status("R1", t_xid), "9");
  Advance(absl::Seconds(1));
  EXPECT_EQ(Status("R1", t_xid), "8");  // OVO knows no "expired".
  EXPECT_EQ(simulator_->Pay("R1").code(), absl::StatusCode::kFailedPrecondition);
  EXPECT_THAT(Ledger("R1"), ElementsAre("register:9:0", "open:9:0", "expire:8:0"));
}

TEST_F(SimulatorWalletTest, EachWalletsTime) {
  const struct {
    const char* mitra;
    absl::Duration validity;
    const char* status;
  } kWallets[] = {{"OVOE", absl::Seconds(55), "8"},
                  {"DANA", absl::Hours(24), "5"},
                  {"LINK", absl::Minutes(5), "8"},
                  {"ESHP", absl::Minutes(5), "5"}};
  for (const auto& wallet : kWallets) {
    const std::string t_xid = RegisterAndOpen(wallet.mitra, wallet.mitra);
    Advance(wallet.validity - absl::Seconds(1));
    const std::string open = Status(wallet.mitra, t_xid);
    EXPECT_TRUE(open == "3" || open == "9") << wallet.mitra << open;
    Advance(absl::Seconds(1));
    EXPECT_EQ(Status(wallet.mitra, t_xid), wallet.status) << wallet.mitra;
    EXPECT_EQ(Inquire(wallet.mitra, t_xid).Text("resultMsg"),
              *wallet.status == '5' ? "expired" : "failed");
  }
  EXPECT_TRUE(received_.empty());  // Nobody is told.
}

TEST_F(SimulatorWalletTest, AnExpiryOfTheMerchants) {
  const std::string t_xid =
      Register("R1", "LINK", {{"payValidDt", "20260115"}, {"payValidTm", "113001"}});
  Advance(absl::Minutes(59));
  EXPECT_EQ(Status("R1", t_xid), "9");
  Advance(absl::Minutes(1));
  EXPECT_EQ(Status("R1", t_xid), "8");
  EXPECT_NE(Register("R2", "LINK", {{"payValidDt", ""}, {"payValidTm", ""}}), "");
  const Change kBad[] = {{{"payValidDt", "20260115"}, {"payValidTm", "103000"}},
                         {{"payValidDt", "20260231"}, {"payValidTm", "103000"}},
                         {{"payValidDt", "20260116"}},
                         {{"payValidDt", "20260116"}, {"payValidTm", "1030"}}};
  for (const Change& bad : kBad) {
    EXPECT_EQ(Post("registration", Registration("R3", "LINK", bad)).code(), "9751");
  }
}

TEST_F(SimulatorWalletTest, APersonPaysOnTheWalletsPage) {
  for (const char* mitra : {"DANA", "LINK"}) {
    const std::string t_xid = Register(mitra, mitra);
    const Answered opened = Open(
        Opening(mitra, t_xid, {{"callBackUrl", "https://merchant.example/return?order_id=7#top"}}));
    EXPECT_EQ(opened.raw.reply.status, 303);
    EXPECT_EQ(Status(mitra, t_xid), "3");
    const Answered page = Browse("GET", opened.location());
    EXPECT_THAT(page.raw.reply.body, HasSubstr("15000 IDR"));
    EXPECT_THAT(page.raw.reply.body, HasSubstr("Demo Shop"));
    const Answered paid = Press(opened.location(), "pay");
    EXPECT_EQ(paid.raw.reply.status, 303);
    EXPECT_EQ(paid.location(),
              absl::StrCat("https://merchant.example/return?order_id=7&resultCd=0000&resultMsg="
                           "SUCCESS&tXid=",
                           t_xid, "&referenceNo=", mitra,
                           "&payMethod=05&amt=15000&transDt=20260115&transTm=103001&description=&"
                           "mitraCd=",
                           mitra, "&currency=IDR&goodsNm=Demo+goods&billingNm=Budi+Demo#top"));
    EXPECT_EQ(Status(mitra, t_xid), "0");
    EXPECT_THAT(Browse("GET", opened.location()).raw.reply.body, HasSubstr("Paid."));
  }
}

TEST_F(SimulatorWalletTest, APersonDeclines) {
  const std::string t_xid = Register("R1", "DANA");
  const std::string url = Open(Opening("R1", t_xid)).location();
  EXPECT_THAT(
      Press(url, "decline").location(),
      HasSubstr("https://merchant.example/return?resultCd=9752&resultMsg=E-Wallet+Payment"));
  EXPECT_EQ(Status("R1", t_xid), "8");
  EXPECT_THAT(Browse("GET", url).raw.reply.body, HasSubstr("not paid"));
  EXPECT_THAT(Browse("GET", url).raw.reply.body, Not(HasSubstr("<form")));
}

TEST_F(SimulatorWalletTest, ButtonsNeedTheTokenOfTheirPage) {
  const std::string url = Open(Opening("R1", Register("R1", "DANA"))).location();
  EXPECT_EQ(Browse("POST", url + "/pay", "token=abc").raw.reply.status, 403);
  EXPECT_EQ(Browse("POST", url + "/pay").raw.reply.status, 403);
  EXPECT_EQ(Browse("GET", url + "/pay").raw.reply.status, 405);
  EXPECT_EQ(Browse("POST", url).raw.reply.status, 405);
  EXPECT_EQ(Browse("POST", url + "/steal", "token=abc").raw.reply.status, 404);
  EXPECT_THAT(Ledger("R1"), ElementsAre("register:9:0", "open:3:0"));
}

TEST_F(SimulatorWalletTest, ShopeePayGivesLinks) {
  const std::string t_xid = Register("R1", "ESHP");
  EXPECT_EQ(simulator_->Pay("R1").code(), absl::StatusCode::kFailedPrecondition);
  const Answered opened = Open(Opening("R1", t_xid, {{"returnJsonFormat", "1"}}));
  EXPECT_EQ(opened.code(), "0000");
  EXPECT_EQ(opened.t_xid(), t_xid);
  EXPECT_EQ(opened.Text("referenceNo"), "R1");
  const std::string url = opened.Text("redirectUrlHttp");
  EXPECT_EQ(opened.Text("redirectUrlApp"), url + "?from=app");
  EXPECT_THAT(Press(url, "pay").location(), HasSubstr("resultCd=0000"));
  EXPECT_EQ(Status("R1", t_xid), "0");
  // Without JSON it is a page as any other.
  EXPECT_EQ(Open(Opening("R2", Register("R2", "ESHP"))).raw.reply.status, 303);
}

TEST_F(SimulatorWalletTest, ShopeePayProcesses) {
  Switch("shopeepay_processing", "2m");
  const std::string t_xid = RegisterAndOpen("R1", "ESHP");
  Advance(absl::Minutes(4));
  ASSERT_TRUE(simulator_->Pay("R1").ok());
  EXPECT_EQ(Inquire("R1", t_xid).Text("resultMsg"), "processing");
  EXPECT_EQ(Status("R1", t_xid), "4");
  Advance(absl::Seconds(90));  // Past its expiry: what is confirmed does not expire.
  EXPECT_EQ(Status("R1", t_xid), "4");
  Advance(absl::Seconds(30));
  EXPECT_EQ(Status("R1", t_xid), "0");
  EXPECT_THAT(Ledger("R1"),
              ElementsAre("register:9:0", "open:3:0", "processing:4:0", "pay:0:15000"));
  // It may also fail, or be shown to the payer as it is.
  const std::string second = Register("R2", "ESHP");
  const std::string url = Open(Opening("R2", second)).location();
  EXPECT_EQ(Press(url, "pay").location(), url);
  EXPECT_THAT(Browse("GET", url).raw.reply.body, HasSubstr("processing"));
  ASSERT_TRUE(simulator_->Decline("R2").ok());
  Advance(absl::Minutes(3));
  EXPECT_EQ(Status("R2", second), "8");
  // Other wallets have no such state.
  RegisterAndOpen("R3", "DANA");
  ASSERT_TRUE(simulator_->Pay("R3").ok());
  EXPECT_THAT(Ledger("R3"), ElementsAre("register:9:0", "open:3:0", "pay:0:15000"));
}

TEST_F(SimulatorWalletTest, OpeningAgain) {
  const std::string t_xid = Register("R1", "DANA");
  const std::string url = Open(Opening("R1", t_xid)).location();
  EXPECT_EQ(Open(Opening("R1", t_xid)).location(), url);
  ASSERT_TRUE(simulator_->Pay("R1").ok());
  EXPECT_THAT(Open(Opening("R1", t_xid)).location(), HasSubstr("resultCd=9752"));
  EXPECT_THAT(Ledger("R1"), ElementsAre("register:9:0", "open:3:0", "pay:0:15000"));
  // Each push is on the phone.
  const std::string ovo = RegisterAndOpen("R2", "OVOE");
  Open(Opening("R2", ovo));
  EXPECT_THAT(Ledger("R2"), ElementsAre("register:9:0", "open:9:0", "open:9:0"));
}

TEST_F(SimulatorWalletTest, AutoPaidMerchants) {
  ASSERT_TRUE(
      simulator_->AddAccount({{"i_mid", kMid}, {"merchant_key", kKey}, {"auto_paid", "true"}})
          .ok());
  const std::string t_xid = Register("R1", "OVOE");
  EXPECT_EQ(Status("R1", t_xid), "9");
  const Answered opened = Open(Opening("R1", t_xid));
  EXPECT_THAT(opened.location(), HasSubstr("resultCd=0000"));
  EXPECT_EQ(opened.raw.delay, absl::ZeroDuration());
  EXPECT_EQ(Status("R1", t_xid), "0");
  Switch("auto_pay_delay", "10s");
  const std::string later = RegisterAndOpen("R2", "DANA");
  EXPECT_EQ(Status("R2", later), "3");
  Advance(absl::Seconds(10));
  EXPECT_EQ(Status("R2", later), "0");
  // The payer was faster.
  RegisterAndOpen("R3", "DANA");
  ASSERT_TRUE(simulator_->Decline("R3").ok());
  Advance(absl::Seconds(10));
  EXPECT_THAT(Ledger("R3"), ElementsAre("register:9:0", "open:3:0", "decline:8:0"));
}

TEST_F(SimulatorWalletTest, AutoPayAsASwitch) {
  Switch("auto_pay", "true");
  EXPECT_EQ(Status("R1", RegisterAndOpen("R1", "LINK")), "0");
}

TEST_F(SimulatorWalletTest, OrdinaryTimeCountsToo) {
  const std::string t_xid = RegisterAndOpen("R1", "LINK");
  timers_->AdvanceBy(absl::Minutes(5));
  EXPECT_THAT(Ledger("R1"), ElementsAre("register:9:0", "open:3:0", "expire:8:0"));
  EXPECT_EQ(Status("R1", t_xid), "8");
}

TEST_F(SimulatorWalletTest, StatesByHand) {
  const std::string t_xid = Register("R1", "ESHP");
  for (const auto& [state, status] : std::vector<std::pair<const char*, const char*>>{
           {"unpaid", "3"}, {"4", "4"}, {"expired", "5"}, {"paid", "0"}, {"2", "2"}}) {
    ASSERT_TRUE(simulator_->SetState(t_xid, state).ok()) << state;
    EXPECT_EQ(Status("R1", t_xid), status);
  }
  EXPECT_EQ(Inquire("R1", t_xid).Text("cancelAmt"), "15000");
  EXPECT_THAT(Ledger("R1"), ElementsAre("register:9:0", "open:3:0", "processing:4:0", "expire:5:0",
                                        "pay:0:15000", "refund:2:15000"));
  for (const char* state : {"0", "1", "3", "4", "5", "8", "9"}) {
    EXPECT_EQ(simulator_->SetState("R1", state).code(), absl::StatusCode::kFailedPrecondition);
  }
  Register("R2", "OVOE");
  for (const char* state : {"2", "3", "4", "5", "7", "", "gone"}) {
    EXPECT_EQ(simulator_->SetState("R2", state).code(), absl::StatusCode::kInvalidArgument);
  }
  EXPECT_TRUE(simulator_->SetState("R2", "8").ok());
  for (const absl::Status& status :
       {simulator_->Pay("R9"), simulator_->Decline("R9"), simulator_->Expire("R9"),
        simulator_->ConfirmLink("R9"), simulator_->SetState("R9", "0"),
        simulator_->EmitNotification("R9")}) {
    EXPECT_EQ(status.code(), absl::StatusCode::kNotFound);
  }
  EXPECT_EQ(simulator_->ConfirmLink("R1").code(), absl::StatusCode::kFailedPrecondition);
}

}  // namespace
}  // namespace sluice::nicepay::simulator_test
