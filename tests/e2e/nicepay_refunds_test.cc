// Money back from NICEPAY's wallets: void or refund, all or parts, by each wallet's own rules of
// day and hour.

#include <gmock/gmock.h>

#include "tests/e2e/nicepay_fixture.h"

namespace sluice::e2e {
namespace {

using ::testing::IsEmpty;
using ::testing::SizeIs;

using NicePayRefundsTest = NicePayFixture;

TEST_F(NicePayRefundsTest, AnUnpaidOrderCannotBeRevokedAndGoesOn) {
  OpenWallet("dana", "D-1");
  ASSERT_TRUE(RevokeOrder("D-1").ok());
  const v1::Order open = AwaitState("D-1", v1::Order::STATE_AWAITING_PAYER);
  ASSERT_TRUE(Pay(OrderName("D-1")).ok());
  AwaitState("D-1", v1::Order::STATE_PAID);
  EXPECT_EQ(GetOrder("D-1")->attempts(1).failure().provider_code(), "9314");
}

TEST_F(NicePayRefundsTest, OvoGivesAllBackOnTheSameDay) {
  PaidWallet("ovo", "O-1");
  EXPECT_EQ(RefundCode("O-1", "R-1", 5000), "CAPABILITY_MISSING") << "no parts";
  ASSERT_TRUE(RevokeOrder("O-1").ok());
  const v1::Order revoked = AwaitState("O-1", v1::Order::STATE_REVOKED);
  EXPECT_THAT(revoked.attention(), IsEmpty());
  EXPECT_EQ(LedgerSum("void"), 25000);
  EXPECT_THAT(Ledger("refund"), IsEmpty());
}

TEST_F(NicePayRefundsTest, OvoGivesNothingBackOnAnotherDay) {
  PaidWallet("ovo", "O-1");
  clock_.Shift(absl::Hours(24));
  ASSERT_TRUE(RevokeOrder("O-1").ok());
  const v1::Order paid = AwaitOrder("O-1", [](const v1::Order& order) {
    return order.state() == v1::Order::STATE_PAID && order.attempts_size() == 2;
  });
  EXPECT_EQ(paid.attempts(1).failure().provider_code(), "9331");
  EXPECT_EQ(RefundCode("O-1", "R-1", 25000), "9331");
  EXPECT_THAT(Ledger("void"), IsEmpty());
  EXPECT_EQ(GetOrder("O-1")->refundable().minor_units(), 25000);
}

TEST_F(NicePayRefundsTest, DanaGivesPartsBackUntilNothingIsLeft) {
  PaidWallet("dana", "D-1");
  EXPECT_EQ(RefundCode("D-1", "R-1", 10000), "");
  EXPECT_EQ(RefundCode("D-1", "R-2", 10000), "");
  EXPECT_EQ(GetOrder("D-1")->refundable().minor_units(), 5000);
  EXPECT_EQ(RefundCode("D-1", "R-3", 5001), "REFUND_EXCEEDS_PAID");
  EXPECT_EQ(RefundCode("D-1", "R-4", 5000), "");
  EXPECT_EQ(LedgerSum("refund"), 25000);
  const v1::Order order = Asked("D-1");
  EXPECT_EQ(order.state(), v1::Order::STATE_PAID);
  EXPECT_EQ(order.refunded().minor_units(), 25000);
  EXPECT_THAT(order.attention(), IsEmpty());
}

TEST_F(NicePayRefundsTest, DanaVoidsWithinADayAndRefundsLater) {
  PaidWallet("dana", "D-1");
  PaidWallet("dana", "D-2");
  PaidWallet("dana", "D-3");
  ASSERT_TRUE(RevokeOrder("D-1").ok());
  AwaitState("D-1", v1::Order::STATE_REVOKED);
  EXPECT_EQ(LedgerSum("void"), 25000);
  clock_.Shift(absl::Hours(25));
  EXPECT_EQ(RefundCode("D-2", "R-1", 25000), "");
  EXPECT_EQ(LedgerSum("refund"), 25000);
  clock_.Shift(absl::Hours(24 * 30));
  EXPECT_EQ(RefundCode("D-3", "R-1", 25000), "9334");
}

TEST_F(NicePayRefundsTest, DanaRestsBetweenMidnightAndOne) {
  PaidWallet("dana", "D-1");
  clock_.Shift(absl::Hours(14) + absl::Minutes(30));  // From ten in the morning.
  EXPECT_EQ(RefundCode("D-1", "R-1", 5000), "9331");
  clock_.Shift(absl::Hours(1));
  EXPECT_EQ(RefundCode("D-1", "R-2", 5000), "");
}

TEST_F(NicePayRefundsTest, LinkAjaGivesAllBackWithinThirtyDays) {
  PaidWallet("linkaja", "L-1");
  PaidWallet("linkaja", "L-2");
  EXPECT_EQ(RefundCode("L-1", "R-1", 5000), "CAPABILITY_MISSING");
  clock_.Shift(absl::Hours(24 * 29));
  ASSERT_TRUE(RevokeOrder("L-1").ok());
  AwaitState("L-1", v1::Order::STATE_REVOKED);
  EXPECT_EQ(LedgerSum("void"), 25000);
  clock_.Shift(absl::Hours(24 * 2));
  EXPECT_EQ(RefundCode("L-2", "R-1", 25000), "9334");
}

TEST_F(NicePayRefundsTest, ShopeePayVoidsOnTheSameDayAndRefundsForAYear) {
  PaidWallet("shopeepay", "S-1");
  PaidWallet("shopeepay", "S-2");
  PaidWallet("shopeepay", "S-3");
  ASSERT_TRUE(RevokeOrder("S-1").ok());
  AwaitState("S-1", v1::Order::STATE_REVOKED);
  EXPECT_EQ(LedgerSum("void"), 25000);
  EXPECT_EQ(RefundCode("S-2", "R-1", 5000), "") << "a part";
  clock_.Shift(absl::Hours(24));
  EXPECT_EQ(RefundCode("S-2", "R-2", 20000), "");
  EXPECT_EQ(LedgerSum("refund"), 25000);
  clock_.Shift(absl::Hours(24 * 365));
  EXPECT_EQ(RefundCode("S-3", "R-1", 25000), "9334");
}

TEST_F(NicePayRefundsTest, ARefundWithoutAnAnswerIsSeenInWhatWasGivenBack) {
  PaidWallet("dana", "D-1");
  PutNicePayFault(sim::FAULT_KIND_TIMEOUT_AFTER_EFFECT, "cancel");
  ASSERT_TRUE(Refund("D-1", "R-1", 10000).ok());
  AwaitRefund("D-1", "R-1", v1::Refund::STATE_SUCCEEDED);
  EXPECT_THAT(Ledger("refund"), SizeIs(1));
  EXPECT_EQ(GetOrder("D-1")->refunded().minor_units(), 10000);
}

TEST_F(NicePayRefundsTest, ARevokeWithoutAnAnswerIsSeenInTheInquiry) {
  PaidWallet("dana", "D-1");
  PutNicePayFault(sim::FAULT_KIND_HTTP_STATUS_AFTER_EFFECT, "cancel");
  ASSERT_TRUE(RevokeOrder("D-1").ok());
  AwaitState("D-1", v1::Order::STATE_REVOKED);
  EXPECT_THAT(Ledger("void"), SizeIs(1));
}

}  // namespace
}  // namespace sluice::e2e
