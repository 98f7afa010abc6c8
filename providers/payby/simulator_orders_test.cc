// Orders: every field rule, replays, and every verb in every state.

#include "providers/payby/simulator_test_client.h"

namespace sluice::payby::simulator_test {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

class SimulatorOrderTest : public SimulatorTest {
 protected:
  // The code for Terms("O1") with `from` replaced by `to`.
  std::string CodeWith(std::string_view from, std::string_view to) {
    std::string terms = Terms("O1");
    const size_t at = terms.find(from);
    EXPECT_NE(at, std::string::npos) << from;
    terms.replace(at, from.size(), to);
    return Call("placeOrder", terms).code();
  }
  std::string CodeWithMore(const std::string& more) {
    return Call("placeOrder", Terms("O1", more)).code();
  }
  std::string CodeWithWallet(const std::string& params) {
    std::string terms = Terms("O1", "", params);
    terms.replace(terms.find("DYNQR"), 5, "EWALLET");
    return Call("placeOrder", terms).code();
  }
  std::string CodeWithAmount(const std::string& amount) {
    return Call("placeOrder", Terms("O1", "", "{}", amount)).code();
  }
  static std::string Long(size_t size) { return std::string(size, 'x'); }
};

TEST_F(SimulatorOrderTest, RequiredFields) {
  for (const char* gone : {"\"merchantOrderNo\":\"O1\",", "\"subject\":\"Demo item\",",
                           "\"totalAmount\":{\"amount\":12.34,\"currency\":\"AED\"},",
                           "\"paySceneCode\":\"DYNQR\","}) {
    EXPECT_EQ(CodeWith(gone, ""), "400") << gone;
  }
  EXPECT_EQ(CodeWith("\"O1\"", "\"\""), "400");
  EXPECT_EQ(CodeWith("\"O1\"", "\"a/b\""), "400");
  EXPECT_EQ(CodeWith("\"O1\"", "7"), "400");
  EXPECT_EQ(CodeWith("\"O1\"", "\"" + Long(65) + "\""), "400");
  EXPECT_EQ(CodeWith("Demo item", Long(65)), "400");
  EXPECT_THAT(simulator_->Ledger(), IsEmpty());
  EXPECT_EQ(CodeWith("\"O1\"", "\"" + Long(64) + "\""), "0");
  std::string arabic;
  for (int i = 0; i < 64; ++i) arabic += "\u0639";  // Characters count, not bytes.
  EXPECT_EQ(CodeWith("Demo item", arabic), "0");
}

TEST_F(SimulatorOrderTest, Amounts) {
  for (const char* bad : {"0", "0.00", "-1", "12.345", "12.340", "1e1", "10000000000", "\"\"",
                          "\"1,5\"", "\"abc\"", "null", "true", "{}"}) {
    EXPECT_EQ(CodeWithAmount(bad), "400") << bad;
  }
  EXPECT_EQ(CodeWith("\"AED\"", "\"USD\""), "400");
  EXPECT_EQ(CodeWith("\"AED\"", "\"aed\""), "400");
  EXPECT_EQ(CodeWith("{\"amount\":12.34,\"currency\":\"AED\"}", "12.34"), "400");
  EXPECT_EQ(CodeWithAmount("\"9999999999.99\""), "0");
  EXPECT_EQ(Get("O1").Text("body.acquireOrder.totalAmount.amount"), "9999999999.99");
}

TEST_F(SimulatorOrderTest, OptionalFieldsAreBoundedAndEchoed) {
  EXPECT_EQ(CodeWithMore(",\"subjectAr\":\"" + Long(201) + "\""), "400");
  EXPECT_EQ(CodeWithMore(",\"riskInfo\":\"" + Long(513) + "\""), "400");
  EXPECT_EQ(CodeWithMore(",\"reserved\":\"" + Long(201) + "\""), "400");
  EXPECT_EQ(CodeWithMore(",\"reserved\":5"), "400");
  EXPECT_EQ(CodeWithMore(",\"deviceId\":\"" + Long(201) + "\""), "400");
  EXPECT_EQ(CodeWithMore(",\"secondaryMerchantId\":\"s1\""), "400");  // Needs a device.
  EXPECT_EQ(CodeWithMore(",\"accessoryContent\":[1]"), "400");
  EXPECT_EQ(
      CodeWithMore(",\"accessoryContent\":{\"goodsDetail\":{\"body\":\"" + Long(201) + "\"}}"),
      "400");
  EXPECT_EQ(CodeWith(kNotifyUrl, "shop.example"), "400");
  EXPECT_EQ(CodeWith(kNotifyUrl, "https://shop.example/" + Long(200)), "400");
  const Answered answer = Call(
      "placeOrder", Terms("O1",
                          ",\"reserved\":\"r\",\"deviceId\":\"d\",\"secondaryMerchantId\":\"s\","
                          "\"subjectAr\":\"a\",\"payeeMid\":\"200000999901\",\"unheardOf\":[1],"
                          "\"accessoryContent\":{\"terminalDetail\":{\"storeId\":\"7\"}}"));
  ASSERT_EQ(answer.code(), "0");
  EXPECT_EQ(answer.Text("body.acquireOrder.reserved"), "r");
  EXPECT_EQ(answer.Text("body.acquireOrder.deviceId"), "d");
  EXPECT_EQ(answer.Text("body.acquireOrder.secondaryMerchantId"), "s");
  EXPECT_EQ(answer.Text("body.acquireOrder.subjectAr"), "a");
  EXPECT_EQ(answer.Text("body.acquireOrder.accessoryContent.terminalDetail.storeId"), "7");
  EXPECT_EQ(answer.Text("body.acquireOrder.accessoryContent.terminalDetail.merchantName"),
            "Demo Shop");
}

TEST_F(SimulatorOrderTest, Payees) {
  EXPECT_EQ(CodeWithMore(",\"payeeMid\":\"20x\""), "62086");
  EXPECT_EQ(CodeWithMore(",\"payeeMid\":\"200000999977\""), "62019");
}

TEST_F(SimulatorOrderTest, Expiry) {
  const auto code = [&](int64_t at) { return CodeWithMore(absl::StrCat(",\"expiredTime\":", at)); };
  constexpr int64_t kTwoDays = 48LL * 3600 * 1000;
  EXPECT_EQ(code(NowMs()), "62008");
  EXPECT_EQ(code(NowMs() - 1), "62008");
  EXPECT_EQ(code(NowMs() + kTwoDays + 1), "62009");
  EXPECT_EQ(CodeWithMore(",\"expiredTime\":\"x\""), "400");
  EXPECT_EQ(code(NowMs() + kTwoDays), "0");
  EXPECT_EQ(Place("O2").Text("body.acquireOrder.expiredTime"),
            absl::StrCat(NowMs() + 2 * 3600 * 1000));
}

TEST_F(SimulatorOrderTest, Scenes) {
  EXPECT_EQ(CodeWith("DYNQR", "TELEPATHY"), "62012");
  for (const char* scene : {"PAYPAGE", "INAPP", "JSAPI", "QRPAY", "AUTODEBIT", "DIRECTPAY",
                            "CASHTOPUP", "PAYANDSIGN", "PREAUTH", "PREAUTHVOID", "CAPTURE"}) {
    EXPECT_EQ(CodeWith("DYNQR", scene), "62026") << scene;
  }
  EXPECT_EQ(CodeWithMore(",\"sharingParamList\":[{\"a\":\"b\"}]"), "62026");
  EXPECT_EQ(CodeWith("{}", "[]"), "400");
  EXPECT_EQ(CodeWith("{}", "{\"oneTimePayment\":true}"), "400");
  EXPECT_EQ(CodeWith("{}", "{\"oneTimePayment\":\"maybe\"}"), "62073");
  EXPECT_EQ(CodeWith("{}", "{\"changePayer\":\"maybe\"}"), "400");
  EXPECT_EQ(CodeWith("{}", "{\"redirectUrl\":\"" + Long(513) + "\"}"), "400");
  EXPECT_EQ(CodeWith("{}", "{\"redirectUrl\":\"https://a\\r\\nX: 1\"}"), "400");
  EXPECT_EQ(CodeWithWallet("{}"), "62080");
  EXPECT_EQ(CodeWithWallet("{\"eWalletCode\":\"\"}"), "62080");
  EXPECT_EQ(CodeWithWallet("{\"eWalletCode\":\"other\"}"), "62081");
  EXPECT_EQ(CodeWithWallet("{\"eWalletCode\":\"" + Long(21) + "\"}"), "400");
  EXPECT_EQ(CodeWithWallet("{\"eWalletCode\":\"ALIPAYPLUS\"}"), "400");
  EXPECT_EQ(CodeWithWallet("{\"eWalletCode\":\"payby\",\"osType\":\"BEOS\"}"), "400");
  EXPECT_EQ(CodeWithWallet("{\"eWalletCode\":\"payby\",\"terminalType\":\"FAX\"}"), "400");
  EXPECT_THAT(simulator_->Ledger(), IsEmpty());
  EXPECT_EQ(CodeWith("\"paySceneParams\":{},", ""), "0");
}

TEST_F(SimulatorOrderTest, AnIdenticalReplayOfAnOpenOrderGivesAFreshToken) {
  const Answered first = Place("O1");
  Wait(absl::Minutes(5));
  // The order of members, the spelling of the amount and the time of asking are no difference.
  const Answered again =
      Call("placeOrder",
           absl::StrCat("{\"notifyUrl\":\"", kNotifyUrl,
                        "\",\"paySceneParams\":{},\"totalAmount\":{\"currency\":\"AED\",\"amount\":"
                        "\"12.34\"},\"paySceneCode\":\"DYNQR\",\"subject\":\"Demo item\","
                        "\"merchantOrderNo\":\"O1\"}"));
  EXPECT_EQ(again.code(), "0");
  EXPECT_EQ(again.order_no(), first.order_no());
  EXPECT_EQ(again.Text("body.acquireOrder.requestTime"), absl::StrCat(kStartMs));
  EXPECT_NE(again.Text("body.interActionParams.tokenUrl"), "(absent)");
  EXPECT_NE(again.Text("body.interActionParams.tokenUrl"),
            first.Text("body.interActionParams.tokenUrl"));
  EXPECT_THAT(Ledger("O1"), ElementsAre("place_order:CREATED:0"));
}

TEST_F(SimulatorOrderTest, AReplayWithOtherParametersIsRefusedInEveryState) {
  const auto changed = [&](const std::string& no) {
    return Call("placeOrder", Terms(no, "", "{}", "12.35")).code();
  };
  Place("O1");
  PlacePaid("O2");
  PlaceSettled("O3");
  PlaceFailed("O4");
  for (const char* no : {"O1", "O2", "O3", "O4"}) EXPECT_EQ(changed(no), "62016") << no;
  EXPECT_EQ(Call("placeOrder", Terms("O1", ",\"reserved\":\"x\"")).code(), "62016");
}

TEST_F(SimulatorOrderTest, AReplayOfAFinalOrderIsAnErrorOrByTheSwitchItsStatus) {
  PlacePaid("O2");
  PlaceSettled("O3");
  PlaceFailed("O4");
  EXPECT_EQ(Place("O2").code(), "62001");
  EXPECT_EQ(Place("O3").code(), "62003");
  EXPECT_EQ(Place("O4").code(), "62002");
  Switch("replay_final", "code0");
  EXPECT_EQ(Place("O2").status(), "PAID_SUCCESS");
  EXPECT_EQ(Place("O3").status(), "SETTLED");
  EXPECT_EQ(Place("O4").status(), "FAILURE");
  EXPECT_EQ(Place("O4").json.FindPath("body.interActionParams"), nullptr);
}

TEST_F(SimulatorOrderTest, NumbersAreGivenOneAtATime) {
  Place("O1");
  for (const char* operation : {"getOrder", "cancelOrder", "revokeOrder"}) {
    EXPECT_EQ(Call(operation, "{}").code(), "400") << operation;
    EXPECT_EQ(Call(operation, R"({"merchantOrderNo":"O1","orderNo":"1"})").code(), "400");
    EXPECT_EQ(Call(operation, R"({"merchantOrderNo":7})").code(), "400");
    EXPECT_EQ(Call(operation, Number("NONE")).code(), "62004");
    EXPECT_EQ(Call(operation, Number("NONE")).msg(), "MERCHANT_ORDER_NO_NOT_EXIST");
    EXPECT_EQ(Call(operation, ProviderNumber("131")).code(), "62035");
    EXPECT_EQ(Call(operation, ProviderNumber("131")).msg(), "ORDER_NO_NOT_EXIST");
  }
}

TEST_F(SimulatorOrderTest, EitherNumberFindsTheOrder) {
  const std::string order_no = Place("O1").order_no();
  EXPECT_EQ(Call("getOrder", ProviderNumber(order_no)).status(), "CREATED");
  EXPECT_EQ(Get("O1").order_no(), order_no);
  EXPECT_EQ(Call("cancelOrder", ProviderNumber(order_no)).status(), "FAILURE");
}

// The table of cancel.
TEST_F(SimulatorOrderTest, Cancel) {
  Place("C");
  const Answered closed = Cancel("C");
  EXPECT_EQ(closed.status(), "FAILURE");
  EXPECT_EQ(closed.revoked(), "false");
  EXPECT_EQ(closed.json.FindPath("body.interActionParams"), nullptr);
  EXPECT_EQ(closed.json.FindPath("body.acquireOrder.paymentInfo"), nullptr);
  EXPECT_EQ(Cancel("C").code(), "62002");
  PlacePaid("P");
  EXPECT_EQ(Cancel("P").code(), "62001");
  PlaceSettled("S");
  EXPECT_EQ(Cancel("S").code(), "62003");
  PlaceFailed("F");
  EXPECT_EQ(Cancel("F").code(), "62002");
  EXPECT_THAT(Ledger("C"), ElementsAre("place_order:CREATED:0", "cancel:FAILURE:0"));
  EXPECT_EQ(Get("P").status(), "PAID_SUCCESS");
  EXPECT_EQ(Get("S").status(), "SETTLED");
}

// The table of revoke.
TEST_F(SimulatorOrderTest, RevokeOfAnUnpaidOrderClosesIt) {
  Place("C");
  EXPECT_EQ(Revoke("C").status(), "FAILURE");
  EXPECT_EQ(Revoke("C").revoked(), "true");  // Again: the same.
  EXPECT_THAT(Ledger("C"), ElementsAre("place_order:CREATED:0", "revoke:FAILURE:0"));
}

TEST_F(SimulatorOrderTest, RevokeOfAPaidOrderUndoesThePayment) {
  PlacePaid("P");
  const Answered revoked = Revoke("P");
  EXPECT_EQ(revoked.status(), "FAILURE");
  EXPECT_EQ(revoked.revoked(), "true");
  EXPECT_EQ(revoked.Text("body.acquireOrder.paymentInfo.paidAmount.amount"), "12.34");
  EXPECT_EQ(Revoke("P").status(), "FAILURE");
  simulator_->AdvanceClock(absl::Hours(48));
  EXPECT_EQ(Get("P").status(), "FAILURE");  // Never settled.
  EXPECT_THAT(Ledger("P"),
              ElementsAre("place_order:CREATED:0", "pay:PAID_SUCCESS:1234", "revoke:FAILURE:1234"));
}

TEST_F(SimulatorOrderTest, RevokeOfASettledOrderLeavesItSettled) {
  PlaceSettled("S");
  const Answered revoked = Revoke("S");
  EXPECT_EQ(revoked.status(), "SETTLED");
  EXPECT_EQ(revoked.revoked(), "true");
  EXPECT_EQ(Revoke("S").revoked(), "true");
  EXPECT_THAT(Ledger("S"), ElementsAre("place_order:CREATED:0", "pay:PAID_SUCCESS:1234",
                                       "settle:SETTLED:1222", "revoke:SETTLED:1234"));
}

TEST_F(SimulatorOrderTest, RevokeOfAFailedOrderChangesNothing) {
  PlaceFailed("F");
  const Answered revoked = Revoke("F");
  EXPECT_EQ(revoked.code(), "0");
  EXPECT_EQ(revoked.status(), "FAILURE");
  EXPECT_EQ(revoked.revoked(), "false");
  EXPECT_THAT(Ledger("F"), ElementsAre("place_order:CREATED:0", "expire:FAILURE:0"));
}

TEST_F(SimulatorOrderTest, UnpaidOrdersExpire) {
  Place("O1");
  Wait(absl::Hours(2) - absl::Seconds(1));
  EXPECT_EQ(Get("O1").status(), "CREATED");
  Wait(absl::Seconds(1));
  const Answered expired = Get("O1");
  EXPECT_EQ(expired.status(), "FAILURE");
  EXPECT_EQ(expired.json.FindPath("body.acquireOrder.failCode"), nullptr);
  EXPECT_TRUE(absl::IsFailedPrecondition(simulator_->Pay("O1")));
  EXPECT_EQ(simulator_->Ledger().back().time, absl::FromUnixMillis(kStartMs) + absl::Hours(2));
}

TEST_F(SimulatorOrderTest, ExpiryHoldsEvenIfTheTimerIsLate) {
  Place("O1");
  clock_.Advance(absl::Hours(2));  // No timer has fired.
  EXPECT_TRUE(absl::IsFailedPrecondition(simulator_->Pay("O1")));
  EXPECT_EQ(Get("O1").status(), "FAILURE");
}

TEST_F(SimulatorOrderTest, PaidOrdersSettleByThemselves) {
  PlacePaid("O1");
  simulator_->AdvanceClock(absl::Minutes(10));
  EXPECT_EQ(Get("O1").status(), "SETTLED");
  simulator_->AdvanceClock(absl::Hours(3));
  EXPECT_EQ(Get("O1").status(), "SETTLED");
  Switch("settle_delay", "never");
  PlacePaid("O2");
  simulator_->AdvanceClock(absl::Hours(1000));
  EXPECT_EQ(Get("O2").status(), "PAID_SUCCESS");
}

TEST_F(SimulatorOrderTest, FeesAreConfigurable) {
  Switch("fee_permille", "25");
  PlacePaid("O1");
  const Answered paid = Get("O1");
  EXPECT_EQ(paid.Text("body.acquireOrder.paymentInfo.payeeFeeAmount.amount"), "0.31");
  EXPECT_EQ(paid.Text("body.acquireOrder.paymentInfo.settlementAmount.amount"), "12.03");
  EXPECT_EQ(paid.Text("body.acquireOrder.paymentInfo.payerFeeAmount.amount"), "0");
}

TEST_F(SimulatorOrderTest, ADeclinedTryEndsOnlyAOneTimeOrder) {
  Call("placeOrder", Terms("MANY", "", R"({"oneTimePayment":"false"})"));
  ASSERT_TRUE(simulator_->Decline("MANY").ok());
  EXPECT_EQ(Get("MANY").status(), "CREATED");
  EXPECT_TRUE(simulator_->Pay("MANY").ok());
  EXPECT_THAT(Ledger("MANY"),
              ElementsAre("place_order:CREATED:0", "decline:CREATED:0", "pay:PAID_SUCCESS:1234"));
  Switch("fail_code", "601");
  Call("placeOrder", Terms("ONE", "", R"({"oneTimePayment":"true"})"));
  ASSERT_TRUE(simulator_->Decline("ONE").ok());
  const Answered failed = Get("ONE");
  EXPECT_EQ(failed.status(), "FAILURE");
  EXPECT_EQ(failed.Text("body.acquireOrder.failCode"), "601");
  EXPECT_EQ(failed.Text("body.acquireOrder.failDes"), "RISK_FAIL");
  EXPECT_TRUE(absl::IsFailedPrecondition(simulator_->Decline("ONE")));
  EXPECT_TRUE(absl::IsFailedPrecondition(simulator_->Expire("ONE")));
}

TEST_F(SimulatorOrderTest, AutoPay) {
  Switch("auto_pay", "true");
  Switch("auto_pay_delay", "3s");
  EXPECT_EQ(Place("O1").status(), "CREATED");
  Cancel(Place("O2").Text("body.acquireOrder.merchantOrderNo"));
  Wait(absl::Seconds(3));
  EXPECT_EQ(Get("O1").status(), "PAID_SUCCESS");
  EXPECT_EQ(Get("O2").status(), "FAILURE");
}

TEST_F(SimulatorOrderTest, TheOperatorMovesStates) {
  Place("O1");
  EXPECT_TRUE(absl::IsInvalidArgument(simulator_->SetState("O1", "VOID")));
  EXPECT_TRUE(absl::IsNotFound(simulator_->SetState("NONE", "SETTLED")));
  EXPECT_TRUE(absl::IsNotFound(simulator_->Pay("NONE")));
  ASSERT_TRUE(simulator_->SetState("O1", "FAILURE").ok());
  // A payment that comes late, after all.
  ASSERT_TRUE(simulator_->SetState("O1", "PAID_SUCCESS").ok());
  EXPECT_EQ(Get("O1").status(), "PAID_SUCCESS");
  EXPECT_TRUE(absl::IsFailedPrecondition(simulator_->SetState("O1", "FAILURE")));
  ASSERT_TRUE(simulator_->SetState("O1", "SETTLED").ok());
  EXPECT_TRUE(absl::IsFailedPrecondition(simulator_->SetState("O1", "PAID_SUCCESS")));
  Place("O2");
  ASSERT_TRUE(simulator_->SetState("O2", "SETTLED").ok());
  EXPECT_THAT(Ledger("O2"),
              ElementsAre("place_order:CREATED:0", "pay:PAID_SUCCESS:1234", "settle:SETTLED:1222"));
  PlacePaid("O3");
  Revoke("O3");
  EXPECT_TRUE(absl::IsFailedPrecondition(simulator_->SetState("O3", "PAID_SUCCESS")));
}

}  // namespace
}  // namespace sluice::payby::simulator_test
