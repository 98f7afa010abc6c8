// Callbacks, their retries, and what goes wrong on purpose.

#include "providers/epay/simulator_test_client.h"

namespace sluice::epay::simulator_test {
namespace {

using ::testing::Each;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;
using ::testing::SizeIs;

class EpaySimulatorNotifyTest : public EpaySimulatorTest {
 protected:
  void CreateAndMove(const std::string& no, std::string_view state) {
    ASSERT_EQ(Create(no, "25.50").code(), 1);
    ASSERT_TRUE(simulator_->SetState(no, state).ok());
    Settle();
  }
  std::vector<std::string> Statuses() const {
    std::vector<std::string> statuses;
    for (const Received& received : received_) statuses.push_back(received.Field("status"));
    return statuses;
  }
};

TEST_F(EpaySimulatorNotifyTest, SuccessAsPrinted) {
  CreateAndMove("W-1001", "7");
  ASSERT_THAT(received_, SizeIs(1));
  const Received& received = received_[0];
  EXPECT_EQ(received.request.method, "POST");
  EXPECT_EQ(received.request.url, kNotifyUrl);
  EXPECT_EQ(*FindHeader(received.request.headers, "Content-Type"),
            "application/x-www-form-urlencoded");
  const std::string no = Query("W-1001").order_no();
  EXPECT_EQ(
      received.request.body,
      absl::StrCat("epayAccount=merchant%40example.test&merchantOrderNo=W-1001&epayOrderNo=", no,
                   "&amount=25.50&paymentAmount=25.50&receiveAmount=25.50"
                   "&settlementCurrency=USD&paymentCurrency=USD&receiveCurrency=USD&fee=0.51"
                   "&rate=1.000000&status=7&remark="
                   "&extendFields=%7B%22ref%22%3A%22r-77%22%7D&sign=",
                   received.sign));
  EXPECT_EQ(received.sign,
            HashOf(absl::StrCat("amount=25.50&epayAccount=merchant@example.test&epayOrderNo=", no,
                                "&extendFields={ref=r-77}&fee=0.51&merchantOrderNo=W-1001"
                                "&paymentAmount=25.50&paymentCurrency=USD&rate=1.000000"
                                "&receiveAmount=25.50&receiveCurrency=USD&settlementCurrency=USD"
                                "&status=7")));
  EXPECT_THAT(DeliveryStates(), ElementsAre("accepted"));
}

TEST_F(EpaySimulatorNotifyTest, FailureWithARemarkAndWithoutExtendFields) {
  Order order;
  order.no = "W-1002";
  order.amount = "40.00";
  order.extend_json = "null";
  order.extend_signed = "";
  ASSERT_EQ(Create(order).code(), 1);
  ASSERT_TRUE(simulator_->Decline("W-1002").ok());
  Settle();
  ASSERT_THAT(received_, SizeIs(1));
  EXPECT_EQ(received_[0].Field("extendFields"), "(absent)");
  EXPECT_EQ(received_[0].Field("remark"), "receiver account rejected");
  EXPECT_EQ(received_[0].sign,
            HashOf(absl::StrCat("amount=40.00&epayAccount=merchant@example.test&epayOrderNo=",
                                Query("W-1002").order_no(),
                                "&fee=0.80&merchantOrderNo=W-1002&paymentAmount=40.00"
                                "&paymentCurrency=USD&rate=1.000000&receiveAmount=40.00"
                                "&receiveCurrency=USD&remark=receiver account rejected"
                                "&settlementCurrency=USD&status=6")));
}

TEST_F(EpaySimulatorNotifyTest, OnlyFinalStatusesAreTold) {
  for (const char* state : {"0", "9", "11", "19"}) CreateAndMove(absl::StrCat("P-", state), state);
  EXPECT_THAT(received_, IsEmpty());
  EXPECT_TRUE(absl::IsFailedPrecondition(simulator_->EmitNotification("P-11")));
  for (const char* state : {"5", "6", "7", "8", "20"}) {
    CreateAndMove(absl::StrCat("F-", state), state);
  }
  EXPECT_THAT(Statuses(), ElementsAre("5", "6", "7", "8", "20"));
  for (const Received& received : received_) EXPECT_TRUE(received.verified());
}

TEST_F(EpaySimulatorNotifyTest, WithoutAnAddressNobodyIsTold) {
  Order order;
  order.notify_url = "";
  ASSERT_EQ(Create(order).code(), 1);
  ASSERT_TRUE(simulator_->Pay(order.no).ok());
  Settle();
  EXPECT_THAT(received_, IsEmpty());
  EXPECT_TRUE(absl::IsFailedPrecondition(simulator_->EmitNotification(order.no)));
  EXPECT_TRUE(absl::IsNotFound(simulator_->EmitNotification("none")));
}

TEST_F(EpaySimulatorNotifyTest, SixteenRetriesByTheDocumentedSchedule) {
  reply_body_ = "fail";
  CreateAndMove("W-1", "7");
  simulator_->AdvanceClock(absl::Hours(24));
  std::vector<int64_t> gaps;
  for (size_t i = 1; i < received_.size(); ++i) {
    gaps.push_back(absl::ToInt64Seconds(received_[i].time - received_[i - 1].time));
  }
  EXPECT_THAT(gaps, ElementsAre(10, 30, 60, 120, 180, 240, 300, 360, 420, 480, 540, 600, 1200, 1800,
                                3600, 7200));
  EXPECT_EQ(received_.back().time - received_.front().time, absl::Seconds(17140));
  for (const Received& received : received_) {
    EXPECT_EQ(received.request.body, received_[0].request.body);
  }
  EXPECT_THAT(DeliveryStates(), SizeIs(17));
  EXPECT_THAT(DeliveryStates(), Each("failed"));
}

TEST_F(EpaySimulatorNotifyTest, RetriesRunInOrdinaryTimeAndEndWithTheFirstSuccess) {
  reply_status_ = 500;
  CreateAndMove("W-1", "7");
  timers_->AdvanceBy(absl::Seconds(9));
  EXPECT_THAT(received_, SizeIs(1));
  reply_status_ = 200;
  timers_->AdvanceBy(absl::Hours(24));
  EXPECT_THAT(DeliveryStates(), ElementsAre("failed", "accepted"));
}

TEST_F(EpaySimulatorNotifyTest, WhatCountsAsSuccess) {
  const auto accepted = [&](int status, const std::string& body) {
    reply_status_ = status;
    reply_body_ = body;
    received_.clear();
    EXPECT_TRUE(simulator_->EmitNotification("W-1").ok());
    Settle();
    const bool is_accepted = DeliveryStates().back() == "accepted";
    simulator_->AdvanceClock(absl::Hours(24));
    EXPECT_EQ(received_.size(), is_accepted ? 1u : 17u) << body;
    return is_accepted;
  };
  CreateAndMove("W-1", "7");
  EXPECT_TRUE(accepted(200, "success"));
  EXPECT_TRUE(accepted(200, " success\r\n"));
  EXPECT_FALSE(accepted(200, "SUCCESS"));
  EXPECT_FALSE(accepted(200, "\"success\""));
  EXPECT_FALSE(accepted(200, "successful"));
  EXPECT_FALSE(accepted(200, ""));
  EXPECT_FALSE(accepted(201, "success"));
  EXPECT_FALSE(accepted(500, "success"));
}

TEST_F(EpaySimulatorNotifyTest, ARetryTellsOfThePayoutAsItWas) {
  reply_body_ = "fail";
  CreateAndMove("W-1", "6");
  ASSERT_TRUE(simulator_->SetState("W-1", "7").ok());
  Settle();
  simulator_->AdvanceClock(absl::Seconds(10));
  EXPECT_THAT(Statuses(), ElementsAre("6", "7", "6", "7"));
}

TEST_F(EpaySimulatorNotifyTest, AMessageAndBothReadingsOfJsonText) {
  Switch("callback_message", R"({"reason":"wallet closed"})");
  Switch("fail_remark", "closed & gone");
  CreateAndMove("W-1", "6");
  ASSERT_THAT(received_, SizeIs(1));
  EXPECT_EQ(received_[0].Field("message"), R"({"reason":"wallet closed"})");
  EXPECT_EQ(received_[0].Field("remark"), "closed & gone");
  EXPECT_TRUE(received_[0].verified());
  Switch("json_text", "plain");
  ASSERT_TRUE(simulator_->EmitNotification("W-1").ok());
  Settle();
  EXPECT_FALSE(received_[1].verified());
  std::string plain;
  for (const auto& [name, value] : received_[1].fields) {
    absl::StrAppend(&plain, plain.empty() ? "" : "&", name, "=", value);
  }
  EXPECT_EQ(received_[1].sign, HashOf(plain));
}

TEST_F(EpaySimulatorNotifyTest, FaultsOfNotifications) {
  ASSERT_EQ(Create("W-1", "10").code(), 1);
  PutFault(FaultKind::kDuplicateNotification, "notification");
  ASSERT_TRUE(simulator_->Pay("W-1").ok());
  Settle();
  ASSERT_THAT(received_, SizeIs(2));
  EXPECT_EQ(received_[0].request.body, received_[1].request.body);
  received_.clear();
  PutFault(FaultKind::kBadSignature, "notification");
  PutFault(FaultKind::kMissingSignature, "notification");
  for (int i = 0; i < 3; ++i) {
    ASSERT_TRUE(simulator_->EmitNotification("W-1").ok());
    Settle();
  }
  ASSERT_THAT(received_, SizeIs(3));
  EXPECT_FALSE(received_[0].verified());
  EXPECT_THAT(received_[0].sign, SizeIs(64));
  EXPECT_EQ(received_[1].sign, "");
  EXPECT_THAT(received_[1].request.body, Not(HasSubstr("sign=")));
  EXPECT_TRUE(received_[2].verified());
}

TEST_F(EpaySimulatorNotifyTest, LostAndReorderedNotifications) {
  PutFault(FaultKind::kDroppedNotification, "notification");
  CreateAndMove("W-1", "7");
  simulator_->AdvanceClock(absl::Hours(24));
  EXPECT_THAT(received_, IsEmpty());
  EXPECT_THAT(DeliveryStates(), ElementsAre("dropped"));
  PutFault(FaultKind::kReorderedNotifications, "notification");
  CreateAndMove("W-2", "6");
  EXPECT_THAT(received_, IsEmpty());
  CreateAndMove("W-3", "7");
  EXPECT_THAT(Statuses(), ElementsAre("7", "6"));
}

TEST_F(EpaySimulatorNotifyTest, CallsLostBeforeAndAfterTheEffect) {
  PutFault(FaultKind::kTimeoutBeforeEffect, "create");
  EXPECT_TRUE(Create("W-1", "10").raw.drop_connection);
  EXPECT_EQ(Query("W-1").code(), 1006);
  PutFault(FaultKind::kConnectionReset, "create");
  EXPECT_TRUE(Create("W-1", "10").raw.drop_connection);
  PutFault(FaultKind::kHttpStatus, "create");
  EXPECT_EQ(Create("W-1", "10").raw.reply.status, 503);
  EXPECT_THAT(Ledger("W-1"), IsEmpty());
  for (FaultKind kind : {FaultKind::kTimeoutAfterEffect, FaultKind::kHttpStatusAfterEffect,
                         FaultKind::kHtmlBody, FaultKind::kTruncatedBody, FaultKind::kSlowBody}) {
    const std::string no = absl::StrCat("after-", static_cast<int>(kind));
    PutFault(kind, "create");
    const SimulatedAnswer spoiled = Create(no, "10").raw;
    EXPECT_TRUE(spoiled.drop_connection || spoiled.reply.status != 200 ||
                spoiled.truncate_body_at >= 0 || spoiled.chunk_delay > absl::ZeroDuration() ||
                spoiled.reply.body.front() == '<');
    EXPECT_EQ(Query(no).status(), "1");
    EXPECT_EQ(Create(no, "10").code(), 1005);
  }
}

TEST_F(EpaySimulatorNotifyTest, FaultsHaveTheNamesOfTheCalls) {
  for (const char* operation : {"get_limit", "create", "query", "notification"}) {
    PutFault(FaultKind::kHttpStatus, operation);
  }
  EXPECT_EQ(GetLimit("12").raw.reply.status, 503);
  EXPECT_EQ(Query("W-1").raw.reply.status, 503);
  EXPECT_EQ(Create("W-1", "10").raw.reply.status, 503);
  EXPECT_EQ(GetLimit("12").code(), 1);
  Fault unknown;
  unknown.operation = "payout";
  EXPECT_TRUE(absl::IsInvalidArgument(simulator_->PutFault(unknown)));
  unknown.operation = "";
  unknown.count = 0;
  ASSERT_TRUE(simulator_->PutFault(unknown).ok());
  EXPECT_TRUE(Query("W-1").raw.drop_connection);
  simulator_->ClearFaults();
  EXPECT_EQ(Query("W-1").code(), 1006);
}

TEST_F(EpaySimulatorNotifyTest, SpoiledSignaturesOfAnswers) {
  ASSERT_EQ(Create("W-1", "10").code(), 1);
  PutFault(FaultKind::kBadSignature, "query");
  Answered queried = Query("W-1");
  EXPECT_EQ(queried.code(), 1);
  EXPECT_FALSE(queried.verified());
  EXPECT_THAT(queried.sign(), SizeIs(64));
  PutFault(FaultKind::kMissingSignature, "query");
  queried = Query("W-1");
  EXPECT_EQ(queried.sign(), "(absent)");
  EXPECT_EQ(queried.status(), "1");
  PutFault(FaultKind::kBadSignature, "query");
  EXPECT_THAT(Query("none").sign(), SizeIs(64));
  EXPECT_TRUE(Query("W-1").verified());
}

TEST_F(EpaySimulatorNotifyTest, TheProvidersOwnCodes) {
  Fault fault;
  fault.kind = FaultKind::kProviderCode;
  fault.operation = "create";
  for (const char* code : {"1008", "1099", "4711", "0", "-3"}) {
    fault.code = code;
    ASSERT_TRUE(simulator_->PutFault(fault).ok());
    const Answered answered = Create("W-1", "10");
    EXPECT_EQ(absl::StrCat(answered.code()), code);
    EXPECT_EQ(answered.sign(), "");
    EXPECT_THAT(answered.message(), Not(IsEmpty()));
  }
  EXPECT_THAT(simulator_->Ledger(), IsEmpty());
  for (const char* code : {"1", "", "ERROR"}) {
    fault.code = code;
    EXPECT_TRUE(absl::IsInvalidArgument(simulator_->PutFault(fault))) << code;
  }
}

}  // namespace
}  // namespace sluice::epay::simulator_test
