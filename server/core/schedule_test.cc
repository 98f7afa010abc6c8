#include "server/core/schedule.h"

#include <gtest/gtest.h>

namespace sluice {
namespace {

const absl::Time kStart = absl::FromUnixSeconds(1768473000);

FlowPolicy Policy() {
  FlowPolicy policy;
  policy.query_schedule = {absl::Seconds(2), absl::Seconds(5), absl::Minutes(1)};
  policy.query_horizon = absl::Hours(1);
  return policy;
}

TEST(ScheduleTest, EvidenceIsAskedForByTheScheduleAndTheLastIntervalRepeats) {
  ScheduleInput input{Waiting::kEvidence, 0, kStart, {}};
  EXPECT_EQ(NextDue(input, Policy(), kStart).due_time, kStart + absl::Seconds(2));
  input.polls = 1;
  EXPECT_EQ(NextDue(input, Policy(), kStart).due_time, kStart + absl::Seconds(5));
  input.polls = 100;
  EXPECT_EQ(NextDue(input, Policy(), kStart).due_time, kStart + absl::Minutes(1));
}

TEST(ScheduleTest, TheLastQuestionIsAtTheHorizonAndThenItIsForAPerson) {
  ScheduleInput input{Waiting::kEvidence, 9, kStart, {}};
  const absl::Time late = kStart + absl::Minutes(59) + absl::Seconds(30);
  EXPECT_EQ(NextDue(input, Policy(), late).due_time, kStart + absl::Hours(1));
  const ScheduleAnswer past = NextDue(input, Policy(), kStart + absl::Hours(1));
  EXPECT_TRUE(past.past_horizon);
  EXPECT_FALSE(past.due_time.has_value());
}

TEST(ScheduleTest, WhatTheProviderHasConfirmedIsAskedAboutForLonger) {
  FlowPolicy policy = Policy();
  policy.confirmed_horizon = absl::Hours(24 * 10);
  ScheduleInput input{Waiting::kConfirmed, 9, kStart, {}};
  const absl::Time late = kStart + absl::Hours(24 * 9);
  EXPECT_EQ(NextDue(input, policy, late).due_time, late + absl::Minutes(1));
  EXPECT_TRUE(NextDue(input, policy, kStart + policy.confirmed_horizon).past_horizon);
  policy.confirmed_horizon = absl::ZeroDuration();  // Never shorter than of what is unknown.
  EXPECT_FALSE(NextDue(input, policy, kStart + absl::Minutes(59)).past_horizon);
}

TEST(ScheduleTest, PayersGetTimeAndTheExpiryIsAskedAbout) {
  ScheduleInput input{Waiting::kPayer, 0, kStart, kStart + absl::Minutes(5)};
  EXPECT_EQ(NextDue(input, Policy(), kStart).due_time, kStart + kFirstPayerQuery);
  input.polls = 5;
  const absl::Time near_end = kStart + absl::Minutes(4) + absl::Seconds(30);
  EXPECT_EQ(NextDue(input, Policy(), near_end).due_time, kStart + absl::Minutes(5) + kExpirySlack);
  // After it: soon, then less often, until the horizon counted from the expiry.
  const absl::Time after = kStart + absl::Minutes(5) + absl::Seconds(4);
  EXPECT_EQ(NextDue(input, Policy(), after).due_time, after + absl::Seconds(4));
  EXPECT_FALSE(NextDue(input, Policy(), kStart + absl::Minutes(64)).past_horizon);
  EXPECT_TRUE(NextDue(input, Policy(), kStart + absl::Minutes(65)).past_horizon);
}

TEST(ScheduleTest, AFastScheduleAsksAboutAPayerFast) {
  FlowPolicy policy = Policy();
  policy.query_schedule = {absl::Milliseconds(100)};
  ScheduleInput input{Waiting::kPayer, 0, kStart, kStart + absl::Minutes(5)};
  EXPECT_EQ(NextDue(input, policy, kStart).due_time, kStart + absl::Milliseconds(500));
  input.polls = 1;
  const absl::Time later = kStart + absl::Milliseconds(500);
  EXPECT_EQ(NextDue(input, policy, later).due_time, later + absl::Milliseconds(100));
}

TEST(ScheduleTest, SettlementIsAskedForSlowlyAndNotForEver) {
  ScheduleInput input{Waiting::kSettlement, 50, kStart, {}};
  EXPECT_EQ(NextDue(input, Policy(), kStart).due_time, kStart + kFirstSettlementQuery);
  const absl::Time later = kStart + absl::Hours(5);
  EXPECT_EQ(NextDue(input, Policy(), later).due_time, later + absl::Hours(5));
  EXPECT_FALSE(NextDue(input, Policy(), kStart + kSettlementHorizon).due_time.has_value());
}

TEST(ScheduleTest, NobodyToAskMeansNoSchedule) {
  FlowPolicy policy = Policy();
  policy.can_query = false;
  ScheduleInput input{Waiting::kEvidence, 0, kStart, {}};
  EXPECT_FALSE(NextDue(input, policy, kStart).due_time.has_value());
}

TEST(ScheduleTest, RetriesAreBounded) {
  EXPECT_EQ(RetryDelay(1), absl::Seconds(1));
  EXPECT_EQ(RetryDelay(5), absl::Seconds(15));
  EXPECT_FALSE(RetryDelay(6).has_value());
}

}  // namespace
}  // namespace sluice
