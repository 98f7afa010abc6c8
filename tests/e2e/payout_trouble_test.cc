// Payouts when EPAY does not answer, refuses, or is lied about: nothing is paid twice, nothing is
// called failed without evidence, and no callback is believed that EPAY did not sign.

#include <gmock/gmock.h>

#include <ostream>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "tests/e2e/payout_fixture.h"

namespace sluice::e2e {
namespace {

using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::Not;
using ::testing::SizeIs;

constexpr char kForeignKey[] = "OTHERKEY0123456789ABCDEF00000002";

struct LostCreate {
  const char* name;
  sim::FaultKind kind;
  bool has_effect;
};

void PrintTo(const LostCreate& lost, std::ostream* out) { *out << lost.name; }

// A create without a verified answer: EPAY is asked under its number, and it is never sent again.
class LostPayoutTest : public PayoutFixture, public ::testing::WithParamInterface<LostCreate> {};

TEST_P(LostPayoutTest, IsAskedAboutAndNeverSentAgain) {
  SetEpaySwitch("auto_result", "none");
  PutEpayFault(MakeFault(GetParam().kind, "create"));
  const auto created = CreatePayout("P-1", PayoutTo("advcash"));
  ASSERT_TRUE(created.ok()) << created.problem();
  EXPECT_NE(created->state(), v1::Payout::STATE_FAILED);
  if (GetParam().has_effect) {
    AwaitPayoutState("P-1", v1::Payout::STATE_PENDING);
    ASSERT_TRUE(Pay(PayoutName("P-1")).ok());
    AwaitPayoutState("P-1", v1::Payout::STATE_SUCCEEDED);
    EXPECT_THAT(EpayLedger("P-1"), ElementsAre("payout:2601", "succeed:2550"));
  } else {
    AwaitUnknown("P-1");
    for (const absl::Duration later : {absl::ZeroDuration(), absl::Minutes(2), absl::Hours(5)}) {
      clock_.Shift(later);
      const auto asked = SyncPayout("P-1");
      ASSERT_TRUE(asked.ok()) << asked.problem();
      EXPECT_EQ(asked->state(), v1::Payout::STATE_SUBMITTING) << "not found is not proof";
    }
    EXPECT_THAT(EpayLedger("P-1"), IsEmpty());
  }
  const auto now = GetPayout("P-1");
  ASSERT_THAT(now->attempts(), SizeIs(1));
  EXPECT_EQ(now->attempts(0).sends(), 1);
  EXPECT_THAT(EventTypes(), Not(Contains("payout.failed")));
}

INSTANTIATE_TEST_SUITE_P(
    All, LostPayoutTest,
    ::testing::Values(
        LostCreate{"TimeoutBeforeEffect", sim::FAULT_KIND_TIMEOUT_BEFORE_EFFECT, false},
        LostCreate{"TimeoutAfterEffect", sim::FAULT_KIND_TIMEOUT_AFTER_EFFECT, true},
        LostCreate{"Http500", sim::FAULT_KIND_HTTP_STATUS, false},
        LostCreate{"Http500AfterEffect", sim::FAULT_KIND_HTTP_STATUS_AFTER_EFFECT, true},
        LostCreate{"HtmlInsteadOfJson", sim::FAULT_KIND_HTML_BODY, true},
        LostCreate{"TruncatedBody", sim::FAULT_KIND_TRUNCATED_BODY, true},
        LostCreate{"SlowBody", sim::FAULT_KIND_SLOW_BODY, true},
        LostCreate{"BadSignature", sim::FAULT_KIND_BAD_SIGNATURE, true},
        LostCreate{"MissingSignature", sim::FAULT_KIND_MISSING_SIGNATURE, true},
        LostCreate{"ConnectionReset", sim::FAULT_KIND_CONNECTION_RESET, false}),
    [](const auto& info) { return std::string(info.param.name); });

using PayoutTroubleTest = PayoutFixture;

TEST_F(PayoutTroubleTest, NotFoundRightAfterALostCreateIsNotProof) {
  SetEpaySwitch("auto_result", "none");
  PutEpayFault(MakeFault(sim::FAULT_KIND_TIMEOUT_AFTER_EFFECT, "create"));
  sim::Fault not_found_yet = MakeFault(sim::FAULT_KIND_PROVIDER_CODE, "query", 0);
  not_found_yet.set_code("1006");
  PutEpayFault(not_found_yet);
  ASSERT_TRUE(CreatePayout("P-1", PayoutTo("advcash")).ok());
  AwaitUnknown("P-1");
  for (int i = 0; i < 3; ++i) {
    const auto asked = SyncPayout("P-1");
    EXPECT_EQ(asked->state(), v1::Payout::STATE_SUBMITTING);
    EXPECT_EQ(asked->attempts(0).state(), v1::Attempt::STATE_UNKNOWN);
  }
  ClearFaults();  // Now EPAY's books are written.
  AwaitPayoutState("P-1", v1::Payout::STATE_PENDING);
  EXPECT_THAT(EpayLedger("P-1"), ElementsAre("payout:2601"));
}

TEST_F(PayoutTroubleTest, WithoutEvidenceItIsForAPersonInTheEnd) {
  PutEpayFault(MakeFault(sim::FAULT_KIND_TIMEOUT_BEFORE_EFFECT, "create"));
  ASSERT_TRUE(CreatePayout("P-1", PayoutTo("advcash")).ok());
  AwaitUnknown("P-1");
  clock_.Shift(absl::Hours(73));
  ASSERT_TRUE(SyncPayout("P-1").ok());
  const auto now = GetPayout("P-1");
  EXPECT_EQ(now->state(), v1::Payout::STATE_SUBMITTING);
  EXPECT_NE(now->attention(), "");
  EXPECT_THAT(EventTypes(), Contains("payout.attention"));
  EXPECT_THAT(EpayLedger("P-1"), IsEmpty());
}

TEST_F(PayoutTroubleTest, LostCreateIsResolvedAfterARestartToo) {
  Stop();
  options_.settings.provider_wait = absl::Milliseconds(50);
  Start();
  PutEpayFault(MakeFault(sim::FAULT_KIND_TIMEOUT_BEFORE_EFFECT, "create", 1, absl::Seconds(20)));
  const auto created = CreatePayout("P-1", PayoutTo("advcash"));
  ASSERT_TRUE(created.ok()) << created.problem();
  EXPECT_EQ(created->state(), v1::Payout::STATE_SUBMITTING) << "what is durable so far";
  Restart();
  AwaitUnknown("P-1");
  EXPECT_EQ(SyncPayout("P-1")->attempts(0).sends(), 1);
  EXPECT_THAT(EpayLedger("P-1"), IsEmpty()) << "not sent again by the new process";
}

TEST_F(PayoutTroubleTest, RefusalWithTextFailsItWhenItIsStillNotFoundLater) {
  sim::Fault fault = MakeFault(sim::FAULT_KIND_PROVIDER_CODE, "create");
  fault.set_code("4711");
  PutEpayFault(fault);
  ASSERT_TRUE(CreatePayout("P-1", PayoutTo("advcash")).ok()) << "a refusal is no error of ours";
  AwaitUnknown("P-1");
  EXPECT_EQ(SyncPayout("P-1")->state(), v1::Payout::STATE_SUBMITTING);
  ProveRefusal("P-1");
  const v1::Payout failed = AwaitPayoutState("P-1", v1::Payout::STATE_FAILED);
  EXPECT_EQ(failed.failure().provider_code(), "4711");
  EXPECT_EQ(failed.failure().reason(), v1::Failure::REASON_DECLINED_BY_PROVIDER);
  EXPECT_FALSE(failed.fee_kept());
  EXPECT_EQ(failed.attempts(0).state(), v1::Attempt::STATE_REJECTED);
  EXPECT_THAT(EpayLedger("P-1"), IsEmpty());
}

TEST_F(PayoutTroubleTest, RefusalAloneIsNotProof) {
  sim::Fault fault = MakeFault(sim::FAULT_KIND_PROVIDER_CODE, "create");
  fault.set_code("1099");
  PutEpayFault(fault);
  PutEpayFault(MakeFault(sim::FAULT_KIND_HTTP_STATUS, "query", 0));
  ASSERT_TRUE(CreatePayout("P-1", PayoutTo("advcash")).ok());
  EXPECT_EQ(AwaitUnknown("P-1").state(), v1::Payout::STATE_SUBMITTING);
  EXPECT_EQ(SyncPayout("P-1")->state(), v1::Payout::STATE_SUBMITTING);
  ProveRefusal("P-1");
  EXPECT_EQ(GetPayout("P-1")->state(), v1::Payout::STATE_SUBMITTING) << "nothing was learned";
  ClearFaults();
  EXPECT_EQ(AwaitPayoutState("P-1", v1::Payout::STATE_FAILED).failure().provider_code(), "1099");
}

TEST_F(PayoutTroubleTest, BalanceThatIsTooLowFailsOneAndNotTheOther) {
  PendingPayout("P-1", "advcash", 500000);  // And the fee: 5,100 of 10,000.
  ASSERT_TRUE(CreatePayout("P-2", PayoutTo("payeer", 490000)).ok());
  AwaitUnknown("P-2");
  ProveRefusal("P-2");
  const v1::Payout failed = AwaitPayoutState("P-2", v1::Payout::STATE_FAILED);
  EXPECT_EQ(failed.failure().provider_code(), "1008");
  EXPECT_NE(failed.failure().provider_message(), "");
  EXPECT_THAT(EpayLedger("P-2"), IsEmpty());
  EXPECT_EQ(GetPayout("P-1")->state(), v1::Payout::STATE_PENDING);
  // What fails gives its money back.
  ASSERT_TRUE(Decline(PayoutName("P-1")).ok());
  EXPECT_FALSE(AwaitPayoutState("P-1", v1::Payout::STATE_FAILED).fee_kept());
  PendingPayout("P-3", "payeer", 490000);
}

TEST_F(PayoutTroubleTest, LyingQueriesAreNotBelieved) {
  PendingPayout("P-1");
  ASSERT_TRUE(SetState(PayoutName("P-1"), "9").ok());
  for (const auto kind : {sim::FAULT_KIND_BAD_SIGNATURE, sim::FAULT_KIND_MISSING_SIGNATURE,
                          sim::FAULT_KIND_HTML_BODY, sim::FAULT_KIND_TRUNCATED_BODY}) {
    ClearFaults();
    PutEpayFault(MakeFault(kind, "query", 0));
    EXPECT_EQ(SyncPayout("P-1")->state(), v1::Payout::STATE_PENDING) << sim::FaultKind_Name(kind);
  }
}

TEST_F(PayoutTroubleTest, EveryThirdCallBreaksAndTheBooksAgree) {
  SetEpaySwitch("auto_result", "none");
  sim::Fault fault = MakeFault(sim::FAULT_KIND_HTTP_STATUS_AFTER_EFFECT, "", 0);
  fault.set_probability_permille(333);
  PutEpayFault(fault);
  constexpr int kPayouts = 9;
  const char* const kWallets[] = {"perfect-money", "advcash", "payeer", "fasapay"};
  for (int i = 0; i < kPayouts; ++i) {
    ASSERT_TRUE(CreatePayout(absl::StrCat("M-", i), PayoutTo(kWallets[i % 4], 1000 + i)).ok());
  }
  for (int i = 0; i < kPayouts; ++i) {
    const std::string id = absl::StrCat("M-", i);
    AwaitPayoutState(id, v1::Payout::STATE_PENDING);
    ASSERT_TRUE(Pay(PayoutName(id)).ok());
    AwaitPayoutState(id, v1::Payout::STATE_SUCCEEDED);
    EXPECT_THAT(EpayLedger(id), SizeIs(2)) << "one payout, one success";
  }
}

// --- Callbacks

class PayoutCallbacksTest : public PayoutFixture {
 protected:
  // What the test says must not be overtaken by what the schedule finds out.
  void SetUp() override {
    PayoutFixture::SetUp();
    RestartAskingSeldom();
  }
  // EPAY has paid it, and its callback was lost.
  v1::Payout PaidInSilence(const std::string& id) {
    const v1::Payout pending = PendingPayout(id);
    PutEpayFault(MakeFault(sim::FAULT_KIND_DROPPED_NOTIFICATION, "notification", 0));
    EXPECT_TRUE(Pay(PayoutName(id)).ok());
    EXPECT_EQ(GetPayout(id)->state(), v1::Payout::STATE_PENDING);
    return pending;
  }
};

TEST_F(PayoutCallbacksTest, TrueOneIsAcknowledgedExactlyAndOnceIsEnough) {
  const v1::Payout pending = PendingPayout("P-1");
  for (int i = 0; i < 3; ++i) {
    const HttpReply reply = DeliverCallback(CallbackOf(pending, "7"));
    EXPECT_EQ(reply.status, 200);
    EXPECT_EQ(reply.body, "success");
    EXPECT_EQ(GetPayout("P-1")->state(), v1::Payout::STATE_SUCCEEDED) << "acknowledged is durable";
  }
  ASSERT_THAT(Deliveries(), SizeIs(1));
  EXPECT_EQ(Deliveries()[0].deliveries(), 3);
  EXPECT_THAT(EventTypes(), Contains("payout.succeeded").Times(1));
}

TEST_F(PayoutCallbacksTest, WrongSignatureChangesNothingByItself) {
  const v1::Payout pending = PendingPayout("P-1");
  const HttpReply reply = DeliverCallback(CallbackOf(pending, "7"), kForeignKey);
  EXPECT_EQ(reply.status, 400);
  EXPECT_EQ(reply.body, "fail");
  ASSERT_THAT(Deliveries(), SizeIs(1));
  EXPECT_EQ(Deliveries()[0].state(), v1::Notification::STATE_REJECTED);
  EXPECT_EQ(Deliveries()[0].reason(), "SIGNATURE_INVALID");
  EXPECT_EQ(Deliveries()[0].resource(), "");
  EXPECT_EQ(SyncPayout("P-1")->state(), v1::Payout::STATE_PENDING);
  EXPECT_THAT(EventTypes(), ElementsAre("payout.created", "payout.pending"));
}

TEST_F(PayoutCallbacksTest, WrongSignatureMakesUsAskAndEpayIsBelieved) {
  const v1::Payout pending = PaidInSilence("P-1");
  // A forger says that it has failed; nobody else would ask before the hour is over.
  EXPECT_EQ(DeliverCallback(CallbackOf(pending, "6"), kForeignKey).status, 400);
  const v1::Payout done = AwaitPayoutState("P-1", v1::Payout::STATE_SUCCEEDED);
  EXPECT_FALSE(done.has_failure());
  EXPECT_THAT(EventTypes(), Not(Contains("payout.failed")));
}

TEST_F(PayoutCallbacksTest, EpaysOwnOneWithASpoiltSignatureMakesUsAsk) {
  for (const auto kind : {sim::FAULT_KIND_BAD_SIGNATURE, sim::FAULT_KIND_MISSING_SIGNATURE}) {
    const std::string id = absl::StrCat("P-", static_cast<int>(kind));
    PendingPayout(id);
    PutEpayFault(MakeFault(kind, "notification", 0));
    ASSERT_TRUE(Decline(PayoutName(id)).ok());
    AwaitPayoutState(id, v1::Payout::STATE_FAILED);
    ClearFaults();
  }
  for (const v1::Notification& delivery : Deliveries()) {
    EXPECT_EQ(delivery.state(), v1::Notification::STATE_REJECTED);
  }
}

TEST_F(PayoutCallbacksTest, OneAboutNobodyIsKeptAndOneForAnotherAmountRefused) {
  const v1::Payout pending = PendingPayout("P-1");
  auto fields = CallbackOf(pending, "7");
  fields["amount"] = "25.51";
  EXPECT_EQ(DeliverCallback(fields).status, 400);
  EXPECT_EQ(Deliveries()[0].reason(), "AMOUNT_MISMATCH");
  fields = CallbackOf(pending, "7");
  fields["settlementCurrency"] = "EUR";
  EXPECT_EQ(DeliverCallback(fields).status, 400);
  fields = CallbackOf(pending, "7");
  fields["epayAccount"] = "other@example.test";
  EXPECT_EQ(DeliverCallback(fields).status, 400);
  EXPECT_EQ(Deliveries()[0].reason(), "MERCHANT_MISMATCH");
  EXPECT_EQ(GetPayout("P-1")->state(), v1::Payout::STATE_PENDING);
  fields = CallbackOf(pending, "7");
  fields["merchantOrderNo"] = "nobody";
  EXPECT_EQ(DeliverCallback(fields).status, 200) << "true, and durable: no need to repeat it";
  EXPECT_EQ(Deliveries()[0].state(), v1::Notification::STATE_UNMATCHED);
}

TEST_F(PayoutCallbacksTest, TheFeeMayBePartOfItsAmount) {
  SetEpaySwitch("fee_in_amount", "callback");
  PendingPayout("P-1");
  ASSERT_TRUE(Pay(PayoutName("P-1")).ok());
  v1::Payout done = AwaitPayoutState("P-1", v1::Payout::STATE_SUCCEEDED);
  EXPECT_EQ(done.amount().minor_units(), 2550);
  EXPECT_EQ(done.fee().minor_units(), 51);
  EXPECT_EQ(done.attention(), "");
  EXPECT_EQ(Deliveries()[0].state(), v1::Notification::STATE_PROCESSED);
  SetEpaySwitch("fee_in_amount", "all");
  PendingPayout("P-2");
  ASSERT_TRUE(Decline(PayoutName("P-2")).ok());
  EXPECT_EQ(AwaitPayoutState("P-2", v1::Payout::STATE_FAILED).attention(), "");
  EXPECT_EQ(Deliveries()[0].state(), v1::Notification::STATE_PROCESSED);
}

TEST_F(PayoutCallbacksTest, AForeignAmountMakesUsAskAndEpayIsBelieved) {
  const v1::Payout pending = PaidInSilence("P-1");
  auto fields = CallbackOf(pending, "6");
  fields["amount"] = "99.00";
  EXPECT_EQ(DeliverCallback(fields).status, 400);
  const v1::Payout done = AwaitPayoutState("P-1", v1::Payout::STATE_SUCCEEDED);
  EXPECT_NE(done.attention(), "");
  EXPECT_THAT(EventTypes(), Not(Contains("payout.failed")));
}

TEST_F(PayoutCallbacksTest, DuplicatesAndAnyOrderEndTheSame) {
  PutEpayFault(MakeFault(sim::FAULT_KIND_DUPLICATE_NOTIFICATION, "notification", 0));
  PendingPayout("P-1");
  ASSERT_TRUE(Pay(PayoutName("P-1")).ok());
  AwaitPayoutState("P-1", v1::Payout::STATE_SUCCEEDED);
  ClearFaults();
  PutEpayFault(MakeFault(sim::FAULT_KIND_REORDERED_NOTIFICATIONS, "notification"));
  PendingPayout("P-2");
  PendingPayout("P-3");
  ASSERT_TRUE(Decline(PayoutName("P-2")).ok());  // Held back until the next one is sent.
  ASSERT_TRUE(Pay(PayoutName("P-3")).ok());
  AwaitPayoutState("P-2", v1::Payout::STATE_FAILED);
  AwaitPayoutState("P-3", v1::Payout::STATE_SUCCEEDED);
  EXPECT_THAT(EventTypes(), Contains("payout.succeeded").Times(2));
  EXPECT_THAT(EventTypes(), Contains("payout.failed").Times(1));
}

TEST_F(PayoutCallbacksTest, LostOneIsRepeatedByEpay) {
  PendingPayout("P-1");
  PutEpayFault(MakeFault(sim::FAULT_KIND_CONNECTION_RESET, "notification", 3));
  ASSERT_TRUE(Pay(PayoutName("P-1")).ok());
  for (int minutes = 0; minutes < 5; ++minutes) AdvanceClock(absl::Minutes(1));
  AwaitPayoutState("P-1", v1::Payout::STATE_SUCCEEDED);
}

TEST_F(PayoutCallbacksTest, JsonTextInItIsReadBothWays) {
  SetEpaySwitch("callback_message", R"({"code":"0","reason":"ok"})");
  int number = 0;
  for (const char* reading : {"expanded", "plain"}) {
    SetEpaySwitch("json_text", reading);
    const std::string id = absl::StrCat("P-", ++number);
    PendingPayout(id);
    ASSERT_TRUE(Pay(PayoutName(id)).ok());
    AwaitPayoutState(id, v1::Payout::STATE_SUCCEEDED);
  }
  for (const v1::Notification& delivery : Deliveries()) {
    EXPECT_EQ(delivery.state(), v1::Notification::STATE_PROCESSED) << delivery.reason();
  }
}

TEST_F(PayoutCallbacksTest, ARefusedOneCanBeDiagnosed) {
  const v1::Payout pending = PendingPayout("P-1");
  DeliverCallback(CallbackOf(pending, "7"), kForeignKey);
  v1::DiagnoseNotificationRequest request;
  request.set_name(Deliveries()[0].name());
  const auto told =
      Call(notifications_, &v1::NotificationService::Stub::DiagnoseNotification, request);
  ASSERT_TRUE(told.ok()) << told.problem();
  EXPECT_FALSE(told->verified());
  EXPECT_THAT(told->ShortDebugString(), ::testing::HasSubstr("merchantOrderNo=P-1"));
  EXPECT_THAT(told->ShortDebugString(), Not(::testing::HasSubstr("OTHERKEY")));
}

}  // namespace
}  // namespace sluice::e2e
