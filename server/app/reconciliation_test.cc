// What is unknown for long is listed; a person's word closes it, once, and stays in the log.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "server/core/error.h"
#include "tests/fakes/engine_harness.h"

namespace sluice {
namespace {

using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::SizeIs;

std::string Reason(const absl::Status& status) {
  const auto details = GetErrorDetails(status);
  return details.has_value() ? details->reason : "";
}

class ReconciliationTest : public ::testing::Test, public EngineHarness {
 protected:
  ReconciliationTest() {
    provider->mutable_descriptor().resend_create_order = Resend::kNever;
    provider->mutable_descriptor().resend_create_payout = Resend::kNever;
    provider->mutable_descriptor().query_horizon = absl::Hours(3);
  }

  // The provider answers nothing to anything.
  void Silence() {
    http->SetResponder([](const HttpRequest&) { return Failed(Transport::kTimedOut); });
  }

  void LosePayout(const std::string& id) {
    Payout payout;
    payout.id = id;
    payout.wallet = "fake";
    payout.amount = {"AED", 2550};
    payout.receiver_account = "U123456789012";
    auto box = std::make_shared<Box<Payout>>();
    engine().payouts().Create(MakeCall(), payout, Into(box));
    Drive();
    ASSERT_TRUE(box->ok()) << box->status();
  }

  std::vector<std::string> Unresolved(absl::Duration min_age = app::kDefaultUnresolvedAge,
                                      const std::string& merchant = "m") {
    auto box = std::make_shared<Box<app::Page<Subject>>>();
    engine().reconciliation().List({.merchant = merchant, .min_age = min_age}, Into(box));
    Drive();
    std::vector<std::string> names;
    EXPECT_TRUE(box->ok()) << box->status();
    for (const Subject& subject : (*box)->items) names.push_back(subject.Name());
    return names;
  }

  static app::ResolveRequest Rejected(ResourceKind kind, std::string name, int attempt = 1) {
    app::ResolveRequest request;
    request.kind = kind;
    request.name = std::move(name);
    request.resolved.attempt = attempt;
    request.resolved.resolved_by = "op-1";
    request.resolved.evidence = "not in the statement of 15 January";
    return request;
  }
  static app::ResolveRequest Confirmed(ResourceKind kind, std::string name, int attempt = 1) {
    app::ResolveRequest request = Rejected(kind, std::move(name), attempt);
    request.resolved.confirmed = true;
    request.resolved.evidence = "statement of 15 January, line 7";
    return request;
  }

  BoxPtr<Subject> Resolve(app::ResolveRequest request, app::Call call = MakeCall()) {
    auto box = std::make_shared<Box<Subject>>();
    engine().reconciliation().Resolve(std::move(call), std::move(request), Into(box));
    Drive();
    return box;
  }
};

TEST_F(ReconciliationTest, ListsWhatIsUnknownForLongTheLongestFirst) {
  Start();
  Silence();
  Create(MakeOrder("o-1"));
  Advance(absl::Minutes(10));
  LosePayout("p-1");
  EXPECT_THAT(Unresolved(), IsEmpty());
  EXPECT_THAT(Unresolved(absl::ZeroDuration()), SizeIs(1)) << "of this instant is not before it";
  Advance(absl::Minutes(6));
  EXPECT_THAT(Unresolved(), ElementsAre(OrderName("m", "o-1")));
  Advance(absl::Minutes(10));
  EXPECT_THAT(Unresolved(), ElementsAre(OrderName("m", "o-1"), PayoutName("m", "p-1")));
  EXPECT_THAT(Unresolved(absl::ZeroDuration(), "-"), SizeIs(2));
  EXPECT_THAT(Unresolved(absl::ZeroDuration(), "other"), IsEmpty());
  // Also when nobody asks any more, and after a restart.
  Advance(absl::Hours(24));
  Restart();
  EXPECT_THAT(Unresolved(), SizeIs(2));
  // What the provider says by itself takes it off the list.
  EXPECT_EQ(Notify("kind=payout key=p-1 dedup=d1 sign=ok report=succeeded amount=2550.AED"), 200);
  EXPECT_THAT(Unresolved(), ElementsAre(OrderName("m", "o-1")));
}

TEST_F(ReconciliationTest, ARejectedCreateEndsAndSaysWhoSaidSo) {
  Start();
  Silence();
  LosePayout("p-1");
  Advance(absl::Hours(24));
  const auto box = Resolve(Rejected(ResourceKind::kPayout, PayoutName("m", "p-1")));
  ASSERT_TRUE(box->ok()) << box->status();
  const Payout& payout = *(*box)->payout;
  EXPECT_EQ(payout.state, PayoutState::kFailed);
  EXPECT_EQ(payout.attempts[0].state, AttemptState::kRejected);
  EXPECT_EQ(payout.attempts[0].resolution.resolved_by, "op-1");
  EXPECT_EQ(payout.attempts[0].resolution.evidence, "not in the statement of 15 January");
  EXPECT_EQ(payout.attempts[0].resolution.time, clock.Now());
  EXPECT_EQ(payout.attention, "");
  EXPECT_THAT(Unresolved(absl::ZeroDuration()), IsEmpty());
  const std::vector<std::string> types = store.EventTypes();
  ASSERT_GE(types.size(), 2u);
  EXPECT_EQ(types[types.size() - 2], "payout.attempt_resolved");
  EXPECT_EQ(types.back(), "payout.failed");
  EXPECT_THAT(store.events().back()->body, HasSubstr("not in the statement of 15 January"));
  EXPECT_THAT(store.events().back()->body, HasSubstr("op-1"));
}

TEST_F(ReconciliationTest, AConfirmedCreateGoesOnAndTheProviderIsAskedAgain) {
  Start();
  Silence();
  LosePayout("p-1");
  Advance(absl::Hours(24));
  app::ResolveRequest request = Confirmed(ResourceKind::kPayout, PayoutName("m", "p-1"));
  request.resolved.provider_number = "E77";
  http->SetResponder([](const HttpRequest&) { return Said("accepted report=open"); });
  const int asked = CountSent("verb=query_payout");
  const auto box = Resolve(std::move(request));
  ASSERT_TRUE(box->ok()) << box->status();
  EXPECT_EQ((*box)->payout->state, PayoutState::kPending);
  EXPECT_EQ((*box)->payout->provider_number, "E77");
  EXPECT_EQ(CountSent("verb=query_payout"), asked + 1);
  EXPECT_EQ(CountSent("verb=create_payout"), 1) << "a person's word sends nothing again";
  // The schedule begins anew.
  http->SetResponder([](const HttpRequest&) { return Said("accepted report=succeeded"); });
  Advance(absl::Seconds(10));
  auto paid = std::make_shared<Box<Payout>>();
  engine().payouts().Get(PayoutName("m", "p-1"), Into(paid));
  Drive();
  EXPECT_EQ((*paid)->state, PayoutState::kSucceeded);
}

TEST_F(ReconciliationTest, OrdersAndTheirCancellations) {
  Start();
  Silence();
  Create(MakeOrder("o-1"));
  Create(MakeOrder("o-2"));
  ASSERT_TRUE(Resolve(Confirmed(ResourceKind::kOrder, OrderName("m", "o-1")))->ok());
  EXPECT_EQ(Get("o-1").state, OrderState::kAwaitingPayer);
  ASSERT_TRUE(Resolve(Rejected(ResourceKind::kOrder, OrderName("m", "o-2")))->ok());
  EXPECT_EQ(Get("o-2").state, OrderState::kFailed);

  provider->mutable_descriptor().resend_cancel = false;
  Cancel("o-1");
  EXPECT_EQ(Get("o-1").attempts[1].state, AttemptState::kUnknown);
  ASSERT_TRUE(Resolve(Rejected(ResourceKind::kOrder, OrderName("m", "o-1"), 2))->ok());
  EXPECT_EQ(Get("o-1").state, OrderState::kAwaitingPayer) << "the cancellation has not worked";
  Cancel("o-1");
  ASSERT_TRUE(Resolve(Confirmed(ResourceKind::kOrder, OrderName("m", "o-1"), 3))->ok());
  EXPECT_EQ(Get("o-1").state, OrderState::kCanceled);
  // Money that turns up all the same is never lost.
  Notify("kind=order key=o-2 dedup=d1 sign=ok report=paid amount=1234.AED");
  EXPECT_EQ(Get("o-2").state, OrderState::kPaid);
  EXPECT_TRUE(Get("o-2").late);
}

TEST_F(ReconciliationTest, ARefundsAmountIsFreeAgainWhenItWasNotDone) {
  Start();
  MakePaid();
  Silence();
  CreateRefund("o-1", "r-1", 1000);
  EXPECT_EQ(Get("o-1").refund_pending.minor_units, 1000);
  const std::string name = RefundName("m", "o-1", "r-1");
  ASSERT_TRUE(Resolve(Rejected(ResourceKind::kRefund, name))->ok());
  EXPECT_EQ(GetRefund("o-1", "r-1").state, RefundState::kFailed);
  EXPECT_EQ(Get("o-1").refund_pending.minor_units, 0);
  EXPECT_THAT(store.EventTypes(), Contains("refund.attempt_resolved"));
}

TEST_F(ReconciliationTest, OnlyWhatIsUnknownAndOnlyWithEvidence) {
  Start();
  http->Script(Said("accepted report=open"));
  Create(MakeOrder("o-1"));
  const std::string name = OrderName("m", "o-1");
  EXPECT_EQ(Reason(Resolve(Rejected(ResourceKind::kOrder, name))->status()), "STATE_FORBIDS");
  EXPECT_EQ(Reason(Resolve(Rejected(ResourceKind::kOrder, name, 7))->status()), "FIELD_INVALID");
  const std::string nothing = OrderName("m", "nothing");
  EXPECT_EQ(Reason(Resolve(Rejected(ResourceKind::kOrder, nothing))->status()), "NOT_FOUND");
  Silence();
  Create(MakeOrder("o-2"));
  const int commits = store.commits();
  const std::string unknown = OrderName("m", "o-2");
  app::ResolveRequest request = Rejected(ResourceKind::kOrder, unknown);
  request.resolved.evidence.clear();
  EXPECT_EQ(Reason(Resolve(request)->status()), "FIELD_INVALID");
  request.resolved.evidence = std::string(1001, 'x');
  EXPECT_EQ(Reason(Resolve(request)->status()), "FIELD_INVALID");
  request = Rejected(ResourceKind::kOrder, unknown);
  request.resolved.provider_number = "E1";
  EXPECT_EQ(Reason(Resolve(request)->status()), "FIELD_INVALID");
  EXPECT_EQ(store.commits(), commits);
}

TEST_F(ReconciliationTest, TheSameRequestAgainIsNoSecondAct) {
  Start();
  Silence();
  LosePayout("p-1");
  const app::ResolveRequest request = Rejected(ResourceKind::kPayout, PayoutName("m", "p-1"));
  ASSERT_TRUE(Resolve(request, MakeCall("q-1"))->ok());
  const size_t events = store.events().size();
  const auto again = Resolve(request, MakeCall("q-1"));
  ASSERT_TRUE(again->ok()) << again->status();
  EXPECT_EQ((*again)->payout->state, PayoutState::kFailed);
  EXPECT_EQ(store.events().size(), events);
  const auto other =
      Resolve(Confirmed(ResourceKind::kPayout, PayoutName("m", "p-1")), MakeCall("q-1"));
  EXPECT_EQ(Reason(other->status()), "REQUEST_ID_REUSED");
  EXPECT_EQ(Reason(Resolve(request)->status()), "STATE_FORBIDS");
}

}  // namespace
}  // namespace sluice
