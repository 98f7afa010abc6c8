#include "server/core/attempt_decide.h"

#include <algorithm>

#include "server/base/strings.h"
#include "server/core/attempt_machine.h"
#include "server/core/error.h"

namespace sluice {
namespace {

// Marks in Attempt::carry, which providers fill with names of their own.
constexpr char kMarkRefused[] = "sluice.refused";
constexpr char kMarkNotProcessed[] = "sluice.not_processed";
constexpr char kMarkPush[] = "sluice.push";
constexpr char kPushRuns[] = "runs", kPushIsLost[] = "lost";

bool Move(Attempt& attempt, AttemptEvent event) {
  const auto next = Next(attempt.state, event);
  if (!next.has_value()) return false;
  attempt.state = *next;
  return true;
}

void Lose(Attempt& attempt, const Failure& failure) {
  if (Move(attempt, AttemptEvent::kLost)) attempt.failure = failure;
}

void Reject(Attempt& attempt, const Failure& failure, absl::Time now) {
  if (!Move(attempt, AttemptEvent::kRejected)) return;
  attempt.failure = failure;
  attempt.end_time = now;
}

void Confirm(Attempt& attempt, absl::Time now) {
  if (!Move(attempt, AttemptEvent::kConfirmed)) return;
  attempt.failure = {};
  attempt.carry.erase(kMarkRefused);
  attempt.end_time = now;
}

// The answer says that the provider has it, whatever else it refuses.
bool ShowsExistence(const Facts& facts) {
  switch (facts.report) {
    case Report::kOpen:
    case Report::kProcessing:
    case Report::kPaid:
    case Report::kSettled:
    case Report::kReturned:
    case Report::kSucceeded:
    case Report::kException:
      return true;
    default:
      return false;
  }
}

bool IsCreate(Verb verb) {
  return verb == Verb::kCreateOrder || verb == Verb::kCreateRefund || verb == Verb::kCreatePayout ||
         verb == Verb::kCreateAccountLink;
}

int CountAbandoned(const ResourceBase& base, Verb verb) {
  return static_cast<int>(std::count_if(
      base.attempts.begin(), base.attempts.end(),
      [&](const Attempt& attempt) { return attempt.verb == verb && attempt.abandoned; }));
}

}  // namespace

Attempt* FindAttempt(ResourceBase& base, int number) {
  for (Attempt& attempt : base.attempts) {
    if (attempt.number == number) return &attempt;
  }
  return nullptr;
}

const Attempt* LastAttempt(const ResourceBase& base, Verb verb) {
  for (auto it = base.attempts.rbegin(); it != base.attempts.rend(); ++it) {
    if (it->verb == verb && !it->abandoned) return &*it;
  }
  return nullptr;
}

Attempt* LastAttempt(ResourceBase& base, Verb verb) {
  return const_cast<Attempt*>(LastAttempt(static_cast<const ResourceBase&>(base), verb));
}

bool HasSending(const ResourceBase& base) {
  return std::any_of(base.attempts.begin(), base.attempts.end(), [](const Attempt& attempt) {
    return attempt.state == AttemptState::kSending;
  });
}

bool IsOpen(const Attempt* attempt) {
  return attempt != nullptr &&
         (attempt->state == AttemptState::kSending || attempt->state == AttemptState::kUnknown);
}

int StartAttempt(ResourceBase& base, Verb verb, absl::Time now, const std::string& traceparent) {
  Attempt attempt;
  attempt.number = base.attempts.empty() ? 1 : base.attempts.back().number + 1;
  attempt.verb = verb;
  attempt.state = AttemptState::kSending;
  attempt.sends = 1;
  attempt.start_time = now;
  attempt.send_time = now;
  attempt.traceparent = traceparent;
  base.attempts.push_back(std::move(attempt));
  base.polls = 0;
  return base.attempts.back().number;
}

Answered CloseByAnswer(Attempt& attempt, const Outcome& outcome, absl::Time now) {
  if (attempt.state != AttemptState::kSending) return Answered::kStale;
  switch (outcome.verdict) {
    case Verdict::kAccepted:
      Confirm(attempt, now);
      return Answered::kConfirmed;
    case Verdict::kDeclined:
      if (IsCreate(attempt.verb) && ShowsExistence(outcome.facts)) {
        Confirm(attempt, now);
        return Answered::kConfirmed;
      }
      // The refusal of a repeat says nothing of the send before it, and a provider may want its own
      // refusal confirmed: then it is believed together with a query that does not find it.
      if (IsCreate(attempt.verb) && (outcome.query_now || attempt.sends > 1)) {
        Lose(attempt, outcome.failure);
        attempt.carry[kMarkRefused] = "1";
        return Answered::kUnknownAskNow;
      }
      Reject(attempt,
             FailureOr(outcome.failure, FailureReason::kDeclinedByProvider,
                       "the provider refused the request"),
             now);
      return Answered::kRejected;
    case Verdict::kNotProcessed:
      if (attempt.sends > 1) {
        Lose(attempt, outcome.failure);
        return Answered::kUnknown;
      }
      Reject(attempt,
             FailureOr(outcome.failure, FailureReason::kNotSubmitted,
                       "no request reached the provider"),
             now);
      attempt.carry[kMarkNotProcessed] = "1";
      return Answered::kNotProcessed;
    case Verdict::kUnknown:
      break;
  }
  Lose(attempt, outcome.failure);
  return outcome.query_now ? Answered::kUnknownAskNow : Answered::kUnknown;
}

bool ConfirmCreate(ResourceBase& base, Verb create, absl::Time now) {
  Attempt* attempt = LastAttempt(base, create);
  if (!IsOpen(attempt)) return false;
  Confirm(*attempt, now);
  return true;
}

bool CannotBeAsked(const ResourceBase& base, Verb create, const FlowPolicy& policy) {
  const Attempt* attempt = LastAttempt(base, create);
  return policy.after_not_found == AfterNotFound::kSendNewKey && attempt != nullptr &&
         attempt->state == AttemptState::kUnknown && attempt->step == 0 &&
         base.provider_number.empty();
}

NotFoundRuling RuleOnNotFound(ResourceBase& base, Verb create, bool wanted,
                              const FlowPolicy& policy, absl::Time now) {
  NotFoundRuling ruling;
  Attempt* attempt = LastAttempt(base, create);
  if (attempt == nullptr || attempt->state == AttemptState::kSending ||
      attempt->state == AttemptState::kRejected) {
    return ruling;
  }
  if (attempt->state == AttemptState::kConfirmed) {
    ruling.kind = NotFoundRuling::Kind::kContradiction;
    return ruling;
  }
  const auto end = [&](FailureReason reason, std::string_view message) {
    ruling.failure = FailureOr(attempt->failure, reason, message);
    Reject(*attempt, ruling.failure, now);
    ruling.kind = NotFoundRuling::Kind::kEnded;
  };
  // Where nothing may be sent again, a refusal may have been of a repeat on the provider's side, or
  // have come from an outage after the effect, as may this answer: the two must be apart in time.
  const bool too_early = policy.after_not_found == AfterNotFound::kAskOn &&
                         now - attempt->send_time < policy.not_found_grace;
  if (attempt->carry.count(kMarkRefused) > 0) {
    if (too_early) return ruling;
    end(FailureReason::kDeclinedByProvider, "the provider refused the request");
    return ruling;
  }
  if (now - attempt->send_time < policy.not_found_grace) return ruling;
  if (policy.after_not_found == AfterNotFound::kAskOn) return ruling;
  constexpr std::string_view kNeverArrived = "the provider does not know the request";
  const bool room = base.attempts.size() < kMaxAttempts;
  if (wanted && policy.after_not_found == AfterNotFound::kSendSameKey &&
      attempt->sends < kMaxSameKeySends && Move(*attempt, AttemptEvent::kResent)) {
    ++attempt->sends;
    attempt->send_time = now;
    base.polls = 0;
    ruling.kind = NotFoundRuling::Kind::kSend;
    ruling.send_attempt = attempt->number;
    return ruling;
  }
  if (wanted && policy.after_not_found == AfterNotFound::kSendNewKey && room &&
      CountAbandoned(base, create) < kMaxNewKeys) {
    const std::string traceparent = attempt->traceparent;
    attempt->abandoned = true;
    ruling.kind = NotFoundRuling::Kind::kSend;
    ruling.send_attempt = StartAttempt(base, create, now, traceparent);
    return ruling;
  }
  attempt->failure = {};  // Why it was unknown is not why it ended.
  end(FailureReason::kNotSubmitted, kNeverArrived);
  return ruling;
}

void AskWhenRefusalIsProven(ResourceBase& base, Verb create, const FlowPolicy& policy,
                            absl::Time now) {
  const Attempt* const attempt = LastAttempt(base, create);
  const bool waits = policy.after_not_found == AfterNotFound::kAskOn && attempt != nullptr &&
                     attempt->state == AttemptState::kUnknown &&
                     attempt->carry.count(kMarkRefused) > 0;
  if (!waits || !base.due_time.has_value()) return;
  const absl::Time proven = attempt->send_time + policy.not_found_grace;
  if (proven > now) base.due_time = std::min(*base.due_time, proven);
}

void CloseByEvidence(Attempt& attempt, absl::Time now) { Confirm(attempt, now); }

void RejectByEvidence(Attempt& attempt, const Failure& failure, absl::Time now) {
  Reject(attempt, failure, now);
}

absl::Status ResolveByPerson(ResourceBase& base, std::string_view name,
                             const AttemptResolved& input, absl::Time now,
                             AttemptAnswered& answer) {
  Attempt* attempt = FindAttempt(base, input.attempt);
  if (attempt == nullptr) {
    return InvalidField("attempt", "must be the number of an attempt of this resource");
  }
  if (attempt->state != AttemptState::kUnknown) {
    return StateForbids(name, "only an attempt that is UNKNOWN can be resolved");
  }
  answer.attempt = input.attempt;
  if (input.confirmed) {
    Confirm(*attempt, now);
    answer.outcome.verdict = Verdict::kAccepted;
    answer.outcome.facts.provider_number = input.provider_number;
  } else {
    answer.outcome.verdict = Verdict::kDeclined;
    answer.outcome.failure.reason = FailureReason::kOther;
    answer.outcome.failure.message = "an operator has established that it was not done";
    Reject(*attempt, answer.outcome.failure, now);
  }
  attempt->resolution = {input.resolved_by, input.evidence, now};
  base.polls = 0;
  if (IsPassing(base.attention)) base.attention.clear();
  return absl::OkStatus();
}

std::optional<absl::Time> UnknownSince(const ResourceBase& base) {
  std::optional<absl::Time> since;
  for (const Attempt& attempt : base.attempts) {
    if (attempt.state != AttemptState::kUnknown || attempt.abandoned) continue;
    if (!since.has_value() || attempt.start_time < *since) since = attempt.start_time;
  }
  return since;
}

absl::Time ScheduleStart(const ResourceBase& base) {
  absl::Time start = base.attempts.empty() ? base.create_time : base.attempts.back().start_time;
  for (const Attempt& attempt : base.attempts) {
    if (attempt.resolution.time.has_value()) start = std::max(start, *attempt.resolution.time);
  }
  return start;
}

bool ResendAttempt(Attempt& attempt, absl::Time now) {
  if (!Move(attempt, AttemptEvent::kResent)) return false;
  ++attempt.sends;
  attempt.send_time = now;
  return true;
}

int NotProcessedInARow(const ResourceBase& base, Verb verb) {
  int count = 0;
  for (auto it = base.attempts.rbegin(); it != base.attempts.rend(); ++it) {
    if (it->verb != verb || it->abandoned) break;
    if (it->carry.count(kMarkNotProcessed) == 0) break;
    ++count;
  }
  return count;
}

std::optional<absl::Duration> NextRetry(const ResourceBase& base, Verb verb) {
  const int failures = NotProcessedInARow(base, verb);
  if (failures == 0 || base.attempts.size() >= kMaxAttempts) return std::nullopt;
  return RetryDelay(failures);
}

bool LoseSending(ResourceBase& base) {
  bool any = false;
  for (Attempt& attempt : base.attempts) {
    if (attempt.state != AttemptState::kSending) continue;
    Lose(attempt, {});
    any = true;
  }
  return any;
}

void BeginPush(Attempt& attempt) { attempt.carry[kMarkPush] = kPushRuns; }

bool EndPush(Attempt& attempt) { return attempt.carry.erase(kMarkPush) > 0; }

bool LosePushes(ResourceBase& base) {
  bool any = false;
  for (Attempt& attempt : base.attempts) {
    const auto mark = attempt.carry.find(kMarkPush);
    if (mark == attempt.carry.end()) continue;
    mark->second = kPushIsLost;
    any = true;
  }
  return any;
}

Attempt* LostPush(ResourceBase& base) {
  for (Attempt& attempt : base.attempts) {
    const auto mark = attempt.carry.find(kMarkPush);
    if (mark != attempt.carry.end() && mark->second == kPushIsLost) return &attempt;
  }
  return nullptr;
}

bool IsPushing(const Attempt& attempt) {
  const auto mark = attempt.carry.find(kMarkPush);
  return mark != attempt.carry.end() && mark->second == kPushRuns;
}

bool IsInFlight(const ResourceBase& base) {
  return std::any_of(base.attempts.begin(), base.attempts.end(), [](const Attempt& attempt) {
    return attempt.state == AttemptState::kSending || attempt.carry.count(kMarkPush) > 0;
  });
}

bool IsPassing(std::string_view attention) {
  return attention == kAttentionNoEvidence || attention == kAttentionUnconfirmed ||
         attention == kAttentionKeyTaken;
}

const Attempt* FindAbandoned(const ResourceBase& base, const std::string& provider_key) {
  if (provider_key.empty()) return nullptr;
  for (const Attempt& attempt : base.attempts) {
    if (attempt.abandoned && attempt.provider_key == provider_key) return &attempt;
  }
  return nullptr;
}

Attempt* FindAbandoned(ResourceBase& base, const std::string& provider_key) {
  return const_cast<Attempt*>(FindAbandoned(static_cast<const ResourceBase&>(base), provider_key));
}

const char* AmountMismatch(const Money& said, const Money& ours) {
  if (said.empty()) return nullptr;
  if (said.currency_code != ours.currency_code) return "CURRENCY_MISMATCH";
  if (said.minor_units != ours.minor_units) return "AMOUNT_MISMATCH";
  return nullptr;
}

const char* AmountMismatch(const Facts& facts, const Money& ours) {
  const char* const mismatch = AmountMismatch(facts.amount, ours);
  if (mismatch == nullptr || !facts.amount_may_include_fee || facts.fee.empty()) return mismatch;
  const absl::StatusOr<Money> with_fee = Add(ours, facts.fee);
  return with_fee.ok() && *with_fee == facts.amount ? nullptr : mismatch;
}

bool MergeCommonFacts(ResourceBase& base, const Facts& facts, Source source) {
  bool changed = false;
  const bool take_number = base.provider_number.empty() || source == Source::kCall;
  if (!facts.provider_number.empty() && take_number &&
      base.provider_number != facts.provider_number) {
    base.provider_number = facts.provider_number;
    changed = true;
  }
  for (const auto& [key, value] : facts.provider_data) {
    std::string& ours = base.provider_data[key];
    if (ours == value) continue;
    ours = value;
    changed = true;
  }
  return changed;
}

bool TakesExpiry(const std::optional<absl::Time>& ours, const std::optional<absl::Time>& said,
                 Source source, absl::Time now) {
  if (!said.has_value() || ours == said) return false;
  return source != Source::kNotification || (!ours.has_value() && *said > now);
}

bool TakesNextAction(const NextAction& ours, const std::optional<NextAction>& said, Source source) {
  if (!said.has_value() || ours == *said) return false;
  return source != Source::kNotification || ours.kind == NextAction::Kind::kNone;
}

bool Flag(ResourceBase& base, std::string_view text) {
  if (base.attention == text) return false;
  base.attention = std::string(text);
  return true;
}

Failure FailureOr(const Failure& failure, FailureReason reason, std::string_view message) {
  Failure result = failure;
  if (result.reason == FailureReason::kNone) result.reason = reason;
  if (result.message.empty()) result.message = std::string(message);
  return result;
}

void Touch(ResourceBase& base, bool visible, absl::Time now) {
  ++base.version;
  if (!visible) return;
  ++base.revision;
  base.update_time = std::max(base.update_time, now);
}

void RaiseDoubt(ResourceBase& base, absl::Time now, bool again) {
  if (base.doubt_time.has_value()) {
    if (again) return;
    // Another one, also within a moment: an answer to the older question does not settle it.
    now = std::max(now, *base.doubt_time + absl::Microseconds(1));
  }
  base.doubt_time = now;
  base.polls = 0;
}

bool Schedule(ResourceBase& base, const ScheduleInput& input, const FlowPolicy& policy,
              absl::Time now) {
  const ScheduleAnswer answer = NextDue(input, policy, now);
  base.due_time = answer.due_time;
  const bool flagged = answer.past_horizon && Flag(base, kAttentionNoEvidence);
  if (!base.doubt_time.has_value()) return flagged;
  ScheduleInput doubt;
  doubt.waiting = Waiting::kEvidence;
  doubt.polls = base.polls;
  doubt.since = *base.doubt_time;
  if (const auto due = NextDue(doubt, policy, now).due_time; due.has_value()) {
    base.due_time = std::min(base.due_time.value_or(*due), *due);
    return flagged;
  }
  base.doubt_time.reset();
  if (base.attention == kAttentionKeyTaken) return flagged;  // It keeps the create from going out.
  return Flag(base, kAttentionUnconfirmed) || flagged;
}

}  // namespace sluice
