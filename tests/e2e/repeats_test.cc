// Repeating a call: a request_id makes it safe, and never gives what was not asked for.

#include <gmock/gmock.h>

#include <string>
#include <thread>
#include <vector>

#include "tests/e2e/fixture.h"

namespace sluice::e2e {
namespace {

using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::SizeIs;

using RepeatsTest = ServerFixture;

TEST_F(RepeatsTest, SameIdAndContentAnswersTheOrderAsItIsNow) {
  ASSERT_TRUE(CreateOrder("A-1", BotimOrder(1234), "request-1").ok());
  AwaitState("A-1", v1::Order::STATE_AWAITING_PAYER);
  ASSERT_TRUE(Pay(OrderName("A-1")).ok());
  AwaitState("A-1", v1::Order::STATE_PAID);
  const auto again = CreateOrder("A-1", BotimOrder(1234), "request-1");
  ASSERT_TRUE(again.ok()) << again.problem();
  EXPECT_EQ(again->state(), v1::Order::STATE_PAID);
  EXPECT_THAT(Ledger("place_order"), SizeIs(1));
}

TEST_F(RepeatsTest, IdIsKeptOverARestart) {
  ASSERT_TRUE(CreateOrder("A-1", BotimOrder(1234), "request-1").ok());
  AwaitState("A-1", v1::Order::STATE_AWAITING_PAYER);
  Restart();
  const auto again = CreateOrder("A-1", BotimOrder(1234), "request-1");
  ASSERT_TRUE(again.ok()) << again.problem();
  EXPECT_EQ(again->name(), OrderName("A-1"));
  EXPECT_EQ(CreateOrder("A-1", BotimOrder(1), "request-1").problem().reason, "REQUEST_ID_REUSED");
}

TEST_F(RepeatsTest, SameIdWithOtherContentNamesTheFieldsThatDiffer) {
  ASSERT_TRUE(CreateOrder("A-1", BotimOrder(1234), "request-1").ok());
  v1::Order other = BotimOrder(999);
  other.set_description("something else");
  const Problem problem = CreateOrder("A-1", other, "request-1").problem();
  EXPECT_EQ(problem.code, grpc::StatusCode::INVALID_ARGUMENT);
  EXPECT_EQ(problem.reason, "REQUEST_ID_REUSED");
  EXPECT_EQ(problem.side_effect(), "none");
  EXPECT_THAT(problem.fields, Contains(::testing::HasSubstr("amount"))) << problem;
  EXPECT_THAT(problem.fields, Contains(::testing::HasSubstr("description"))) << problem;
  AwaitState("A-1", v1::Order::STATE_AWAITING_PAYER);
  EXPECT_EQ(GetOrder("A-1")->amount().minor_units(), 1234);
  EXPECT_THAT(Ledger("place_order"), SizeIs(1));
}

TEST_F(RepeatsTest, SameIdForAnotherNumberNamesTheNumber) {
  ASSERT_TRUE(CreateOrder("A-1", BotimOrder(1234), "request-1").ok());
  const Problem problem = CreateOrder("A-2", BotimOrder(1234), "request-1").problem();
  EXPECT_EQ(problem.reason, "REQUEST_ID_REUSED");
  EXPECT_THAT(problem.fields, Contains(::testing::HasSubstr("id"))) << problem;
  EXPECT_EQ(GetOrder("A-2").problem().reason, "NOT_FOUND");
}

TEST_F(RepeatsTest, OtherIdForATakenNumberAlreadyExists) {
  ASSERT_TRUE(CreateOrder("A-1", BotimOrder(1234), "request-1").ok());
  EXPECT_EQ(CreateOrder("A-1", BotimOrder(1234), "request-2").problem().reason, "ALREADY_EXISTS");
}

TEST_F(RepeatsTest, IdsAreOfAMethod) {
  ASSERT_TRUE(CreateOrder("A-1", BotimOrder(1234), "one-id").ok());
  AwaitState("A-1", v1::Order::STATE_AWAITING_PAYER);
  EXPECT_TRUE(CancelOrder("A-1", "one-id").ok());
  AwaitState("A-1", v1::Order::STATE_CANCELED);
}

TEST_F(RepeatsTest, ManyAtOnceAreOneOrder) {
  // Slow enough that they meet while the first is under way.
  PutFault(MakeFault(sim::FAULT_KIND_SLOW_BODY, "place_order", 1, absl::Milliseconds(100)));
  constexpr int kCallers = 8;
  std::vector<Result<v1::Order>> answers(kCallers);
  std::vector<std::thread> callers;
  for (int i = 0; i < kCallers; ++i) {
    callers.emplace_back(
        [&, i] { answers[i] = CreateOrder("A-1", BotimOrder(1234), "request-1"); });
  }
  for (std::thread& caller : callers) caller.join();
  for (const auto& answer : answers) {
    ASSERT_TRUE(answer.ok()) << answer.problem();
    EXPECT_EQ(answer->name(), OrderName("A-1"));
  }
  AwaitState("A-1", v1::Order::STATE_AWAITING_PAYER);
  EXPECT_THAT(Ledger("place_order"), SizeIs(1));
  EXPECT_THAT(EventTypes(), ElementsAre("order.created", "order.awaiting_payer"));
}

TEST_F(RepeatsTest, CallThatIsGivenUpGoesOn) {
  PutFault(MakeFault(sim::FAULT_KIND_SLOW_BODY, "place_order", 1, absl::Milliseconds(100)));
  v1::CreateOrderRequest request;
  request.set_parent(kMerchant);
  request.set_order_id("A-1");
  request.set_request_id("request-1");
  *request.mutable_order() = BotimOrder(1234);
  const auto watch = WatchAll();
  {
    grpc::ClientContext context;
    std::thread caller([&] {
      v1::Order ignored;
      (void)orders_->CreateOrder(&context, request, &ignored);
    });
    watch->WaitUntil([](const auto& messages) { return !EventsOf(messages).empty(); });
    context.TryCancel();
    caller.join();
  }
  AwaitState("A-1", v1::Order::STATE_AWAITING_PAYER);
  EXPECT_TRUE(Call(orders_, &v1::OrderService::Stub::CreateOrder, request).ok());
  EXPECT_THAT(Ledger("place_order"), SizeIs(1));
}

TEST_F(RepeatsTest, CancelAndRevokeMayBeRepeated) {
  OpenOrder("A-1");
  for (int i = 0; i < 3; ++i) EXPECT_TRUE(CancelOrder("A-1", "cancel-1").ok());
  AwaitState("A-1", v1::Order::STATE_CANCELED);
  EXPECT_EQ(CancelOrder("A-1", "cancel-1")->state(), v1::Order::STATE_CANCELED);
  EXPECT_THAT(Ledger("cancel"), SizeIs(1));
  PaidOrder("A-2", 700);
  for (int i = 0; i < 3; ++i) EXPECT_TRUE(RevokeOrder("A-2", "revoke-1").ok());
  AwaitState("A-2", v1::Order::STATE_REVOKED);
  EXPECT_EQ(LedgerSum("revoke"), 700);
}

}  // namespace
}  // namespace sluice::e2e
