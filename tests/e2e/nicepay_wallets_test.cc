// NICEPAY's four wallets, each from the order to the payer's decision or the end of their time.

#include <gmock/gmock.h>

#include "tests/e2e/nicepay_fixture.h"

namespace sluice::e2e {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;
using ::testing::SizeIs;
using ::testing::StartsWith;

using NicePayWalletsTest = NicePayFixture;

// What every payment has in common, once it is PAID.
void ExpectPaid(const v1::Order& order) {
  EXPECT_EQ(order.state(), v1::Order::STATE_PAID);
  EXPECT_EQ(order.provider(), "nicepay");
  EXPECT_EQ(order.paid().minor_units(), 25000);
  EXPECT_EQ(order.refundable().minor_units(), 25000);
  EXPECT_TRUE(order.has_pay_time());
  EXPECT_FALSE(order.has_next_action());
  EXPECT_THAT(order.attention(), IsEmpty());
  EXPECT_THAT(order.provider_number(), SizeIs(30)) << "the tXid";
  ASSERT_EQ(order.attempts_size(), 1);
  EXPECT_EQ(order.attempts(0).state(), v1::Attempt::STATE_CONFIRMED);
}

TEST_F(NicePayWalletsTest, OvoAsksThePayerOnTheirPhone) {
  const v1::Order open = OpenWallet("ovo", "O-1");
  EXPECT_TRUE(open.next_action().has_await_push());
  EXPECT_EQ(open.presentation(), v1::PRESENTATION_PUSH);
  ASSERT_TRUE(Pay(OrderName("O-1")).ok());
  ExpectPaid(AwaitState("O-1", v1::Order::STATE_PAID));
  EXPECT_THAT(EventTypes(), ElementsAre("order.created", "order.awaiting_payer", "order.paid"));
  EXPECT_THAT(Ledger("register"), SizeIs(1));
  EXPECT_THAT(Ledger("open"), SizeIs(1)) << "asked once";
  EXPECT_EQ(LedgerSum("pay"), 25000);
  AwaitLedger("notification", 1);
  EXPECT_EQ(Ledger("notification")[0].state(), "accepted");
}

TEST_F(NicePayWalletsTest, OvoIsDeclinedOnThePhone) {
  OpenWallet("ovo", "O-1");
  ASSERT_TRUE(Decline(OrderName("O-1")).ok());
  // NICEPAY tells of no failure: the end of our push call makes us ask.
  const v1::Order failed = AwaitState("O-1", v1::Order::STATE_FAILED);
  EXPECT_EQ(failed.failure().reason(), v1::Failure::REASON_DECLINED_BY_PAYER);
  EXPECT_EQ(failed.failure().provider_code(), "8");
  EXPECT_EQ(LedgerSum("pay"), 0);
}

TEST_F(NicePayWalletsTest, OvoWaitsForFiftyFiveSeconds) {
  OpenWallet("ovo", "O-1");
  clock_.Shift(absl::Seconds(50));
  EXPECT_EQ(Asked("O-1").state(), v1::Order::STATE_AWAITING_PAYER);
  clock_.Shift(absl::Seconds(6));
  EXPECT_EQ(Asked("O-1").state(), v1::Order::STATE_EXPIRED);
  EXPECT_EQ(GetOrder("O-1")->failure().reason(), v1::Failure::REASON_EXPIRED);
  EXPECT_FALSE(Pay(OrderName("O-1")).ok()) << "too late there, too";
}

// As at the real NICEPAY: its answer comes when the payer has decided, and proves nothing.
TEST_F(NicePayWalletsTest, OvosCallWaitsForThePayerAndAnInquiryDecides) {
  SetNicePaySwitch("ovo_blocking", "decided");
  PutNicePayFault(sim::FAULT_KIND_DROPPED_NOTIFICATION, "notification", 0);
  OpenWallet("ovo", "O-1");
  EXPECT_EQ(Asked("O-1").state(), v1::Order::STATE_AWAITING_PAYER);
  ASSERT_TRUE(Pay(OrderName("O-1")).ok());
  ExpectPaid(AwaitState("O-1", v1::Order::STATE_PAID));
  OpenWallet("ovo", "O-2");
  ASSERT_TRUE(Decline(OrderName("O-2")).ok());
  AwaitState("O-2", v1::Order::STATE_FAILED);
  OpenWallet("ovo", "O-3");
  clock_.Shift(absl::Seconds(56));
  AdvanceClock(absl::Seconds(1));  // Whatever is due there now.
  EXPECT_EQ(Asked("O-3").state(), v1::Order::STATE_EXPIRED);
  EXPECT_THAT(Ledger("open"), SizeIs(3)) << "one push each";
}

TEST_F(NicePayWalletsTest, OvoGoesOnWhenThePushCallBreaks) {
  SetNicePaySwitch("ovo_blocking", "never");
  OpenWallet("ovo", "O-1");
  // The connection broke without an answer: nothing is concluded from that.
  ASSERT_TRUE(Pay(OrderName("O-1")).ok());
  ExpectPaid(AwaitState("O-1", v1::Order::STATE_PAID));
  EXPECT_THAT(Ledger("open"), SizeIs(1)) << "one push is one request on the wire";
}

TEST_F(NicePayWalletsTest, DanaIsPaidInTheBrowser) {
  const v1::Order open = OpenWallet("dana", "D-1");
  const std::string url = open.next_action().redirect().url();
  EXPECT_THAT(url, HasSubstr("/nicepay/direct/v2/payment?"));
  EXPECT_THAT(url, HasSubstr("callBackUrl=http%3A%2F%2F")) << "encoded";
  // To the wallet's page, by NICEPAY's redirect; then one click.
  const HttpReply opened = Browse(url);
  ASSERT_EQ(opened.status, 303) << opened.body;
  const HttpReply page = Browse(Location(opened));
  ASSERT_EQ(page.status, 200);
  EXPECT_THAT(page.body, HasSubstr("25000 IDR"));
  const HttpReply paid = Press(page, "pay");
  // Back to our return page, with words that nobody has signed; and on to the shop.
  ASSERT_EQ(paid.status, 303) << paid.body;
  EXPECT_THAT(Location(paid),
              HasSubstr(server_->addresses().notify + ReturnPage("order/D-1") + "?"));
  EXPECT_THAT(Location(paid), HasSubstr("resultCd=0000"));
  const HttpReply back = Browse(Location(paid));
  EXPECT_EQ(back.status, 303);
  EXPECT_EQ(Location(back), kShop);
  ExpectPaid(AwaitState("D-1", v1::Order::STATE_PAID));
}

TEST_F(NicePayWalletsTest, DanaIsDeclinedInTheBrowserAndTheReturnMakesUsAsk) {
  const v1::Order open = OpenWallet("dana", "D-1");
  const HttpReply page = Browse(Location(Browse(open.next_action().redirect().url())));
  const HttpReply declined = Press(page, "decline");
  EXPECT_THAT(Location(declined), HasSubstr("resultCd=9752"));
  EXPECT_EQ(Location(Browse(Location(declined))), kShop);
  const v1::Order failed = AwaitState("D-1", v1::Order::STATE_FAILED);
  EXPECT_EQ(failed.failure().reason(), v1::Failure::REASON_DECLINED_BY_PAYER);
}

TEST_F(NicePayWalletsTest, DanaWaitsForADay) {
  OpenWallet("dana", "D-1");
  clock_.Shift(absl::Hours(23));
  EXPECT_EQ(Asked("D-1").state(), v1::Order::STATE_AWAITING_PAYER);
  clock_.Shift(absl::Hours(2));
  EXPECT_EQ(Asked("D-1").state(), v1::Order::STATE_EXPIRED);
}

TEST_F(NicePayWalletsTest, LinkAjaIsPaidInTheBrowserWithACartOfPiecesTimesPrice) {
  v1::Order order = WalletOrder("linkaja");
  v1::LineItem* const item = order.add_line_items();
  item->set_display_name("Kopi");
  *item->mutable_unit_price() = Rupiah(12500);
  item->set_quantity(2);
  const v1::Order open = OpenWallet(order, "L-1");
  const HttpReply page = Browse(Location(Browse(open.next_action().redirect().url())));
  EXPECT_THAT(page.body, HasSubstr("LinkAja"));
  EXPECT_EQ(Press(page, "pay").status, 303);
  ExpectPaid(AwaitState("L-1", v1::Order::STATE_PAID));
}

TEST_F(NicePayWalletsTest, LinkAjaWaitsForFiveMinutesUnlessToldOtherwise) {
  OpenWallet("linkaja", "L-1");
  v1::Order patient = WalletOrder("linkaja");
  const absl::Time end = clock_.Now() + absl::Hours(1);
  patient.mutable_expire_time()->set_seconds(absl::ToUnixSeconds(end));
  OpenWallet(patient, "L-2");
  clock_.Shift(absl::Minutes(6));
  EXPECT_EQ(Asked("L-1").state(), v1::Order::STATE_EXPIRED);
  EXPECT_EQ(Asked("L-2").state(), v1::Order::STATE_AWAITING_PAYER);
  clock_.Shift(absl::Minutes(55));
  EXPECT_EQ(Asked("L-2").state(), v1::Order::STATE_EXPIRED);
}

TEST_F(NicePayWalletsTest, ShopeePayHasLinksForAppAndBrowserAndProcesses) {
  SetNicePaySwitch("shopeepay_processing", "10s");
  const v1::Order open = OpenWallet("shopeepay", "S-1");
  EXPECT_THAT(open.next_action().redirect().url(), StartsWith("http://"));
  EXPECT_THAT(open.next_action().redirect().app_deep_link(), Not(IsEmpty()));
  ASSERT_TRUE(Pay(OrderName("S-1")).ok());
  EXPECT_THAT(Ledger("processing"), SizeIs(1));
  EXPECT_EQ(Asked("S-1").state(), v1::Order::STATE_AWAITING_PAYER) << "the wallet is at it";
  AdvanceClock(absl::Seconds(11));
  ExpectPaid(AwaitState("S-1", v1::Order::STATE_PAID));
}

TEST_F(NicePayWalletsTest, ShopeePayIsDeclinedAndExpires) {
  OpenWallet("shopeepay", "S-1");
  ASSERT_TRUE(Decline(OrderName("S-1")).ok());
  EXPECT_EQ(Asked("S-1").state(), v1::Order::STATE_FAILED);
  OpenWallet("shopeepay", "S-2");
  clock_.Shift(absl::Minutes(6));
  EXPECT_EQ(Asked("S-2").state(), v1::Order::STATE_EXPIRED);
}

TEST_F(NicePayWalletsTest, ShopeePaysLinksAreAskedForAgainWhenTheirAnswerIsLost) {
  PutNicePayFault(sim::FAULT_KIND_TIMEOUT_AFTER_EFFECT, "payment");
  const v1::Order open = OpenWallet("shopeepay", "S-1");
  EXPECT_THAT(
      AwaitOrder("S-1", [](const v1::Order& order) { return order.next_action().has_redirect(); })
          .next_action()
          .redirect()
          .url(),
      StartsWith("http://"));
  EXPECT_THAT(Ledger("register"), SizeIs(1));
}

TEST_F(NicePayWalletsTest, APaymentWhoseNotificationIsLostIsFoundByAsking) {
  for (const std::string wallet : {"dana", "linkaja", "shopeepay"}) {
    SCOPED_TRACE(wallet);
    OpenWallet(wallet, wallet);
    PutNicePayFault(sim::FAULT_KIND_DROPPED_NOTIFICATION, "notification");
    ASSERT_TRUE(Pay(OrderName(wallet)).ok());
    ExpectPaid(Asked(wallet));
  }
  EXPECT_THAT(Notifications(), IsEmpty());
}

TEST_F(NicePayWalletsTest, TheMerchantThatPaysByItself) {
  SetNicePaySwitch("auto_pay", "true");
  const auto created = CreateOrder("O-1", WalletOrder("ovo"));
  ASSERT_TRUE(created.ok()) << created.problem();
  ExpectPaid(AwaitState("O-1", v1::Order::STATE_PAID));
}

TEST_F(NicePayWalletsTest, WhatNicePayNeedsIsAskedForByField) {
  v1::Order order = WalletOrder("dana");
  order.mutable_customer()->clear_city();
  order.mutable_customer()->clear_ip_address();
  const auto missing = CreateOrder("D-1", order);
  EXPECT_EQ(missing.problem().code, grpc::StatusCode::INVALID_ARGUMENT);
  EXPECT_THAT(missing.problem().fields,
              ElementsAre("order.customer.city", "order.customer.ip_address"));
  order = WalletOrder("dana");
  order.mutable_customer()->set_display_name("R2-D2");
  EXPECT_THAT(CreateOrder("D-1", order).problem().fields,
              ElementsAre("order.customer.display_name"));
  order = WalletOrder("linkaja");
  v1::LineItem* const item = order.add_line_items();
  item->set_display_name("Kopi");
  *item->mutable_unit_price() = Rupiah(12500);
  item->set_quantity(3);
  EXPECT_THAT(CreateOrder("L-1", order).problem().fields, ElementsAre("order.line_items"));
  order = WalletOrder("dana");
  *order.mutable_amount() = Aed(25000);
  EXPECT_THAT(CreateOrder("D-1", order).problem().fields,
              ElementsAre("order.amount.currency_code"));
  EXPECT_THAT(Ledger("register"), IsEmpty());
}

TEST_F(NicePayWalletsTest, WhatNicePayDoesNotOfferIsSaidSo) {
  OpenWallet("dana", "D-1");
  EXPECT_EQ(CancelOrder("D-1").problem().reason, "CAPABILITY_MISSING");
  EXPECT_EQ(CreateOrder("G-1", WalletOrder("gopay")).problem().reason, "CAPABILITY_MISSING");
  EXPECT_EQ(GetOrder("D-1")->state(), v1::Order::STATE_AWAITING_PAYER);
}

// --- Lost answers

TEST_F(NicePayWalletsTest, ALostRegistrationGoesOutUnderANewNumberAndTheOldOneIsRecognised) {
  PutNicePayFault(sim::FAULT_KIND_TIMEOUT_AFTER_EFFECT, "registration");
  const auto lost = CreateOrder("D-1", WalletOrder("dana"));
  ASSERT_TRUE(lost.ok()) << lost.problem();
  EXPECT_EQ(lost->state(), v1::Order::STATE_SUBMITTING);
  // Half a minute later the schedule moves on; an order that is looked at soon wakes it.
  clock_.Shift(absl::Seconds(31));
  PutNicePayFault(sim::FAULT_KIND_TIMEOUT_AFTER_EFFECT, "payment");
  PutNicePayFault(sim::FAULT_KIND_HTTP_STATUS, "inquiry");
  OpenWallet("shopeepay", "S-1");
  const v1::Order open = AwaitState("D-1", v1::Order::STATE_AWAITING_PAYER);
  ASSERT_EQ(open.attempts_size(), 2);
  EXPECT_EQ(open.attempts(0).provider_key(), "D-1");
  EXPECT_TRUE(open.attempts(0).abandoned());
  EXPECT_EQ(open.attempts(1).provider_key(), "D-1.r2");
  EXPECT_THAT(open.next_action().redirect().url(), HasSubstr(open.provider_number()));

  // The payer has a link to the number that was lost: the notification names it, and so do we.
  ASSERT_TRUE(PayKey("D-1").ok());
  const v1::Order paid = AwaitState("D-1", v1::Order::STATE_PAID);
  EXPECT_THAT(paid.attention(), HasSubstr("given up"));
  EXPECT_NE(paid.provider_number(), open.provider_number());
  // What was paid can be given back.
  EXPECT_EQ(RefundCode("D-1", "R-1", 5000), "");
  EXPECT_EQ(LedgerSum("refund"), 5000);
}

TEST_F(NicePayWalletsTest, PaidUnderBothNumbersIsForAPerson) {
  PutNicePayFault(sim::FAULT_KIND_TIMEOUT_AFTER_EFFECT, "registration");
  ASSERT_TRUE(CreateOrder("D-1", WalletOrder("dana")).ok());
  clock_.Shift(absl::Seconds(31));
  PutNicePayFault(sim::FAULT_KIND_TIMEOUT_AFTER_EFFECT, "payment");
  PutNicePayFault(sim::FAULT_KIND_HTTP_STATUS, "inquiry");
  OpenWallet("shopeepay", "S-1");
  AwaitState("D-1", v1::Order::STATE_AWAITING_PAYER);
  ASSERT_TRUE(PayKey("D-1.r2").ok());
  AwaitState("D-1", v1::Order::STATE_PAID);
  ASSERT_TRUE(PayKey("D-1").ok());
  const v1::Order twice =
      AwaitOrder("D-1", [](const v1::Order& order) { return !order.attention().empty(); });
  EXPECT_THAT(twice.attention(), HasSubstr("more than once"));
  EXPECT_EQ(twice.paid().minor_units(), 25000);
}

TEST_F(NicePayWalletsTest, ANotificationIsHowALostRegistrationIsKnown) {
  PutNicePayFault(sim::FAULT_KIND_TIMEOUT_AFTER_EFFECT, "registration");
  ASSERT_TRUE(CreateOrder("D-1", WalletOrder("dana")).ok());
  ASSERT_TRUE(PayKey("D-1").ok());
  const v1::Order paid = AwaitState("D-1", v1::Order::STATE_PAID);
  EXPECT_EQ(paid.attempts_size(), 1);
  EXPECT_THAT(paid.attention(), IsEmpty());
  EXPECT_THAT(Ledger("register"), SizeIs(1));
}

}  // namespace
}  // namespace sluice::e2e
