// Orders from end to end: every way an order can go when nothing is wrong with the wires.

#include <gmock/gmock.h>

#include "tests/e2e/fixture.h"

namespace sluice::e2e {
namespace {

using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;
using ::testing::StartsWith;

using OrdersTest = ServerFixture;

TEST_F(OrdersTest, EwalletOrderIsPaidByNotification) {
  const auto created = CreateOrder("A-1", BotimOrder(1234), "request-1");
  ASSERT_TRUE(created.ok()) << created.problem();
  EXPECT_EQ(created->name(), OrderName("A-1"));
  const v1::Order open = AwaitState("A-1", v1::Order::STATE_AWAITING_PAYER);
  EXPECT_EQ(open.provider(), "payby");
  EXPECT_THAT(open.provider_account(), StartsWith("merchants/demo/providerAccounts/"));
  EXPECT_THAT(open.provider_number(), Not(IsEmpty()));
  EXPECT_THAT(open.next_action().redirect().url(), StartsWith("http"));
  EXPECT_EQ(open.paid().minor_units(), 0);

  ASSERT_TRUE(Pay(OrderName("A-1")).ok());
  const v1::Order paid = AwaitState("A-1", v1::Order::STATE_PAID);
  EXPECT_EQ(paid.paid().minor_units(), 1234);
  EXPECT_EQ(paid.refundable().minor_units(), 1234);
  EXPECT_TRUE(paid.has_pay_time());
  EXPECT_FALSE(paid.has_next_action());
  EXPECT_FALSE(paid.late());
  ASSERT_EQ(paid.attempts_size(), 1);
  EXPECT_EQ(paid.attempts(0).state(), v1::Attempt::STATE_CONFIRMED);
  EXPECT_EQ(paid.attempts(0).sends(), 1);
  EXPECT_THAT(EventTypes(), ElementsAre("order.created", "order.awaiting_payer", "order.paid"));
  EXPECT_EQ(Ledger("place_order").size(), 1U);
  EXPECT_EQ(LedgerSum("pay"), 1234);
}

TEST_F(OrdersTest, PayersPageOpensInABrowserAndPays) {
  const v1::Order open = OpenOrder("A-1");
  const std::string& url = open.next_action().redirect().url();
  const std::string& host = server_->addresses().simulator;
  const size_t path = url.find(host);
  ASSERT_NE(path, url.npos) << url;
  const HttpReply page = Http("GET", host, url.substr(path + host.size()));
  EXPECT_EQ(page.status, 200);
  EXPECT_THAT(page.body, HasSubstr("12.34"));
}

TEST_F(OrdersTest, DynqrOrderHasPayloadAndSvgInUnaryAnswersOnly) {
  ASSERT_TRUE(CreateOrder("Q-1", QrOrder(500)).ok());
  AwaitState("Q-1", v1::Order::STATE_AWAITING_PAYER);
  const auto order = GetOrder("Q-1");
  ASSERT_TRUE(order.ok()) << order.problem();
  const auto& code = order->next_action().qr_code();
  EXPECT_THAT(code.payload(), StartsWith("http"));
  EXPECT_THAT(code.svg(), StartsWith("<svg "));
  EXPECT_THAT(code.svg(), HasSubstr("</svg>"));
  for (const v1::Event& event : ListEvents()) {
    EXPECT_THAT(event.order().next_action().qr_code().svg(), IsEmpty());
  }
  ASSERT_TRUE(Pay(OrderName("Q-1")).ok());
  EXPECT_EQ(AwaitState("Q-1", v1::Order::STATE_PAID).paid().minor_units(), 500);
}

TEST_F(OrdersTest, PayerMayTryAgainAfterADeclinedTry) {
  OpenOrder("D-1");
  ASSERT_TRUE(Decline(OrderName("D-1")).ok());
  const auto asked = SyncOrder("D-1");
  ASSERT_TRUE(asked.ok()) << asked.problem();
  EXPECT_EQ(asked->state(), v1::Order::STATE_AWAITING_PAYER);
  ASSERT_TRUE(Pay(OrderName("D-1")).ok());
  AwaitState("D-1", v1::Order::STATE_PAID);
}

TEST_F(OrdersTest, OrderThatTheProviderEndsFailsWithATypedReason) {
  OpenOrder("D-2");
  ASSERT_TRUE(SetState(OrderName("D-2"), "FAILURE").ok());
  ASSERT_TRUE(SyncOrder("D-2").ok());
  const v1::Order failed = AwaitState("D-2", v1::Order::STATE_FAILED);
  EXPECT_NE(failed.failure().reason(), v1::Failure::REASON_UNSPECIFIED);
  EXPECT_THAT(failed.failure().message(), Not(IsEmpty()));
  EXPECT_TRUE(failed.has_end_time());
  EXPECT_EQ(failed.paid().minor_units(), 0);
  EXPECT_EQ(LedgerSum("pay"), 0);
}

TEST_F(OrdersTest, FailureIsToldByNotificationWhereTheProviderSendsOne) {
  options_.settings.query_schedule = {absl::Hours(1)};
  Restart();
  SetSwitch("notify_failure", "true");
  OpenOrder("D-3");
  ASSERT_TRUE(SetState(OrderName("D-3"), "FAILURE").ok());
  AwaitState("D-3", v1::Order::STATE_FAILED);
}

TEST_F(OrdersTest, OrderThatNobodyPaysExpiresOnTheVirtualClock) {
  OpenOrder("E-1");
  clock_.Shift(absl::Hours(2) + absl::Minutes(1));  // The provider's default, and a little.
  ASSERT_TRUE(SyncOrder("E-1").ok());
  const v1::Order expired = AwaitState("E-1", v1::Order::STATE_EXPIRED);
  EXPECT_EQ(expired.failure().reason(), v1::Failure::REASON_EXPIRED);
  EXPECT_EQ(expired.paid().minor_units(), 0);
  EXPECT_EQ(Ledger("expire").size(), 1U);
  EXPECT_FALSE(Pay(OrderName("E-1")).ok());
}

TEST_F(OrdersTest, ProviderThatEndsAnOrderBeforeItsTimeFailsIt) {
  OpenOrder("E-3");
  ASSERT_TRUE(Expire(OrderName("E-3")).ok());
  ASSERT_TRUE(SyncOrder("E-3").ok());
  AwaitState("E-3", v1::Order::STATE_FAILED);
}

TEST_F(OrdersTest, OrderPastItsOwnExpireTimeIsExpired) {
  v1::Order order = BotimOrder(100);
  // The shortest that is safely later than the call itself.
  const absl::Time soon = absl::Now() + absl::Seconds(2);
  order.mutable_expire_time()->set_seconds(absl::ToUnixSeconds(soon));
  const auto created = CreateOrder("E-2", order);
  ASSERT_TRUE(created.ok()) << created.problem();
  const v1::Order expired = AwaitState("E-2", v1::Order::STATE_EXPIRED);
  EXPECT_EQ(expired.failure().reason(), v1::Failure::REASON_EXPIRED);
  EXPECT_THAT(EventTypes(), Contains("order.expired"));
}

TEST_F(OrdersTest, UnpaidOrderIsCanceled) {
  OpenOrder("C-1");
  const auto canceled = CancelOrder("C-1", "cancel-1");
  ASSERT_TRUE(canceled.ok()) << canceled.problem();
  const v1::Order order = AwaitState("C-1", v1::Order::STATE_CANCELED);
  EXPECT_TRUE(order.has_end_time());
  EXPECT_EQ(Ledger("cancel").size(), 1U);
  EXPECT_FALSE(Pay(OrderName("C-1")).ok());  // The provider has closed it.
}

TEST_F(OrdersTest, CancelOfAPaidOrderIsRefusedAndChangesNothing) {
  const v1::Order before = PaidOrder("C-2");
  const auto refused = CancelOrder("C-2");
  const Problem problem = refused.problem();
  EXPECT_EQ(problem.code, grpc::StatusCode::FAILED_PRECONDITION);
  EXPECT_EQ(problem.reason, "STATE_FORBIDS");
  EXPECT_EQ(problem.side_effect(), "none");
  EXPECT_EQ(problem.precondition, OrderName("C-2"));
  EXPECT_EQ(GetOrder("C-2")->revision(), before.revision());
  EXPECT_THAT(Ledger("cancel"), IsEmpty());
}

TEST_F(OrdersTest, CancelThatComesAfterThePaymentLeavesItPaid) {
  // The payment's notification is lost, so that we do not know of it when we cancel.
  OpenOrder("C-3");
  PutFault(MakeFault(sim::FAULT_KIND_DROPPED_NOTIFICATION, "notification"));
  ASSERT_TRUE(Pay(OrderName("C-3")).ok());
  const auto answer = CancelOrder("C-3");
  ASSERT_TRUE(answer.ok() || answer.problem().reason == "STATE_FORBIDS") << answer.problem();
  EXPECT_EQ(AwaitState("C-3", v1::Order::STATE_PAID).paid().minor_units(), 1234);
  EXPECT_EQ(LedgerSum("pay"), 1234);
}

TEST_F(OrdersTest, RevokeOfAnUnpaidOrderEndsIt) {
  OpenOrder("R-1");
  const auto revoked = RevokeOrder("R-1", "revoke-1");
  ASSERT_TRUE(revoked.ok()) << revoked.problem();
  const v1::Order order = AwaitState("R-1", v1::Order::STATE_REVOKED);
  EXPECT_EQ(order.paid().minor_units(), 0);
  EXPECT_FALSE(Pay(OrderName("R-1")).ok());
}

TEST_F(OrdersTest, RevokeOfAPaidOrderGivesEverythingBack) {
  PaidOrder("R-2", 5000);
  const auto revoked = RevokeOrder("R-2");
  ASSERT_TRUE(revoked.ok()) << revoked.problem();
  const v1::Order order = AwaitState("R-2", v1::Order::STATE_REVOKED);
  EXPECT_EQ(order.refundable().minor_units(), 0);
  EXPECT_EQ(LedgerSum("pay"), 5000);
  EXPECT_EQ(LedgerSum("revoke"), 5000);
}

TEST_F(OrdersTest, RevokeOfAnOrderOfUnknownOutcomeSettlesTheMatter) {
  PutFault(MakeFault(sim::FAULT_KIND_TIMEOUT_AFTER_EFFECT, "place_order"));
  // Nor may a query tell before the revoke comes.
  PutFault(MakeFault(sim::FAULT_KIND_HTTP_STATUS, "get_order", 2));
  ASSERT_TRUE(CreateOrder("R-3", BotimOrder(700)).ok());
  const auto revoked = RevokeOrder("R-3");
  ASSERT_TRUE(revoked.ok()) << revoked.problem();
  AwaitState("R-3", v1::Order::STATE_REVOKED);
  EXPECT_EQ(Ledger("place_order").size(), 1U);
  EXPECT_FALSE(Pay(OrderName("R-3")).ok());
}

TEST_F(OrdersTest, SettlementIsATimeOnTheOrderAndItsOwnEvent) {
  PaidOrder("S-1");
  AdvanceClock(absl::Minutes(11));
  ASSERT_TRUE(SyncOrder("S-1").ok());
  const v1::Order settled =
      AwaitOrder("S-1", [](const v1::Order& order) { return order.has_settle_time(); });
  EXPECT_EQ(settled.state(), v1::Order::STATE_PAID);
  EXPECT_THAT(EventTypes(), Contains("order.settled").Times(1));
}

TEST_F(OrdersTest, PaymentAfterTheEndIsPaidLate) {
  OpenOrder("L-1");
  ASSERT_TRUE(SetState(OrderName("L-1"), "FAILURE").ok());
  ASSERT_TRUE(SyncOrder("L-1").ok());
  AwaitState("L-1", v1::Order::STATE_FAILED);
  ASSERT_TRUE(SetState(OrderName("L-1"), "PAID_SUCCESS").ok());
  (void)EmitNotification(OrderName("L-1"));
  const v1::Order late = AwaitState("L-1", v1::Order::STATE_PAID);
  EXPECT_TRUE(late.late());
  EXPECT_EQ(late.paid().minor_units(), 1234);
  EXPECT_THAT(EventTypes(), Contains("order.paid_late").Times(1));
}

TEST_F(OrdersTest, ListsTheNewestFirstByPagesAndStates) {
  for (const char* id : {"L-1", "L-2", "L-3"}) OpenOrder(id);
  ASSERT_TRUE(Pay(OrderName("L-2")).ok());
  AwaitState("L-2", v1::Order::STATE_PAID);
  v1::ListOrdersRequest request;
  request.set_parent(kMerchant);
  request.set_page_size(2);
  const auto first = Call(orders_, &v1::OrderService::Stub::ListOrders, request);
  ASSERT_TRUE(first.ok()) << first.problem();
  ASSERT_EQ(first->orders_size(), 2);
  EXPECT_EQ(first->orders(0).name(), OrderName("L-3"));
  EXPECT_EQ(first->orders(1).name(), OrderName("L-2"));
  request.set_page_token(first->next_page_token());
  const auto second = Call(orders_, &v1::OrderService::Stub::ListOrders, request);
  ASSERT_EQ(second->orders_size(), 1);
  EXPECT_EQ(second->orders(0).name(), OrderName("L-1"));
  EXPECT_THAT(second->next_page_token(), IsEmpty());

  v1::ListOrdersRequest paid;
  paid.set_parent(kMerchant);
  paid.add_states(v1::Order::STATE_PAID);
  const auto only = Call(orders_, &v1::OrderService::Stub::ListOrders, paid);
  ASSERT_EQ(only->orders_size(), 1);
  EXPECT_EQ(only->orders(0).name(), OrderName("L-2"));
}

TEST_F(OrdersTest, PersonalDataIsNeverGivenBack) {
  v1::Order order = BotimOrder(100);
  order.mutable_customer()->set_phone("+971501234567");
  order.mutable_customer()->set_email("payer@example.com");
  ASSERT_TRUE(CreateOrder("P-1", order).ok());
  AwaitState("P-1", v1::Order::STATE_AWAITING_PAYER);
  EXPECT_FALSE(GetOrder("P-1")->has_customer());
  for (const v1::Event& event : ListEvents()) {
    EXPECT_THAT(event.SerializeAsString(), Not(HasSubstr("971501234567")));
    EXPECT_THAT(event.SerializeAsString(), Not(HasSubstr("payer@example")));
  }
}

TEST_F(OrdersTest, ProvidersAreACapabilityMatrix) {
  v1::ListProvidersRequest request;
  request.set_parent(kMerchant);
  const auto list = Call(providers_, &v1::ProviderService::Stub::ListProviders, request);
  ASSERT_TRUE(list.ok()) << list.problem();
  std::vector<std::string> wallets;
  for (const auto& provider : list->providers()) {
    for (const auto& wallet : provider.wallets()) wallets.push_back(wallet.wallet());
  }
  EXPECT_THAT(wallets, ::testing::IsSupersetOf({"botim", "payby"}));
}

TEST_F(OrdersTest, PausedAccountRefusesNewOrdersUntilItIsResumed) {
  const std::string account = OpenOrder("P-1").provider_account();
  v1::PauseProviderAccountRequest pause;
  pause.set_name(account);
  pause.set_reason("maintenance at the provider");
  ASSERT_TRUE(Call(providers_, &v1::ProviderService::Stub::PauseProviderAccount, pause).ok());
  const Problem problem = CreateOrder("P-2", BotimOrder(100)).problem();
  EXPECT_EQ(problem.code, grpc::StatusCode::FAILED_PRECONDITION);
  EXPECT_EQ(problem.reason, "PROVIDER_ACCOUNT_PAUSED");
  EXPECT_EQ(problem.side_effect(), "none");
  Restart();  // A pause is kept.
  EXPECT_EQ(CreateOrder("P-2", BotimOrder(100)).problem().reason, "PROVIDER_ACCOUNT_PAUSED");
  v1::ResumeProviderAccountRequest resume;
  resume.set_name(account);
  ASSERT_TRUE(Call(providers_, &v1::ProviderService::Stub::ResumeProviderAccount, resume).ok());
  EXPECT_TRUE(CreateOrder("P-2", BotimOrder(100)).ok());
}

TEST_F(OrdersTest, WhatIsThereCanBeTakenBackWhileTheAccountIsPaused) {
  v1::PauseProviderAccountRequest pause;
  pause.set_name(OpenOrder("P-1").provider_account());
  pause.set_reason("maintenance at the provider");
  PaidOrder("P-2");
  PaidOrder("P-3");
  ASSERT_TRUE(Call(providers_, &v1::ProviderService::Stub::PauseProviderAccount, pause).ok());
  const auto canceled = CancelOrder("P-1");
  ASSERT_TRUE(canceled.ok()) << canceled.problem();
  AwaitState("P-1", v1::Order::STATE_CANCELED);
  const auto revoked = RevokeOrder("P-2");
  ASSERT_TRUE(revoked.ok()) << revoked.problem();
  AwaitState("P-2", v1::Order::STATE_REVOKED);
  EXPECT_EQ(CreateRefund("P-3", "F-1", 10).problem().reason, "PROVIDER_ACCOUNT_PAUSED");
}

}  // namespace
}  // namespace sluice::e2e
