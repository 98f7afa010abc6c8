// Notifications: when, what, how often; and the faults that befall them.

#include "providers/nicepay/simulator_test_client.h"

namespace sluice::nicepay::simulator_test {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

class SimulatorNotifyTest : public SimulatorTest {
 protected:
  std::string TokenFor(const Received& received) const {
    return Hash(absl::StrCat(kMid, received.Text("tXid"), received.Text("amt"), kKey));
  }
};

TEST_F(SimulatorNotifyTest, TheExactMessage) {
  const std::string t_xid = Paid("R1", "DANA");
  Advance(absl::ZeroDuration());
  ASSERT_EQ(received_.size(), 1u);
  const HttpRequest& request = received_[0].request;
  EXPECT_EQ(request.method, "POST");
  EXPECT_EQ(request.url, kNotify);
  EXPECT_EQ(*FindHeader(request.headers, "Content-Type"), "application/x-www-form-urlencoded");
  EXPECT_EQ(*FindHeader(request.headers, "User-Agent"), "Jakarta Commons-HttpClient/3.1");
  std::vector<std::string> keys;
  for (const auto& [name, value] : received_[0].fields) keys.push_back(name);
  EXPECT_THAT(keys, ElementsAre("tXid", "merchantToken", "referenceNo", "goodsNm", "mitraCd",
                                "transTm", "amt", "billingNm", "matchCl", "payMethod", "currency",
                                "transDt", "status"));
  EXPECT_EQ(received_[0].Text("tXid"), t_xid);
  EXPECT_EQ(received_[0].Text("status"), "0");
  EXPECT_EQ(received_[0].Text("merchantToken"), TokenFor(received_[0]));
  EXPECT_THAT(DeliveryStates(), ElementsAre("accepted"));
}

TEST_F(SimulatorNotifyTest, OnlySuccessAndReversal) {
  RegisterAndOpen("R1", "DANA");
  ASSERT_TRUE(simulator_->Decline("R1").ok());
  RegisterAndOpen("R2", "LINK");
  Advance(absl::Minutes(5));
  EXPECT_THAT(received_, IsEmpty());
  EXPECT_EQ(simulator_->EmitNotification("R1").code(), absl::StatusCode::kFailedPrecondition);
  const std::string t_xid = Paid("R3", "DANA");
  Cancel(t_xid, "2", "5000");
  Cancel(t_xid, "2", "10000");
  Advance(absl::ZeroDuration());
  ASSERT_EQ(received_.size(), 3u);
  EXPECT_EQ(received_[0].Text("status"), "0");
  EXPECT_EQ(received_[1].Text("status"), "1");
  EXPECT_EQ(received_[1].Text("amt"), "15000");  // The payment's, also for a part.
  EXPECT_EQ(received_[2].Text("status"), "1");
  EXPECT_EQ(received_[2].Text("merchantToken"), TokenFor(received_[2]));
}

TEST_F(SimulatorNotifyTest, TriedAgainAfterOneFiveAndThirtyMinutes) {
  reply_status_ = 500;
  Paid("R1", "DANA");
  const absl::Time start = simulator_->Now();
  Advance(absl::Hours(3));
  ASSERT_EQ(received_.size(), 4u);
  EXPECT_EQ(received_[0].time, start);
  EXPECT_EQ(received_[1].time, start + absl::Minutes(1));
  EXPECT_EQ(received_[2].time, start + absl::Minutes(6));
  EXPECT_EQ(received_[3].time, start + absl::Minutes(36));
  EXPECT_EQ(received_[3].request.body, received_[0].request.body);
  EXPECT_THAT(DeliveryStates(), ElementsAre("failed", "failed", "failed", "failed"));
}

TEST_F(SimulatorNotifyTest, AnyTwoHundredIsAccepted) {
  for (int status : {200, 202, 204, 299}) {
    reply_status_ = status;
    Paid(absl::StrCat("R", status), "DANA");
  }
  Advance(absl::Hours(1));
  EXPECT_EQ(received_.size(), 4u);
  for (int status : {302, 400, 404}) {
    reply_status_ = status;
    received_.clear();
    Paid(absl::StrCat("R", status), "DANA");
    Advance(absl::Hours(1));
    EXPECT_EQ(received_.size(), 4u) << status;
  }
}

TEST_F(SimulatorNotifyTest, SentAgainByHand) {
  const std::string t_xid = Paid("R1", "DANA");
  ASSERT_TRUE(simulator_->EmitNotification("R1").ok());
  Cancel(t_xid, "1", "15000");
  ASSERT_TRUE(simulator_->EmitNotification(t_xid).ok());
  Mandate("L1");
  ASSERT_TRUE(simulator_->EmitNotification("L1").ok());
  Advance(absl::ZeroDuration());
  std::vector<std::string> told;
  for (const Received& received : received_) {
    told.push_back(received.Text("referenceNo") + received.Text("status"));
  }
  EXPECT_THAT(told, ElementsAre("R10", "R10", "R11", "R11", "L10", "L10"));
}

TEST_F(SimulatorNotifyTest, Signatures) {
  PutFault(FaultKind::kBadSignature, "notification");
  PutFault(FaultKind::kMissingSignature, "notification");
  Paid("R1", "DANA");
  Advance(absl::ZeroDuration());
  Paid("R2", "DANA");
  Advance(absl::ZeroDuration());
  ASSERT_EQ(received_.size(), 2u);
  EXPECT_EQ(received_[0].Text("merchantToken").size(), 64u);
  EXPECT_NE(received_[0].Text("merchantToken"), TokenFor(received_[0]));
  EXPECT_EQ(received_[1].Text("merchantToken"), kAbsent);
}

TEST_F(SimulatorNotifyTest, TwiceNeverAndOutOfOrder) {
  PutFault(FaultKind::kDuplicateNotification, "notification");
  Paid("R1", "DANA");
  Advance(absl::ZeroDuration());
  EXPECT_EQ(received_.size(), 2u);
  PutFault(FaultKind::kDroppedNotification, "notification");
  Paid("R2", "DANA");
  Advance(absl::Hours(2));
  EXPECT_EQ(received_.size(), 2u);
  received_.clear();
  PutFault(FaultKind::kReorderedNotifications, "notification");
  const std::string t_xid = Paid("R3", "DANA");
  Advance(absl::ZeroDuration());
  EXPECT_THAT(received_, IsEmpty());
  Cancel(t_xid, "1", "15000");
  Advance(absl::ZeroDuration());
  ASSERT_EQ(received_.size(), 2u);
  EXPECT_EQ(received_[0].Text("status"), "1");
  EXPECT_EQ(received_[1].Text("status"), "0");
}

TEST_F(SimulatorNotifyTest, WhatIsLostOnTheWayIsTriedAgain) {
  PutFault(FaultKind::kTimeoutBeforeEffect, "notification");
  PutFault(FaultKind::kTimeoutAfterEffect, "notification");
  Paid("R1", "DANA");
  Advance(absl::ZeroDuration());
  EXPECT_THAT(received_, IsEmpty());
  Advance(absl::Minutes(1));
  EXPECT_EQ(received_.size(), 1u);
  Advance(absl::Minutes(5));
  EXPECT_EQ(received_.size(), 2u);  // Delivered before, but nobody heard it.
  Advance(absl::Hours(1));
  EXPECT_EQ(received_.size(), 2u);
  EXPECT_THAT(DeliveryStates(), ElementsAre("failed", "failed", "accepted"));
}

}  // namespace
}  // namespace sluice::nicepay::simulator_test
