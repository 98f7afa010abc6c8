// Refunds from end to end: parts, many, too much, and two at once.

#include <gmock/gmock.h>

#include <atomic>
#include <thread>

#include "tests/e2e/fixture.h"

namespace sluice::e2e {
namespace {

using ::testing::Contains;
using ::testing::IsEmpty;

class RefundsTest : public ServerFixture {
 protected:
  // Refunds take two seconds at the provider; they pass on its clock.
  v1::Refund Done(const std::string& order, const std::string& id) {
    AwaitOrder(order, [&](const v1::Order&) {
      return GetRefund(order, id)->state() != v1::Refund::STATE_SUBMITTING;
    });
    AdvanceClock(absl::Seconds(5));
    return AwaitRefund(order, id, v1::Refund::STATE_SUCCEEDED);
  }
};

TEST_F(RefundsTest, PartsAddUpAndTheLastOneTakesWhatIsLeft) {
  PaidOrder("A-1", 1000);
  const auto first = CreateRefund("A-1", "F-1", 300, "refund-1");
  ASSERT_TRUE(first.ok()) << first.problem();
  EXPECT_EQ(Done("A-1", "F-1").amount().minor_units(), 300);
  v1::Order order = *GetOrder("A-1");
  EXPECT_EQ(order.state(), v1::Order::STATE_PAID);
  EXPECT_EQ(order.refunded().minor_units(), 300);
  EXPECT_EQ(order.refundable().minor_units(), 700);

  ASSERT_TRUE(CreateRefund("A-1", "F-2", 200).ok());
  Done("A-1", "F-2");
  // Without an amount: all that is left.
  v1::CreateRefundRequest rest;
  rest.set_parent(OrderName("A-1"));
  rest.set_refund_id("F-3");
  rest.mutable_refund();
  const auto last = Call(refunds_, &v1::RefundService::Stub::CreateRefund, rest);
  ASSERT_TRUE(last.ok()) << last.problem();
  EXPECT_EQ(last->amount().minor_units(), 500);
  Done("A-1", "F-3");
  order = *GetOrder("A-1");
  EXPECT_EQ(order.refunded().minor_units(), 1000);
  EXPECT_EQ(order.refundable().minor_units(), 0);
  EXPECT_EQ(LedgerSum("refund_succeeded"), 1000);
}

TEST_F(RefundsTest, AboveWhatIsLeftIsRefusedAndNothingIsSent) {
  PaidOrder("A-1", 1000);
  ASSERT_TRUE(CreateRefund("A-1", "F-1", 600).ok());
  const Problem problem = CreateRefund("A-1", "F-2", 401).problem();
  EXPECT_EQ(problem.code, grpc::StatusCode::FAILED_PRECONDITION);
  EXPECT_EQ(problem.reason, "REFUND_EXCEEDS_PAID");
  EXPECT_EQ(problem.side_effect(), "none");
  EXPECT_EQ(GetRefund("A-1", "F-2").problem().reason, "NOT_FOUND");
  Done("A-1", "F-1");
  EXPECT_EQ(LedgerSum("refund"), 600);
}

TEST_F(RefundsTest, ManyAtOnceNeverGiveBackMoreThanWasPaid) {
  PaidOrder("A-1", 1000);
  constexpr int kCalls = 8;  // Of which three fit.
  std::vector<std::thread> callers;
  std::atomic<int> taken = 0, refused = 0;
  for (int i = 0; i < kCalls; ++i) {
    callers.emplace_back([&, i] {
      const auto made = CreateRefund("A-1", "F-" + std::to_string(i), 300);
      if (made.ok()) ++taken;
      if (made.problem().reason == "REFUND_EXCEEDS_PAID") ++refused;
    });
  }
  for (std::thread& caller : callers) caller.join();
  EXPECT_EQ(taken, 3);
  EXPECT_EQ(refused, kCalls - 3);
  for (int i = 0; i < kCalls; ++i) {
    if (GetRefund("A-1", "F-" + std::to_string(i)).ok()) Done("A-1", "F-" + std::to_string(i));
  }
  EXPECT_EQ(LedgerSum("refund_succeeded"), 900);
  EXPECT_EQ(GetOrder("A-1")->refundable().minor_units(), 100);
}

TEST_F(RefundsTest, OfAnUnpaidOrderIsRefused) {
  OpenOrder("A-1");
  const Problem problem = CreateRefund("A-1", "F-1", 1).problem();
  EXPECT_EQ(problem.code, grpc::StatusCode::FAILED_PRECONDITION);
  EXPECT_EQ(problem.reason, "STATE_FORBIDS");
  EXPECT_EQ(problem.precondition, OrderName("A-1"));
}

TEST_F(RefundsTest, OfAnOrderThatDoesNotExistIsNotFound) {
  const Problem problem = CreateRefund("nothing", "F-1", 1).problem();
  EXPECT_EQ(problem.code, grpc::StatusCode::NOT_FOUND);
  EXPECT_EQ(problem.reason, "NOT_FOUND");
  EXPECT_EQ(problem.resource, OrderName("nothing"));
}

TEST_F(RefundsTest, InAnotherCurrencyIsRefused) {
  PaidOrder("A-1", 1000);
  v1::CreateRefundRequest request;
  request.set_parent(OrderName("A-1"));
  request.set_refund_id("F-1");
  request.mutable_refund()->mutable_amount()->set_currency_code("USD");
  request.mutable_refund()->mutable_amount()->set_minor_units(100);
  const Problem problem = Call(refunds_, &v1::RefundService::Stub::CreateRefund, request).problem();
  EXPECT_EQ(problem.code, grpc::StatusCode::INVALID_ARGUMENT);
  EXPECT_EQ(problem.reason, "FIELD_INVALID");
  EXPECT_THAT(problem.fields, Contains(::testing::HasSubstr("refund.amount")));
}

TEST_F(RefundsTest, NegativeAndZeroAmountsAreRefused) {
  PaidOrder("A-1", 1000);
  for (const int64_t fils : {int64_t{-1}, int64_t{0}}) {
    const Problem problem = CreateRefund("A-1", "F-1", fils).problem();
    EXPECT_EQ(problem.code, grpc::StatusCode::INVALID_ARGUMENT) << problem;
    EXPECT_THAT(problem.fields, Contains("refund.amount.minor_units"));
  }
  EXPECT_EQ(GetOrder("A-1")->refundable().minor_units(), 1000);
}

TEST_F(RefundsTest, NumberIsUniquePerMerchant) {
  PaidOrder("A-1", 1000);
  PaidOrder("A-2", 1000);
  ASSERT_TRUE(CreateRefund("A-1", "F-1", 100).ok());
  const Problem problem = CreateRefund("A-2", "F-1", 100).problem();
  EXPECT_EQ(problem.code, grpc::StatusCode::ALREADY_EXISTS) << problem;
  EXPECT_EQ(GetOrder("A-2")->refundable().minor_units(), 1000);
}

TEST_F(RefundsTest, RepeatWithItsRequestIdGivesTheSameRefund) {
  PaidOrder("A-1", 1000);
  const auto first = CreateRefund("A-1", "F-1", 100, "refund-1");
  const auto again = CreateRefund("A-1", "F-1", 100, "refund-1");
  ASSERT_TRUE(again.ok()) << again.problem();
  EXPECT_EQ(first->name(), again->name());
  Done("A-1", "F-1");
  EXPECT_EQ(LedgerSum("refund_succeeded"), 100);
}

TEST_F(RefundsTest, TimeoutAfterTheEffectGivesBackOnce) {
  PaidOrder("A-1", 1000);
  PutFault(MakeFault(sim::FAULT_KIND_TIMEOUT_AFTER_EFFECT, "place_refund"));
  ASSERT_TRUE(CreateRefund("A-1", "F-1", 250).ok());
  Done("A-1", "F-1");
  EXPECT_EQ(Ledger("refund").size(), 1U);
  EXPECT_EQ(LedgerSum("refund_succeeded"), 250);
}

TEST_F(RefundsTest, OrderWithRefundsCannotBeRevoked) {
  PaidOrder("A-1", 1000);
  ASSERT_TRUE(CreateRefund("A-1", "F-1", 100).ok());
  const Problem problem = RevokeOrder("A-1").problem();
  EXPECT_EQ(problem.code, grpc::StatusCode::FAILED_PRECONDITION) << problem;
  EXPECT_EQ(problem.reason, "STATE_FORBIDS");
  EXPECT_THAT(Ledger("revoke"), IsEmpty());
}

TEST_F(RefundsTest, RefundAndOrderChangeInOneTransaction) {
  PaidOrder("A-1", 1000);
  ASSERT_TRUE(CreateRefund("A-1", "F-1", 100).ok());
  Done("A-1", "F-1");
  const std::vector<v1::Event> events = ListEvents();
  for (size_t i = 0; i < events.size(); ++i) {
    if (events[i].type() != "refund.succeeded") continue;
    ASSERT_LT(i + 1, events.size());
    EXPECT_EQ(events[i + 1].type(), "order.refund_updated");
    EXPECT_EQ(events[i + 1].create_time().nanos(), events[i].create_time().nanos());
    EXPECT_EQ(events[i + 1].order().refunded().minor_units(), 100);
    return;
  }
  FAIL() << "no refund.succeeded";
}

TEST_F(RefundsTest, AreListedUnderTheirOrder) {
  PaidOrder("A-1", 1000);
  for (const char* id : {"F-1", "F-2"}) ASSERT_TRUE(CreateRefund("A-1", id, 100).ok());
  v1::ListRefundsRequest request;
  request.set_parent(OrderName("A-1"));
  const auto list = Call(refunds_, &v1::RefundService::Stub::ListRefunds, request);
  ASSERT_TRUE(list.ok()) << list.problem();
  ASSERT_EQ(list->refunds_size(), 2);
  EXPECT_EQ(list->refunds(0).name(), RefundName("A-1", "F-2"));
}

}  // namespace
}  // namespace sluice::e2e
