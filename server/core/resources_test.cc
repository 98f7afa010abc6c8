#include "server/core/resources.h"

#include <gtest/gtest.h>

#include <set>
#include <string>

#include "server/core/field_names.h"

namespace sluice {
namespace {

// Every enumerator up to `last` has a name of its own that reads back.
template <typename Enum>
void ExpectNames(Enum last) {
  std::set<std::string_view> seen;
  for (int i = 0; i <= static_cast<int>(last); ++i) {
    const auto value = static_cast<Enum>(i);
    EXPECT_TRUE(seen.insert(EnumName(value)).second) << EnumName(value);
    Enum read = last;
    ParseEnum(EnumName(value), read);
    EXPECT_EQ(read, value);
  }
  // Numbers that are none give the name of zero.
  EXPECT_EQ(EnumName(static_cast<Enum>(static_cast<int>(last) + 1)), EnumName(Enum{}));
  EXPECT_EQ(EnumName(static_cast<Enum>(-1)), EnumName(Enum{}));
}

TEST(EnumTest, NamesReadBack) {
  ExpectNames(OrderState::kFailed);
  ExpectNames(RefundState::kFailed);
  ExpectNames(PayoutState::kCanceled);
  ExpectNames(AccountLinkState::kFailed);
  ExpectNames(AttemptState::kUnknown);
  ExpectNames(Verb::kRevokeAccountLink);
  ExpectNames(Presentation::kPush);
  ExpectNames(FailureReason::kOther);
  ExpectNames(NextAction::Kind::kAwaitPush);
}

TEST(EnumTest, NamesAreAsPublished) {
  EXPECT_EQ(StateName(OrderState::kUnspecified), "UNSPECIFIED");
  EXPECT_EQ(StateName(OrderState::kAwaitingPayer), "AWAITING_PAYER");
  EXPECT_EQ(StateName(OrderState::kRevoked), "REVOKED");
  EXPECT_EQ(StateName(RefundState::kPending), "PENDING");
  EXPECT_EQ(StateName(PayoutState::kCanceled), "CANCELED");
  EXPECT_EQ(StateName(AccountLinkState::kActive), "ACTIVE");
  EXPECT_EQ(StateName(AttemptState::kSending), "SENDING");
  EXPECT_EQ(StateName(AttemptState::kUnknown), "UNKNOWN");
  EXPECT_EQ(VerbName(Verb::kCreateOrder), "create_order");
  EXPECT_EQ(VerbName(Verb::kGetPayoutLimits), "get_payout_limits");
  EXPECT_EQ(PresentationName(Presentation::kQrCode), "QR_CODE");
  EXPECT_EQ(FailureReasonName(FailureReason::kDeclinedByPayer), "DECLINED_BY_PAYER");
  EXPECT_EQ(FailureReasonName(FailureReason::kNotSubmitted), "NOT_SUBMITTED");
  EXPECT_EQ(NextActionName(NextAction::Kind::kAwaitPush), "AWAIT_PUSH");
}

TEST(EnumTest, UnknownNames) {
  EXPECT_EQ(ParseOrderState("paid"), OrderState::kUnspecified);
  EXPECT_EQ(ParseRefundState(""), RefundState::kUnspecified);
  EXPECT_EQ(ParsePayoutState("PAID"), PayoutState::kUnspecified);
  EXPECT_EQ(ParseAccountLinkState("PAID"), AccountLinkState::kUnspecified);
  EXPECT_EQ(ParseAttemptState("PAID"), AttemptState::kUnspecified);
  EXPECT_EQ(ParseVerb("CREATE_ORDER"), Verb::kUnspecified);
  EXPECT_EQ(ParsePresentation("x"), Presentation::kUnspecified);
  EXPECT_EQ(ParseFailureReason("x"), FailureReason::kOther);
  EXPECT_EQ(ParseNextActionKind("x"), NextAction::Kind::kNone);
}

TEST(FinalTest, Orders) {
  using enum OrderState;
  for (const OrderState state : {kCanceled, kRevoked, kExpired, kFailed}) {
    EXPECT_TRUE(IsFinal(state)) << StateName(state);
  }
  for (const OrderState state :
       {kUnspecified, kSubmitting, kAwaitingPayer, kPaid, kCanceling, kRevoking}) {
    EXPECT_FALSE(IsFinal(state)) << StateName(state);
  }
}

TEST(FinalTest, Others) {
  EXPECT_TRUE(IsFinal(RefundState::kSucceeded));
  EXPECT_TRUE(IsFinal(RefundState::kFailed));
  EXPECT_FALSE(IsFinal(RefundState::kPending));
  EXPECT_FALSE(IsFinal(RefundState::kUnspecified));
  EXPECT_TRUE(IsFinal(PayoutState::kSucceeded));
  EXPECT_TRUE(IsFinal(PayoutState::kFailed));
  EXPECT_TRUE(IsFinal(PayoutState::kCanceled));
  EXPECT_FALSE(IsFinal(PayoutState::kSubmitting));
  EXPECT_TRUE(IsFinal(AccountLinkState::kRevoked));
  EXPECT_TRUE(IsFinal(AccountLinkState::kExpired));
  EXPECT_TRUE(IsFinal(AccountLinkState::kFailed));
  EXPECT_FALSE(IsFinal(AccountLinkState::kActive));
  EXPECT_FALSE(IsFinal(AccountLinkState::kRevoking));
}

TEST(ResourceTest, Names) {
  Order order;
  order.merchant = "m";
  order.id = "o";
  EXPECT_EQ(order.Name(), "merchants/m/orders/o");
  Refund refund;
  refund.merchant = "m";
  refund.order_id = "o";
  refund.id = "r";
  EXPECT_EQ(refund.Name(), "merchants/m/orders/o/refunds/r");
  Payout payout;
  payout.merchant = "m";
  payout.id = "p";
  EXPECT_EQ(payout.Name(), "merchants/m/payouts/p");
  AccountLink link;
  link.merchant = "m";
  link.id = "l";
  EXPECT_EQ(link.Name(), "merchants/m/accountLinks/l");
}

}  // namespace
}  // namespace sluice
