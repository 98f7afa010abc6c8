// Doubts: what a notification has called in question is asked about until the provider has
// answered, whatever state the resource is in; what it never answers is for a person.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "server/base/strings.h"
#include "tests/fakes/engine_harness.h"

namespace sluice {
namespace {

using store::NotificationRow;
using store::NotificationState;
using ::testing::HasSubstr;

class DoubtsTest : public ::testing::Test, public EngineHarness {
 protected:
  static constexpr char kLatePayment[] =
      "kind=order key=o-1 dedup=late sign=ok confirm report=paid amount=1234.AED";

  // The provider's queries fail from here on, or are answered so.
  void Answer(HttpReply reply) {
    http->SetResponder([reply](const HttpRequest&) { return reply; });
  }
  void StartWithOrder() {
    Start();
    http->Script(Said("accepted report=open number=P1"));
    ASSERT_TRUE(Create(MakeOrder())->ok());
  }
  // An order that has ended so: "expired", "closed".
  void StartWithEnded(const std::string& report, OrderState state) {
    StartWithOrder();
    Notify(StrCat("kind=order key=o-1 dedup=end sign=ok report=", report, " amount=1234.AED"));
    ASSERT_EQ(Get("o-1").state, state);
    Advance(absl::Hours(1));
  }
  void StartWithPayout() {
    Start();
    Payout payout;
    payout.id = "p-1";
    payout.wallet = "fake";
    payout.amount = {"AED", 2550};
    payout.receiver_account = "U123456789012";
    http->Script(Said("accepted report=open number=E1"));
    engine().payouts().Create(MakeCall(), payout, [](absl::StatusOr<Payout>) {});
    Drive();
    Notify("kind=payout key=p-1 dedup=d7 sign=ok report=succeeded amount=2550.AED");
    ASSERT_EQ(GetPayout().state, PayoutState::kSucceeded);
  }
  Payout GetPayout() {
    auto box = std::make_shared<Box<Payout>>();
    engine().payouts().Get(PayoutName("m", "p-1"), Into(box));
    Drive();
    return box->ok() ? **box : Payout{};
  }
  NotificationState StateOf(const std::string& dedup_key) const {
    for (const NotificationRow& row : store.notifications()) {
      if (row.dedup_key == dedup_key) return row.state;
    }
    return {};
  }
};

TEST_F(DoubtsTest, ALatePaymentIsAskedAboutUntilTheProviderAnswers) {
  StartWithEnded("expired", OrderState::kExpired);
  Answer(Failed(Transport::kTimedOut));
  EXPECT_EQ(Notify(kLatePayment), 200);
  EXPECT_EQ(CountSent("verb=query_order"), 1);
  Advance(absl::Minutes(10));
  EXPECT_GE(CountSent("verb=query_order"), 4) << "2 s, 5 s, 15 s, a minute";
  EXPECT_EQ(Get("o-1").state, OrderState::kExpired);
  EXPECT_EQ(StateOf("late"), NotificationState::kReceived);
  Answer(Said("accepted report=paid amount=1234.AED"));
  Advance(absl::Hours(1));
  EXPECT_EQ(Get("o-1").state, OrderState::kPaid);
  EXPECT_TRUE(Get("o-1").late);
  EXPECT_EQ(Get("o-1").attention, "");
  EXPECT_EQ(StateOf("late"), NotificationState::kProcessed);
  const int asked = CountSent("verb=query_order");
  Advance(absl::Hours(48));
  EXPECT_EQ(CountSent("verb=query_order"), asked) << "it is answered";
}

TEST_F(DoubtsTest, SoIsOneOfAnOrderThatWasCanceledOrRefused) {
  StartWithEnded("closed", OrderState::kFailed);
  Answer(Status(503));
  EXPECT_EQ(Notify(kLatePayment), 200);
  Answer(Said("accepted report=paid amount=1234.AED"));
  Advance(absl::Seconds(5));
  EXPECT_EQ(Get("o-1").state, OrderState::kPaid);
  EXPECT_TRUE(Get("o-1").late);
}

TEST_F(DoubtsTest, AReversalOfAPaymentIsAskedAboutUntilTheProviderAnswers) {
  Start();
  MakePaid();
  Advance(absl::Hours(1));
  Answer(Status(503));
  EXPECT_EQ(Notify("kind=order key=o-1 dedup=back sign=ok confirm report=returned amount=1234.AED"),
            200);
  Advance(absl::Seconds(30));
  EXPECT_EQ(Get("o-1").state, OrderState::kPaid);
  Answer(Said("accepted report=returned amount=1234.AED"));
  Advance(absl::Minutes(5));
  EXPECT_EQ(Get("o-1").state, OrderState::kRevoked);
  EXPECT_EQ(StateOf("back"), NotificationState::kProcessed);
}

TEST_F(DoubtsTest, AQueryThatFoundNoRoomIsMadeLater) {
  account->max_in_flight = 1;
  options.max_waiting_per_account = 1;
  StartWithEnded("expired", OrderState::kExpired);
  for (int i = 0; i < 5; ++i) {
    http->Script(Said("accepted report=open"));
    Create(MakeOrder(StrCat("open-", i)));
  }
  // Queries hold the place and fill the queue.
  for (int i = 0; i < 5; ++i) Notify(StrCat("kind=order key=open-", i, " sign=bad hint"));
  EXPECT_EQ(Notify(kLatePayment), 200);
  while (http->Complete(Said("accepted report=open"))) Drive();
  EXPECT_EQ(CountSent("verb=query_order key=o-1 "), 0) << "there was no room for it";
  Answer(Said("accepted report=paid amount=1234.AED"));
  Advance(absl::Minutes(5));
  EXPECT_EQ(Get("o-1").state, OrderState::kPaid);
}

TEST_F(DoubtsTest, WhatTheProviderNeverAnswersIsForAPerson) {
  StartWithEnded("expired", OrderState::kExpired);
  Answer(Failed(Transport::kTimedOut));
  EXPECT_EQ(Notify(kLatePayment), 200);
  Advance(absl::Hours(23));
  EXPECT_EQ(Get("o-1").attention, "");
  Advance(absl::Hours(3));
  EXPECT_THAT(Get("o-1").attention, HasSubstr("notification"));
  EXPECT_EQ(store.EventTypes().back(), "order.attention");
  const int asked = CountSent("verb=query_order");
  Advance(absl::Hours(48));
  EXPECT_EQ(CountSent("verb=query_order"), asked);
  // Nothing is lost: who asks the provider when it answers again gets the truth.
  Answer(Said("accepted report=paid amount=1234.AED"));
  EXPECT_EQ((*Sync("o-1"))->state, OrderState::kPaid);
  EXPECT_EQ(StateOf("late"), NotificationState::kProcessed);
  EXPECT_EQ(Get("o-1").attention, "");
}

TEST_F(DoubtsTest, ADoubtOutlivesRestartsWithItsHorizon) {
  StartWithEnded("expired", OrderState::kExpired);
  Answer(Failed(Transport::kTimedOut));
  EXPECT_EQ(Notify(kLatePayment), 200);
  for (int i = 0; i < 3; ++i) {
    Advance(absl::Hours(9));
    Restart();
    Answer(Failed(Transport::kTimedOut));
  }
  Advance(absl::Hours(1));
  EXPECT_THAT(Get("o-1").attention, HasSubstr("notification"));
}

TEST_F(DoubtsTest, AnotherNumberIsAskedAboutUntilTheProviderAnswers) {
  StartWithEnded("expired", OrderState::kExpired);
  http->Script(Said("accepted report=expired number=P1 amount=1234.AED"));  // About ours.
  Answer(Failed(Transport::kTimedOut));                                     // About that one.
  EXPECT_EQ(Notify("kind=order key=o-1 dedup=p2 sign=ok report=paid number=P2 amount=1234.AED"),
            200);
  EXPECT_EQ(StateOf("p2"), NotificationState::kReceived);
  Answer(Said("accepted report=paid number=P2 amount=1234.AED"));
  Advance(absl::Minutes(1));
  EXPECT_EQ(StateOf("p2"), NotificationState::kProcessed);
  EXPECT_EQ(Get("o-1").state, OrderState::kPaid);
}

// The answer to a question from before the second notification says nothing of it.
TEST_F(DoubtsTest, ASecondNotificationDuringTheQuestionIsADoubtOfItsOwn) {
  StartWithEnded("expired", OrderState::kExpired);
  EXPECT_EQ(Notify(kLatePayment), 200);  // Its question is on its way,
  EXPECT_EQ(Notify("kind=order key=o-1 dedup=late2 sign=ok confirm report=paid amount=1234.AED"),
            200);
  http->Complete(Said("accepted report=expired amount=1234.AED"));  // and answered too early;
  Drive();
  EXPECT_EQ(StateOf("late"), NotificationState::kProcessed);
  EXPECT_EQ(StateOf("late2"), NotificationState::kReceived);
  http->Complete(Failed(Transport::kTimedOut));  // the second question fails.
  Drive();
  Answer(Said("accepted report=paid amount=1234.AED"));
  Advance(absl::Minutes(1));
  EXPECT_EQ(StateOf("late2"), NotificationState::kProcessed);
  EXPECT_EQ(Get("o-1").state, OrderState::kPaid);
}

TEST_F(DoubtsTest, ARepeatOfWhatIsInDoubtIsAskedAboutAtOnce) {
  StartWithEnded("expired", OrderState::kExpired);
  Answer(Failed(Transport::kTimedOut));
  EXPECT_EQ(Notify(kLatePayment), 200);
  Answer(Said("accepted report=paid amount=1234.AED"));
  EXPECT_EQ(Notify(kLatePayment), 200);
  EXPECT_EQ(Get("o-1").state, OrderState::kPaid);
}

TEST_F(DoubtsTest, AVerifiedContradictionOfAFinalStateIsAskedAboutUntilAnswered) {
  StartWithPayout();
  Answer(Failed(Transport::kTimedOut));
  EXPECT_EQ(Notify("kind=payout key=p-1 dedup=d6 sign=ok report=failed amount=2550.AED"), 200);
  EXPECT_EQ(CountSent("verb=query_payout"), 1);
  EXPECT_EQ(GetPayout().attention, "");
  Restart();
  Answer(Failed(Transport::kTimedOut));
  Advance(absl::Minutes(1));
  EXPECT_GE(CountSent("verb=query_payout"), 3);
  Answer(Said("accepted report=failed amount=2550.AED"));
  Advance(absl::Minutes(10));
  EXPECT_EQ(GetPayout().state, PayoutState::kSucceeded);
  EXPECT_THAT(GetPayout().attention, HasSubstr("contradicts"));
}

TEST_F(DoubtsTest, AContradictionThatIsNeverAnsweredIsForAPerson) {
  StartWithPayout();
  Answer(Status(503));
  Notify("kind=payout key=p-1 dedup=d6 sign=ok report=failed amount=2550.AED");
  Advance(absl::Hours(24 * 40));
  EXPECT_EQ(GetPayout().state, PayoutState::kSucceeded);
  EXPECT_THAT(GetPayout().attention, HasSubstr("notification"));
  EXPECT_EQ(store.EventTypes().back(), "payout.attention");
}

TEST_F(DoubtsTest, AContradictionThatIsNotBorneOutLeavesNothing) {
  StartWithPayout();
  Answer(Status(503));
  Notify("kind=payout key=p-1 dedup=d6 sign=ok report=failed amount=2550.AED");
  Answer(Said("accepted report=succeeded amount=2550.AED"));
  Advance(absl::Hours(1));
  EXPECT_EQ(CountSent("verb=query_payout"), 2);
  EXPECT_EQ(GetPayout().attention, "");
}

TEST_F(DoubtsTest, AClosedNoticeAgainstAPaymentIsAskedAboutUntilAnswered) {
  Start();
  MakePaid();
  Answer(Status(503));
  EXPECT_EQ(Notify("kind=order key=o-1 dedup=d2 sign=ok report=closed amount=1234.AED"), 200);
  Answer(Said("accepted report=closed amount=1234.AED"));
  Advance(absl::Minutes(1));
  EXPECT_EQ(Get("o-1").state, OrderState::kPaid);
  EXPECT_THAT(Get("o-1").attention, HasSubstr("contradicts"));
}

}  // namespace
}  // namespace sluice
