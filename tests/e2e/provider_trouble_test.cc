// The provider is down, slow or lying: our own calls stay OK, no money moves twice, none is
// forgotten, and what is not proven is not called failed.

#include <gmock/gmock.h>

#include <ostream>
#include <string>

#include "tests/e2e/fixture.h"

namespace sluice::e2e {
namespace {

using ::testing::Contains;
using ::testing::Not;
using ::testing::SizeIs;

using ProviderTroubleTest = ServerFixture;

struct CreateFault {
  const char* name;
  sim::FaultKind kind;
};

void PrintTo(const CreateFault& fault, std::ostream* out) { *out << fault.name; }

// One way in which the answer to a create goes wrong: the order gets through all the same, once.
class CreateFaultTest : public ServerFixture, public ::testing::WithParamInterface<CreateFault> {
 protected:
  // What the provider does not know may still be on its way: only after a minute is it sent again.
  void WaitUntilItIsSentAgain() {
    AwaitOrder("T-1", [](const v1::Order& order) {
      return order.attempts_size() > 0 && order.attempts(0).state() == v1::Attempt::STATE_UNKNOWN;
    });
    EXPECT_TRUE(SyncOrder("T-1").ok());
    EXPECT_EQ(GetOrder("T-1")->state(), v1::Order::STATE_SUBMITTING);
    EXPECT_EQ(GetOrder("T-1")->attempts(0).sends(), 1);
    clock_.Shift(absl::Seconds(61));
    EXPECT_TRUE(SyncOrder("T-1").ok());
  }
};

TEST_P(CreateFaultTest, OrderIsPlacedOnceAndCanBePaid) {
  PutFault(MakeFault(GetParam().kind, "place_order"));
  const auto created = CreateOrder("T-1", BotimOrder(1234));
  ASSERT_TRUE(created.ok()) << "trouble at the provider is no error of ours: " << created.problem();
  EXPECT_NE(created->state(), v1::Order::STATE_FAILED);
  if (Ledger("place_order").empty()) WaitUntilItIsSentAgain();
  const v1::Order open = AwaitState("T-1", v1::Order::STATE_AWAITING_PAYER);
  ASSERT_THAT(open.attempts(), SizeIs(1)) << "the same attempt, under the same number";
  EXPECT_EQ(open.attempts(0).state(), v1::Attempt::STATE_CONFIRMED);
  ASSERT_TRUE(Pay(OrderName("T-1")).ok());
  AwaitState("T-1", v1::Order::STATE_PAID);
  EXPECT_THAT(Ledger("place_order"), SizeIs(1));
  EXPECT_EQ(LedgerSum("pay"), 1234);
  EXPECT_THAT(EventTypes(), Not(Contains("order.failed")));
}

INSTANTIATE_TEST_SUITE_P(
    All, CreateFaultTest,
    ::testing::Values(CreateFault{"TimeoutBeforeEffect", sim::FAULT_KIND_TIMEOUT_BEFORE_EFFECT},
                      CreateFault{"TimeoutAfterEffect", sim::FAULT_KIND_TIMEOUT_AFTER_EFFECT},
                      CreateFault{"Http500", sim::FAULT_KIND_HTTP_STATUS},
                      CreateFault{"Http500AfterEffect", sim::FAULT_KIND_HTTP_STATUS_AFTER_EFFECT},
                      CreateFault{"HtmlInsteadOfJson", sim::FAULT_KIND_HTML_BODY},
                      CreateFault{"TruncatedBody", sim::FAULT_KIND_TRUNCATED_BODY},
                      CreateFault{"SlowBody", sim::FAULT_KIND_SLOW_BODY},
                      CreateFault{"BadSignature", sim::FAULT_KIND_BAD_SIGNATURE},
                      CreateFault{"MissingSignature", sim::FAULT_KIND_MISSING_SIGNATURE},
                      CreateFault{"ConnectionReset", sim::FAULT_KIND_CONNECTION_RESET}),
    [](const auto& info) { return std::string(info.param.name); });

TEST_F(ProviderTroubleTest, ProviderThatIsDownLeavesTheOrderSubmittingWithAnUnknownAttempt) {
  PutFault(MakeFault(sim::FAULT_KIND_CONNECTION_RESET, "", 0));  // Every call, until cleared.
  const auto created = CreateOrder("T-1", BotimOrder(1234));
  ASSERT_TRUE(created.ok()) << created.problem();
  const v1::Order waiting = AwaitOrder("T-1", [](const v1::Order& order) {
    return order.attempts_size() > 0 && order.attempts(0).state() == v1::Attempt::STATE_UNKNOWN;
  });
  EXPECT_EQ(waiting.state(), v1::Order::STATE_SUBMITTING);
  EXPECT_FALSE(waiting.has_failure());
  EXPECT_THAT(EventTypes(), Contains("order.outcome_unknown"));
  ClearFaults();
  clock_.Shift(absl::Seconds(61));  // Until then the first try may still be on its way.
  ASSERT_TRUE(SyncOrder("T-1").ok());
  const v1::Order open = AwaitState("T-1", v1::Order::STATE_AWAITING_PAYER);
  EXPECT_THAT(open.attempts(), SizeIs(1));
  EXPECT_EQ(open.attempts(0).sends(), 2);
  EXPECT_THAT(Ledger("place_order"), SizeIs(1));
}

TEST_F(ProviderTroubleTest, SlowProviderDoesNotHoldTheAnswerBack) {
  Stop();
  options_.settings.provider_wait = absl::Milliseconds(50);
  Start();
  PutFault(MakeFault(sim::FAULT_KIND_TIMEOUT_AFTER_EFFECT, "place_order", 1, absl::Seconds(1)));
  const auto created = CreateOrder("T-1", BotimOrder(1234));
  ASSERT_TRUE(created.ok()) << created.problem();
  EXPECT_EQ(created->state(), v1::Order::STATE_SUBMITTING) << "what is durable so far";
  AwaitState("T-1", v1::Order::STATE_AWAITING_PAYER);
  EXPECT_THAT(Ledger("place_order"), SizeIs(1));
}

TEST_F(ProviderTroubleTest, RefusalWithADocumentedCodeFailsTheOrder) {
  sim::Fault fault = MakeFault(sim::FAULT_KIND_PROVIDER_CODE, "place_order");
  fault.set_code("62026");
  PutFault(fault);
  const auto created = CreateOrder("T-1", BotimOrder(1234));
  ASSERT_TRUE(created.ok()) << "a refusal at the provider is no error of ours";
  const v1::Order failed = AwaitState("T-1", v1::Order::STATE_FAILED);
  EXPECT_EQ(failed.failure().provider_code(), "62026");
  ASSERT_THAT(failed.attempts(), SizeIs(1));
  EXPECT_EQ(failed.attempts(0).state(), v1::Attempt::STATE_REJECTED);
  EXPECT_THAT(Ledger("place_order"), SizeIs(0));
}

TEST_F(ProviderTroubleTest, LyingQueriesAreNotBelieved) {
  OpenOrder("T-1");
  for (const auto kind : {sim::FAULT_KIND_BAD_SIGNATURE, sim::FAULT_KIND_MISSING_SIGNATURE,
                          sim::FAULT_KIND_HTML_BODY, sim::FAULT_KIND_TRUNCATED_BODY}) {
    ClearFaults();
    PutFault(MakeFault(kind, "get_order", 0));
    const auto asked = SyncOrder("T-1");
    ASSERT_TRUE(asked.ok()) << asked.problem();
    EXPECT_EQ(asked->state(), v1::Order::STATE_AWAITING_PAYER) << sim::FaultKind_Name(kind);
  }
}

TEST_F(ProviderTroubleTest, LostNotificationIsMadeGoodByAsking) {
  OpenOrder("T-1");
  PutFault(MakeFault(sim::FAULT_KIND_DROPPED_NOTIFICATION, "notification", 0));
  ASSERT_TRUE(Pay(OrderName("T-1")).ok());
  EXPECT_EQ(AwaitState("T-1", v1::Order::STATE_PAID).paid().minor_units(), 1234);
}

TEST_F(ProviderTroubleTest, DuplicateNotificationPaysOnce) {
  OpenOrder("T-1");
  PutFault(MakeFault(sim::FAULT_KIND_DUPLICATE_NOTIFICATION, "notification", 0));
  ASSERT_TRUE(Pay(OrderName("T-1")).ok());
  AwaitState("T-1", v1::Order::STATE_PAID);
  EXPECT_THAT(EventTypes(), Contains("order.paid").Times(1));
  EXPECT_EQ(GetOrder("T-1")->paid().minor_units(), 1234);
}

TEST_F(ProviderTroubleTest, ReorderedNotificationsEndInTheSameState) {
  SetSwitch("notify_settled", "true");
  OpenOrder("T-1");
  PutFault(MakeFault(sim::FAULT_KIND_REORDERED_NOTIFICATIONS, "notification"));
  ASSERT_TRUE(Pay(OrderName("T-1")).ok());  // Held back until the next one is sent.
  AdvanceClock(absl::Minutes(11));          // Settled: this one overtakes.
  const v1::Order order = AwaitOrder("T-1", [](const v1::Order& o) { return o.has_settle_time(); });
  EXPECT_EQ(order.state(), v1::Order::STATE_PAID);
  EXPECT_EQ(order.paid().minor_units(), 1234);
  EXPECT_THAT(EventTypes(), Contains("order.paid").Times(1));
  EXPECT_THAT(EventTypes(), Contains("order.settled").Times(1));
}

TEST_F(ProviderTroubleTest, SkewedProviderClockFailsNothing) {
  // Twenty minutes off: our request time is refused as stale, which proves that nothing was done.
  PutFault(MakeFault(sim::FAULT_KIND_CLOCK_SKEW, "place_order", 1, absl::Minutes(20)));
  const auto created = CreateOrder("T-1", BotimOrder(1234));
  ASSERT_TRUE(created.ok()) << created.problem();
  const v1::Order order = AwaitOrder(
      "T-1", [](const v1::Order& o) { return o.state() != v1::Order::STATE_SUBMITTING; });
  // Refused for certain (FAILED, with the provider's words) or taken at the second try: never both.
  if (order.state() == v1::Order::STATE_FAILED) {
    EXPECT_EQ(order.failure().provider_code(), "400");
    EXPECT_THAT(Ledger("place_order"), SizeIs(0));
  } else {
    EXPECT_EQ(order.state(), v1::Order::STATE_AWAITING_PAYER);
    EXPECT_THAT(Ledger("place_order"), SizeIs(1));
  }
}

TEST_F(ProviderTroubleTest, RevokeThatIsNotAnsweredGivesBackOnce) {
  PaidOrder("T-1", 5000);
  PutFault(MakeFault(sim::FAULT_KIND_TIMEOUT_AFTER_EFFECT, "revoke_order"));
  const auto revoked = RevokeOrder("T-1");
  ASSERT_TRUE(revoked.ok()) << revoked.problem();
  AwaitState("T-1", v1::Order::STATE_REVOKED);
  EXPECT_EQ(LedgerSum("revoke"), 5000);
}

TEST_F(ProviderTroubleTest, CancelThatIsNotAnsweredIsSettledByAsking) {
  OpenOrder("T-1");
  PutFault(MakeFault(sim::FAULT_KIND_TIMEOUT_AFTER_EFFECT, "cancel_order"));
  const auto canceled = CancelOrder("T-1");
  ASSERT_TRUE(canceled.ok()) << canceled.problem();
  AwaitState("T-1", v1::Order::STATE_CANCELED);
  EXPECT_THAT(Ledger("cancel"), SizeIs(1));
}

TEST_F(ProviderTroubleTest, EveryThirdCallBreaksAndTheBooksAgree) {
  sim::Fault fault = MakeFault(sim::FAULT_KIND_HTTP_STATUS_AFTER_EFFECT, "", 0);
  fault.set_probability_permille(333);
  PutFault(fault);
  constexpr int kOrders = 12;
  for (int i = 0; i < kOrders; ++i) {
    ASSERT_TRUE(CreateOrder("M-" + std::to_string(i), BotimOrder(100 + i)).ok());
  }
  int64_t expected = 0;
  for (int i = 0; i < kOrders; ++i) {
    const std::string id = "M-" + std::to_string(i);
    AwaitState(id, v1::Order::STATE_AWAITING_PAYER);
    ASSERT_TRUE(Pay(OrderName(id)).ok());
    expected += AwaitState(id, v1::Order::STATE_PAID).paid().minor_units();
  }
  EXPECT_THAT(Ledger("place_order"), SizeIs(kOrders));
  EXPECT_EQ(LedgerSum("pay"), expected);
}

}  // namespace
}  // namespace sluice::e2e
