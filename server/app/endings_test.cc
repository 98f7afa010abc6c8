// Cancel, revoke and refund: against payments that race them, and answers that never come.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "server/core/error.h"
#include "tests/fakes/engine_harness.h"

namespace sluice {
namespace {

using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::HasSubstr;

std::string Reason(const absl::Status& status) {
  const auto details = GetErrorDetails(status);
  return details.has_value() ? details->reason : "";
}

class EndingsTest : public ::testing::Test, public EngineHarness {
 protected:
  void MakeOpen(const std::string& id = "o-1") {
    http->Script(Said("accepted report=open number=P1"));
    ASSERT_TRUE(Create(MakeOrder(id))->ok());
  }
  void MakeUnknown() {
    http->Script(Failed(Transport::kTimedOut));
    ASSERT_TRUE(Create(MakeOrder())->ok());
  }
  static constexpr char kPaidNotice[] =
      "kind=order key=o-1 dedup=paid sign=ok report=paid amount=1234.AED";
};

TEST_F(EndingsTest, CancelOfAnOpenOrder) {
  Start();
  MakeOpen();
  http->Script(Said("accepted report=closed"));
  const auto canceled = Cancel("o-1");
  ASSERT_TRUE(canceled->ok());
  EXPECT_EQ((*canceled)->state, OrderState::kCanceled);
  EXPECT_THAT(store.EventTypes(), ElementsAre("order.created", "order.awaiting_payer",
                                              "order.canceling", "order.canceled"));
  EXPECT_EQ(Reason(Cancel("o-1")->status()), "STATE_FORBIDS");
}

// The provider would not know it, and could never say that it has ended.
TEST_F(EndingsTest, WhatNeverLeftEndsWithoutACall) {
  Start();
  for (const bool revoke : {false, true}) {
    const std::string id = revoke ? "o-2" : "o-1";
    http->Script(Failed(Transport::kNotSent));
    ASSERT_TRUE(Create(MakeOrder(id))->ok());
    EXPECT_EQ(Get(id).state, OrderState::kSubmitting);
    ASSERT_TRUE((revoke ? Revoke(id) : Cancel(id))->ok());
    EXPECT_EQ(Get(id).state, revoke ? OrderState::kRevoked : OrderState::kCanceled);
  }
  Advance(absl::Hours(1));
  EXPECT_THAT(Sent(), ::testing::SizeIs(2)) << "nothing but the creates";
}

TEST_F(EndingsTest, CancelOfAPaidOrderIsForbidden) {
  Start();
  MakePaid();
  EXPECT_EQ(Reason(Cancel("o-1")->status()), "STATE_FORBIDS");
  EXPECT_EQ(CountSent("cancel_order"), 0);
}

TEST_F(EndingsTest, PaymentWinsAgainstACancelOnItsWay) {
  Start();
  MakeOpen();
  const auto cancel = Cancel("o-1");  // On the wire, unanswered.
  EXPECT_EQ(Get("o-1").state, OrderState::kCanceling);
  EXPECT_EQ(Notify(kPaidNotice), 200);
  EXPECT_EQ(Get("o-1").state, OrderState::kPaid);
  http->Complete(Said("declined code=PAID report=paid amount=1234.AED"));
  Drive();
  ASSERT_TRUE(cancel->ok());
  EXPECT_EQ((*cancel)->state, OrderState::kPaid);
  EXPECT_EQ((*cancel)->attempts[1].state, AttemptState::kRejected);
}

TEST_F(EndingsTest, ACancelThatIsRefusedLeavesTheOrderOpen) {
  Start();
  MakeOpen();
  http->Script(Said("declined code=NO"));
  http->Script(Said("accepted report=open"));
  const auto refused = Cancel("o-1");
  ASSERT_TRUE(refused->ok());
  EXPECT_EQ((*refused)->state, OrderState::kAwaitingPayer);
  EXPECT_EQ((*refused)->attempts[1].failure.provider_code, "NO");
  // And may be asked for again.
  http->Script(Said("accepted report=closed"));
  EXPECT_EQ((*Cancel("o-1"))->state, OrderState::kCanceled);
}

TEST_F(EndingsTest, AnUnansweredCancelIsQueriedAndRepeatedUntilItIsClear) {
  Start();
  MakeOpen();
  http->Script(Failed(Transport::kTimedOut));
  Cancel("o-1");
  EXPECT_EQ(Get("o-1").state, OrderState::kCanceling);
  http->Script(Said("accepted report=open"));    // The query: nothing has happened.
  http->Script(Said("accepted report=closed"));  // The same cancel again.
  Advance(absl::Seconds(3));
  EXPECT_EQ(Get("o-1").state, OrderState::kCanceled);
  EXPECT_EQ(CountSent("verb=cancel_order"), 2);
  EXPECT_EQ(Get("o-1").attempts.size(), 2u);
  EXPECT_EQ(Get("o-1").attempts[1].sends, 2);
}

TEST_F(EndingsTest, ACancelThatMayNotBeRepeatedEndsByTheQuery) {
  provider->mutable_descriptor().resend_cancel = false;
  Start();
  MakeOpen();
  http->Script(Failed(Transport::kTimedOut));
  Cancel("o-1");
  http->SetResponder([](const HttpRequest&) { return Said("accepted report=open"); });
  Advance(absl::Minutes(2));
  EXPECT_EQ(Get("o-1").state, OrderState::kAwaitingPayer);
  EXPECT_EQ(CountSent("verb=cancel_order"), 1);
}

TEST_F(EndingsTest, AnUnansweredCancelIsClosedAlsoWhenARevokeWasRefusedAfterIt) {
  Start();
  MakeOpen();
  http->Script(Failed(Transport::kTimedOut));
  Cancel("o-1");
  http->Script(Said("declined code=NO"));
  http->SetResponder([](const HttpRequest&) { return Said("accepted report=open"); });
  Revoke("o-1");
  EXPECT_EQ(Get("o-1").state, OrderState::kAwaitingPayer);
  EXPECT_EQ(Get("o-1").attempts[1].state, AttemptState::kUnknown) << "it may still be at work";
  Advance(absl::Minutes(2));
  EXPECT_EQ(Get("o-1").state, OrderState::kAwaitingPayer);
  EXPECT_EQ(Get("o-1").attempts[1].state, AttemptState::kRejected);
  EXPECT_EQ(CountSent("verb=cancel_order"), 1);
}

TEST_F(EndingsTest, CancelWaitsForACreateOnItsWay) {
  Start();
  Create(MakeOrder());  // On the wire.
  const auto cancel = Cancel("o-1");
  EXPECT_EQ(CountSent("verb=cancel_order"), 0);
  http->Complete(Said("accepted report=open number=P1"));
  Drive();
  EXPECT_EQ(CountSent("verb=cancel_order"), 1);
  http->Complete(Said("accepted"));
  Drive();
  ASSERT_TRUE(cancel->ok());
  EXPECT_EQ((*cancel)->state, OrderState::kCanceled);
}

TEST_F(EndingsTest, CancelOfACreateWithoutAnswerAsksFirst) {
  Start();
  MakeUnknown();
  http->Script(Said("accepted report=open number=P1"));
  http->Script(Said("accepted report=closed"));
  EXPECT_EQ((*Cancel("o-1"))->state, OrderState::kCanceled);
  EXPECT_EQ(CountSent("verb=create_order"), 1);
}

TEST_F(EndingsTest, CancelOfWhatTheProviderNeverGotEndsWithoutACall) {
  Start();
  MakeUnknown();
  http->SetResponder([](const HttpRequest&) { return Said("accepted report=not_found"); });
  Cancel("o-1");
  EXPECT_EQ(Get("o-1").state, OrderState::kCanceling);
  Advance(absl::Minutes(5));
  EXPECT_EQ(Get("o-1").state, OrderState::kCanceled);
  EXPECT_EQ(CountSent("verb=cancel_order"), 0);
  EXPECT_EQ(CountSent("verb=create_order"), 1);
}

TEST_F(EndingsTest, RevokeOfAPaidOrder) {
  Start();
  MakePaid();
  http->Script(Said("accepted report=returned"));
  const auto revoked = Revoke("o-1");
  ASSERT_TRUE(revoked->ok());
  EXPECT_EQ((*revoked)->state, OrderState::kRevoked);
  EXPECT_EQ((*revoked)->attention, "");
  // The paid notice, delivered late or again, is no news.
  EXPECT_EQ(Notify("kind=order key=o-1 dedup=other sign=ok report=paid amount=1234.AED"), 200);
  EXPECT_EQ(Get("o-1").state, OrderState::kRevoked);
  EXPECT_EQ(Get("o-1").attention, "");
}

TEST_F(EndingsTest, RevokeOfAnUnknownOrderIsSentAtOnce) {
  Start();
  MakeUnknown();
  http->Script(Said("accepted report=closed"));
  EXPECT_EQ((*Revoke("o-1"))->state, OrderState::kRevoked);
  EXPECT_EQ(CountSent("verb=revoke_order"), 1);
  EXPECT_EQ(CountSent("verb=create_order"), 1);
  Advance(absl::Hours(1));
  EXPECT_EQ(CountSent("verb=create_order"), 1);
}

TEST_F(EndingsTest, RevokeOfWhatIsNotThereYetIsRepeatedWhenItAppears) {
  Start();
  MakeUnknown();
  http->Script(Said("declined code=NOT_FOUND report=not_found"));
  http->Script(Said("accepted report=not_found"));
  Revoke("o-1");
  EXPECT_EQ(Get("o-1").state, OrderState::kRevoking);
  http->Script(Said("accepted report=paid number=P1 amount=1234.AED"));
  http->Script(Said("accepted report=returned"));
  Advance(absl::Seconds(10));
  EXPECT_EQ(Get("o-1").state, OrderState::kRevoked);
  EXPECT_EQ(CountSent("verb=revoke_order"), 2);
  EXPECT_EQ(Get("o-1").paid.minor_units, 1234);
}

TEST_F(EndingsTest, ARevokeThatIsRefusedLeavesThePayment) {
  Start();
  MakePaid();
  http->Script(Said("declined code=NO"));
  http->Script(Said("accepted report=paid amount=1234.AED"));
  const auto refused = Revoke("o-1");
  EXPECT_EQ((*refused)->state, OrderState::kPaid);
  EXPECT_EQ((*refused)->attempts.back().state, AttemptState::kRejected);
}

TEST_F(EndingsTest, ARevokeThatIsStillAtWorkIsWaitedFor) {
  Start();
  MakePaid();
  http->Script(Said("accepted report=paid amount=1234.AED"));  // Taken; not yet given back.
  EXPECT_EQ((*Revoke("o-1"))->state, OrderState::kRevoking);
  http->Script(Said("accepted report=paid amount=1234.AED"));
  http->Script(Said("accepted report=returned amount=1234.AED"));
  Advance(absl::Seconds(10));
  EXPECT_EQ(Get("o-1").state, OrderState::kRevoked);
  EXPECT_EQ(CountSent("verb=revoke_order"), 1);
}

// The revoke found nothing paid, and its answer came after the news of a payment: which was first?
TEST_F(EndingsTest, ARevokeThatFoundNothingPaidDoesNotGiveBackALaterPayment) {
  Start();
  MakeOpen();
  Revoke("o-1");  // On the wire.
  Notify("kind=order key=o-1 dedup=paid sign=ok report=paid number=P1 amount=1234.AED");
  EXPECT_EQ(Get("o-1").state, OrderState::kRevoking);
  http->Complete(Said("accepted report=closed"));
  Drive();
  ASSERT_EQ(Get("o-1").state, OrderState::kRevoking);
  EXPECT_EQ(CountSent("verb=query_order"), 1) << "asked at once";
  http->Complete(Said("accepted report=paid number=P1 amount=1234.AED"));
  Drive();
  EXPECT_EQ(CountSent("verb=revoke_order"), 2) << "the payment is there: revoked anew";
  EXPECT_EQ(Get("o-1").state, OrderState::kRevoking);
  http->Complete(Said("accepted report=returned number=P1 amount=1234.AED"));
  Drive();
  EXPECT_EQ(Get("o-1").state, OrderState::kRevoked);
  EXPECT_EQ(Get("o-1").paid.minor_units, 1234);
}

TEST_F(EndingsTest, ThePaymentStandsWhereSuchARevokeMayNotBeRepeated) {
  provider->mutable_descriptor().resend_cancel = false;
  Start();
  MakeOpen();
  Revoke("o-1");
  Notify("kind=order key=o-1 dedup=paid sign=ok report=paid number=P1 amount=1234.AED");
  http->SetResponder(
      [](const HttpRequest&) { return Said("accepted report=paid number=P1 amount=1234.AED"); });
  http->Complete(Said("accepted report=closed"));
  Advance(absl::Minutes(5));
  EXPECT_EQ(Get("o-1").state, OrderState::kPaid);
  EXPECT_EQ(Get("o-1").attempts.back().state, AttemptState::kRejected);
  EXPECT_EQ(CountSent("verb=revoke_order"), 1);
}

TEST_F(EndingsTest, ARevokeOfWhatWasPaidMeanwhileIsBelievedWhenTheQueryShowsIt) {
  Start();
  MakeOpen();
  Revoke("o-1");
  Notify("kind=order key=o-1 dedup=paid sign=ok report=paid number=P1 amount=1234.AED");
  http->SetResponder([](const HttpRequest&) {
    return Said("accepted report=returned number=P1 amount=1234.AED");
  });
  http->Complete(Said("accepted report=closed"));
  Drive();
  EXPECT_EQ(Get("o-1").state, OrderState::kRevoked);
  EXPECT_EQ(Get("o-1").paid.minor_units, 1234);
  EXPECT_EQ(Get("o-1").attempts.back().state, AttemptState::kConfirmed);
  EXPECT_EQ(Get("o-1").attention, "");
}

TEST_F(EndingsTest, ReturnedUnaskedIsRevokedWithAttention) {
  Start();
  MakePaid();
  Notify("kind=order key=o-1 dedup=ret sign=ok report=returned amount=1234.AED");
  EXPECT_EQ(Get("o-1").state, OrderState::kRevoked);
  EXPECT_THAT(Get("o-1").attention, HasSubstr("without being asked"));
}

TEST_F(EndingsTest, RefundsAreSumsThatNeverExceedThePayment) {
  Start();
  MakePaid();
  http->Script(Said("accepted report=succeeded number=R1"));
  const auto part = CreateRefund("o-1", "r-1", 234);
  ASSERT_TRUE(part->ok()) << part->status();
  EXPECT_EQ((*part)->state, RefundState::kSucceeded);
  EXPECT_EQ(Get("o-1").refunded.minor_units, 234);
  EXPECT_EQ(Get("o-1").refund_pending.minor_units, 0);
  const auto over = CreateRefund("o-1", "r-2", 1001);
  EXPECT_EQ(Reason(over->status()), "REFUND_EXCEEDS_PAID");
  // All that is left.
  http->Script(Said("accepted report=open"));
  const auto rest = CreateRefund("o-1", "r-3", 0);
  ASSERT_TRUE(rest->ok());
  EXPECT_EQ((*rest)->amount.minor_units, 1000);
  EXPECT_EQ((*rest)->state, RefundState::kPending);
  EXPECT_EQ(Get("o-1").refund_pending.minor_units, 1000);
  EXPECT_EQ(Reason(CreateRefund("o-1", "r-4", 1)->status()), "REFUND_EXCEEDS_PAID");
  EXPECT_EQ(Reason(Revoke("o-1")->status()), "STATE_FORBIDS");
  Notify("kind=refund key=o-1.r-3 dedup=r3 sign=ok report=failed amount=1000.AED");
  EXPECT_EQ(GetRefund("o-1", "r-3").state, RefundState::kFailed);
  EXPECT_EQ(Get("o-1").refund_pending.minor_units, 0);
  EXPECT_EQ(Get("o-1").refunded.minor_units, 234);
  http->Script(Said("accepted report=succeeded"));
  EXPECT_TRUE(CreateRefund("o-1", "r-4", 1000)->ok());
  EXPECT_THAT(store.EventTypes(), Contains("order.refund_updated"));
}

TEST_F(EndingsTest, ConcurrentRefundsAreNotPromisedTheSameMoney) {
  Start();
  MakePaid();
  std::vector<BoxPtr<Refund>> boxes;
  for (int i = 0; i < 5; ++i) {
    Refund refund;
    refund.order_id = "o-1";
    refund.id = "r-" + std::to_string(i);
    refund.amount = {"AED", 500};
    boxes.push_back(std::make_shared<Box<Refund>>());
    engine().refunds().Create(MakeCall(), refund, Into(boxes.back()));
  }
  Drive();
  EXPECT_EQ(Get("o-1").refund_pending.minor_units, 1000);
  EXPECT_EQ(CountSent("verb=create_refund"), 2);
  int refused = 0;
  for (const auto& box : boxes) refused += Reason(box->status()) == "REFUND_EXCEEDS_PAID";
  EXPECT_EQ(refused, 3);
}

TEST_F(EndingsTest, ARefundWithoutAnAnswerIsAskedAboutAndSentAgainUnderItsKey) {
  Start();
  MakePaid();
  http->Script(Failed(Transport::kTimedOut));
  CreateRefund("o-1", "r-1", 100);
  http->SetResponder([](const HttpRequest& request) {
    if (request.body.find("query") != std::string::npos) return Said("accepted report=not_found");
    return Said("accepted report=succeeded");
  });
  Advance(absl::Minutes(2));
  EXPECT_EQ(GetRefund("o-1", "r-1").state, RefundState::kSucceeded);
  EXPECT_EQ(CountSent("verb=create_refund key=o-1.r-1"), 2);
  EXPECT_EQ(Get("o-1").refunded.minor_units, 100);
}

TEST_F(EndingsTest, RefundOfAnUnpaidOrderAndWrongCurrencyAreRefused) {
  Start();
  MakeOpen();
  EXPECT_EQ(Reason(CreateRefund("o-1", "r-1", 1)->status()), "STATE_FORBIDS");
  Notify(kPaidNotice);
  auto box = std::make_shared<Box<Refund>>();
  Refund refund;
  refund.order_id = "o-1";
  refund.id = "r-1";
  refund.amount = {"USD", 5};
  engine().refunds().Create(MakeCall(), refund, Into(box));
  Drive();
  EXPECT_TRUE(absl::IsInvalidArgument(box->status()));
  EXPECT_TRUE(absl::IsNotFound(CreateRefund("o-9", "r-1", 1)->status()));
}

TEST_F(EndingsTest, WalletsMayAllowLess) {
  provider->wallet("fake").partial_refunds = false;
  provider->wallet("fake").multiple_refunds = false;
  Start();
  MakePaid();
  EXPECT_EQ(Reason(CreateRefund("o-1", "r-1", 100)->status()), "CAPABILITY_MISSING");
  http->Script(Said("accepted report=succeeded"));
  EXPECT_TRUE(CreateRefund("o-1", "r-2", 1234)->ok());
}

TEST_F(EndingsTest, AFullRefundThatShowsAsReturnedIsNoRevoke) {
  Start();
  MakePaid();
  http->Script(Said("accepted report=succeeded"));
  CreateRefund("o-1", "r-1", 0);
  http->Script(Said("accepted report=returned amount=1234.AED"));
  Sync("o-1");
  EXPECT_EQ(Get("o-1").state, OrderState::kPaid);
  EXPECT_EQ(Get("o-1").attention, "");
}

// All of it is given back while refunds of all of it are on their way: by them, or instead of them?
class ReturnedBesideARefundTest : public EndingsTest {
 protected:
  void SetUp() override {
    Start();
    MakePaid();
    CreateRefund("o-1", "r-1", 1234);  // On the wire.
    http->Script(Said("accepted report=returned amount=1234.AED"));
    Notify("kind=order key=o-1 dedup=ret sign=ok report=returned amount=1234.AED");
    EXPECT_EQ(Get("o-1").state, OrderState::kPaid);
    EXPECT_EQ(CountSent("verb=query_order"), 1);
  }
  // The refund's answer, and time for all to show.
  void End(const std::string& refund) {
    http->Complete(Said(refund));
    http->SetResponder(
        [](const HttpRequest&) { return Said("accepted report=returned amount=1234.AED"); });
    Advance(absl::Minutes(5));
  }
};

TEST_F(ReturnedBesideARefundTest, IsUnaskedWhenTheRefundIsRefused) {
  End("declined code=NOT_PAID");
  EXPECT_EQ(GetRefund("o-1", "r-1").state, RefundState::kFailed);
  EXPECT_EQ(Get("o-1").state, OrderState::kRevoked);
  EXPECT_THAT(Get("o-1").attention, HasSubstr("without being asked"));
}

TEST_F(ReturnedBesideARefundTest, IsTheRefundWhenItHasSucceeded) {
  End("accepted report=succeeded");
  EXPECT_EQ(Get("o-1").state, OrderState::kPaid);
  EXPECT_EQ(Get("o-1").refunded.minor_units, 1234);
  EXPECT_EQ(Get("o-1").attention, "");
  EXPECT_LE(CountSent("verb=query_order"), 2) << "there is nothing left to ask";
}

TEST_F(ReturnedBesideARefundTest, IsAskedAboutBySchedule) {
  http->SetResponder(
      [](const HttpRequest&) { return Said("accepted report=returned amount=1234.AED"); });
  Advance(absl::Hours(2));
  const int asked = CountSent("verb=query_order");
  EXPECT_GT(asked, 5);
  EXPECT_LT(asked, 20) << "less and less often";
}

}  // namespace
}  // namespace sluice
