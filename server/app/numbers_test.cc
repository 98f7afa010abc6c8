// A resource known to its provider under more than one number: what was given up and is paid all
// the same, what belongs to somebody else.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/fakes/engine_harness.h"

namespace sluice {
namespace {

using store::NotificationState;
using ::testing::HasSubstr;

class NumbersTest : public ::testing::Test, public EngineHarness {
 protected:
  void SetUp() override { provider->mutable_descriptor().resend_create_order = Resend::kNewKey; }
  // The answer of the first registration is lost.
  void Lose(const std::string& id = "o-1") {
    http->Script(Failed(Transport::kTimedOut));
    ASSERT_TRUE(Create(MakeOrder(id))->ok());
  }
  // o-1 was lost, and is open under o-1-1, the provider's P2.
  void Abandon() {
    Lose();
    http->Script(Said("accepted report=open number=P2 data.txid=P2"));
    Advance(absl::Seconds(31));
    ASSERT_EQ(Get("o-1").attempts.size(), 2u);
    ASSERT_EQ(Get("o-1").state, OrderState::kAwaitingPayer);
  }
  // The provider under each key.
  void Answer(const std::string& o1, const std::string& o11) {
    http->SetResponder([o1, o11](const HttpRequest& request) {
      return Said(request.body.find("key=o-1-1 ") != std::string::npos ? o11 : o1);
    });
  }
  static constexpr char kOldIsPaid[] =
      "kind=order key=o-1 dedup=d1 sign=ok confirm report=paid amount=1234.AED number=P1 "
      "data.txid=P1";
  static constexpr char kNewIsPaid[] =
      "kind=order key=o-1-1 dedup=d2 sign=ok confirm report=paid amount=1234.AED number=P2 "
      "data.txid=P2";
  static constexpr char kPaidP1[] = "accepted report=paid amount=1234.AED number=P1 data.txid=P1";
  static constexpr char kPaidP2[] = "accepted report=paid amount=1234.AED number=P2 data.txid=P2";
  static constexpr char kOpenP2[] = "accepted report=open number=P2 data.txid=P2";
};

TEST_F(NumbersTest, ANoticeForANumberThatWasGivenUpIsConfirmedUnderThatNumber) {
  Start();
  Abandon();
  Answer(kPaidP1, kOpenP2);
  EXPECT_EQ(Notify(kOldIsPaid), 200);
  EXPECT_EQ(CountSent("verb=query_order key=o-1 "), 1);
  const Order order = Get("o-1");
  EXPECT_EQ(order.state, OrderState::kPaid);
  // What is given back must be given back there.
  EXPECT_EQ(order.provider_number, "P1");
  EXPECT_EQ(order.provider_data.at("txid"), "P1");
  EXPECT_THAT(order.attention, HasSubstr("given up"));
  EXPECT_TRUE(order.attempts[0].abandoned);
  EXPECT_EQ(order.attempts[0].state, AttemptState::kConfirmed);
  EXPECT_EQ(store.notifications().back().state, NotificationState::kProcessed);
}

TEST_F(NumbersTest, AForgedNoticeForANumberThatWasGivenUpDoesNothing) {
  Start();
  Abandon();
  Answer("accepted report=open number=P1 data.txid=P1", kOpenP2);
  EXPECT_EQ(Notify(kOldIsPaid), 200);
  const Order order = Get("o-1");
  EXPECT_EQ(order.state, OrderState::kAwaitingPayer);
  EXPECT_EQ(order.provider_number, "P2");
  EXPECT_EQ(order.provider_data.at("txid"), "P2");
  EXPECT_EQ(store.notifications().back().state, NotificationState::kProcessed);
}

TEST_F(NumbersTest, ANoticeIsWhatIsKnownOfACreateWithoutAnAnswer) {
  Start();
  Lose();
  // Without the notice there is nothing to ask about.
  Answer("accepted report=open amount=1234.AED number=P1 data.txid=P1", "");
  EXPECT_EQ(Notify(kOldIsPaid), 200);
  EXPECT_EQ(CountSent("verb=query_order"), 1);
  Order order = Get("o-1");
  EXPECT_EQ(order.state, OrderState::kAwaitingPayer) << "the provider's word, not the notice's";
  EXPECT_EQ(order.provider_number, "P1");
  EXPECT_EQ(order.attempts[0].state, AttemptState::kConfirmed);
  Answer(kPaidP1, "");
  Advance(absl::Minutes(1));
  order = Get("o-1");
  EXPECT_EQ(order.state, OrderState::kPaid);
  EXPECT_EQ(order.attempts.size(), 1u);
  EXPECT_EQ(CountSent("verb=create_order"), 1);
}

TEST_F(NumbersTest, ANoticeWaitsUntilTheProviderCanBeAsked) {
  Start();
  Abandon();
  http->SetResponder([](const HttpRequest&) { return Status(503); });
  EXPECT_EQ(Notify(kOldIsPaid), 200);
  EXPECT_EQ(store.notifications().back().state, NotificationState::kReceived);
  EXPECT_EQ(Get("o-1").state, OrderState::kAwaitingPayer);
  Answer(kPaidP1, kOpenP2);
  Advance(absl::Minutes(1));
  EXPECT_EQ(store.notifications().back().state, NotificationState::kProcessed);
  EXPECT_EQ(Get("o-1").state, OrderState::kPaid);
}

TEST_F(NumbersTest, ANoticeForANumberThatWasGivenUpOutlivesARestart) {
  Start();
  Abandon();
  http->SetResponder([](const HttpRequest&) { return Status(503); });
  EXPECT_EQ(Notify(kOldIsPaid), 200);
  Restart();
  Answer(kPaidP1, kOpenP2);
  http->Complete(Said(kOpenP2));  // The first question, about the present number.
  Drive();
  EXPECT_EQ(Get("o-1").state, OrderState::kPaid);
  EXPECT_EQ(Get("o-1").provider_number, "P1");
  EXPECT_EQ(store.notifications().back().state, NotificationState::kProcessed);
}

TEST_F(NumbersTest, PaidUnderBothNumbersIsForAPerson) {
  Start();
  Abandon();
  Answer(kPaidP1, kPaidP2);
  // The present number is asked about first.
  EXPECT_EQ(Notify(kNewIsPaid), 200);
  EXPECT_EQ(Get("o-1").state, OrderState::kPaid);
  EXPECT_EQ(Get("o-1").attention, "");
  EXPECT_EQ(Notify(kOldIsPaid), 200);
  Order order = Get("o-1");
  EXPECT_THAT(order.attention, HasSubstr("more than once"));
  EXPECT_EQ(order.paid.minor_units, 1234);
  EXPECT_EQ(order.provider_number, "P2") << "known by the number that paid it";
  EXPECT_EQ(order.provider_data.at("txid"), "P2");
  EXPECT_EQ(order.attempts[0].state, AttemptState::kConfirmed);
}

TEST_F(NumbersTest, PaidUnderTheOldAndThenTheNewNumberIsForAPersonToo) {
  Start();
  Abandon();
  // As by a provider whose notices are believed: they tell of each number by themselves.
  Notify("kind=order key=o-1 dedup=d1 sign=ok report=paid amount=1234.AED number=P1 data.txid=P1");
  EXPECT_THAT(Get("o-1").attention, HasSubstr("given up"));
  Notify(
      "kind=order key=o-1-1 dedup=d2 sign=ok report=paid amount=1234.AED number=P2 data.txid=P2");
  EXPECT_THAT(Get("o-1").attention, HasSubstr("more than once"));
  EXPECT_EQ(Get("o-1").provider_data.at("txid"), "P1");
  // The first again is no third.
  const size_t events = store.events().size();
  Notify("kind=order key=o-1 dedup=d3 sign=ok report=paid amount=1234.AED number=P1 data.txid=P1");
  EXPECT_EQ(store.events().size(), events);
}

TEST_F(NumbersTest, ALateAnswerDoesNotTakeTheNumberOfWhatWasPaid) {
  Start();
  Lose();
  Advance(absl::Seconds(31));  // The second create is on its way.
  Notify("kind=order key=o-1 dedup=d1 sign=ok report=paid amount=1234.AED number=P1 data.txid=P1");
  http->Complete(Said(kOpenP2));
  Drive();
  const Order order = Get("o-1");
  EXPECT_EQ(order.state, OrderState::kPaid);
  EXPECT_EQ(order.provider_number, "P1");
  EXPECT_EQ(order.provider_data.at("txid"), "P1");
}

TEST_F(NumbersTest, ANextNumberThatIsTakenIsForAPersonAndNotTriedForEver) {
  Start();
  http->Script(Said("accepted report=open number=P9"));
  ASSERT_TRUE(Create(MakeOrder("o-1-1"))->ok());  // What o-1 would be called next.
  Lose();
  Advance(absl::Minutes(5));
  const Order order = Get("o-1");
  EXPECT_EQ(order.state, OrderState::kSubmitting);
  EXPECT_THAT(order.attention, HasSubstr("belongs to another"));
  EXPECT_EQ(order.attempts.size(), 1u);
  EXPECT_FALSE(order.due_time.has_value());
  EXPECT_EQ(CountSent("verb=create_order key=o-1 "), 1);
  const int commits = store.commits();
  Advance(absl::Minutes(1));
  EXPECT_LE(store.commits(), commits + 2) << "only the other order is looked at";
  // What was lost may have been taken after all.
  Answer(kPaidP1, "accepted report=open number=P9");
  EXPECT_EQ(Notify(kOldIsPaid), 200);
  EXPECT_EQ(Get("o-1").state, OrderState::kPaid);
  EXPECT_EQ(Get("o-1").attention, "");
}

}  // namespace
}  // namespace sluice
