#include "server/core/schedule.h"

#include <algorithm>
#include <iterator>

namespace sluice {
namespace {

absl::Duration QueryDelay(const FlowPolicy& policy, int polls) {
  if (policy.query_schedule.empty()) return absl::Minutes(1);
  const size_t last = policy.query_schedule.size() - 1;
  return policy.query_schedule[std::min(static_cast<size_t>(std::max(polls, 0)), last)];
}

// Asked again after as long as has passed: often at first, seldom later, without a counter.
absl::Duration Elapsed(absl::Time since, absl::Time now, absl::Duration least,
                       absl::Duration most) {
  return std::clamp(now - since, least, std::max(least, most));
}

// A payer pays in minutes; five tries over half a minute bridge a provider's restart.
constexpr absl::Duration kRetryDelays[] = {absl::Seconds(1), absl::Seconds(2), absl::Seconds(4),
                                           absl::Seconds(8), absl::Seconds(15)};

}  // namespace

ScheduleAnswer NextDue(const ScheduleInput& input, const FlowPolicy& policy, absl::Time now) {
  ScheduleAnswer answer;
  if (input.waiting == Waiting::kNothing || !policy.can_query) return answer;
  if (input.waiting == Waiting::kSettlement) {
    if (now - input.since < kSettlementHorizon) {
      answer.due_time =
          now + Elapsed(input.since, now, kFirstSettlementQuery, kSlowestSettlementQuery);
    }
    return answer;
  }
  absl::Time due = now + QueryDelay(policy, input.polls);
  absl::Time horizon = input.since + policy.query_horizon;
  if (input.waiting == Waiting::kConfirmed) {
    horizon = input.since + std::max(policy.query_horizon, policy.confirmed_horizon);
  }
  if (input.waiting == Waiting::kPayer) {
    const absl::Duration floor =
        std::min(kFirstPayerIntervals * QueryDelay(policy, 0), kFirstPayerQuery);
    due = std::max(due, input.since + floor);
    if (input.expire_time.has_value()) {
      const absl::Time expire_time = *input.expire_time;
      horizon = std::max(horizon, expire_time + policy.query_horizon);
      if (now < expire_time) {
        due = std::min(due, expire_time + kExpirySlack);
      } else {
        due = now + Elapsed(expire_time, now, kExpirySlack, QueryDelay(policy, input.polls));
      }
    }
  }
  if (due <= now) due = now + absl::Seconds(1);
  if (due > horizon && now >= horizon) {
    answer.past_horizon = true;
    return answer;
  }
  answer.due_time = std::min(due, std::max(horizon, now + absl::Seconds(1)));
  return answer;
}

std::optional<absl::Duration> RetryDelay(int failures) {
  if (failures < 1) failures = 1;
  if (failures > static_cast<int>(std::size(kRetryDelays))) return std::nullopt;
  return kRetryDelays[failures - 1];
}

}  // namespace sluice
