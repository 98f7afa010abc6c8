// Payouts and account links through the engine.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>

#include "server/app/payout_limits.h"
#include "server/core/error.h"
#include "tests/fakes/engine_harness.h"

namespace sluice {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

std::string Reason(const absl::Status& status) {
  const auto details = GetErrorDetails(status);
  return details.has_value() ? details->reason : "";
}

class PayoutsTest : public ::testing::Test, public EngineHarness {
 protected:
  BoxPtr<Payout> Pay(const std::string& id = "p-1", int64_t minor_units = 2550) {
    Payout payout;
    payout.id = id;
    payout.wallet = "fake";
    payout.amount = {"AED", minor_units};
    payout.receiver_account = "U123456789012";
    auto box = std::make_shared<Box<Payout>>();
    engine().payouts().Create(MakeCall(), payout, Into(box));
    Drive();
    return box;
  }
  Payout GetPayout(const std::string& id = "p-1") {
    auto box = std::make_shared<Box<Payout>>();
    engine().payouts().Get(PayoutName("m", id), Into(box));
    Drive();
    return box->ok() ? **box : Payout{};
  }
  void StartWithLimits() {
    provider->wallet("fake").verbs.push_back(Verb::kGetPayoutLimits);
    Start();
  }
  BoxPtr<app::PayoutLimitsAnswer> Limits() {
    auto box = std::make_shared<Box<app::PayoutLimitsAnswer>>();
    engine().payouts().GetLimits(MakeCall(), "", "fake", "AED", Into(box));
    Drive();
    return box;
  }
};

TEST_F(PayoutsTest, SucceedsWithFeeRateAndReceiveAmount) {
  Start();
  http->Script(Said("accepted report=open number=E1 fee=51.AED receive=2550.AED rate=1.000000"));
  const auto created = Pay();
  ASSERT_TRUE(created->ok()) << created->status();
  EXPECT_EQ((*created)->state, PayoutState::kPending);
  EXPECT_EQ((*created)->fee.minor_units, 51);
  EXPECT_EQ((*created)->exchange_rate, "1.000000");
  EXPECT_EQ(Notify("kind=payout key=p-1 dedup=d7 sign=ok report=succeeded amount=2550.AED"), 200);
  EXPECT_EQ(GetPayout().state, PayoutState::kSucceeded);
  EXPECT_EQ(Notify("kind=payout key=p-1 dedup=d1 sign=ok report=open amount=2550.AED"), 200);
  EXPECT_EQ(GetPayout().state, PayoutState::kSucceeded);
  EXPECT_THAT(store.EventTypes(),
              ElementsAre("payout.created", "payout.pending", "payout.succeeded"));
}

TEST_F(PayoutsTest, FailsWithTheFeeKept) {
  Start();
  http->Script(Said("accepted report=open"));
  Pay();
  Notify("kind=payout key=p-1 dedup=d20 sign=ok report=failed fee_kept amount=2550.AED");
  EXPECT_EQ(GetPayout().state, PayoutState::kFailed);
  EXPECT_TRUE(GetPayout().fee_kept);
}

TEST_F(PayoutsTest, ThatTheFeeWasKeptMayBecomeKnownLater) {
  Start();
  http->Script(Said("accepted report=open"));
  Pay();
  Notify("kind=payout key=p-1 dedup=d6 sign=ok report=failed amount=2550.AED");
  ASSERT_FALSE(GetPayout().fee_kept);
  const auto end_time = GetPayout().end_time;
  Advance(absl::Hours(1));
  const std::string kept = "kind=payout key=p-1 sign=ok report=failed fee_kept amount=2550.AED";
  EXPECT_EQ(Notify(kept + " dedup=d20"), 200);
  EXPECT_EQ(GetPayout().state, PayoutState::kFailed);
  EXPECT_EQ(GetPayout().end_time, end_time);
  EXPECT_TRUE(GetPayout().fee_kept);
  EXPECT_THAT(GetPayout().attention, HasSubstr("fee"));
  EXPECT_THAT(store.EventTypes(),
              ElementsAre("payout.created", "payout.pending", "payout.failed", "payout.attention"));
  // Neither a repeat nor an older word that says nothing of the fee changes it.
  EXPECT_EQ(Notify(kept + " dedup=again"), 200);
  EXPECT_EQ(Notify("kind=payout key=p-1 dedup=old sign=ok report=failed amount=2550.AED"), 200);
  EXPECT_TRUE(GetPayout().fee_kept);
  EXPECT_EQ(store.EventTypes().size(), 4u);
}

TEST_F(PayoutsTest, AnAmountMayHaveTheFeeOnTop) {
  Start();
  http->Script(Said("accepted report=open"));
  Pay();
  const std::string paid = "kind=payout key=p-1 sign=ok report=succeeded fee=51.AED ";
  EXPECT_EQ(Notify(paid + "dedup=d1 amount=2601.AED"), 401) << "not with every provider";
  EXPECT_EQ(Notify(paid + "dedup=d2 fee_in_amount amount=2602.AED"), 401);
  EXPECT_EQ(Notify(paid + "dedup=d3 fee_in_amount amount=2601.IDR"), 401);
  // Wrong by either reading is not one to be confirmed either.
  EXPECT_EQ(Notify(paid + "dedup=d4 fee_in_amount amount=2499.AED confirm"), 401);
  EXPECT_EQ(GetPayout().state, PayoutState::kPending);
  EXPECT_EQ(Notify(paid + "dedup=d5 fee_in_amount amount=2601.AED confirm"), 200);
  EXPECT_EQ(GetPayout().state, PayoutState::kPending) << "to be confirmed";
  EXPECT_EQ(Notify(paid + "dedup=d6 fee_in_amount amount=2601.AED"), 200);
  EXPECT_EQ(GetPayout().state, PayoutState::kSucceeded);
  EXPECT_EQ(GetPayout().amount.minor_units, 2550);
}

TEST_F(PayoutsTest, AnExceptionIsPendingWithAttention) {
  Start();
  http->Script(Said("accepted report=open"));
  Pay();
  http->SetResponder([](const HttpRequest&) { return Said("accepted report=exception"); });
  Advance(absl::Seconds(3));
  EXPECT_EQ(GetPayout().state, PayoutState::kPending);
  EXPECT_THAT(GetPayout().attention, HasSubstr("flags"));
  http->SetResponder([](const HttpRequest&) { return Said("accepted report=canceled"); });
  Advance(absl::Seconds(30));
  EXPECT_EQ(GetPayout().state, PayoutState::kCanceled);
  EXPECT_EQ(GetPayout().attention, "");
}

TEST_F(PayoutsTest, ALostCreateIsNeverSentAgainEvenWhenItIsNotFound) {
  Start();
  http->Script(Failed(Transport::kBroken));
  Pay();
  http->SetResponder([](const HttpRequest&) { return Said("accepted report=not_found"); });
  Advance(absl::Hours(2));
  EXPECT_EQ(CountSent("verb=create_payout"), 1);
  EXPECT_EQ(GetPayout().state, PayoutState::kSubmitting);
  http->SetResponder([](const HttpRequest&) { return Said("accepted report=succeeded"); });
  Advance(absl::Hours(2));
  EXPECT_EQ(GetPayout().state, PayoutState::kSucceeded);
}

TEST_F(PayoutsTest, ARefusalThatMayBeADuplicateIsAskedAbout) {
  Start();
  http->Script(Said("declined query_now code=1005"));
  http->Script(Said("accepted report=open number=E1"));
  EXPECT_EQ((*Pay())->state, PayoutState::kPending);
  http->Script(Said("declined code=1008"));
  EXPECT_EQ((*Pay("p-2"))->state, PayoutState::kFailed);
}

TEST_F(PayoutsTest, TwoRefusalsInAMomentAreNoProof) {
  Start();
  http->Script(Said("declined query_now code=1099"));  // It had its effect all the same,
  http->Script(Said("accepted report=not_found"));     // and the trouble is not over yet.
  EXPECT_EQ((*Pay())->state, PayoutState::kSubmitting);
  http->SetResponder([](const HttpRequest&) { return Said("accepted report=not_found"); });
  Advance(absl::Seconds(20));
  EXPECT_EQ(GetPayout().state, PayoutState::kSubmitting);
  http->SetResponder([](const HttpRequest&) { return Said("accepted report=open number=E1"); });
  Advance(absl::Seconds(11));
  EXPECT_EQ(GetPayout().state, PayoutState::kPending);
  EXPECT_EQ(CountSent("verb=create_payout"), 1);
}

TEST_F(PayoutsTest, ARefusalIsProvenByNotBeingFoundAfterTheGrace) {
  Start();
  http->Script(Said("declined query_now code=1008"));
  http->SetResponder([](const HttpRequest&) { return Said("accepted report=not_found"); });
  Pay();
  Advance(absl::Seconds(29));
  EXPECT_EQ(GetPayout().state, PayoutState::kSubmitting);
  EXPECT_EQ(GetPayout().attempts.front().failure.provider_code, "1008") << "said meanwhile";
  Advance(absl::Seconds(1));  // Due then, whatever the schedule says.
  EXPECT_EQ(GetPayout().state, PayoutState::kFailed);
  EXPECT_EQ(GetPayout().failure.provider_code, "1008");
  EXPECT_EQ(GetPayout().failure.reason, FailureReason::kDeclinedByProvider);
}

TEST_F(PayoutsTest, ANumberThatIsAnotherReceiversIsNotOurs) {
  Start();
  http->Script(Said("declined query_now code=1005"));  // A duplicate, says the provider: whose?
  const std::string found = "accepted report=succeeded number=E1 amount=2550.AED receiver=";
  http->Script(Said(found + "U999999999999"));
  EXPECT_EQ((*Pay())->state, PayoutState::kSubmitting);
  EXPECT_THAT(GetPayout().attention, HasSubstr("another receiver"));
  EXPECT_EQ(GetPayout().provider_number, "");
  EXPECT_EQ(GetPayout().attempts.front().state, AttemptState::kUnknown);
  http->Script(Said("declined query_now code=1005"));
  http->Script(Said(found + "u123456789012"));
  EXPECT_EQ((*Pay("p-2"))->state, PayoutState::kSucceeded);
}

TEST_F(PayoutsTest, ARefusalIsNotConfirmedByAQueryFromBeforeIt) {
  Start();
  Pay();  // On the wire.
  auto box = std::make_shared<Box<Payout>>();
  engine().payouts().Sync(MakeCall(), PayoutName("m", "p-1"), Into(box));
  Drive();
  ASSERT_EQ(http->held(), 2u);
  http->Complete(Said("declined query_now code=1099"));
  Drive();
  http->Complete(Said("accepted report=not_found"));  // Asked before the create had arrived.
  Drive();
  EXPECT_EQ(GetPayout().state, PayoutState::kSubmitting);
  EXPECT_EQ(CountSent("verb=query_payout"), 2) << "asked anew";
  http->Complete(Said("accepted report=open number=E1"));
  Drive();
  EXPECT_EQ(GetPayout().state, PayoutState::kPending);
}

TEST_F(PayoutsTest, LimitsAreCachedWithTheirAgeAndCheckedBeforeAPayout) {
  StartWithLimits();
  http->Script(Said("accepted min=1000.AED max=500000.AED"));
  auto limits = Limits();
  ASSERT_TRUE(limits->ok());
  EXPECT_TRUE((*limits)->known);
  EXPECT_EQ((*limits)->limits.minimum->minor_units, 1000);
  EXPECT_EQ((*limits)->read_time, clock.Now());
  Limits();
  EXPECT_EQ(CountSent("verb=get_payout_limits"), 1);
  EXPECT_TRUE(absl::IsInvalidArgument(Pay("p-1", 999)->status()));
  EXPECT_TRUE(absl::IsInvalidArgument(Pay("p-1", 500001)->status()));
  EXPECT_EQ(CountSent("verb=create_payout"), 0);
  // Old, and the provider is down: what it last said, with the time.
  const absl::Time read = clock.Now();
  Advance(absl::Minutes(10));
  http->Script(Status(500));
  limits = Limits();
  EXPECT_TRUE((*limits)->known);
  EXPECT_EQ((*limits)->read_time, read);
}

TEST_F(PayoutsTest, LimitsThatNobodyHasReadAreReadBeforeThePayout) {
  StartWithLimits();
  http->Script(Said("accepted min=1000.AED max=500000.AED"));
  const auto refused = Pay("p-1", 999);
  EXPECT_TRUE(absl::IsInvalidArgument(refused->status())) << refused->status();
  EXPECT_EQ(GetErrorDetails(refused->status())->fields.at(0).field, "payout.amount");
  http->Script(Said("accepted report=open"));
  EXPECT_TRUE(Pay("p-1", 1000)->ok());
  EXPECT_EQ(CountSent("verb=get_payout_limits"), 1);
  // Old ones are read anew beside the payout, which does not wait.
  Advance(absl::Minutes(10));
  const auto beside = Pay("p-2", 1000);
  EXPECT_EQ(CountSent("verb=get_payout_limits"), 2);
  EXPECT_EQ(CountSent("verb=create_payout"), 2);
}

TEST_F(PayoutsTest, LimitsThatDoNotComeHoldNothingBackForLong) {
  StartWithLimits();
  const auto first = Pay("p-1");  // The question about limits is on the wire, unanswered.
  EXPECT_EQ(CountSent("verb=create_payout"), 0);
  const auto second = Pay("p-2");
  EXPECT_EQ(CountSent("verb=get_payout_limits"), 1) << "asked once for both";
  Advance(app::kLimitsWait);
  EXPECT_EQ(CountSent("verb=create_payout"), 2);
  http->Complete(Status(500));  // The limits.
  http->Complete(Said("accepted report=open"));
  http->Complete(Said("accepted report=open"));
  Drive();
  EXPECT_TRUE(first->ok()) << first->status();
  EXPECT_TRUE(second->ok()) << second->status();
  EXPECT_EQ(CountSent("verb=create_payout key=p-1"), 1);
  http->Script(Said("accepted report=open"));
  EXPECT_TRUE(Pay("p-3")->ok()) << "the provider was asked a moment ago";
  EXPECT_EQ(CountSent("verb=get_payout_limits"), 1);
}

TEST_F(PayoutsTest, UnknownLimitsAreAnAnswer) {
  StartWithLimits();
  http->Script(Status(500));
  auto limits = Limits();
  ASSERT_TRUE(limits->ok());
  EXPECT_FALSE((*limits)->known);
  EXPECT_FALSE((*limits)->read_time.has_value());
  http->Script(Said("accepted report=open"));
  EXPECT_TRUE(Pay()->ok());
  provider->wallet("fake").verbs = {Verb::kCreatePayout, Verb::kQueryPayout};
  limits = Limits();
  ASSERT_TRUE(limits->ok());
  EXPECT_FALSE((*limits)->known);
}

TEST_F(PayoutsTest, LimitsNameTheFieldsOfTheirOwnRequest) {
  StartWithLimits();
  const auto wrong = [this](const std::string& account, const std::string& wallet,
                            const std::string& currency) -> std::pair<std::string, std::string> {
    auto box = std::make_shared<Box<app::PayoutLimitsAnswer>>();
    engine().payouts().GetLimits(MakeCall(), account, wallet, currency, Into(box));
    Drive();
    const auto details = GetErrorDetails(box->status());
    if (!details.has_value() || details->fields.size() != 1) return {"", ""};
    return {details->fields[0].field, details->reason};
  };
  using Told = std::pair<std::string, std::string>;
  EXPECT_EQ(wrong("", "fake", "XTS"), Told("currency_code", "CAPABILITY_MISSING"));
  EXPECT_EQ(wrong("", "nobody", "AED"), Told("wallet", "CAPABILITY_MISSING"));
  EXPECT_EQ(wrong("other", "fake", "AED"), Told("provider_account", "FIELD_INVALID"));
  EXPECT_TRUE(Sent().empty());
}

class LinksTest : public ::testing::Test, public EngineHarness {
 protected:
  BoxPtr<AccountLink> Link(const std::string& id = "l-1") {
    AccountLink link;
    link.id = id;
    link.wallet = "fake";
    link.return_url = "https://shop.example/linked";
    auto box = std::make_shared<Box<AccountLink>>();
    engine().account_links().Create(MakeCall(), link, Into(box));
    Drive();
    return box;
  }
  AccountLink GetLink(const std::string& id = "l-1") {
    auto box = std::make_shared<Box<AccountLink>>();
    engine().account_links().Get(AccountLinkName("m", id), Into(box));
    Drive();
    return box->ok() ? **box : AccountLink{};
  }
  BoxPtr<AccountLink> RevokeLink(const std::string& id = "l-1") {
    auto box = std::make_shared<Box<AccountLink>>();
    engine().account_links().Revoke(MakeCall(), AccountLinkName("m", id), Into(box));
    Drive();
    return box;
  }
};

TEST_F(LinksTest, BecomesActiveWithASealedMandateThatPaysOrders) {
  provider->wallet("fake").requires_account_link = true;
  Start();
  http->Script(Said("accepted report=open url=https://w.example/link"));
  const auto created = Link();
  ASSERT_TRUE(created->ok()) << created->status();
  EXPECT_EQ((*created)->state, AccountLinkState::kAwaitingPayer);

  Order order = MakeOrder();
  EXPECT_TRUE(absl::IsInvalidArgument(Create(order)->status()));
  order.account_link = "merchants/m/accountLinks/l-1";
  EXPECT_EQ(Reason(Create(order)->status()), "STATE_FORBIDS");

  EXPECT_EQ(Notify("kind=account_link key=l-1 dedup=l sign=ok report=succeeded data.mandate=M-77"),
            200);
  EXPECT_EQ(GetLink().state, AccountLinkState::kActive);
  EXPECT_EQ(GetLink().provider_data.at("mandate"),
            "sealed:merchants/m/accountLinks/l-1/mandate:M-77");
  EXPECT_TRUE(GetLink().activate_time.has_value());

  http->Script(Said("accepted report=open"));
  ASSERT_TRUE(Create(order)->ok());
  EXPECT_EQ(CountSent("verb=create_order key=o-1 step=0 mandate=M-77"), 1);
}

TEST_F(LinksTest, IsRevoked) {
  Start();
  http->Script(Said("accepted report=succeeded data.mandate=M-1"));
  Link();
  http->Script(Said("accepted"));
  const auto revoked = RevokeLink();
  ASSERT_TRUE(revoked->ok()) << revoked->status();
  EXPECT_EQ((*revoked)->state, AccountLinkState::kRevoked);
  EXPECT_EQ(Reason(RevokeLink()->status()), "STATE_FORBIDS");
}

TEST_F(LinksTest, ExpiresByOurClockOnlyWhereTheProviderCannotBeAsked) {
  provider->wallet("fake").verbs = {Verb::kCreateAccountLink};
  provider->wallet("fake").default_expiry = absl::Minutes(15);
  Start();
  http->Script(Said("accepted report=open"));
  Link();
  Advance(absl::Minutes(14));
  EXPECT_EQ(GetLink().state, AccountLinkState::kAwaitingPayer);
  Advance(absl::Minutes(2));
  EXPECT_EQ(GetLink().state, AccountLinkState::kExpired);
  // Approved late after all.
  Notify("kind=account_link key=l-1 dedup=l sign=ok report=succeeded data.mandate=M-1");
  EXPECT_EQ(GetLink().state, AccountLinkState::kActive);
  EXPECT_EQ(Reason(RevokeLink()->status()), "CAPABILITY_MISSING");
}

TEST_F(LinksTest, ALostCreateTakesANewKey) {
  Start();
  http->Script(Failed(Transport::kTimedOut));
  http->Script(Said("accepted report=open"));
  Link();
  Advance(absl::Minutes(1));
  EXPECT_EQ(GetLink().state, AccountLinkState::kAwaitingPayer);
  EXPECT_EQ(GetLink().attempts[1].provider_key, "l-1-1");
  // Approved under the number that was given up: recognised.
  Notify("kind=account_link key=l-1 dedup=l sign=ok report=succeeded data.mandate=M-1");
  EXPECT_EQ(GetLink().state, AccountLinkState::kActive);
  EXPECT_THAT(GetLink().attention, HasSubstr("given up"));
}

TEST_F(LinksTest, IsRefused) {
  Start();
  http->Script(Said("accepted report=open"));
  Link();
  Notify("kind=account_link key=l-1 dedup=l sign=ok report=failed");
  EXPECT_EQ(GetLink().state, AccountLinkState::kFailed);
  EXPECT_EQ(GetLink().failure.reason, FailureReason::kDeclinedByPayer);
}

// Of every kind: what no provider serves is no success.
TEST_F(PayoutsTest, ToAskWhereNobodyCanBeAskedIsRefused) {
  auto& verbs = provider->wallet("fake").verbs;
  verbs.erase(std::remove_if(verbs.begin(), verbs.end(),
                             [](Verb verb) {
                               return verb == Verb::kQueryOrder || verb == Verb::kQueryRefund ||
                                      verb == Verb::kQueryPayout || verb == Verb::kQueryAccountLink;
                             }),
              verbs.end());
  Start();
  MakePaid();
  http->Script(Said("accepted report=open"));
  CreateRefund("o-1", "r-1", 100);
  http->Script(Said("accepted report=open"));
  ASSERT_TRUE(Pay()->ok());
  http->Script(Said("accepted report=open"));
  AccountLink link;
  link.id = "l-1";
  link.wallet = "fake";
  engine().account_links().Create(MakeCall(), link, [](absl::StatusOr<AccountLink>) {});
  Drive();
  const auto refund = std::make_shared<Box<Refund>>();
  engine().refunds().Sync(MakeCall(), RefundName("m", "o-1", "r-1"), Into(refund));
  const auto payout = std::make_shared<Box<Payout>>();
  engine().payouts().Sync(MakeCall(), PayoutName("m", "p-1"), Into(payout));
  const auto linked = std::make_shared<Box<AccountLink>>();
  engine().account_links().Sync(MakeCall(), "merchants/m/accountLinks/l-1", Into(linked));
  Drive();
  const auto order = Sync("o-1");
  for (const absl::Status& status :
       {order->status(), refund->status(), payout->status(), linked->status()}) {
    EXPECT_EQ(status.code(), absl::StatusCode::kFailedPrecondition) << status;
    EXPECT_EQ(Reason(status), "CAPABILITY_MISSING");
  }
  EXPECT_EQ(CountSent("verb=query"), 0);
  EXPECT_EQ(Reason(Sync("nobody")->status()), "NOT_FOUND");
}

TEST_F(PayoutsTest, ToAskAnAccountThatIsNoLongerConfiguredIsRefused) {
  Start();
  http->Script(Said("accepted report=open"));
  ASSERT_TRUE(Pay()->ok());
  account = std::make_shared<app::ProviderAccount>(*account);
  account->account = "another";
  Restart();
  const auto payout = std::make_shared<Box<Payout>>();
  engine().payouts().Sync(MakeCall(), PayoutName("m", "p-1"), Into(payout));
  Drive();
  EXPECT_EQ(Reason(payout->status()), "CAPABILITY_MISSING");
}

}  // namespace
}  // namespace sluice
