// Payouts to every wallet of EPAY: limits, a success, a failure with the fee kept, repeats, lists
// and streams.

#include <gmock/gmock.h>

#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "tests/e2e/payout_fixture.h"

namespace sluice::e2e {
namespace {

using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;
using ::testing::SizeIs;

class WalletPayoutTest : public PayoutFixture, public ::testing::WithParamInterface<const char*> {
 protected:
  static std::string wallet() { return GetParam(); }
};

TEST_P(WalletPayoutTest, IsWithinLimitsAndSucceedsByCallback) {
  RestartAskingSeldom();
  const auto limits = Limits(wallet());
  ASSERT_TRUE(limits.ok()) << limits.problem();
  EXPECT_TRUE(limits->known());
  EXPECT_EQ(limits->minimum().minor_units(), 1000);
  EXPECT_EQ(limits->maximum().minor_units(), 500000);
  EXPECT_EQ(limits->maximum().currency_code(), "USD");
  EXPECT_TRUE(limits->has_read_time());

  const v1::Payout pending = PendingPayout("P-1", wallet());
  EXPECT_EQ(pending.provider(), "epay");
  EXPECT_EQ(pending.fee().minor_units(), 51);
  EXPECT_EQ(pending.receive_amount().minor_units(), 2550);
  EXPECT_EQ(pending.receive_amount().currency_code(), "USD");
  EXPECT_EQ(pending.exchange_rate(), "1.000000");
  EXPECT_THAT(pending.provider_number(), SizeIs(24));
  EXPECT_EQ(pending.receiver_account(), "");
  EXPECT_THAT(pending.receiver_account_masked(), HasSubstr("*"));
  ASSERT_THAT(pending.attempts(), SizeIs(1));
  EXPECT_EQ(pending.attempts(0).provider_key(), "P-1") << "the merchant's number is the query key";
  EXPECT_EQ(pending.attempts(0).state(), v1::Attempt::STATE_CONFIRMED);

  ASSERT_TRUE(Pay(PayoutName("P-1")).ok());
  const v1::Payout done = AwaitPayoutState("P-1", v1::Payout::STATE_SUCCEEDED);
  EXPECT_TRUE(done.has_end_time());
  EXPECT_FALSE(done.has_failure());
  EXPECT_FALSE(done.fee_kept());
  EXPECT_THAT(EventTypes(), ElementsAre("payout.created", "payout.pending", "payout.succeeded"));
  EXPECT_THAT(EpayLedger("P-1"), ElementsAre("payout:2601", "succeed:2550"));
  ASSERT_THAT(Deliveries(), SizeIs(1));
  EXPECT_EQ(Deliveries()[0].state(), v1::Notification::STATE_PROCESSED);
}

TEST_P(WalletPayoutTest, FailsWithTheFeeKept) {
  PendingPayout("P-1", wallet());
  ASSERT_TRUE(SetState(PayoutName("P-1"), "20").ok());
  const v1::Payout failed = AwaitPayoutState("P-1", v1::Payout::STATE_FAILED);
  EXPECT_TRUE(failed.fee_kept());
  EXPECT_EQ(failed.fee().minor_units(), 51);
  EXPECT_NE(failed.failure().reason(), v1::Failure::REASON_UNSPECIFIED);
  EXPECT_NE(failed.failure().message(), "");
  EXPECT_TRUE(failed.has_end_time());
  EXPECT_THAT(EpayLedger("P-1"), ElementsAre("payout:2601", "fee_kept:51", "release:2550"));
}

TEST_P(WalletPayoutTest, LostAnswerIsResolvedByAQueryAndPaidOnce) {
  SetEpaySwitch("auto_result", "none");
  PutEpayFault(MakeFault(sim::FAULT_KIND_TIMEOUT_AFTER_EFFECT, "create"));
  const auto created = CreatePayout("P-1", PayoutTo(wallet()));
  ASSERT_TRUE(created.ok()) << "trouble at the provider is no error of ours: " << created.problem();
  const v1::Payout pending = AwaitPayoutState("P-1", v1::Payout::STATE_PENDING);
  EXPECT_THAT(pending.attempts(), SizeIs(1));
  EXPECT_EQ(pending.attempts(0).sends(), 1);
  EXPECT_EQ(pending.fee().minor_units(), 51);
  EXPECT_THAT(EventTypes(),
              ElementsAre("payout.created", "payout.outcome_unknown", "payout.pending"));
  EXPECT_THAT(EpayLedger("P-1"), ElementsAre("payout:2601"));
}

INSTANTIATE_TEST_SUITE_P(All, WalletPayoutTest,
                         ::testing::Values("perfect-money", "advcash", "payeer", "fasapay"),
                         [](const auto& info) {
                           std::string name = info.param;
                           if (name == "perfect-money") name = "perfect_money";
                           return name;
                         });

// --- Every number of EPAY's order chart

struct StatusCase {
  const char* number;
  v1::Payout::State state;
  bool called_back;
  bool fee_kept = false, attention = false;
};

void PrintTo(const StatusCase& status, std::ostream* out) { *out << status.number; }

class PayoutStatusTest : public PayoutFixture, public ::testing::WithParamInterface<StatusCase> {
 protected:
  void Move() {
    if (std::string(GetParam().number) == "1") return;  // It begins in that.
    ASSERT_TRUE(SetState(PayoutName("P-1"), GetParam().number).ok());
  }
  static void Expect(const v1::Payout& payout) {
    EXPECT_EQ(payout.state(), GetParam().state);
    EXPECT_EQ(payout.fee_kept(), GetParam().fee_kept);
    EXPECT_EQ(!payout.attention().empty(), GetParam().attention) << payout.attention();
    const bool failed =
        payout.state() == v1::Payout::STATE_FAILED || payout.state() == v1::Payout::STATE_CANCELED;
    EXPECT_EQ(payout.has_failure(), failed);
  }
};

TEST_P(PayoutStatusTest, IsReachedByCallback) {
  RestartAskingSeldom();
  PendingPayout("P-1");
  Move();
  if (!GetParam().called_back) {
    EXPECT_FALSE(EmitNotification(PayoutName("P-1")).ok());
    return;
  }
  Expect(AwaitPayoutState("P-1", GetParam().state));
}

TEST_P(PayoutStatusTest, IsReachedByAQueryAndAFinalOneStays) {
  RestartAskingSeldom();
  PendingPayout("P-1");
  PutEpayFault(MakeFault(sim::FAULT_KIND_DROPPED_NOTIFICATION, "notification", 0));
  Move();
  const auto asked = SyncPayout("P-1");
  ASSERT_TRUE(asked.ok()) << asked.problem();
  Expect(*asked);
  EXPECT_THAT(Deliveries(), IsEmpty());
  // Whatever EPAY says next, by query or (true) callback: a final state does not move back.
  if (asked->state() == v1::Payout::STATE_PENDING) return;
  ASSERT_TRUE(SetState(PayoutName("P-1"), "1").ok());
  EXPECT_EQ(SyncPayout("P-1")->state(), GetParam().state);
  const char* other = asked->state() == v1::Payout::STATE_SUCCEEDED ? "6" : "7";
  EXPECT_EQ(DeliverCallback(CallbackOf(*asked, other)).status, 200);
  EXPECT_EQ(SyncPayout("P-1")->state(), GetParam().state);
}

INSTANTIATE_TEST_SUITE_P(
    All, PayoutStatusTest,
    ::testing::Values(StatusCase{"0", v1::Payout::STATE_PENDING, false},
                      StatusCase{"1", v1::Payout::STATE_PENDING, false},
                      StatusCase{"5", v1::Payout::STATE_CANCELED, true},
                      StatusCase{"6", v1::Payout::STATE_FAILED, true},
                      StatusCase{"7", v1::Payout::STATE_SUCCEEDED, true},
                      StatusCase{"8", v1::Payout::STATE_FAILED, true},
                      StatusCase{"9", v1::Payout::STATE_PENDING, false},
                      StatusCase{"11", v1::Payout::STATE_PENDING, false, false, true},
                      StatusCase{"19", v1::Payout::STATE_PENDING, false},
                      StatusCase{"20", v1::Payout::STATE_FAILED, true, true}),
    [](const auto& info) { return std::string("Status") + info.param.number; });

using PayoutsTest = PayoutFixture;

TEST_F(PayoutsTest, ExceptionIsForAPersonAndThenEnds) {
  PendingPayout("P-1");
  ASSERT_TRUE(SetState(PayoutName("P-1"), "11").ok());
  const v1::Payout stuck =
      AwaitPayout("P-1", [](const v1::Payout& payout) { return !payout.attention().empty(); });
  EXPECT_EQ(stuck.state(), v1::Payout::STATE_PENDING);
  EXPECT_THAT(EventTypes(), Contains("payout.attention"));
  ASSERT_TRUE(SetState(PayoutName("P-1"), "7").ok());
  EXPECT_EQ(AwaitPayoutState("P-1", v1::Payout::STATE_SUCCEEDED).attention(), "");
}

// --- Limits

TEST_F(PayoutsTest, AmountOutsideTheLimitsIsRefusedBeforeAnythingHappens) {
  ASSERT_TRUE(Limits("advcash")->known());
  for (const int64_t cents : {int64_t{999}, int64_t{500001}}) {
    const Problem problem = CreatePayout("P-1", PayoutTo("advcash", cents)).problem();
    EXPECT_EQ(problem.code, grpc::StatusCode::INVALID_ARGUMENT) << cents;
    EXPECT_EQ(problem.reason, "FIELD_INVALID");
    EXPECT_EQ(problem.side_effect(), "none");
    EXPECT_THAT(problem.fields, ElementsAre("payout.amount")) << problem;
  }
  EXPECT_EQ(GetPayout("P-1").problem().reason, "NOT_FOUND");
  EXPECT_THAT(EpayLedger("P-1"), IsEmpty());
  EXPECT_THAT(EventTypes(), IsEmpty());
  for (const int64_t cents : {int64_t{1000}, int64_t{500000}}) {
    EXPECT_TRUE(CreatePayout(absl::StrCat("P-", cents), PayoutTo("advcash", cents)).ok()) << cents;
  }
}

TEST_F(PayoutsTest, LimitsOfAWalletAreItsOwn) {
  SetEpaySwitch("single_max_16", "20");
  EXPECT_EQ(Limits("payeer")->maximum().minor_units(), 2000);
  EXPECT_EQ(Limits("advcash")->maximum().minor_units(), 500000);
  EXPECT_THAT(CreatePayout("P-1", PayoutTo("payeer", 2001)).problem().fields,
              ElementsAre("payout.amount"));
}

TEST_F(PayoutsTest, UnknownLimitsAreAnAnswerAndHoldNothingBack) {
  for (const auto kind : {sim::FAULT_KIND_PROVIDER_CODE, sim::FAULT_KIND_HTTP_STATUS,
                          sim::FAULT_KIND_BAD_SIGNATURE, sim::FAULT_KIND_CONNECTION_RESET}) {
    ClearFaults();
    sim::Fault fault = MakeFault(kind, "get_limit", 0);
    if (kind == sim::FAULT_KIND_PROVIDER_CODE) fault.set_code("1099");
    PutEpayFault(fault);
    const auto limits = Limits("advcash");
    ASSERT_TRUE(limits.ok()) << limits.problem();
    EXPECT_FALSE(limits->known());
    EXPECT_FALSE(limits->has_minimum() || limits->has_maximum() || limits->has_read_time());
  }
  PendingPayout("P-1");
  // EPAY says no itself then.
  ASSERT_TRUE(CreatePayout("P-2", PayoutTo("advcash", 999)).ok());
  AwaitUnknown("P-2");
  ProveRefusal("P-2");
  const v1::Payout failed = AwaitPayoutState("P-2", v1::Payout::STATE_FAILED);
  EXPECT_EQ(failed.failure().provider_code(), "1007");
  EXPECT_THAT(EpayLedger("P-2"), IsEmpty());
}

TEST_F(PayoutsTest, LimitsHaveAnAge) {
  const auto first = Limits("advcash");
  SetEpaySwitch("single_max", "4000");
  EXPECT_EQ(Limits("advcash")->maximum().minor_units(), 500000) << "read a moment ago";
  EXPECT_EQ(Limits("advcash")->read_time().seconds(), first->read_time().seconds());
  clock_.Shift(absl::Minutes(6));
  const auto later = Limits("advcash");
  EXPECT_EQ(later->maximum().minor_units(), 400000);
  EXPECT_GE(later->read_time().seconds(), first->read_time().seconds() + 360);
  // EPAY is down: what it last said, and when.
  clock_.Shift(absl::Minutes(6));
  PutEpayFault(MakeFault(sim::FAULT_KIND_CONNECTION_RESET, "", 0));
  const auto old = Limits("advcash");
  EXPECT_TRUE(old->known());
  EXPECT_EQ(old->read_time().seconds(), later->read_time().seconds());
}

TEST_F(PayoutsTest, BadPayoutsAreRefusedByField) {
  const auto fields = [&](const v1::Payout& payout, const std::string& id = "P-1") {
    const Problem problem = CreatePayout(id, payout).problem();
    EXPECT_EQ(problem.side_effect(), "none") << problem;
    return problem.fields;
  };
  v1::Payout payout = PayoutTo("advcash");
  payout.clear_receiver_account();
  EXPECT_THAT(fields(payout), Contains("payout.receiver_account"));
  payout.set_receiver_account(std::string(129, 'x'));
  EXPECT_THAT(fields(payout), Contains("payout.receiver_account"));
  payout = PayoutTo("advcash");
  payout.mutable_amount()->set_minor_units(0);
  EXPECT_THAT(fields(payout), Contains(HasSubstr("payout.amount")));
  EXPECT_THAT(fields(PayoutTo("advcash"), "with space"), Contains("payout_id"));
  payout = PayoutTo("advcash");
  payout.mutable_amount()->set_currency_code("AED");
  EXPECT_NE(CreatePayout("P-1", payout).status.error_code(), grpc::StatusCode::OK);
  EXPECT_EQ(GetPayout("P-1").problem().reason, "NOT_FOUND");
}

// --- Repeats

TEST_F(PayoutsTest, SameRequestIdIsOnePayout) {
  SetEpaySwitch("auto_result", "none");
  ASSERT_TRUE(CreatePayout("P-1", PayoutTo("advcash"), "request-1").ok());
  AwaitPayoutState("P-1", v1::Payout::STATE_PENDING);
  ASSERT_TRUE(Pay(PayoutName("P-1")).ok());
  AwaitPayoutState("P-1", v1::Payout::STATE_SUCCEEDED);
  const auto again = CreatePayout("P-1", PayoutTo("advcash"), "request-1");
  ASSERT_TRUE(again.ok()) << again.problem();
  EXPECT_EQ(again->state(), v1::Payout::STATE_SUCCEEDED) << "as it is now";
  EXPECT_THAT(EpayLedger("P-1"), ElementsAre("payout:2601", "succeed:2550"));

  const Problem other = CreatePayout("P-1", PayoutTo("payeer", 2551), "request-1").problem();
  EXPECT_EQ(other.reason, "REQUEST_ID_REUSED");
  EXPECT_THAT(other.fields, Contains(HasSubstr("amount")));
  EXPECT_THAT(other.fields, Contains(HasSubstr("wallet")));
  EXPECT_EQ(CreatePayout("P-1", PayoutTo("advcash"), "request-2").problem().reason,
            "ALREADY_EXISTS");
  EXPECT_EQ(CreatePayout("P-1", PayoutTo("advcash")).problem().reason, "ALREADY_EXISTS");
}

TEST_F(PayoutsTest, SameRequestIdIsOnePayoutOverARestart) {
  ASSERT_TRUE(CreatePayout("P-1", PayoutTo("advcash"), "request-1").ok());
  AwaitPayoutState("P-1", v1::Payout::STATE_SUCCEEDED);
  Restart();  // The simulator has forgotten it; a second one would show in its ledger.
  const auto again = CreatePayout("P-1", PayoutTo("advcash"), "request-1");
  ASSERT_TRUE(again.ok()) << again.problem();
  EXPECT_EQ(again->state(), v1::Payout::STATE_SUCCEEDED);
  EXPECT_THAT(EpayLedger("P-1"), IsEmpty());
}

// --- Lists and streams

TEST_F(PayoutsTest, AreListedByPagesAndStates) {
  for (int i = 1; i <= 5; ++i) PendingPayout(absl::StrCat("P-", i));
  ASSERT_TRUE(Decline(PayoutName("P-2")).ok());
  AwaitPayoutState("P-2", v1::Payout::STATE_FAILED);
  v1::ListPayoutsRequest request;
  request.set_parent(kMerchant);
  request.set_page_size(2);
  std::vector<std::string> names;
  int pages = 0;
  do {
    const auto page = Call(payouts_, &v1::PayoutService::Stub::ListPayouts, request);
    ASSERT_TRUE(page.ok()) << page.problem();
    ++pages;
    for (const auto& payout : page->payouts()) names.push_back(payout.name());
    request.set_page_token(page->next_page_token());
  } while (!request.page_token().empty());
  EXPECT_EQ(pages, 3);
  EXPECT_THAT(names, ElementsAre(PayoutName("P-5"), PayoutName("P-4"), PayoutName("P-3"),
                                 PayoutName("P-2"), PayoutName("P-1")));
  request.clear_page_token();
  request.add_states(v1::Payout::STATE_FAILED);
  const auto failed = Call(payouts_, &v1::PayoutService::Stub::ListPayouts, request);
  ASSERT_THAT(failed->payouts(), SizeIs(1));
  EXPECT_EQ(failed->payouts(0).name(), PayoutName("P-2"));
  EXPECT_EQ(failed->payouts(0).receiver_account(), "");
  EXPECT_EQ(SyncPayout("nobody").problem().reason, "NOT_FOUND");
}

TEST_F(PayoutsTest, WatchShowsEveryChangeAndResumes) {
  PendingPayout("P-1");
  std::string cursor;
  {
    const auto watch = WatchPayout("P-1");
    ASSERT_TRUE(watch->WaitUntil([](const auto& messages) { return !messages.empty(); }));
    EXPECT_EQ(watch->messages()[0].payout().state(), v1::Payout::STATE_PENDING);
    cursor = watch->messages()[0].cursor();
  }
  ASSERT_TRUE(Decline(PayoutName("P-1")).ok());  // While nobody watches.
  const auto resumed = WatchPayout("P-1", cursor);
  ASSERT_TRUE(resumed->WaitUntil([](const auto& messages) {
    return !messages.empty() && messages.back().payout().state() == v1::Payout::STATE_FAILED;
  }));
  EXPECT_EQ(Explain(WatchPayout("nobody")->WaitForEnd()).reason, "NOT_FOUND");
}

TEST_F(PayoutsTest, AreInTheStreamOfAllEvents) {
  const auto all = WatchAll();
  v1::WatchEventsRequest only;
  only.set_parent(kMerchant);
  only.mutable_beginning();
  only.mutable_filter()->set_resource_prefix(absl::StrCat(kMerchant, "/payouts/"));
  const auto payouts = WatchEvents(only);
  OpenOrder("O-1");
  PendingPayout("P-1");
  ASSERT_TRUE(Pay(PayoutName("P-1")).ok());
  const auto has_ended = [](const auto& messages) {
    const auto events = EventsOf(messages);
    return !events.empty() && events.back().type() == "payout.succeeded";
  };
  ASSERT_TRUE(all->WaitUntil(has_ended));
  ASSERT_TRUE(payouts->WaitUntil(has_ended));
  EXPECT_THAT(EventsOf(all->messages()), SizeIs(5)) << "two of the order, three of the payout";
  const auto events = EventsOf(payouts->messages());
  ASSERT_THAT(events, SizeIs(3));
  for (const v1::Event& event : events) {
    EXPECT_EQ(event.resource(), PayoutName("P-1"));
    EXPECT_EQ(event.provider(), "epay");
    EXPECT_EQ(event.payout().name(), PayoutName("P-1"));
    EXPECT_EQ(event.payout().receiver_account(), "");
    EXPECT_THAT(event.ShortDebugString(), Not(HasSubstr("U123456789012")));
  }
  EXPECT_EQ(events[2].payout().state(), v1::Payout::STATE_SUCCEEDED);
}

}  // namespace
}  // namespace sluice::e2e
