// Cancelling: void or refund by wallet and day, and every code that refuses.

#include "providers/nicepay/simulator_test_client.h"

namespace sluice::nicepay::simulator_test {
namespace {

using ::testing::ElementsAre;
using ::testing::MatchesRegex;

// What a cancel of a payment made at 10:30 in Jakarta gives: the status after it, or the code.
struct Case {
  const char* mitra;
  absl::Duration later;
  const char* type;
  const char* amt;
  const char* result;
};

class SimulatorCancelTest : public SimulatorTest {
 protected:
  std::string Result(const Case& c, const std::string& reference) {
    const std::string t_xid = Paid(reference, c.mitra);
    PutFault(FaultKind::kClockSkew, "cancel", "", c.later);
    const Answered answer = Cancel(t_xid, c.type, c.amt);
    return answer.code() == "0000" ? Inquire(reference, t_xid).status() : answer.code();
  }
};

const absl::Duration kHour = absl::Hours(1);
const absl::Duration kDay = absl::Hours(24);

TEST_F(SimulatorCancelTest, TheTableOfWalletsAndDays) {
  const Case kCases[] = {
      // OVO: in full on the same day.
      {"OVOE", kHour, "1", "15000", "1"},
      {"OVOE", 13 * kHour, "1", "15000", "1"},
      {"OVOE", 14 * kHour, "1", "15000", "9331"},  // 00:30 of the next day.
      {"OVOE", kHour, "2", "5000", "9332"},
      {"OVOE", 2 * kDay, "2", "5000", "9331"},
      // DANA: void within 24 hours, then refund; nothing after 30 days and from 00:00 to 01:00.
      {"DANA", kHour, "1", "15000", "1"},
      {"DANA", 15 * kHour, "1", "15000", "1"},
      {"DANA", 14 * kHour, "1", "15000", "9331"},
      {"DANA", kDay - absl::Seconds(1), "1", "15000", "1"},
      {"DANA", kDay, "1", "15000", "2"},
      {"DANA", 30 * kDay, "1", "15000", "2"},
      {"DANA", 30 * kDay + absl::Seconds(1), "1", "15000", "9334"},
      {"DANA", kHour, "2", "5000", "2"},
      {"DANA", 29 * kDay, "2", "5000", "2"},
      {"DANA", 31 * kDay, "2", "5000", "9334"},
      // LinkAja: in full within 30 days.
      {"LINK", kHour, "1", "15000", "1"},
      {"LINK", 30 * kDay - absl::Seconds(1), "1", "15000", "1"},
      {"LINK", 30 * kDay, "1", "15000", "9334"},
      {"LINK", kHour, "2", "5000", "9332"},
      {"LINK", 31 * kDay, "2", "5000", "9334"},
      // ShopeePay: void on the same day, then refund within a year.
      {"ESHP", 13 * kHour, "1", "15000", "1"},
      {"ESHP", 14 * kHour, "1", "15000", "2"},
      {"ESHP", 365 * kDay - absl::Seconds(1), "1", "15000", "2"},
      {"ESHP", 365 * kDay, "1", "15000", "9334"},
      {"ESHP", kHour, "2", "5000", "2"},
  };
  int number = 0;
  for (const Case& c : kCases) {
    const std::string reference = absl::StrCat("R", ++number);
    EXPECT_EQ(Result(c, reference), c.result)
        << c.mitra << " after " << absl::FormatDuration(c.later) << " type " << c.type;
  }
}

TEST_F(SimulatorCancelTest, AstraPayGivesNothingBack) {
  const std::string mandate = Mandate("L1");
  const std::string t_xid = PayLinked(LinkedPayment("A1", mandate)).t_xid();
  ASSERT_TRUE(simulator_->Pay("A1").ok());
  EXPECT_EQ(Cancel(t_xid, "1", "15000").code(), "9331");
  EXPECT_EQ(Cancel(t_xid, "2", "5000").code(), "9331");
}

TEST_F(SimulatorCancelTest, DanaByHandAfterADay) {
  Switch("dana_after_24h", "manual");
  EXPECT_EQ(Result({"DANA", kHour, "1", "15000", ""}, "R1"), "1");
  EXPECT_EQ(Result({"DANA", kDay, "1", "15000", ""}, "R2"), "9331");
  EXPECT_EQ(Result({"DANA", kDay, "2", "5000", ""}, "R3"), "2");
}

TEST_F(SimulatorCancelTest, TheAnswer) {
  const std::string t_xid = Paid("R1", "DANA");
  Advance(absl::Minutes(30));
  const Answered answer = Cancel(t_xid, "1", "15000");
  EXPECT_EQ(answer.code(), "0000");
  EXPECT_EQ(answer.t_xid(), t_xid);
  EXPECT_EQ(answer.Text("referenceNo"), "R1");
  EXPECT_EQ(answer.Text("amt"), "15000");
  EXPECT_EQ(answer.Text("transDt"), "20260115");
  EXPECT_EQ(answer.Text("transTm"), "110001");
  EXPECT_EQ(answer.Text("description"), "null");
  EXPECT_THAT(answer.Text("canceltXid"), MatchesRegex("DEMOEWTEST0520260115110001[0-9]{4}"));
  const Answered asked = Inquire("R1", t_xid);
  EXPECT_EQ(asked.Text("resultMsg"), "void");
  EXPECT_EQ(asked.Text("cancelAmt"), "15000");
  EXPECT_THAT(Ledger("R1"), ElementsAre("register:9:0", "open:3:0", "pay:0:15000", "void:1:15000"));
}

TEST_F(SimulatorCancelTest, PartsUpToTheWhole) {
  const std::string t_xid = Paid("R1", "DANA");
  EXPECT_EQ(Cancel(t_xid, "2", "15001").code(), "9319");
  EXPECT_EQ(Cancel(t_xid, "2", "5000").code(), "0000");
  EXPECT_EQ(Inquire("R1", t_xid).Text("cancelAmt"), "5000");
  EXPECT_EQ(Inquire("R1", t_xid).status(), "2");
  EXPECT_EQ(Cancel(t_xid, "1", "15000").code(), "9320");
  EXPECT_EQ(Cancel(t_xid, "2", "10001").code(), "9319");
  EXPECT_EQ(Cancel(t_xid, "2", "10000").code(), "0000");
  EXPECT_EQ(Inquire("R1", t_xid).Text("cancelAmt"), "15000");
  EXPECT_EQ(Cancel(t_xid, "2", "1").code(), "9315");
  EXPECT_THAT(Ledger("R1"), ElementsAre("register:9:0", "open:3:0", "pay:0:15000", "refund:2:5000",
                                        "refund:2:10000"));
}

TEST_F(SimulatorCancelTest, Refusals) {
  const std::string t_xid = RegisterAndOpen("R1", "DANA");
  EXPECT_EQ(Cancel(t_xid, "1", "15000").code(), "9314");  // Not paid.
  ASSERT_TRUE(simulator_->Pay("R1").ok());
  EXPECT_EQ(Cancel(t_xid, "3", "15000").code(), "9301");
  EXPECT_EQ(Cancel(t_xid, "", "15000").code(), "9301");
  EXPECT_EQ(Cancel(t_xid, "1", "").code(), "9312");
  EXPECT_EQ(Cancel(t_xid, "1", "150.0").code(), "9312");
  EXPECT_EQ(Cancel(t_xid, "2", "0").code(), "9321");
  EXPECT_EQ(Cancel(t_xid, "1", "15001").code(), "9319");
  EXPECT_EQ(Cancel(t_xid, "1", "14999").code(), "8061");
  EXPECT_EQ(Cancel(t_xid, "1", "15000", {{"payMethod", "01"}}).code(), "9012");
  EXPECT_EQ(Cancel(t_xid, "1", "15000", {{"timeStamp", ""}}).code(), "9031");
  EXPECT_EQ(Cancel(t_xid, "1", "15000", {{"iMid", "OTHERMERCH"}}).code(), "9011");
  EXPECT_EQ(Cancel(t_xid, "1", "15000", {{"merchantToken", "x"}}).code(), "9010");
  EXPECT_EQ(Cancel("nothing", "1", "15000").code(), "8064");
  EXPECT_EQ(Cancel("nothing", "2", "15000").code(), "8066");
  ASSERT_TRUE(simulator_->AddAccount({{"i_mid", "SECONDMID0"}, {"merchant_key", kKey}}).ok());
  EXPECT_EQ(Cancel(t_xid, "1", "15000", {{"iMid", "SECONDMID0"}}).code(), "8063");
  EXPECT_EQ(Cancel(t_xid, "2", "15000", {{"iMid", "SECONDMID0"}}).code(), "8065");
  EXPECT_EQ(Inquire("R1", t_xid).status(), "0");
  EXPECT_EQ(Cancel(t_xid, "1", "15000").code(), "0000");
  EXPECT_EQ(Cancel(t_xid, "1", "15000").code(), "9315");
}

TEST_F(SimulatorCancelTest, WhatNeverWasPaidStaysSo) {
  for (const char* state : {"9", "3", "5", "8"}) {
    const std::string reference = absl::StrCat("R", state);
    const std::string t_xid = Register(reference, "DANA");
    if (*state != '9') {
      ASSERT_TRUE(simulator_->SetState(reference, state).ok());
    }
    EXPECT_EQ(Cancel(t_xid, "1", "15000").code(), "9314") << state;
  }
}

}  // namespace
}  // namespace sluice::nicepay::simulator_test
