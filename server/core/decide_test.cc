// Decisions one by one: what a notification may change, and what callers see of it.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "server/core/attempt_decide.h"
#include "server/core/decision.h"
#include "server/core/event_types.h"

namespace sluice {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

const absl::Time kStart = absl::FromUnixSeconds(1768473000);

std::vector<std::string> Types(const Decision& decision) {
  std::vector<std::string> types;
  for (const EmittedEvent& event : decision.events) types.emplace_back(event.type);
  return types;
}

NextAction Redirect(std::string url) {
  return {.kind = NextAction::Kind::kRedirect, .url = std::move(url)};
}

FactsReported Reported(Source source, absl::Time expire_time, std::string url) {
  FactsReported reported;
  reported.source = source;
  reported.facts.report = Report::kOpen;
  reported.facts.expire_time = expire_time;
  if (!url.empty()) reported.facts.next_action = Redirect(std::move(url));
  return reported;
}

Subject Submitting() {
  Order order;
  order.merchant = "m";
  order.id = "o";
  order.amount = {"AED", 1000};
  return BeginOrder(order, kStart).after;
}

// AWAITING_PAYER until an hour from the start, at https://wallet.example/1.
Subject Open() {
  AttemptAnswered answered;
  answered.attempt = 1;
  answered.outcome.verdict = Verdict::kAccepted;
  answered.outcome.facts.expire_time = kStart + absl::Hours(1);
  answered.outcome.facts.next_action = Redirect("https://wallet.example/1");
  return Decide(Submitting(), Input(answered), {}, kStart).after;
}

Subject OpenLink() {
  AccountLink link;
  link.merchant = "m";
  link.id = "l";
  link.expire_time = kStart + absl::Hours(1);
  Subject subject = BeginAccountLink(link, kStart).after;
  AttemptAnswered answered;
  answered.attempt = 1;
  answered.outcome.verdict = Verdict::kAccepted;
  answered.outcome.facts.next_action = Redirect("https://wallet.example/1");
  return Decide(subject, Input(answered), {}, kStart).after;
}

TEST(DecideTest, ANoticeDoesNotMoveTheExpiryNorRepeatTheState) {
  for (const absl::Duration off : {-absl::Hours(5), absl::Minutes(1), absl::Hours(9)}) {
    const Decision decision =
        Decide(Open(), Input(Reported(Source::kNotification, kStart + off, "https://w.example/2")),
               {}, kStart + absl::Seconds(30));
    EXPECT_THAT(Types(decision), IsEmpty()) << off;
    EXPECT_EQ(decision.after.order->expire_time, kStart + absl::Hours(1)) << off;
    EXPECT_EQ(decision.after.order->next_action, Redirect("https://wallet.example/1"));
    EXPECT_EQ(decision.after.base().revision, Open().base().revision);

    const Decision link = Decide(
        OpenLink(), Input(Reported(Source::kNotification, kStart + off, "https://w.example/2")), {},
        kStart + absl::Seconds(30));
    EXPECT_THAT(Types(link), IsEmpty()) << off;
    EXPECT_EQ(link.after.account_link->expire_time, kStart + absl::Hours(1)) << off;
    EXPECT_EQ(link.after.account_link->next_action, Redirect("https://wallet.example/1"));
  }
}

TEST(DecideTest, ANoticeFillsInWhatIsNotKnownYet) {
  const Decision decision = Decide(
      Submitting(),
      Input(Reported(Source::kNotification, kStart + absl::Hours(2), "https://wallet.example/1")),
      {}, kStart + absl::Seconds(1));
  EXPECT_THAT(Types(decision), ElementsAre(event_type::kOrderAwaitingPayer));
  EXPECT_EQ(decision.after.order->expire_time, kStart + absl::Hours(2));
  EXPECT_EQ(decision.after.order->next_action, Redirect("https://wallet.example/1"));

  const Decision past =
      Decide(Submitting(), Input(Reported(Source::kNotification, kStart - absl::Hours(2), "")), {},
             kStart + absl::Seconds(1));
  EXPECT_FALSE(past.after.order->expire_time.has_value());
}

TEST(DecideTest, AQuerysAnswerIsTheProvidersPresentView) {
  const Decision decision = Decide(
      Open(), Input(Reported(Source::kQuery, kStart + absl::Minutes(7), "https://w.example/2")), {},
      kStart + absl::Seconds(30));
  EXPECT_THAT(Types(decision), ElementsAre(event_type::kOrderAwaitingPayer));
  EXPECT_EQ(decision.after.order->expire_time, kStart + absl::Minutes(7));
  EXPECT_EQ(decision.after.order->next_action, Redirect("https://w.example/2"));
}

TEST(DecideTest, APollThatTeachesNothingIsNoChangeForCallers) {
  Subject subject = Open();
  for (int poll = 1; poll <= 3; ++poll) {
    const Subject before = subject;
    FactsReported same = Reported(Source::kQuery, kStart + absl::Hours(1), "");
    const Input input = poll == 2 ? Input(QueryTaughtNothing{}) : Input(same);
    subject = Decide(before, input, {}, kStart + absl::Seconds(10 * poll)).after;
    EXPECT_EQ(subject.base().version, before.base().version + 1);
    EXPECT_EQ(subject.base().revision, before.base().revision);
    EXPECT_EQ(subject.base().update_time, before.base().update_time);
    EXPECT_GT(*subject.base().due_time, *before.base().due_time);
  }
}

TEST(DecideTest, APersonsWordClosesOnlyWhatIsUnknown) {
  AttemptResolved resolved;
  resolved.attempt = 1;
  resolved.confirmed = true;
  resolved.resolved_by = "op";
  resolved.evidence = "seen";
  EXPECT_FALSE(Decide(Open(), Input(resolved), {}, kStart).refusal.ok());
  EXPECT_FALSE(Decide(Submitting(), Input(resolved), {}, kStart).refusal.ok()) << "SENDING";
  const Subject lost = Decide(Submitting(), Input(Restarted{}), {}, kStart).after;
  EXPECT_EQ(UnknownSince(lost.base()), kStart);
  const absl::Time later = kStart + absl::Hours(100);
  const Decision decision = Decide(lost, Input(resolved), {}, later);
  EXPECT_THAT(Types(decision),
              ElementsAre(event_type::kOrderAttemptResolved, event_type::kOrderAwaitingPayer));
  const Attempt& attempt = decision.after.base().attempts[0];
  EXPECT_EQ(attempt.state, AttemptState::kConfirmed);
  EXPECT_EQ(attempt.resolution, (Resolution{"op", "seen", later}));
  EXPECT_EQ(UnknownSince(decision.after.base()), std::nullopt);
  EXPECT_TRUE(decision.query) << "the provider may know more by now";
  EXPECT_GT(*decision.after.base().due_time, later) << "the horizon begins anew";
}

TEST(DecideTest, APaymentShowsThatACancellationHasNotWorked) {
  const Subject canceling = Decide(Open(), Input(CancelRequested{}), {}, kStart).after;
  const Subject lost = Decide(canceling, Input(Restarted{}), {}, kStart).after;
  ASSERT_EQ(lost.base().attempts[1].state, AttemptState::kUnknown);
  FactsReported paid;
  paid.source = Source::kQuery;
  paid.facts.report = Report::kPaid;
  const Decision decision = Decide(lost, Input(paid), {}, kStart);
  EXPECT_EQ(decision.after.order->state, OrderState::kPaid);
  EXPECT_EQ(decision.after.base().attempts[1].state, AttemptState::kRejected);
}

TEST(DecideTest, AChangeThatCallersSeeIsOneMoreRevision) {
  FactsReported paid;
  paid.source = Source::kQuery;
  paid.facts.report = Report::kPaid;
  const Decision decision = Decide(Open(), Input(paid), {}, kStart + absl::Seconds(10));
  EXPECT_THAT(Types(decision), ElementsAre(event_type::kOrderPaid));
  EXPECT_EQ(decision.after.base().revision, Open().base().revision + 1);
  EXPECT_EQ(decision.after.base().update_time, kStart + absl::Seconds(10));
}

}  // namespace
}  // namespace sluice
