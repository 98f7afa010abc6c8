// Overload: every queue has its bound, which is met exactly and before anything is stored; a
// provider that never answers fills its own queue and nobody else's.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "server/app/account_gate.h"
#include "server/base/strings.h"
#include "server/core/error.h"
#include "tests/fakes/engine_harness.h"

namespace sluice {
namespace {

using app::AccountGate;
using Lane = AccountGate::Lane;

std::shared_ptr<AccountGate> MakeGate(const Clock& clock, int places, size_t max_waiting) {
  return std::make_shared<AccountGate>(
      app::GateBounds{
          .places = places, .max_waiting = max_waiting, .longest_wait = absl::Seconds(1)},
      &clock);
}

TEST(AccountGateTest, AReservedPlaceIsCountedUntilItIsUsedOrGivenBack) {
  FakeClock clock;
  const auto gate = MakeGate(clock, 2, 3);
  std::vector<AccountGate::Reservation> held;
  for (int i = 0; i < 5; ++i) {
    auto one = gate->Reserve();
    ASSERT_TRUE(one.has_value()) << i;
    held.push_back(*std::move(one));
  }
  EXPECT_FALSE(gate->Reserve().has_value());
  EXPECT_FALSE(gate->HasRoom());
  held.pop_back();
  EXPECT_TRUE(gate->HasRoom());
  int started = 0;
  while (!held.empty()) {
    gate->Enter(Lane::kCall, [&started] { ++started; });
    held.pop_back();
  }
  EXPECT_EQ(started, 2);
  EXPECT_EQ(gate->waiting(), 2u);
  EXPECT_TRUE(gate->Reserve().has_value());  // Given back at once.
  gate->Enter(Lane::kCall, [&started] { ++started; });
  EXPECT_FALSE(gate->Reserve().has_value());
  gate->Leave(Lane::kCall);
  EXPECT_EQ(started, 3);
  EXPECT_TRUE(gate->HasRoom());
}

TEST(AccountGateTest, AQueueThatStandsStillTakesNoMore) {
  FakeClock clock;
  const auto gate = MakeGate(clock, 2, 100);
  for (int i = 0; i < 4; ++i) gate->Enter(Lane::kCall, [] {});
  clock.Advance(absl::Milliseconds(999));
  EXPECT_TRUE(gate->HasRoom());
  clock.Advance(absl::Milliseconds(1));
  EXPECT_FALSE(gate->Reserve().has_value());
  gate->Leave(Lane::kCall);
  // No more wait than there are places: an answer may bring them all on their way.
  EXPECT_TRUE(gate->HasRoom());
}

// A gate whose calls come and go by the millisecond.
struct Traffic {
  Traffic() : gate(MakeGate(clock, 8, 100'000)) {}

  void Come() {
    auto place = gate->Reserve();
    if (!place.has_value()) return;
    gate->Enter(Lane::kCall, [this, since = clock.Now()] {
      ++started;
      longest = std::max(longest, clock.Now() - since);
    });
  }
  // So many come in each millisecond, and one goes after each `service` of them.
  void Run(absl::Duration duration, int come, int service) {
    for (int ms = 0; ms < absl::ToInt64Milliseconds(duration); ++ms) {
      for (int i = 0; i < come; ++i) Come();
      clock.Advance(absl::Milliseconds(1));
      if (ms % service == 0) gate->Leave(Lane::kCall);
    }
  }

  FakeClock clock;
  std::shared_ptr<AccountGate> gate;
  int started = 0;
  absl::Duration longest;
};

TEST(AccountGateTest, NobodyIsLetInWhoWouldWaitTooLong) {
  Traffic traffic;
  traffic.Run(absl::Seconds(10), 2, 1);
  // Also while the queue grew, and its first had not waited for long yet.
  EXPECT_LE(traffic.longest, absl::Milliseconds(1010));
  EXPECT_EQ(traffic.started, 10'008) << "a place was free while others were refused";
  EXPECT_GE(traffic.gate->waiting(), 900u) << "refused who would have been in time";
}

TEST(AccountGateTest, AfterATimeOfSlownessTheQueueIsAsLongAsBefore) {
  Traffic traffic;
  traffic.Run(absl::Seconds(60), 1, 1000);
  EXPECT_LE(traffic.gate->waiting(), 1000u);
  traffic.Run(absl::Seconds(5), 2, 1);
  EXPECT_GE(traffic.gate->waiting(), 900u);
  traffic.longest = absl::ZeroDuration();
  traffic.Run(absl::Seconds(5), 2, 1);
  EXPECT_LE(traffic.longest, absl::Milliseconds(1010));
}

TEST(AccountGateTest, WhatCanBeAskedLaterIsBoundedToo) {
  FakeClock clock;
  const auto gate = MakeGate(clock, 1, 2);
  int refused = 0;
  for (int i = 0; i < 10; ++i) refused += gate->TryEnter(Lane::kCall, [] {}) ? 0 : 1;
  EXPECT_EQ(refused, 5);  // One place, and twice two wait.
}

class OverloadTest : public ::testing::Test, public EngineHarness {
 protected:
  static ErrorDetails Details(const absl::Status& status) {
    return GetErrorDetails(status).value_or(ErrorDetails());
  }

  // Refused, says when to come again, and that nothing has happened: and nothing has.
  void ExpectRefused(const Box<Order>& box, const std::string& id) {
    ASSERT_TRUE(box.answered()) << id;
    EXPECT_EQ(box.status().code(), absl::StatusCode::kResourceExhausted) << box.status();
    EXPECT_EQ(Details(box.status()).reason, "OVERLOADED");
    EXPECT_TRUE(Details(box.status()).retry_after.has_value());
    EXPECT_FALSE(Details(box.status()).side_effect_possible);
    EXPECT_FALSE((*store.Get(OrderName("m", id))).has_value());
  }

  // A second account, of a provider with a wallet of its own.
  void AddOther() {
    auto other = std::make_shared<FakeProvider>();
    other->mutable_descriptor().provider = "other";
    for (WalletCapability& wallet : other->mutable_descriptor().wallets) {
      wallet.wallet = StrCat("other-", wallet.wallet);
    }
    auto added = std::make_shared<app::ProviderAccount>(*account);
    added->account = "other";
    added->provider = std::move(other);
    more_accounts.push_back(std::move(added));
  }

  static Order OtherOrder(std::string id) {
    Order order = MakeOrder(std::move(id));
    order.wallet = "other-fake";
    return order;
  }

  // A provider that has answered twice, and then never again: its one place is taken, one waits.
  void StartAndStop() {
    account->max_in_flight = 1;
    options.max_waiting_per_account = 1;
    Start();
    MakePaid("paid");
    http->Script(Said("accepted report=open"));
    Create(MakeOrder("open"));
    Create(MakeOrder("held"));
    Create(MakeOrder("waits"));
  }
};

TEST_F(OverloadTest, TheBoundIsExactAlsoWhenAllComeAtOnce) {
  account->max_in_flight = 3;
  options.max_waiting_per_account = 5;
  Start();
  std::vector<BoxPtr<Order>> boxes;
  // None is driven before all are in: their intents are under way together.
  for (int i = 0; i < 40; ++i) {
    boxes.push_back(std::make_shared<Box<Order>>());
    engine().orders().Create(MakeCall(StrCat("r-", i)), MakeOrder(StrCat("o-", i)),
                             Into(boxes.back()));
  }
  Drive();
  EXPECT_EQ(http->held(), 3u);
  int refused = 0;
  for (int i = 0; i < 40; ++i) {
    if (!boxes[i]->answered()) continue;
    ExpectRefused(*boxes[i], StrCat("o-", i));
    ++refused;
  }
  EXPECT_EQ(refused, 40 - 3 - 5);
  const int created = static_cast<int>(store.events().size());
  EXPECT_EQ(created, 8);
}

TEST_F(OverloadTest, RefundsAndCancelsMeetTheSameBound) {
  StartAndStop();
  const auto refund = CreateRefund("paid", "r-1", 100);
  EXPECT_EQ(Details(refund->status()).reason, "OVERLOADED");
  EXPECT_EQ(GetRefund("paid", "r-1").id, "");
  const auto canceled = Cancel("open");
  EXPECT_EQ(Details(canceled->status()).reason, "OVERLOADED");
  EXPECT_EQ(Get("open").state, OrderState::kAwaitingPayer);
  EXPECT_EQ(Details(Sync("open")->status()).reason, "OVERLOADED");
}

TEST_F(OverloadTest, ARepeatOfWhatWasAcceptedIsAnsweredAllTheSame) {
  account->max_in_flight = 1;
  options.max_waiting_per_account = 1;
  Start();
  http->Script(Said("accepted report=open"));
  ASSERT_TRUE(Create(MakeOrder("o-1"), MakeCall("r-1"))->ok());
  Create(MakeOrder("o-2"));
  Create(MakeOrder("o-3"));
  ExpectRefused(*Create(MakeOrder("o-4"), MakeCall("r-4")), "o-4");
  const auto again = Create(MakeOrder("o-1"), MakeCall("r-1"));
  ASSERT_TRUE(again->ok()) << again->status();
  EXPECT_EQ((*again)->id, "o-1");
}

TEST_F(OverloadTest, IntentsThatTakeTooLongToBecomeDurableRefuseMore) {
  options.max_waiting_per_account = 5000;
  options.longest_wait_per_account = absl::InfiniteDuration();
  Start();
  const auto come = [this](int first, int last) {
    std::vector<BoxPtr<Order>> boxes;
    for (int i = first; i < last; ++i) {
      boxes.push_back(std::make_shared<Box<Order>>());
      engine().orders().Create(MakeCall(), MakeOrder(StrCat("o-", i)), Into(boxes.back()));
    }
    return boxes;
  };
  // A burst is no overload, however large.
  for (const auto& box : come(0, 1000)) EXPECT_FALSE(box->answered());
  clock.Advance(absl::Milliseconds(500));
  const auto refused = come(1000, 1010);
  for (int i = 0; i < 10; ++i) ExpectRefused(*refused[i], StrCat("o-", 1000 + i));
  // They come through late; the next are let in, because nobody waits any more.
  Drive();
  for (const auto& box : come(2000, 2010)) EXPECT_FALSE(box->answered());
}

TEST_F(OverloadTest, AProviderThatNeverAnswersFillsItsOwnQueueOnly) {
  account->max_in_flight = 4;
  options.max_waiting_per_account = 50;
  options.max_in_flight = 200;  // Two accounts: a third of it each.
  AddOther();
  Start();
  std::vector<BoxPtr<Order>> stopped;
  for (int i = 0; i < 500; ++i) stopped.push_back(Create(MakeOrder(StrCat("s-", i))));
  EXPECT_EQ(http->held(), 4u);
  int refused = 0;
  for (const auto& box : stopped) refused += box->answered() ? 1 : 0;
  EXPECT_EQ(refused, 500 - 54);
  for (int i = 0; i < 100; ++i) {
    http->Script(Said("accepted report=open"));
    const auto box = Create(OtherOrder(StrCat("o-", i)));
    ASSERT_TRUE(box->ok()) << i << ": " << box->status();
    EXPECT_EQ((*box)->state, OrderState::kAwaitingPayer);
  }
  EXPECT_EQ(http->held(), 4u);
}

// What came due of a provider that does not answer must not keep the schedule from the others.
TEST_F(OverloadTest, AProviderThatNeverAnswersLeavesTheScheduleToTheOthers) {
  AddOther();
  options.longest_wait_per_account = absl::InfiniteDuration();
  Start();
  constexpr int kStopped = 400;  // More than are worked on at once, and than one look reads.
  for (int i = 0; i < kStopped; ++i) {
    http->Script(Failed(Transport::kTimedOut));
    Create(MakeOrder(StrCat("s-", i)));
  }
  http->Script(Failed(Transport::kTimedOut));
  ASSERT_TRUE(Create(OtherOrder("o-1"))->ok());
  ASSERT_EQ(Get("o-1").state, OrderState::kSubmitting);
  // All come due; the first account's queries are never answered.
  http->Hold(
      [](const HttpRequest& request) { return request.body.find("key=s-") != std::string::npos; });
  http->SetResponder([](const HttpRequest&) { return Said("accepted report=open number=P1"); });
  Advance(absl::Seconds(10));
  EXPECT_GT(http->held(), 0u);
  EXPECT_EQ(Get("o-1").state, OrderState::kAwaitingPayer);
}

TEST_F(OverloadTest, DeliveriesOfOneAccountLeaveRoomForTheOthers) {
  AddOther();
  Start();
  int asked_to_come_later = 0, refused = 0;
  const auto deliver = [this](const std::string& provider, const std::string& to, auto answer) {
    RawRequest request;
    request.body = "sign=bad";
    engine().notifications().Receive(provider, to, std::move(request), answer);
  };
  for (int i = 0; i < 2000; ++i) {
    deliver("fake", "demo",
            [&](HttpReply reply) { (reply.status == 503 ? asked_to_come_later : refused) += 1; });
  }
  EXPECT_EQ(asked_to_come_later, 2000 - 256);
  int other = 0;
  deliver("other", "other", [&](HttpReply reply) { other = reply.status; });
  Drive();
  EXPECT_EQ(other, 401);
  EXPECT_EQ(refused, 256);
}

}  // namespace
}  // namespace sluice
