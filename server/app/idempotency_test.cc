// Request ids, crashes, refusals of the store, overload: nothing twice, nothing lost.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "server/core/error.h"
#include "tests/fakes/engine_harness.h"

namespace sluice {
namespace {

using ::testing::ElementsAre;

ErrorDetails Details(const absl::Status& status) {
  return GetErrorDetails(status).value_or(ErrorDetails{});
}

// Lets so many more reads in, as long as they can be refused.
class FewReaders final : public Executor {
 public:
  explicit FewReaders(Executor* executor) : executor_(executor) {}
  bool TryPost(Task task) override {
    if (left <= 0) return false;
    --left;
    return executor_->TryPost(std::move(task));
  }
  void Post(Task task) override { executor_->Post(std::move(task)); }

  int left = 1000;

 private:
  Executor* const executor_;
};

class IdempotencyTest : public ::testing::Test, public EngineHarness {
 protected:
  std::shared_ptr<FewReaders> UseFewReaders() {
    const auto readers = std::make_shared<FewReaders>(&executor);
    adjust = [readers](app::EngineDependencies& deps) { deps.readers = readers.get(); };
    return readers;
  }
};

TEST_F(IdempotencyTest, TheSameRequestAgainIsAnsweredWithTheCurrentResource) {
  Start();
  http->Script(Said("accepted report=open number=P1"));
  Create(MakeOrder(), MakeCall("req-1"));
  Notify("kind=order key=o-1 dedup=d1 sign=ok report=paid amount=1234.AED");
  const auto again = Create(MakeOrder(), MakeCall("req-1"));
  ASSERT_TRUE(again->ok()) << again->status();
  EXPECT_EQ((*again)->state, OrderState::kPaid);
  EXPECT_EQ(CountSent("verb=create_order"), 1);
  // Also when the account would take no new calls, and after a restart.
  Restart();
  engine().provider_accounts().Pause(MakeCall(), "demo", "test", [](auto) {});
  Drive();
  EXPECT_TRUE(Create(MakeOrder(), MakeCall("req-1"))->ok());
}

TEST_F(IdempotencyTest, AReusedIdNamesTheFieldsThatDiffer) {
  Start();
  http->Script(Said("accepted report=open"));
  Create(MakeOrder(), MakeCall("req-1"));
  const auto other = Create(MakeOrder("o-1", 999), MakeCall("req-1"));
  EXPECT_EQ(Details(other->status()).reason, "REQUEST_ID_REUSED");
  ASSERT_EQ(Details(other->status()).fields.size(), 1u);
  EXPECT_EQ(Details(other->status()).fields[0].field, "order.amount.minor_units");
  const auto elsewhere = Create(MakeOrder("o-2"), MakeCall("req-1"));
  EXPECT_EQ(Details(elsewhere->status()).reason, "REQUEST_ID_REUSED");
  EXPECT_EQ(Get("o-2").id, "");
}

TEST_F(IdempotencyTest, ARequestUnderWayIsJoined) {
  Start();
  const auto first = Create(MakeOrder(), MakeCall("req-1"));
  const auto second = Create(MakeOrder(), MakeCall("req-1"));
  const auto other = Create(MakeOrder("o-1", 999), MakeCall("req-1"));
  EXPECT_FALSE(first->answered());
  EXPECT_FALSE(second->answered());
  EXPECT_EQ(Details(other->status()).reason, "REQUEST_ID_REUSED");
  http->Complete(Said("accepted report=open number=P1"));
  Drive();
  ASSERT_TRUE(first->ok());
  ASSERT_TRUE(second->ok());
  EXPECT_EQ((*second)->provider_number, "P1");
  EXPECT_EQ(Sent().size(), 1u);
}

TEST_F(IdempotencyTest, AnIdTakenByAnotherRequestAlreadyExists) {
  Start();
  http->Script(Said("accepted report=open"));
  Create(MakeOrder(), MakeCall("req-1"));
  EXPECT_EQ(Details(Create(MakeOrder(), MakeCall("req-2"))->status()).reason, "ALREADY_EXISTS");
  EXPECT_EQ(Details(Create(MakeOrder())->status()).reason, "ALREADY_EXISTS");
  EXPECT_EQ(Sent().size(), 1u);
}

TEST_F(IdempotencyTest, CancelAgainUnderItsIdIsAReplay) {
  Start();
  http->Script(Said("accepted report=open"));
  Create(MakeOrder());
  http->Script(Said("accepted report=closed"));
  Cancel("o-1", MakeCall("c-1"));
  const auto again = Cancel("o-1", MakeCall("c-1"));
  ASSERT_TRUE(again->ok()) << again->status();
  EXPECT_EQ((*again)->state, OrderState::kCanceled);
  EXPECT_EQ(CountSent("verb=cancel_order"), 1);
}

TEST_F(IdempotencyTest, ACrashWhileSendingIsAskedAboutAndNotSentBlindly) {
  Start();
  Create(MakeOrder(), MakeCall("req-1"));
  EXPECT_EQ(http->held(), 1u);
  Restart();
  Order order = Get("o-1");
  EXPECT_EQ(order.state, OrderState::kSubmitting);
  EXPECT_EQ(order.attempts[0].state, AttemptState::kUnknown);
  EXPECT_EQ(CountSent("verb=create_order"), 1);
  EXPECT_EQ(CountSent("verb=query_order"), 1);  // At once.
  http->Complete(Said("accepted report=paid number=P1 amount=1234.AED"));
  Drive();
  EXPECT_EQ(Get("o-1").state, OrderState::kPaid);
  EXPECT_EQ(store.EventTypes(),
            (std::vector<std::string>{"order.created", "order.outcome_unknown", "order.paid"}));
}

TEST_F(IdempotencyTest, DueWorkGoesOnAfterARestart) {
  Start();
  http->Script(Said("accepted report=open"));
  Create(MakeOrder());
  Restart();
  http->SetResponder([](const HttpRequest&) { return Said("accepted report=paid"); });
  Advance(absl::Minutes(1));
  EXPECT_EQ(Get("o-1").state, OrderState::kPaid);
}

TEST_F(IdempotencyTest, AStoreThatRefusesTheIntentMeansNoCall) {
  Start();
  store.RefuseCommits(1, absl::UnavailableError("disk full"));
  const auto failed = Create(MakeOrder(), MakeCall("req-1"));
  EXPECT_TRUE(absl::IsUnavailable(failed->status()));
  EXPECT_EQ(Details(failed->status()).reason, "STORE_UNAVAILABLE");
  EXPECT_FALSE(Details(failed->status()).side_effect_possible);
  EXPECT_TRUE(Sent().empty());
  store.RefuseCommits(1, absl::ResourceExhaustedError("full"));
  EXPECT_EQ(Details(Create(MakeOrder())->status()).reason, "OVERLOADED");
  http->Script(Said("accepted report=open"));
  EXPECT_TRUE(Create(MakeOrder(), MakeCall("req-1"))->ok());
}

TEST_F(IdempotencyTest, AResultIsCommittedUntilTheStoreTakesIt) {
  Start();
  const auto created = Create(MakeOrder());
  store.RefuseCommits(3, absl::UnavailableError("disk full"));
  http->Complete(Said("accepted report=open number=P1"));
  Drive();
  EXPECT_FALSE(created->answered());
  EXPECT_EQ(Get("o-1").state, OrderState::kSubmitting);  // What is durable.
  Advance(absl::Seconds(1));
  ASSERT_TRUE(created->ok());
  EXPECT_EQ((*created)->state, OrderState::kAwaitingPayer);
  EXPECT_EQ(Sent().size(), 1u);
}

TEST_F(IdempotencyTest, AResultThatTheStoreNeverTookIsFoundByQueryAfterARestart) {
  Start();
  const auto created = Create(MakeOrder());
  store.RefuseCommits(1000, absl::UnavailableError("disk full"));
  http->Complete(Said("accepted report=open number=P1"));
  Advance(absl::Seconds(2));
  ASSERT_TRUE(created->ok());
  EXPECT_EQ((*created)->state, OrderState::kSubmitting);
  Restart();
  http->Complete(Said("accepted report=open number=P1"));
  Drive();
  EXPECT_EQ(Get("o-1").state, OrderState::kAwaitingPayer);
  EXPECT_EQ(CountSent("verb=create_order"), 1);
}

TEST_F(IdempotencyTest, APausedAccountTakesNoNewCallsButListens) {
  Start();
  for (const char* id : {"o-1", "o-3"}) {
    http->Script(Said("accepted report=open"));
    Create(MakeOrder(id));
  }
  auto box = std::make_shared<Box<app::ProviderAccountPtr>>();
  engine().provider_accounts().Pause(MakeCall(), "demo", "audit", Into(box));
  Drive();
  ASSERT_TRUE(box->ok());
  EXPECT_TRUE((**box)->paused);
  EXPECT_EQ(Details(Create(MakeOrder("o-2"))->status()).reason, "PROVIDER_ACCOUNT_PAUSED");
  EXPECT_EQ(Notify("kind=order key=o-1 dedup=d sign=ok report=paid amount=1234.AED"), 200);
  EXPECT_EQ(Get("o-1").state, OrderState::kPaid);
  EXPECT_EQ(Details(CreateRefund("o-1", "f-1", 10)->status()).reason, "PROVIDER_ACCOUNT_PAUSED");
  // What is there may be taken back.
  http->Script(Said("accepted report=closed"));
  EXPECT_TRUE(Cancel("o-3")->ok());
  EXPECT_EQ(Get("o-3").state, OrderState::kCanceled);
  Restart();
  EXPECT_TRUE(engine().provider_accounts().Get("demo")->paused);
  EXPECT_EQ(engine().provider_accounts().Get("demo")->pause_reason, "audit");
  engine().provider_accounts().Resume(MakeCall(), "demo", Into(box));
  Drive();
  http->Script(Said("accepted report=open"));
  EXPECT_TRUE(Create(MakeOrder("o-2"))->ok());
  EXPECT_EQ(store.EventTypes().at(store.EventTypes().size() - 3), "provider_account.resumed");
}

TEST_F(IdempotencyTest, AStoppedProviderFillsItsOwnQueueOnly) {
  account->max_in_flight = 2;
  options.max_waiting_per_account = 3;
  Start();
  std::vector<BoxPtr<Order>> boxes;
  for (int i = 0; i < 7; ++i) boxes.push_back(Create(MakeOrder("o-" + std::to_string(i))));
  EXPECT_EQ(http->held(), 2u);
  EXPECT_EQ(Details(boxes[5]->status()).reason, "OVERLOADED");
  EXPECT_TRUE(Details(boxes[5]->status()).retry_after.has_value());
  EXPECT_EQ(Get("o-5").id, "");
  for (int i = 0; i < 5; ++i) {
    http->Complete(Said("accepted report=open"));
    Drive();
  }
  for (int i = 0; i < 5; ++i) EXPECT_TRUE(boxes[i]->ok());
  http->Script(Said("accepted report=open"));
  EXPECT_TRUE(Create(MakeOrder("o-8"))->ok());
}

TEST_F(IdempotencyTest, TooManyCallsAreOverloaded) {
  options.max_in_flight = 2;
  Start();
  Create(MakeOrder("a"));
  Create(MakeOrder("b"));
  EXPECT_EQ(Details(Create(MakeOrder("c"))->status()).reason, "OVERLOADED");
  http->Complete(Said("accepted report=open"));
  Drive();
  const auto fits = Create(MakeOrder("c"));
  EXPECT_FALSE(fits->answered());
}

// Whatever order the threads of a pool come in.
TEST_F(IdempotencyTest, PausesAndResumesTakeEffectAsTheyWereCommitted) {
  Start();
  engine().provider_accounts().Pause(MakeCall(), "demo", "first", [](auto) {});
  Drive();
  pick = [](size_t waiting) { return waiting - 1; };
  engine().provider_accounts().Pause(MakeCall(), "demo", "second", [](auto) {});
  engine().provider_accounts().Resume(MakeCall(), "demo", [](auto) {});
  Drive();
  EXPECT_FALSE(engine().provider_accounts().Get("demo")->paused);
  engine().provider_accounts().Resume(MakeCall(), "demo", [](auto) {});
  engine().provider_accounts().Pause(MakeCall(), "demo", "third", [](auto) {});
  Drive();
  EXPECT_TRUE(engine().provider_accounts().Get("demo")->paused);
  EXPECT_EQ(engine().provider_accounts().Get("demo")->pause_reason, "third");
  Restart();
  EXPECT_EQ(engine().provider_accounts().Get("demo")->pause_reason, "third");
}

// Overload is no reason to say of an accepted call that nothing has happened.
TEST_F(IdempotencyTest, ARepeatOfAnAcceptedCallIsAnsweredWhenTooManyAreInFlight) {
  options.max_in_flight = 2;
  Start();
  http->Script(Said("accepted report=open"));
  ASSERT_TRUE(Create(MakeOrder("a"), MakeCall("req-a"))->ok());
  Create(MakeOrder("b"));
  Create(MakeOrder("c"));
  const auto again = Create(MakeOrder("a"), MakeCall("req-a"));
  ASSERT_TRUE(again->ok()) << again->status();
  EXPECT_EQ((*again)->id, "a");
  EXPECT_EQ(Details(Create(MakeOrder("a", 99), MakeCall("req-a"))->status()).reason,
            "REQUEST_ID_REUSED");
  // Looked up and never accepted, or without an id to be accepted under: nothing has happened.
  for (const std::string request_id : {"req-d", ""}) {
    const auto refused = Create(MakeOrder("d"), MakeCall(request_id));
    EXPECT_EQ(Details(refused->status()).reason, "OVERLOADED");
    EXPECT_TRUE(Details(refused->status()).retry_after.has_value());
    EXPECT_FALSE(Details(refused->status()).side_effect_possible);
  }
  EXPECT_EQ(CountSent("verb=create_order"), 3);
}

TEST_F(IdempotencyTest, WhatCannotBeLookedUpMayHaveHappened) {
  const auto readers = UseFewReaders();
  options.max_in_flight = 0;
  Start();
  readers->left = 0;
  const auto unknown = Create(MakeOrder("a"), MakeCall("req-a"));
  EXPECT_EQ(Details(unknown->status()).reason, "OVERLOADED");
  EXPECT_TRUE(Details(unknown->status()).retry_after.has_value());
  EXPECT_TRUE(Details(unknown->status()).side_effect_possible);
  const auto nameless = Create(MakeOrder("a"));
  EXPECT_EQ(Details(nameless->status()).reason, "OVERLOADED");
  EXPECT_FALSE(Details(nameless->status()).side_effect_possible);
}

// What was accepted and cannot be read just now was accepted all the same.
TEST_F(IdempotencyTest, AnAcceptedCallWhoseResourceCannotBeReadHasHappened) {
  const auto readers = UseFewReaders();
  Start();
  http->Script(Said("accepted report=open"));
  ASSERT_TRUE(Create(MakeOrder(), MakeCall("req-1"))->ok());
  Restart();  // Nothing is in memory.
  readers->left = 1;
  const auto again = Create(MakeOrder(), MakeCall("req-1"));
  EXPECT_EQ(Details(again->status()).reason, "OVERLOADED");
  EXPECT_TRUE(Details(again->status()).side_effect_possible);
}

TEST_F(IdempotencyTest, AfterStopNothingIsLetIn) {
  Start();
  engine().Stop(absl::ZeroDuration());
  const auto refused = Create(MakeOrder());
  EXPECT_EQ(Details(refused->status()).reason, "SHUTTING_DOWN");
  EXPECT_FALSE(Details(refused->status()).side_effect_possible);
  // It may be the repeat of a call that was accepted.
  const auto repeat = Create(MakeOrder(), MakeCall("req-1"));
  EXPECT_EQ(Details(repeat->status()).reason, "SHUTTING_DOWN");
  EXPECT_TRUE(Details(repeat->status()).side_effect_possible);
}

}  // namespace
}  // namespace sluice
