// Refunds: rules, states, amounts.

#include "providers/payby/simulator_test_client.h"

namespace sluice::payby::simulator_test {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

class SimulatorRefundTest : public SimulatorTest {};

TEST_F(SimulatorRefundTest, GoesToThePayerByItself) {
  PlacePaid("O1");
  const Answered placed = Refund("R1", "O1", "2.34");
  EXPECT_EQ(placed.code(), "0");
  EXPECT_EQ(placed.refund_status(), "CREATED");
  Wait(absl::Seconds(1));
  EXPECT_EQ(GetRefund("R1").refund_status(), "REFUNDED_SETTLED");
  Wait(absl::Seconds(1));
  const Answered done = GetRefund("R1");
  EXPECT_EQ(done.refund_status(), "SUCCESS");
  EXPECT_EQ(done.Text("body.refundSummary.acquireAmount.amount"), "12.34");
  EXPECT_EQ(done.Text("body.refundSummary.remainRefundAmount.amount"), "10");
  EXPECT_EQ(Get("O1").status(), "PAID_SUCCESS");  // A refund is no state of the order.
  EXPECT_THAT(Ledger("R1"), ElementsAre("refund:CREATED:234", "refund_settled:REFUNDED_SETTLED:0",
                                        "refund_succeeded:SUCCESS:234"));
}

TEST_F(SimulatorRefundTest, WithoutDelaysTheAnswerIsAlreadySuccess) {
  Switch("refund_settled_delay", "0");
  Switch("refund_success_delay", "0");
  PlacePaid("O1");
  EXPECT_EQ(Refund("R1", "O1", "2.34").refund_status(), "SUCCESS");
}

// The table of refund.
TEST_F(SimulatorRefundTest, DependsOnTheOrder) {
  Place("C");
  EXPECT_EQ(Refund("R1", "C", "1").code(), "62015");
  PlaceSettled("S");
  EXPECT_EQ(Refund("R2", "S", "1").code(), "0");
  PlaceFailed("F");
  EXPECT_EQ(Refund("R3", "F", "1").code(), "62002");
  EXPECT_EQ(Refund("R4", "NONE", "1").code(), "62004");
  const auto by_order_no = [&](const std::string& refund, const std::string& order_no) {
    return Call("refund/placeOrder",
                absl::StrCat("{\"refundMerchantOrderNo\":\"", refund, "\",\"originOrderNo\":\"",
                             order_no, "\",\"amount\":{\"amount\":1,\"currency\":\"AED\"}}"));
  };
  EXPECT_EQ(by_order_no("R5", "131").code(), "62035");
  EXPECT_EQ(by_order_no("R6", Get("S").order_no()).code(), "0");
  for (const char* no : {"VC", "VP", "VS"}) ASSERT_EQ(Place(no).code(), "0");
  ASSERT_TRUE(simulator_->Pay("VP").ok());
  ASSERT_TRUE(simulator_->SetState("VS", "SETTLED").ok());
  for (const char* no : {"VC", "VP", "VS"}) {
    ASSERT_EQ(Revoke(no).code(), "0") << no;
    EXPECT_EQ(Refund(absl::StrCat("R-", no), no, "1").code(), "62040") << no;
  }
}

TEST_F(SimulatorRefundTest, ARefundedOrderCannotBeRevoked) {
  PlacePaid("O1");
  Refund("R1", "O1", "1");
  EXPECT_EQ(Revoke("O1").code(), "62041");
  EXPECT_EQ(Revoke("O1").msg(), "ACQUIRE_ORDER_REFUNDED");
  ASSERT_TRUE(simulator_->SetState("R1", "FAILURE").ok());
  EXPECT_EQ(Revoke("O1").code(), "0");  // Nothing has been given back after all.
}

TEST_F(SimulatorRefundTest, NeverGivesBackMoreThanWasPaid) {
  PlacePaid("O1");
  EXPECT_EQ(Refund("R1", "O1", "12.35").code(), "62006");
  EXPECT_EQ(Refund("R2", "O1", "10").code(), "0");
  EXPECT_EQ(Refund("R3", "O1", "2.35").code(), "62006");  // In progress counts.
  EXPECT_EQ(Refund("R4", "O1", "2.34").code(), "0");
  EXPECT_EQ(Refund("R5", "O1", "0.01").code(), "62006");
  ASSERT_TRUE(simulator_->SetState("R4", "FAILURE").ok());
  EXPECT_EQ(GetRefund("R4").Text("body.refundSummary.remainRefundAmount.amount"), "2.34");
  EXPECT_EQ(Refund("R6", "O1", "2.34").code(), "0");
  Wait(absl::Minutes(1));
  EXPECT_EQ(GetRefund("R6").refund_status(), "SUCCESS");
  EXPECT_EQ(GetRefund("R4").refund_status(), "FAILURE");
  EXPECT_EQ(GetRefund("R6").Text("body.refundSummary.remainRefundAmount.amount"), "0");
  EXPECT_THAT(Ledger("R4"), ElementsAre("refund:CREATED:234", "refund_failed:FAILURE:234"));
}

TEST_F(SimulatorRefundTest, ReplaysAndReusedNumbers) {
  PlacePaid("O1");
  const Answered first = Refund("R1", "O1", "1");
  Wait(absl::Minutes(1));
  const Answered again = Refund("R1", "O1", "1.00");
  EXPECT_EQ(again.code(), "0");
  EXPECT_EQ(again.Text("body.refundOrder.orderNo"), first.Text("body.refundOrder.orderNo"));
  EXPECT_EQ(again.refund_status(), "SUCCESS");
  EXPECT_EQ(Refund("R1", "O1", "2").code(), "62017");
  EXPECT_EQ(Call("refund/placeOrder", RefundTerms("R1", "O1", "1", ",\"reason\":\"x\"")).code(),
            "62017");
  EXPECT_EQ(Ledger("R1").size(), 3u);
}

TEST_F(SimulatorRefundTest, OrdersAreRefundableFor180Days) {
  PlacePaid("O1");
  simulator_->AdvanceClock(absl::Hours(24 * 180));
  EXPECT_EQ(Refund("R1", "O1", "1").code(), "0");
  simulator_->AdvanceClock(absl::Milliseconds(1));
  EXPECT_EQ(Refund("R2", "O1", "1").code(), "62045");
}

TEST_F(SimulatorRefundTest, Fields) {
  PlacePaid("O1");
  const auto code = [&](const std::string& biz) { return Call("refund/placeOrder", biz).code(); };
  const std::string x65(65, 'x'), x201(201, 'x');
  EXPECT_EQ(code("{}"), "400");
  EXPECT_EQ(code(RefundTerms("", "O1", "1")), "400");
  EXPECT_EQ(code(RefundTerms("a b", "O1", "1")), "400");
  EXPECT_EQ(code(RefundTerms(x65, "O1", "1")), "400");
  EXPECT_EQ(code(RefundTerms("R1", "", "1")), "400");
  EXPECT_EQ(code(RefundTerms("R1", "O1", "1", ",\"originOrderNo\":\"13\"")), "400");
  for (const char* amount : {"0", "-1", "1.234", "null"}) {
    EXPECT_EQ(code(RefundTerms("R1", "O1", amount)), "400") << amount;
  }
  EXPECT_EQ(code(RefundTerms("R1", "O1", "1", ",\"reason\":\"" + x65 + "\"")), "400");
  EXPECT_EQ(code(RefundTerms("R1", "O1", "1", ",\"operatorName\":\"" + x201 + "\"")), "400");
  EXPECT_EQ(code(RefundTerms("R1", "O1", "1", ",\"refundSharingAmount\":\"yes\"")), "400");
  EXPECT_EQ(code(RefundTerms("R1", "O1", "1", ",\"sharingParamList\":[{}]")), "62083");
  EXPECT_THAT(Ledger("R1"), IsEmpty());
  const Answered full =
      Call("refund/placeOrder",
           RefundTerms("R1", "O1", "1", ",\"reserved\":\"r\",\"refundSharingAmount\":false"));
  EXPECT_EQ(full.Text("body.refundOrder.reserved"), "r");
  EXPECT_NE(full.json.FindPath("body.refundOrder.refundSharingAmount"), nullptr);
}

TEST_F(SimulatorRefundTest, Query) {
  PlacePaid("O1");
  const std::string order_no = Refund("R1", "O1", "1").Text("body.refundOrder.orderNo");
  EXPECT_EQ(Call("refund/getOrder", ProviderNumber(order_no)).refund_status(), "CREATED");
  EXPECT_EQ(GetRefund("NONE").code(), "62007");
  EXPECT_EQ(Call("refund/getOrder", ProviderNumber("19")).code(), "62035");
  EXPECT_EQ(Call("refund/getOrder", "{}").code(), "400");
  EXPECT_EQ(Call("refund/getOrder", R"({"refundMerchantOrderNo":"R1","orderNo":"1"})").code(),
            "400");
}

TEST_F(SimulatorRefundTest, TheOperatorMovesStates) {
  Switch("refund_settled_delay", "never");
  Switch("fail_code", "504");
  PlacePaid("O1");
  Refund("R1", "O1", "1");
  simulator_->AdvanceClock(absl::Hours(24));
  EXPECT_EQ(GetRefund("R1").refund_status(), "CREATED");
  ASSERT_TRUE(simulator_->SetState("R1", "REFUNDED_SETTLED").ok());
  EXPECT_TRUE(absl::IsFailedPrecondition(simulator_->SetState("R1", "REFUNDED_SETTLED")));
  EXPECT_TRUE(absl::IsInvalidArgument(simulator_->SetState("R1", "PAID_SUCCESS")));
  ASSERT_TRUE(simulator_->SetState("R1", "FAILURE").ok());
  EXPECT_EQ(GetRefund("R1").Text("body.refundOrder.failCode"), "504");
  EXPECT_EQ(GetRefund("R1").Text("body.refundOrder.failDes"), "SERVICE_TIMEOUT");
  EXPECT_TRUE(absl::IsFailedPrecondition(simulator_->SetState("R1", "SUCCESS")));
  Wait(absl::Hours(1));
  EXPECT_EQ(GetRefund("R1").refund_status(), "FAILURE");
}

}  // namespace
}  // namespace sluice::payby::simulator_test
