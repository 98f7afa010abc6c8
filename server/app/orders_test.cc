// Orders through the engine: every answer and every lack of one.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "absl/strings/str_cat.h"
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

std::string FirstField(const absl::Status& status) {
  const auto details = GetErrorDetails(status);
  return details.has_value() && !details->fields.empty() ? details->fields[0].field : "";
}

class OrdersTest : public ::testing::Test, public EngineHarness {};

TEST_F(OrdersTest, HappyPathToSettled) {
  provider->mutable_descriptor().reports_settlement = true;
  Start();
  http->Script(Said("accepted report=open number=P1 url=https://w.example/1"));
  const auto created = Create(MakeOrder());
  ASSERT_TRUE(created->ok()) << created->status();
  EXPECT_EQ((*created)->state, OrderState::kAwaitingPayer);
  EXPECT_EQ((*created)->provider_number, "P1");
  EXPECT_EQ((*created)->next_action.url, "https://w.example/1");
  EXPECT_EQ((*created)->presentation, Presentation::kRedirect);
  EXPECT_EQ((*created)->expire_time, clock.Now() + absl::Hours(2));
  EXPECT_EQ((*created)->attempts.at(0).state, AttemptState::kConfirmed);
  EXPECT_THAT(Sent(), ElementsAre("verb=create_order key=o-1 step=0"));

  EXPECT_EQ(Notify("kind=order key=o-1 dedup=d1 sign=ok report=paid amount=1234.AED"), 200);
  EXPECT_EQ(Get("o-1").state, OrderState::kPaid);
  EXPECT_EQ(Get("o-1").paid.minor_units, 1234);
  EXPECT_FALSE(Get("o-1").settle_time.has_value());

  http->Script(Said("accepted report=settled amount=1234.AED"));
  Advance(absl::Minutes(11));
  EXPECT_TRUE(Get("o-1").settle_time.has_value());
  EXPECT_THAT(store.EventTypes(),
              ElementsAre("order.created", "order.awaiting_payer", "order.paid", "order.settled"));
  EXPECT_FALSE(Get("o-1").due_time.has_value());
}

TEST_F(OrdersTest, IntentIsDurableBeforeTheProviderIsCalledAndTheResultBeforeTheAnswer) {
  Start();
  http->Script(Said("accepted report=open"));
  Create(MakeOrder());
  EXPECT_THAT(probes, ElementsAre("intent.committed", "send.before", "reply.received",
                                  "result.committed", "answer.before"));
  EXPECT_EQ(store.commits(), 2);
}

TEST_F(OrdersTest, TimeoutIsNotAFailureAndAQueryFindsThePayment) {
  Start();
  http->Script(Failed(Transport::kTimedOut));
  const auto created = Create(MakeOrder());
  ASSERT_TRUE(created->ok());
  EXPECT_EQ((*created)->state, OrderState::kSubmitting);
  EXPECT_EQ((*created)->attempts[0].state, AttemptState::kUnknown);
  EXPECT_FALSE((*created)->attempts[0].failure.empty());

  http->Script(Said("accepted report=paid number=P1 amount=1234.AED"));
  Advance(absl::Seconds(2));
  EXPECT_EQ(Get("o-1").state, OrderState::kPaid);
  EXPECT_EQ(Get("o-1").attempts[0].state, AttemptState::kConfirmed);
  EXPECT_EQ(CountSent("verb=create_order"), 1);
  EXPECT_THAT(store.EventTypes(),
              ElementsAre("order.created", "order.outcome_unknown", "order.paid"));
}

TEST_F(OrdersTest, NotFoundIsBelievedAfterTheGraceAndTheSameKeyIsSentAgain) {
  Start();
  http->Script(Failed(Transport::kTimedOut));
  Create(MakeOrder());
  http->SetResponder([](const HttpRequest& request) {
    if (request.body.find("query") != std::string::npos) return Said("accepted report=not_found");
    return Said("accepted report=open number=P1");
  });
  Advance(absl::Seconds(25));  // Queries at 2, 7 and 22 s: too early to believe.
  EXPECT_EQ(CountSent("verb=create_order"), 1);
  EXPECT_GE(CountSent("verb=query_order"), 3);
  Advance(absl::Seconds(100));
  EXPECT_EQ(CountSent("verb=create_order key=o-1 "), 2);
  const Order order = Get("o-1");
  EXPECT_EQ(order.state, OrderState::kAwaitingPayer);
  ASSERT_EQ(order.attempts.size(), 1u);
  EXPECT_EQ(order.attempts[0].sends, 2);
}

TEST_F(OrdersTest, NeverFoundEndsAsNotSubmittedAfterABoundedNumberOfSends) {
  Start();
  http->SetResponder([](const HttpRequest& request) {
    if (request.body.find("query") != std::string::npos) return Said("accepted report=not_found");
    return Failed(Transport::kTimedOut);
  });
  Create(MakeOrder());
  Advance(absl::Hours(1));
  const Order order = Get("o-1");
  EXPECT_EQ(order.state, OrderState::kFailed);
  EXPECT_EQ(order.failure.reason, FailureReason::kNotSubmitted);
  EXPECT_EQ(CountSent("verb=create_order"), 5);
  EXPECT_FALSE(order.due_time.has_value());
}

TEST_F(OrdersTest, ServerErrorsAndUnreadableRepliesAreUnknown) {
  Start();
  http->Script(Status(503));
  EXPECT_EQ((*Create(MakeOrder("a")))->attempts[0].state, AttemptState::kUnknown);
  http->Script(Said("<html>"));
  EXPECT_EQ((*Create(MakeOrder("b")))->attempts[0].state, AttemptState::kUnknown);
  // A backend that calls a time-out a refusal is overruled: nothing is proven by silence.
  HttpReply broken = Said("declined code=E1");
  broken.transport = Transport::kBroken;
  http->Script(broken);
  const auto order = Create(MakeOrder("c"));
  EXPECT_EQ((*order)->state, OrderState::kSubmitting);
  EXPECT_EQ((*order)->attempts[0].state, AttemptState::kUnknown);
}

TEST_F(OrdersTest, DeclinedIsAFailedOrderAndNoError) {
  Start();
  http->Script(Said("declined code=E1"));
  const auto created = Create(MakeOrder());
  ASSERT_TRUE(created->ok());
  EXPECT_EQ((*created)->state, OrderState::kFailed);
  EXPECT_EQ((*created)->failure.reason, FailureReason::kDeclinedByProvider);
  EXPECT_EQ((*created)->failure.provider_code, "E1");
  EXPECT_EQ((*created)->attempts[0].state, AttemptState::kRejected);
}

TEST_F(OrdersTest, ARefusalThatWantsConfirmationIsBelievedWithTheQuery) {
  Start();
  http->Script(Said("declined query_now code=DUP"));
  http->Script(Said("accepted report=not_found"));
  const auto created = Create(MakeOrder());
  EXPECT_EQ((*created)->state, OrderState::kFailed);
  EXPECT_EQ((*created)->failure.provider_code, "DUP");

  http->Script(Said("declined query_now code=DUP"));
  http->Script(Said("accepted report=open number=P2"));
  EXPECT_EQ((*Create(MakeOrder("o-2")))->state, OrderState::kAwaitingPayer);
}

TEST_F(OrdersTest, NotProcessedIsRetriedWithBackOffThenGivenUp) {
  Start();
  http->SetResponder([](const HttpRequest&) { return Failed(Transport::kNotSent); });
  const auto created = Create(MakeOrder());
  EXPECT_FALSE(created->answered() && !created->ok());
  Advance(absl::Seconds(3));
  EXPECT_EQ(Get("o-1").attempts.size(), 3u);
  http->SetResponder([](const HttpRequest&) { return Said("accepted report=open"); });
  Advance(absl::Seconds(4));
  EXPECT_EQ(Get("o-1").state, OrderState::kAwaitingPayer);

  http->SetResponder([](const HttpRequest&) { return Failed(Transport::kNotSent); });
  Create(MakeOrder("o-2"));
  Advance(absl::Minutes(5));
  EXPECT_EQ(Get("o-2").state, OrderState::kFailed);
  EXPECT_EQ(Get("o-2").failure.reason, FailureReason::kNotSubmitted);
  EXPECT_EQ(CountSent("verb=create_order key=o-2"), 6);
}

TEST_F(OrdersTest, TheAnswerWaitsForTheProviderAtMostAsLongAsAsked) {
  Start();
  auto slow = Create(MakeOrder());
  EXPECT_FALSE(slow->answered());
  Advance(absl::Seconds(1));
  EXPECT_FALSE(slow->answered());
  Advance(absl::Seconds(1));
  ASSERT_TRUE(slow->ok());
  EXPECT_EQ((*slow)->state, OrderState::kSubmitting);
  EXPECT_EQ((*slow)->attempts[0].state, AttemptState::kSending);
  // The operation went on.
  http->Complete(Said("accepted report=open number=P1"));
  Drive();
  EXPECT_EQ(Get("o-1").state, OrderState::kAwaitingPayer);

  app::Call at_once = MakeCall();
  at_once.provider_wait = absl::ZeroDuration();
  EXPECT_TRUE(Create(MakeOrder("o-2"), at_once)->ok());
}

TEST_F(OrdersTest, ExpiryComesFromTheProvider) {
  Start();
  http->Script(Said("accepted report=open"));
  Create(MakeOrder("closed"));
  http->Script(Said("accepted report=open"));
  Create(MakeOrder("declined"));
  http->SetResponder([](const HttpRequest& request) {
    if (request.body.find("key=declined") != std::string::npos) {
      return Said("accepted report=closed");
    }
    return Said("accepted report=open");
  });
  Advance(absl::Minutes(10));
  EXPECT_EQ(Get("declined").state, OrderState::kFailed);
  EXPECT_EQ(Get("declined").failure.reason, FailureReason::kCanceled);
  EXPECT_EQ(Get("closed").state, OrderState::kAwaitingPayer);
  Advance(absl::Minutes(111));  // Past the expiry: still open there, so still open here.
  EXPECT_EQ(Get("closed").state, OrderState::kAwaitingPayer);
  http->SetResponder([](const HttpRequest&) { return Said("accepted report=closed"); });
  Advance(absl::Minutes(10));
  EXPECT_EQ(Get("closed").state, OrderState::kExpired);
  EXPECT_EQ(Get("closed").failure.reason, FailureReason::kExpired);
  EXPECT_TRUE(Get("closed").end_time.has_value());
}

TEST_F(OrdersTest, LatePaymentIsPaidAndSaysSo) {
  Start();
  http->Script(Said("accepted report=open"));
  Create(MakeOrder());
  http->Script(Said("accepted report=closed"));
  Sync("o-1");
  EXPECT_EQ(Get("o-1").state, OrderState::kFailed);
  EXPECT_EQ(Notify("kind=order key=o-1 dedup=d1 sign=ok report=paid amount=1234.AED"), 200);
  const Order order = Get("o-1");
  EXPECT_EQ(order.state, OrderState::kPaid);
  EXPECT_TRUE(order.late);
  EXPECT_TRUE(order.failure.empty());
  EXPECT_EQ(store.EventTypes().back(), "order.paid_late");
}

TEST_F(OrdersTest, PastTheHorizonAPersonIsAsked) {
  provider->mutable_descriptor().resend_create_order = Resend::kNever;
  provider->mutable_descriptor().query_horizon = absl::Hours(3);
  Start();
  http->SetResponder([](const HttpRequest&) { return Status(500); });
  Create(MakeOrder());
  Advance(absl::Hours(5));
  Order order = Get("o-1");
  EXPECT_EQ(order.state, OrderState::kSubmitting);
  EXPECT_THAT(order.attention, HasSubstr("no evidence"));
  EXPECT_FALSE(order.due_time.has_value());
  EXPECT_EQ(store.EventTypes().back(), "order.attention");
  http->SetResponder([](const HttpRequest&) { return Said("accepted report=paid"); });
  EXPECT_EQ((*Sync("o-1"))->state, OrderState::kPaid);
  EXPECT_EQ(Get("o-1").attention, "");
}

TEST_F(OrdersTest, NewKeyAbandonsTheOldAttemptWhichStaysRecognised) {
  provider->mutable_descriptor().resend_create_order = Resend::kNewKey;
  Start();
  http->Script(Failed(Transport::kTimedOut));
  http->Script(Said("accepted report=open number=P2"));
  Create(MakeOrder());
  Advance(absl::Seconds(31));
  Order order = Get("o-1");
  EXPECT_EQ(order.state, OrderState::kAwaitingPayer);
  ASSERT_EQ(order.attempts.size(), 2u);
  EXPECT_TRUE(order.attempts[0].abandoned);
  EXPECT_EQ(order.attempts[1].provider_key, "o-1-1");
  EXPECT_EQ(CountSent("verb=query_order"), 0);  // There is nothing to ask about.
  EXPECT_THAT(Sent(), ElementsAre("verb=create_order key=o-1 step=0",
                                  "verb=create_order key=o-1-1 step=0"));
  // An end of the abandoned one is no end of the order; its payment is a payment.
  Notify("kind=order key=o-1 dedup=d0 sign=ok report=closed amount=1234.AED");
  EXPECT_EQ(Get("o-1").state, OrderState::kAwaitingPayer);
  Notify("kind=order key=o-1 dedup=d1 sign=ok report=paid amount=1234.AED");
  order = Get("o-1");
  EXPECT_EQ(order.state, OrderState::kPaid);
  EXPECT_THAT(order.attention, HasSubstr("given up"));
}

TEST_F(OrdersTest, StepsOfOneCallAreKeptBeforeTheNextIsSent) {
  Start();
  http->Script(Said("accepted number=P1 data.txid=T1 next"));
  const auto created = Create(MakeOrder());
  EXPECT_FALSE(created->answered());
  Order order = Get("o-1");
  EXPECT_EQ(order.state, OrderState::kSubmitting);
  EXPECT_EQ(order.provider_data.at("txid"), "T1");
  EXPECT_EQ(order.attempts[0].step, 1);
  EXPECT_EQ(order.attempts[0].state, AttemptState::kSending);
  http->Complete(Said("accepted report=open url=https://w.example/1"));
  Drive();
  ASSERT_TRUE(created->ok());
  EXPECT_EQ((*created)->state, OrderState::kAwaitingPayer);
  EXPECT_EQ((*created)->next_action.url, "https://w.example/1");
  EXPECT_THAT(Sent(),
              ElementsAre("verb=create_order key=o-1 step=0", "verb=create_order key=o-1 step=1"));
}

TEST_F(OrdersTest, ALaterStepThatWasNotProcessedIsUnknownBecauseTheFirstWas) {
  provider->mutable_descriptor().resend_create_order = Resend::kNewKey;
  Start();
  http->Script(Said("accepted number=P1 next"));
  http->Script(Failed(Transport::kNotSent));
  http->Script(Said("accepted report=open url=https://w.example/1"));
  const auto created = Create(MakeOrder());
  ASSERT_TRUE(created->ok());
  EXPECT_EQ((*created)->state, OrderState::kAwaitingPayer);
  EXPECT_EQ(CountSent("verb=create_order"), 2);
  EXPECT_EQ(CountSent("verb=query_order"), 1);
}

TEST_F(OrdersTest, APushRunsBehindTheAnswer) {
  Start();
  http->Script(Said("accepted report=open number=P1 background"));
  const auto created = Create(MakeOrder());
  ASSERT_TRUE(created->ok());
  EXPECT_EQ((*created)->state, OrderState::kAwaitingPayer);
  EXPECT_EQ(http->held(), 1u);
  http->Complete(Said("accepted report=paid amount=1234.AED"));
  Drive();
  EXPECT_EQ(Get("o-1").state, OrderState::kPaid);

  http->Script(Said("accepted report=open number=P2 background"));
  Create(MakeOrder("o-2"));
  http->Complete(Failed(Transport::kTimedOut));
  http->Script(Said("accepted report=closed"));
  Drive();
  EXPECT_EQ(Get("o-2").state, OrderState::kFailed);
}

TEST_F(OrdersTest, AmountsThatDoNotMatchChangeNothing) {
  Start();
  http->Script(Said("accepted report=open"));
  Create(MakeOrder());
  http->Script(Said("accepted report=paid amount=1.AED"));
  Sync("o-1");
  EXPECT_EQ(Get("o-1").state, OrderState::kAwaitingPayer);
  EXPECT_THAT(Get("o-1").attention, HasSubstr("amount"));
  http->Script(Said("accepted report=paid amount=1234.USD"));
  Sync("o-1");
  EXPECT_EQ(Get("o-1").state, OrderState::kAwaitingPayer);
  EXPECT_THAT(Get("o-1").attention, HasSubstr("currency"));
}

TEST_F(OrdersTest, BadFieldsAreNamedBeforeAnythingIsStored) {
  Start();
  const auto check = [this](Order order, const std::string& field) {
    const auto box = Create(std::move(order));
    EXPECT_TRUE(absl::IsInvalidArgument(box->status())) << field << " " << box->status();
    EXPECT_EQ(FirstField(box->status()), field);
  };
  check(MakeOrder("with space"), "order_id");
  check(MakeOrder(std::string(41, 'a')), "order_id");
  check(MakeOrder("a", 0), "order.amount.minor_units");
  check(MakeOrder("a", -5), "order.amount.minor_units");
  check(MakeOrder("a", 9), "order.amount");
  check(MakeOrder("a", 1000001), "order.amount");
  Order order = MakeOrder("a");
  order.return_url = "https://evil.example/";
  check(order, "order.return_url");
  order.return_url = "https://shop.example.evil.test/";
  check(order, "order.return_url");
  for (const char* path :
       {"..", "../", "a/../..", "./x", "a/.", "%2e%2e/", "%2E%2E/x", ".%2e/", "%2e", "a%2f..%2fb",
        "..%5cb", "a/..;x/b", "%252e%252e/", "%25%32%65./", "%25252525252e"}) {
    order.return_url = absl::StrCat("https://shop.example/", path);
    check(order, "order.return_url");
  }
  order.return_url = "https://shop.example/..\\b";
  check(order, "order.return_url");
  order = MakeOrder("a");
  order.expire_time = clock.Now() - absl::Seconds(1);
  check(order, "order.expire_time");
  order = MakeOrder("a");
  order.description = "refused";
  check(order, "order.description");
  order = MakeOrder("a");
  order.provider_account = "other";
  check(order, "order.provider_account");
  EXPECT_EQ(store.commits(), 0);
  EXPECT_TRUE(Sent().empty());
}

TEST_F(OrdersTest, DotsThatLeadNowhereAreNoHarmInAReturnUrl) {
  Start();
  int next = 0;
  for (const std::string path :
       {"a..b/...", ".well-known/x", "x?next=../y", "x#../y", "a%20b/..c"}) {
    Order order = MakeOrder(absl::StrCat("o-", ++next));
    order.return_url = "https://shop.example/" + path;
    http->Script(Said("accepted report=open"));
    const auto box = Create(order);
    EXPECT_TRUE(box->ok()) << path << " " << box->status();
  }
}

TEST_F(OrdersTest, WithoutPrefixesNoReturnUrlIsAllowed) {
  options.merchants = {{"m", {}}};
  Start();
  const auto box = Create(MakeOrder());
  EXPECT_TRUE(absl::IsInvalidArgument(box->status())) << box->status();
  EXPECT_EQ(FirstField(box->status()), "order.return_url");
  EXPECT_THAT(std::string(box->status().message()), HasSubstr("return_url_prefixes"));
  Order order = MakeOrder();
  order.return_url.clear();
  http->Script(Said("accepted report=open"));
  EXPECT_TRUE(Create(order)->ok());
}

TEST_F(OrdersTest, WhatIsNotOfferedIsCapabilityMissing) {
  provider->wallet("fake").verbs = {Verb::kCreateOrder, Verb::kQueryOrder};
  Start();
  const auto check = [this](Order order, const std::string& field) {
    const auto box = Create(std::move(order));
    EXPECT_TRUE(absl::IsFailedPrecondition(box->status())) << box->status();
    EXPECT_EQ(Reason(box->status()), "CAPABILITY_MISSING");
    EXPECT_EQ(FirstField(box->status()), field);
  };
  Order order = MakeOrder("a");
  order.wallet = "unknown";
  check(order, "order.wallet");
  order = MakeOrder("a");
  order.presentation = Presentation::kQrCode;
  check(order, "order.presentation");
  order = MakeOrder("a");
  order.amount.currency_code = "USD";
  check(order, "order.amount.currency_code");
  http->Script(Said("accepted report=open"));
  ASSERT_TRUE(Create(MakeOrder())->ok());
  EXPECT_EQ(Reason(Cancel("o-1")->status()), "CAPABILITY_MISSING");
  EXPECT_EQ(Reason(CreateRefund("o-1", "r-1", 1)->status()), "CAPABILITY_MISSING");
  EXPECT_TRUE(absl::IsNotFound(Cancel("nobody")->status()));
}

TEST_F(OrdersTest, ARequestThatCannotBeBuiltFailsAtOnce) {
  provider->build_fails = true;
  Start();
  const auto created = Create(MakeOrder());
  EXPECT_EQ((*created)->state, OrderState::kFailed);
  EXPECT_EQ((*created)->failure.reason, FailureReason::kConfiguration);
  EXPECT_TRUE(Sent().empty());
}

TEST_F(OrdersTest, ListShowsWhatIsDurable) {
  Start();
  http->Script(Said("accepted report=open"));
  Create(MakeOrder());
  auto box = std::make_shared<Box<app::Page<Order>>>();
  app::ListRequest request;
  request.parent = "merchants/m";
  engine().orders().List(request, Into(box));
  Drive();
  ASSERT_TRUE(box->ok());
  ASSERT_EQ((*box)->items.size(), 1u);
  EXPECT_EQ((*box)->items[0].state, OrderState::kAwaitingPayer);
}

TEST_F(OrdersTest, PollsAreNotRevisions) {
  Start();
  http->SetResponder([](const HttpRequest&) { return Said("accepted report=open number=P1"); });
  Create(MakeOrder());
  const Order before = Get("o-1");
  Advance(absl::Minutes(10));
  EXPECT_GT(CountSent("verb=query_order"), 3);
  EXPECT_EQ(Get("o-1").revision, before.revision);
  EXPECT_EQ(Get("o-1").update_time, before.update_time);
  Notify("kind=order key=o-1 dedup=d1 sign=ok report=paid amount=1234.AED");
  EXPECT_EQ(Get("o-1").revision, before.revision + 1);
}

TEST_F(OrdersTest, ALostNotificationIsFoundAsFastAsTheScheduleSays) {
  options.query_schedule = {absl::Milliseconds(200)};
  Start();
  http->Script(Said("accepted report=open"));
  Create(MakeOrder());
  http->SetResponder([](const HttpRequest&) { return Said("accepted report=paid"); });
  Advance(absl::Seconds(2));
  EXPECT_EQ(Get("o-1").state, OrderState::kPaid);
}

TEST_F(OrdersTest, MemoryAndDiskHaveTheSameTimes) {
  clock.Advance(absl::Nanoseconds(1234567));
  Start();
  http->Script(Said("accepted report=open"));
  Create(MakeOrder());
  Notify("kind=order key=o-1 dedup=d1 sign=ok report=paid amount=1234.AED");
  const Order in_memory = Get("o-1");
  Restart();
  EXPECT_EQ(Get("o-1"), in_memory);
}

TEST_F(OrdersTest, GetReadsTheStoreWhenMemoryHasForgotten) {
  options.cached_resources = 0;  // One entry a shard.
  Start();
  http->SetResponder([](const HttpRequest&) { return Said("accepted report=open"); });
  for (int i = 0; i < 100; ++i) Create(MakeOrder("n-" + std::to_string(i)));
  for (int i = 0; i < 100; ++i) {
    EXPECT_EQ(Get("n-" + std::to_string(i)).state, OrderState::kAwaitingPayer);
  }
}

}  // namespace
}  // namespace sluice
