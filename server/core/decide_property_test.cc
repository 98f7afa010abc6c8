// Laws of the decisions, over random histories from a seed.
#include <gtest/gtest.h>

#include <algorithm>
#include <set>
#include <vector>

#include "server/base/random.h"
#include "server/core/attempt_decide.h"
#include "server/core/codec.h"
#include "server/core/decision.h"

namespace sluice {
namespace {

const absl::Time kStart = absl::FromUnixSeconds(1768473000);

Subject NewOrder() {
  Order order;
  order.merchant = "m";
  order.id = "o";
  order.amount = {"AED", 1000};
  order.expire_time = kStart + absl::Hours(2);
  return BeginOrder(order, kStart).after;
}

Subject NewRefund() {
  Order order;
  order.merchant = "m";
  order.id = "o";
  order.amount = order.paid = {"AED", 1000};
  order.refunded = order.refund_pending = {"AED", 0};
  order.state = OrderState::kPaid;
  order.revision = 3;
  Refund refund;
  refund.merchant = "m";
  refund.id = "r";
  refund.order_id = "o";
  refund.amount = {"AED", 400};
  return BeginRefund(refund, std::make_shared<const Order>(order), kStart).after;
}

Subject NewPayout() {
  Payout payout;
  payout.merchant = "m";
  payout.id = "p";
  payout.amount = {"AED", 1000};
  return BeginPayout(payout, kStart).after;
}

Subject NewLink() {
  AccountLink link;
  link.merchant = "m";
  link.id = "l";
  link.expire_time = kStart + absl::Minutes(15);
  return BeginAccountLink(link, kStart).after;
}

int LastNumber(const Subject& subject) { return subject.base().attempts.back().number; }

class History {
 public:
  explicit History(uint32_t seed) : random_(seed) {
    policy_.after_not_found = static_cast<AfterNotFound>(Pick(3));
    policy_.repeat_cancel = Pick(2) == 0;
    policy_.repeat_push = Pick(2) == 0;
    policy_.reports_settlement = Pick(2) == 0;
    policy_.can_query = Pick(8) != 0;
    policy_.query_schedule = {absl::Seconds(2), absl::Seconds(15), absl::Hours(1)};
  }

  int Pick(int n) { return static_cast<int>(random_.Next() % n); }

  Facts RandomFacts() {
    Facts facts;
    facts.report = static_cast<Report>(Pick(14));
    if (Pick(10) == 0) facts.amount = {"AED", 7};
    if (Pick(3) == 0) facts.provider_number = "P";
    if (Pick(3) == 0) facts.payer_key = "payer";
    return facts;
  }

  Input RandomInput(const Subject& subject) {
    switch (Pick(15)) {
      case 0:
        return CancelRequested{};
      case 1:
        return RevokeRequested{};
      case 2:
        return ComeDue{};
      case 3:
        return Restarted{};
      case 4:
        return QueryTaughtNothing{.doubt = Pick(4) == 0};
      case 11:
        return ToBeConfirmed{.again = Pick(3) == 0};
      case 5: {
        PushEnded ended;
        ended.attempt = 1 + Pick(LastNumber(subject));
        if (Pick(2) == 0) ended.facts = RandomFacts();
        return ended;
      }
      case 6:
        return KeyTaken{};
      case 7:
        return SuccessionSettled{.stands = Pick(2) == 0};
      case 10: {
        AttemptResolved resolved;
        resolved.attempt = 1 + Pick(LastNumber(subject));
        resolved.confirmed = Pick(2) == 0;
        return resolved;
      }
      case 8:
      case 9: {
        AttemptAnswered answered;
        answered.attempt = 1 + Pick(LastNumber(subject));
        answered.outcome.verdict = static_cast<Verdict>(1 + Pick(4));
        answered.outcome.query_now = Pick(4) == 0;
        if (Pick(2) == 0) answered.outcome.facts = RandomFacts();
        answered.more = Pick(10) == 0;
        answered.push = !answered.more && Pick(4) == 0;
        return answered;
      }
      default: {
        FactsReported reported;
        reported.source = static_cast<Source>(Pick(3));
        reported.facts = RandomFacts();
        reported.leaves_doubt = Pick(4) == 0;
        return reported;
      }
    }
  }

  absl::Time NextTime() {
    static constexpr int kJumpsSeconds[] = {0, 1, 5, 61, 700, 7200, 90000};
    now_ += absl::Seconds(kJumpsSeconds[Pick(7)]);
    return now_;
  }

  const FlowPolicy& policy() const { return policy_; }

 private:
  SeededRandom random_;
  FlowPolicy policy_;
  absl::Time now_ = kStart;
};

bool MayLeave(const Subject& before, const Subject& after) {
  if (before.state_name() == after.state_name()) return true;
  const std::string_view to = after.state_name();
  switch (before.kind) {
    case ResourceKind::kOrder:
      if (before.order->state == OrderState::kRevoked) return false;
      if (IsFinal(before.order->state)) return to == "PAID" && after.order->late;
      if (before.order->state == OrderState::kPaid) return to == "REVOKING" || to == "REVOKED";
      return true;
    case ResourceKind::kAccountLink:
      if (before.account_link->state == AccountLinkState::kRevoked) return false;
      return !IsFinal(before.account_link->state) || to == "ACTIVE";
    default:
      return !IsSettled(before);
  }
}

bool IsResting(const Subject& subject) {
  return IsSettled(subject) || subject.state_name() == "PAID" || subject.state_name() == "ACTIVE";
}

// Somebody or something will look again: an answer on its way, the schedule, or a person.
bool IsLookedAfter(const Subject& subject, const FlowPolicy& policy) {
  const ResourceBase& base = subject.base();
  const bool rests = IsResting(subject) && !base.doubt_time.has_value();
  return rests || HasSending(base) || base.due_time.has_value() || !base.attention.empty() ||
         !policy.can_query;
}

// What callers see, but for the marks of the change itself.
std::string PublicContent(const Subject& subject) {
  const auto encode = [](auto resource) {
    resource.revision = 0;
    resource.update_time = absl::Time();
    return EncodePublic(resource);
  };
  switch (subject.kind) {
    case ResourceKind::kRefund:
      return encode(*subject.refund);
    case ResourceKind::kPayout:
      return encode(*subject.payout);
    case ResourceKind::kAccountLink:
      return encode(*subject.account_link);
    default:
      return encode(*subject.order);
  }
}

void CheckStep(const Subject& before, const Decision& decision, const FlowPolicy& policy) {
  const Subject& after = decision.after;
  if (!decision.changed) {
    EXPECT_EQ(&after.base(), &before.base());
    EXPECT_TRUE(decision.events.empty());
    return;
  }
  EXPECT_EQ(after.base().version, before.base().version + 1);
  // No visible change without its event, and no other revision than by one.
  const bool told =
      std::any_of(decision.events.begin(), decision.events.end(),
                  [&](const EmittedEvent& event) { return event.kind == after.kind; });
  EXPECT_TRUE(told || PublicContent(before) == PublicContent(after)) << after.state_name();
  EXPECT_EQ(after.base().revision, before.base().revision + (decision.events.empty() ? 0 : 1));
  EXPECT_TRUE(MayLeave(before, after)) << before.state_name() << " to " << after.state_name();
  EXPECT_TRUE(IsLookedAfter(after, policy)) << after.state_name();
  if (before.state_name() != after.state_name()) {
    EXPECT_FALSE(decision.events.empty());
  }
  if (HasSending(after.base())) {
    EXPECT_FALSE(after.base().due_time.has_value());
  }
  // Nobody asks about what rests: what happened to each of its calls must be known.
  for (const Attempt& attempt : after.base().attempts) {
    if (!IsResting(after) || attempt.abandoned) continue;
    EXPECT_NE(attempt.state, AttemptState::kUnknown)
        << after.state_name() << ": " << VerbName(attempt.verb);
  }
  if (decision.send_attempt != 0) {
    const auto& attempts = after.base().attempts;
    const auto sent = std::find_if(attempts.begin(), attempts.end(), [&](const Attempt& attempt) {
      return attempt.number == decision.send_attempt;
    });
    ASSERT_NE(sent, attempts.end());
    EXPECT_EQ(sent->state, AttemptState::kSending);
  }
  if (decision.send_push != 0) {
    const auto& attempts = after.base().attempts;
    EXPECT_TRUE(std::any_of(attempts.begin(), attempts.end(), [&](const Attempt& attempt) {
      return attempt.number == decision.send_push && IsPushing(attempt);
    }));
    EXPECT_EQ(after.state_name(), "AWAITING_PAYER");
    EXPECT_TRUE(policy.repeat_push);
  }
  EXPECT_LE(after.base().attempts.size(), static_cast<size_t>(kMaxAttempts) + 1);
  if (after.kind == ResourceKind::kRefund) {
    const Order& order = *after.order;
    const int64_t pending = IsFinal(after.refund->state) ? 0 : 400;
    const int64_t done = after.refund->state == RefundState::kSucceeded ? 400 : 0;
    EXPECT_EQ(order.refund_pending.minor_units, pending);
    EXPECT_EQ(order.refunded.minor_units, done);
  }
  if (after.kind == ResourceKind::kOrder && after.order->state == OrderState::kPaid) {
    EXPECT_EQ(after.order->paid.minor_units, 1000);
  }
  if (after.kind == ResourceKind::kOrder) {
    EXPECT_EQ(after.order->next_action.kind == NextAction::Kind::kNone ||
                  after.order->state == OrderState::kAwaitingPayer ||
                  after.order->state == OrderState::kSubmitting,
              true);
  }
}

TEST(DecidePropertyTest, LawsHoldOverRandomHistories) {
  for (uint32_t seed = 1; seed <= 3000; ++seed) {
    SCOPED_TRACE(seed);
    History history(seed);
    Subject subject;
    switch (seed % 4) {
      case 0:
        subject = NewOrder();
        break;
      case 1:
        subject = NewRefund();
        break;
      case 2:
        subject = NewPayout();
        break;
      default:
        subject = NewLink();
        break;
    }
    for (int step = 0; step < 30; ++step) {
      const absl::Time now = history.NextTime();
      const Decision decision =
          Decide(subject, history.RandomInput(subject), history.policy(), now);
      CheckStep(subject, decision, history.policy());
      if (decision.refusal.ok()) subject = decision.after;
      if (::testing::Test::HasFailure()) return;
    }
  }
}

// A payment that was taken is never lost, whatever came before, except where the order was undone.
TEST(DecidePropertyTest, APaidReportIsAlwaysKept) {
  for (uint32_t seed = 1; seed <= 2000; ++seed) {
    SCOPED_TRACE(seed);
    History history(seed);
    Subject subject = NewOrder();
    for (int step = 0; step < 10; ++step) {
      const Decision decision =
          Decide(subject, history.RandomInput(subject), history.policy(), history.NextTime());
      if (decision.refusal.ok()) subject = decision.after;
    }
    FactsReported paid;
    paid.source = Source::kQuery;
    paid.facts.report = Report::kPaid;
    const Decision decision = Decide(subject, Input(paid), history.policy(), history.NextTime());
    const Order& order = *decision.after.order;
    if (order.state == OrderState::kRevoked) {
      EXPECT_TRUE(order.paid.minor_units != 0 || !order.attention.empty());
    } else {
      EXPECT_EQ(order.paid.minor_units, 1000);
      EXPECT_TRUE(order.state == OrderState::kPaid || order.state == OrderState::kRevoking);
    }
  }
}

// The same news twice is the same as once, and the order of two kinds of news does not matter.
TEST(DecidePropertyTest, NewsIsIdempotentAndPaidCommutesWithOpen) {
  FlowPolicy policy;
  const auto notice = [](Report report) {
    FactsReported reported;
    reported.source = Source::kNotification;
    reported.facts.report = report;
    return Input(reported);
  };
  const auto play = [&](std::vector<Report> reports) {
    Subject subject = NewOrder();
    for (const Report report : reports) {
      subject = Decide(subject, notice(report), policy, kStart).after;
    }
    return subject;
  };
  EXPECT_EQ(play({Report::kPaid, Report::kOpen}).order->state, OrderState::kPaid);
  EXPECT_EQ(play({Report::kOpen, Report::kPaid}).order->state, OrderState::kPaid);
  EXPECT_EQ(play({Report::kSettled, Report::kPaid, Report::kOpen}).order->state, OrderState::kPaid);
  EXPECT_TRUE(play({Report::kSettled, Report::kPaid}).order->settle_time.has_value());
  const std::vector<Report> overtaken = {Report::kPaid, Report::kReturned, Report::kSettled};
  EXPECT_TRUE(play(overtaken).order->settle_time.has_value());
  EXPECT_EQ(play(overtaken).order->state, OrderState::kRevoked);
  for (const Report report : {Report::kOpen, Report::kPaid, Report::kSettled, Report::kClosed,
                              Report::kExpired, Report::kReturned}) {
    const Subject once = play({report});
    const Decision again = Decide(once, notice(report), policy, kStart);
    EXPECT_TRUE(again.events.empty()) << static_cast<int>(report);
    EXPECT_EQ(again.after.state_name(), once.state_name());
  }
}

}  // namespace
}  // namespace sluice
