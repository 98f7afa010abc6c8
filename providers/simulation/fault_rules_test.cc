#include "providers/simulation/fault_rules.h"

#include <gtest/gtest.h>

namespace sluice::simulation {
namespace {

class FaultRulesTest : public ::testing::Test {
 protected:
  static Fault Of(FaultKind kind, std::string operation = "", int count = 1) {
    Fault fault;
    fault.kind = kind;
    fault.operation = std::move(operation);
    fault.count = count;
    if (kind == FaultKind::kProviderCode) fault.code = "62006";
    if (kind == FaultKind::kClockSkew) fault.delay = absl::Hours(1);
    return fault;
  }
  static bool Befallen(const FaultPlan& plan) { return plan.before_effect || plan.after_effect; }

  FaultRules rules_{7, {"pay", "query"}};
};

TEST_F(FaultRulesTest, AppliesToTheNextCallsOfItsOperation) {
  ASSERT_TRUE(rules_.Put(Of(FaultKind::kHttpStatus, "pay", 2)).ok());
  EXPECT_FALSE(Befallen(rules_.TakeForCall("query")));
  EXPECT_TRUE(Befallen(rules_.TakeForCall("pay")));
  EXPECT_TRUE(Befallen(rules_.TakeForCall("pay")));
  EXPECT_FALSE(Befallen(rules_.TakeForCall("pay")));
}

TEST_F(FaultRulesTest, CountZeroLastsUntilCleared) {
  ASSERT_TRUE(rules_.Put(Of(FaultKind::kHttpStatus, "", 0)).ok());
  for (int i = 0; i < 20; ++i) EXPECT_TRUE(Befallen(rules_.TakeForCall("query")));
  EXPECT_TRUE(Befallen(rules_.TakeForNotification()));
  rules_.Clear();
  EXPECT_FALSE(Befallen(rules_.TakeForCall("query")));
}

TEST_F(FaultRulesTest, TheFirstRuleThatStopsOrSpoilsWinsAndTheNextIsKept) {
  ASSERT_TRUE(rules_.Put(Of(FaultKind::kTimeoutAfterEffect)).ok());
  ASSERT_TRUE(rules_.Put(Of(FaultKind::kConnectionReset)).ok());
  FaultPlan plan = rules_.TakeForCall("pay");
  EXPECT_FALSE(plan.before_effect);
  ASSERT_TRUE(plan.after_effect);
  plan = rules_.TakeForCall("pay");
  EXPECT_FALSE(plan.after_effect);
  EXPECT_TRUE(plan.before_effect);
}

TEST_F(FaultRulesTest, SkewAndSignatureComeOnTop) {
  ASSERT_TRUE(rules_.Put(Of(FaultKind::kClockSkew)).ok());
  ASSERT_TRUE(rules_.Put(Of(FaultKind::kClockSkew)).ok());
  ASSERT_TRUE(rules_.Put(Of(FaultKind::kMissingSignature)).ok());
  ASSERT_TRUE(rules_.Put(Of(FaultKind::kBadSignature)).ok());
  ASSERT_TRUE(rules_.Put(Of(FaultKind::kSlowBody)).ok());
  const FaultPlan first = rules_.TakeForCall("pay");
  EXPECT_EQ(first.clock_skew, absl::Hours(2));
  EXPECT_TRUE(first.missing_signature);
  EXPECT_FALSE(first.bad_signature);
  EXPECT_TRUE(first.after_effect);
  const FaultPlan second = rules_.TakeForCall("pay");
  EXPECT_EQ(second.clock_skew, absl::ZeroDuration());
  EXPECT_TRUE(second.bad_signature);
}

TEST_F(FaultRulesTest, KindsBefallOnlyWhatTheyCan) {
  ASSERT_TRUE(rules_.Put(Of(FaultKind::kDuplicateNotification)).ok());
  ASSERT_TRUE(rules_.Put(Of(FaultKind::kProviderCode)).ok());
  const FaultPlan call = rules_.TakeForCall("pay");
  EXPECT_FALSE(call.duplicate);
  ASSERT_NE(call.provider_code(), nullptr);
  EXPECT_EQ(*call.provider_code(), "62006");
  ASSERT_TRUE(rules_.Put(Of(FaultKind::kProviderCode)).ok());
  const FaultPlan notification = rules_.TakeForNotification();
  EXPECT_TRUE(notification.duplicate);
  EXPECT_EQ(notification.provider_code(), nullptr);
}

TEST_F(FaultRulesTest, ProbabilityIsDecidedByTheSeed) {
  const auto pattern = [](uint64_t seed) {
    FaultRules rules(seed, {"pay"});
    Fault fault = Of(FaultKind::kHttpStatus, "", 0);
    fault.probability_permille = 300;
    EXPECT_TRUE(rules.Put(fault).ok());
    std::string hits;
    for (int i = 0; i < 1000; ++i) hits += Befallen(rules.TakeForCall("pay")) ? '1' : '0';
    return hits;
  };
  const std::string first = pattern(1);
  EXPECT_EQ(first, pattern(1));
  EXPECT_NE(first, pattern(2));
  const auto hits = std::count(first.begin(), first.end(), '1');
  EXPECT_GT(hits, 200);
  EXPECT_LT(hits, 400);
}

TEST_F(FaultRulesTest, RefusesWhatMakesNoSense) {
  const auto refused = [&](Fault fault) { return absl::IsInvalidArgument(rules_.Put(fault)); };
  EXPECT_TRUE(refused(Of(FaultKind::kHttpStatus, "fly")));
  EXPECT_TRUE(refused(Of(FaultKind::kDroppedNotification, "pay")));
  EXPECT_TRUE(refused(Of(FaultKind::kProviderCode, "notification")));
  EXPECT_TRUE(refused(Of(FaultKind::kHttpStatus, "pay", -1)));
  Fault fault = Of(FaultKind::kHttpStatus);
  fault.status = 700;
  EXPECT_TRUE(refused(fault));
  fault = Of(FaultKind::kHttpStatus);
  fault.probability_permille = 1001;
  EXPECT_TRUE(refused(fault));
  fault = Of(FaultKind::kSlowBody);
  fault.delay = -absl::Seconds(1);
  EXPECT_TRUE(refused(fault));
  fault = Of(FaultKind::kProviderCode);
  fault.code.clear();
  EXPECT_TRUE(refused(fault));
  fault = Of(FaultKind::kClockSkew);
  fault.delay = absl::ZeroDuration();
  EXPECT_TRUE(refused(fault));
}

HttpReply Good() {
  HttpReply reply;
  reply.status = 200;
  reply.headers = {{"sign", "x"}};
  reply.body = "0123456789";
  return reply;
}

FaultPlan Plan(FaultKind kind, bool before, int status = 0, absl::Duration delay = {}) {
  Fault fault;
  fault.kind = kind;
  fault.status = status;
  fault.delay = delay;
  FaultPlan plan;
  (before ? plan.before_effect : plan.after_effect) = fault;
  return plan;
}

TEST(AnswerBeforeEffectTest, StandsInForTheCall) {
  EXPECT_FALSE(AnswerBeforeEffect({}));
  EXPECT_FALSE(AnswerBeforeEffect(Plan(FaultKind::kProviderCode, true)));
  const auto silent = AnswerBeforeEffect(Plan(FaultKind::kTimeoutBeforeEffect, true));
  ASSERT_TRUE(silent);
  EXPECT_TRUE(silent->drop_connection);
  EXPECT_EQ(silent->delay, kNeverAnswered);
  const auto reset = AnswerBeforeEffect(Plan(FaultKind::kConnectionReset, true));
  ASSERT_TRUE(reset);
  EXPECT_TRUE(reset->drop_connection);
  EXPECT_EQ(reset->delay, absl::ZeroDuration());
  EXPECT_EQ(AnswerBeforeEffect(Plan(FaultKind::kHttpStatus, true))->reply.status, 503);
  EXPECT_EQ(AnswerBeforeEffect(Plan(FaultKind::kHttpStatus, true, 429))->reply.status, 429);
}

TEST(AnswerAfterEffectTest, SpoilsTheAnswer) {
  EXPECT_EQ(AnswerAfterEffect({}, Good()).reply.body, "0123456789");
  EXPECT_EQ(AnswerAfterEffect({}, Good()).truncate_body_at, -1);
  const auto after = [](FaultKind kind, int status = 0, absl::Duration delay = {}) {
    return AnswerAfterEffect(Plan(kind, false, status, delay), Good());
  };
  EXPECT_TRUE(after(FaultKind::kTimeoutAfterEffect).drop_connection);
  EXPECT_EQ(after(FaultKind::kTimeoutAfterEffect, 0, absl::Seconds(3)).delay, absl::Seconds(3));
  EXPECT_EQ(after(FaultKind::kHttpStatusAfterEffect, 502).reply.status, 502);
  EXPECT_EQ(FindHeader(after(FaultKind::kHttpStatusAfterEffect).reply.headers, "sign"), nullptr);
  EXPECT_EQ(after(FaultKind::kHtmlBody).reply.status, 200);
  EXPECT_NE(after(FaultKind::kHtmlBody).reply.body.find("<html>"), std::string::npos);
  EXPECT_EQ(after(FaultKind::kSlowBody).chunk_delay, absl::Seconds(1));
  EXPECT_EQ(after(FaultKind::kSlowBody, 0, absl::Seconds(4)).chunk_delay, absl::Seconds(4));
  EXPECT_EQ(after(FaultKind::kTruncatedBody).truncate_body_at, 5);
}

}  // namespace
}  // namespace sluice::simulation
