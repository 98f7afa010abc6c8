// Requests that run behind an answer until a payer has acted, and processes that end meanwhile.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/fakes/engine_harness.h"

namespace sluice {
namespace {

using ::testing::ElementsAre;

class PushTest : public ::testing::Test, public EngineHarness {
 protected:
  void SetUp() override { provider->mutable_descriptor().resend_push = true; }
  // The push is on the wire, behind the answer.
  void Push() {
    http->Script(Said("accepted report=open number=P1 background"));
    const auto created = Create(MakeOrder());
    ASSERT_TRUE(created->ok());
    ASSERT_EQ((*created)->state, OrderState::kAwaitingPayer);
    ASSERT_EQ(http->held(), 1u);
  }
  static constexpr char kOpen[] = "accepted report=open number=P1";
};

TEST_F(PushTest, OneThatACrashCutOffIsSentAgainOnceTheProviderSaysThatTheOrderIsOpen) {
  Start();
  Push();
  Restart();
  EXPECT_EQ(CountSent("verb=query_order"), 1);
  EXPECT_EQ(CountSent("step=1"), 1);
  http->Complete(Said(kOpen));
  Drive();
  EXPECT_EQ(CountSent("verb=create_order key=o-1 step=1"), 2);
  EXPECT_EQ(CountSent("verb=create_order key=o-1 step=0"), 1) << "nothing is registered again";
  // Queries while it runs do not send it again.
  http->Complete(Said("accepted report=paid amount=1234.AED"));
  Drive();
  EXPECT_EQ(Get("o-1").state, OrderState::kPaid);
  EXPECT_EQ(CountSent("step=1"), 2);
  EXPECT_EQ(store.EventTypes(),
            (std::vector<std::string>{"order.created", "order.awaiting_payer", "order.paid"}));
}

TEST_F(PushTest, OneThatRunsIsNotSentAgainByAQuery) {
  Start();
  Push();
  http->Script(Said(kOpen));
  ASSERT_TRUE(Sync("o-1")->ok());
  EXPECT_EQ(CountSent("verb=query_order"), 1);
  EXPECT_EQ(CountSent("step=1"), 1);
}

TEST_F(PushTest, TheOneSentAgainMayBeCutOffAgain) {
  Start();
  Push();
  Restart();
  http->Complete(Said(kOpen));
  Drive();
  EXPECT_EQ(CountSent("step=1"), 2);
  Restart();
  http->Complete(Said(kOpen));
  Drive();
  EXPECT_EQ(CountSent("step=1"), 3);
}

TEST_F(PushTest, WhatThePayerHasPaidMeanwhileIsNotPushedAgain) {
  Start();
  Push();
  Restart();
  http->Complete(Said("accepted report=paid amount=1234.AED number=P1"));
  Drive();
  EXPECT_EQ(Get("o-1").state, OrderState::kPaid);
  Restart();
  EXPECT_EQ(CountSent("step=1"), 1);
  EXPECT_EQ(CountSent("verb=query_order"), 1);
}

TEST_F(PushTest, OneIsNotSentAgainWhereThatIsNotSafe) {
  provider->mutable_descriptor().resend_push = false;
  Start();
  Push();
  Restart();
  http->Complete(Said(kOpen));
  Drive();
  EXPECT_EQ(CountSent("step=1"), 1);
  EXPECT_EQ(Get("o-1").state, OrderState::kAwaitingPayer);
  // And not forgotten: the provider is asked until it says how it ended.
  http->SetResponder([](const HttpRequest&) { return Said("accepted report=expired"); });
  Advance(absl::Minutes(1));
  EXPECT_EQ(Get("o-1").state, OrderState::kExpired);
}

TEST_F(PushTest, OneIsNotSentAgainPastTheOrdersTime) {
  Start();
  Push();
  clock.Advance(absl::Hours(3));
  Restart();
  http->Complete(Said(kOpen));
  Drive();
  EXPECT_EQ(CountSent("step=1"), 1);
}

TEST_F(PushTest, OneThatHasEndedIsNotSentAgain) {
  Start();
  Push();
  http->SetResponder([](const HttpRequest&) { return Said(kOpen); });
  http->Complete(Failed(Transport::kTimedOut));
  Drive();
  EXPECT_EQ(CountSent("verb=query_order"), 1);
  Restart();
  http->SetResponder([](const HttpRequest&) { return Said(kOpen); });
  Advance(absl::Seconds(30));
  EXPECT_EQ(CountSent("step=1"), 1);
}

TEST_F(PushTest, AnOrderThatEndedBeforeItsPushIsNotPushed) {
  Start();
  const auto created = Create(MakeOrder());  // Registering.
  Notify("kind=order key=o-1 dedup=d1 sign=ok report=paid amount=1234.AED");
  http->Complete(Said("accepted report=open number=P1 background"));
  Drive();
  EXPECT_EQ((*created)->state, OrderState::kPaid);
  EXPECT_EQ(CountSent("step=1"), 0);
  EXPECT_THAT(Sent(), ElementsAre("verb=create_order key=o-1 step=0"));
}

}  // namespace
}  // namespace sluice
