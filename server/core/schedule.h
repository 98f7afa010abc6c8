// When a resource is looked at again: the durable schedule of queries and repeats.
//
// Notifications are not guaranteed by any provider, so whatever is not final has a time at which
// the provider is asked, until the provider's own horizon.
//
// Threads: pure functions. Ownership: values.

#pragma once

#include <optional>
#include <vector>

#include "absl/time/time.h"

namespace sluice {

// What may be done about a create whose answer never came, once queries have not found it.
enum class AfterNotFound {
  kSendSameKey,  // The provider's own key makes the same request again safe.
  kSendNewKey,   // Abandon the attempt, begin another under a new key.
  kAskOn,        // Never again: query on; past the horizon it is for a person.
};

// What the decisions need to know of a provider: taken from its Descriptor by app/.
struct FlowPolicy {
  AfterNotFound after_not_found = AfterNotFound::kAskOn;
  bool repeat_cancel = false;  // An unanswered cancel or revoke may be sent again.
  bool repeat_push = false;    // So may a push, of which nobody knows whether it was sent.
  absl::Duration not_found_grace = absl::Minutes(1);
  absl::Duration query_horizon = absl::Hours(24);
  absl::Duration confirmed_horizon = absl::Hours(24 * 30);
  bool reports_settlement = false;
  bool can_query = true;  // There is a query verb for the resource.
  std::vector<absl::Duration> query_schedule = {absl::Seconds(2)};  // Never empty.
};

// Why a resource is to be looked at again.
enum class Waiting {
  kNothing,     // Nothing is expected.
  kEvidence,    // An outcome is unknown, or the provider is working: ask by the schedule.
  kConfirmed,   // The provider has it and works on it, perhaps for days: the same, for longer.
  kPayer,       // The payer has to act: ask by the schedule, and when time has run out.
  kSettlement,  // Paid, not yet settled: ask slowly.
};

// A payer needs some seconds before there is anything to ask about: the first question comes after
// so many first intervals of the schedule, so that a faster schedule asks sooner, and at the latest
// after so long.
inline constexpr int kFirstPayerIntervals = 5;
inline constexpr absl::Duration kFirstPayerQuery = absl::Seconds(10);

// How long after the expiry time the provider is asked first: its clock may be behind ours.
inline constexpr absl::Duration kExpirySlack = absl::Seconds(2);

// Settlement takes days; the question costs a call to the provider.
inline constexpr absl::Duration kFirstSettlementQuery = absl::Minutes(10);
inline constexpr absl::Duration kSlowestSettlementQuery = absl::Hours(24);
inline constexpr absl::Duration kSettlementHorizon = absl::Hours(24 * 30);

struct ScheduleInput {
  Waiting waiting = Waiting::kNothing;
  int polls = 0;     // Queries since the schedule was restarted.
  absl::Time since;  // What is waited for began then: the horizon counts from it.
  std::optional<absl::Time> expire_time;  // kPayer.
};

struct ScheduleAnswer {
  std::optional<absl::Time> due_time;
  bool past_horizon = false;  // Nothing more will be asked: for a person.
};

ScheduleAnswer NextDue(const ScheduleInput& input, const FlowPolicy& policy, absl::Time now);

// How long to wait before the call that the provider did not process goes out again, after
// `failures` (1 or more) of them in a row; nullopt: enough.
std::optional<absl::Duration> RetryDelay(int failures);

}  // namespace sluice
