// Decisions on attempts, the same for every kind of resource: closing one on an answer, on evidence
// or on "not found"; starting the next; recovering what a crash has left.
//
// Threads: pure functions on values lent by the caller. Ownership: none.

#pragma once

#include <string>

#include "absl/time/time.h"
#include "server/core/decision.h"
#include "server/core/facts.h"
#include "server/core/resources.h"
#include "server/core/schedule.h"

namespace sluice {

// An unanswered create goes out again under the same key this often: with the grace between them,
// minutes; a provider that is down for longer is not waited for by a payer.
inline constexpr int kMaxSameKeySends = 5;
// New numbers taken for one create. Each abandoned one stays recognised for ever.
inline constexpr int kMaxNewKeys = 3;
// Bounds a resource's body; cancels of a dead provider repeat by the hour.
inline constexpr int kMaxAttempts = 100;

// `attention` of what the provider never told us about. Cleared when the state changes.
inline constexpr std::string_view kAttentionNoEvidence =
    "the provider has given no evidence of the outcome within its horizon";
// The create cannot go out again. Cleared when the state changes.
inline constexpr std::string_view kAttentionKeyTaken =
    "its next number at the provider belongs to another resource: nothing more is sent";

// Of what a notification has called in question. Cleared when the state changes.
inline constexpr std::string_view kAttentionUnconfirmed =
    "a notification contradicts what is known here, or is unconfirmed, and the provider has not "
    "answered within its horizon";

// Whether the attention ends with the state in which it was set.
bool IsPassing(std::string_view attention);

Attempt* FindAttempt(ResourceBase& base, int number);
// The newest attempt of the verb that is not abandoned, or nullptr.
Attempt* LastAttempt(ResourceBase& base, Verb verb);
const Attempt* LastAttempt(const ResourceBase& base, Verb verb);
bool HasSending(const ResourceBase& base);
bool IsOpen(const Attempt* attempt);  // SENDING or UNKNOWN.

// Adds an attempt in SENDING and gives its number.
int StartAttempt(ResourceBase& base, Verb verb, absl::Time now, const std::string& traceparent);

// What an answer means for its attempt, which is moved accordingly.
enum class Answered {
  kStale,  // The attempt had been closed before, by other evidence.
  kConfirmed,
  kRejected,      // Refused; final.
  kNotProcessed,  // Certain that nothing was done; it may be tried again. The attempt is REJECTED.
  kUnknown,
  kUnknownAskNow,  // UNKNOWN, and the provider is to be asked at once.
};
Answered CloseByAnswer(Attempt& attempt, const Outcome& outcome, absl::Time now);

// The provider knows the resource: a create that is open is CONFIRMED. True when it changed.
bool ConfirmCreate(ResourceBase& base, Verb create, absl::Time now);

// What an open attempt was to bring about has been seen, or seen not to be.
void CloseByEvidence(Attempt& attempt, absl::Time now);
void RejectByEvidence(Attempt& attempt, const Failure& failure, absl::Time now);

// Closes an attempt by what a person has established, as if the provider had answered so; `answer`
// gets that answer. INVALID_ARGUMENT when there is no such attempt, STATE_FORBIDS when it is not
// UNKNOWN.
absl::Status ResolveByPerson(ResourceBase& base, std::string_view name,
                             const AttemptResolved& input, absl::Time now, AttemptAnswered& answer);

// When the oldest attempt was begun whose outcome is unknown, abandoned ones apart.
std::optional<absl::Time> UnknownSince(const ResourceBase& base);

// From when on the provider's horizon counts: the newest attempt, or a person's word after it.
absl::Time ScheduleStart(const ResourceBase& base);

// UNKNOWN goes out again as it was. False when it is not UNKNOWN.
bool ResendAttempt(Attempt& attempt, absl::Time now);

// The provider does not know the resource, and says so itself.
struct NotFoundRuling {
  enum class Kind {
    kWait,           // Not believed yet, or nothing to rule on: ask on.
    kEnded,          // Believed: nothing was created, nothing will be. `failure` says why.
    kSend,           // Believed: attempt `send_attempt` goes out.
    kContradiction,  // It had been confirmed.
  };
  Kind kind = Kind::kWait;
  int send_attempt = 0;
  Failure failure;
};
// `wanted`: the resource is still to come into being (not being canceled, not past its time).
NotFoundRuling RuleOnNotFound(ResourceBase& base, Verb create, bool wanted,
                              const FlowPolicy& policy, absl::Time now);

// Whether the create's open attempt cannot be asked about at all, so that a query is pointless.
bool CannotBeAsked(const ResourceBase& base, Verb create, const FlowPolicy& policy);

// How often in a row the newest attempts of the verb were not processed.
int NotProcessedInARow(const ResourceBase& base, Verb verb);
// After attempts that were not processed: when the next may go out; nullopt: no more.
std::optional<absl::Duration> NextRetry(const ResourceBase& base, Verb verb);

// SENDING becomes UNKNOWN. True when there was any.
bool LoseSending(ResourceBase& base);

// The request behind an attempt (a push to the payer) that is about to be sent; then it has ended,
// or the process has, and nobody knows how far it came.
void BeginPush(Attempt& attempt);
bool EndPush(Attempt& attempt);          // False: there was none.
bool LosePushes(ResourceBase& base);     // True when there was any, now or before.
Attempt* LostPush(ResourceBase& base);   // Or nullptr.
bool IsPushing(const Attempt& attempt);  // Begun, and not lost.
// Whether the next process has to look at it: something is SENDING, or pushed.
bool IsInFlight(const ResourceBase& base);

// Where a refused create waits for the time from which "not found" proves the refusal, the resource
// becomes due then, not only by the schedule.
void AskWhenRefusalIsProven(ResourceBase& base, Verb create, const FlowPolicy& policy,
                            absl::Time now);

// An attempt that was given up for a new key, known by `provider_key`; or nullptr.
Attempt* FindAbandoned(ResourceBase& base, const std::string& provider_key);
const Attempt* FindAbandoned(const ResourceBase& base, const std::string& provider_key);

// Why an amount or currency in `facts` is not the resource's: a notification_reason, or nullptr.
const char* AmountMismatch(const Money& said, const Money& ours);
const char* AmountMismatch(const Facts& facts, const Money& ours);

// What every kind takes from facts: provider's number and data. True when something changed.
bool MergeCommonFacts(ResourceBase& base, const Facts& facts, Source source);

// Whether to take over what facts say of the expiry, or of the payer's next step. A call's or
// query's answer is the provider's present view. A notification may be old: it fills in what is not
// known yet, and changes nothing.
bool TakesExpiry(const std::optional<absl::Time>& ours, const std::optional<absl::Time>& said,
                 Source source, absl::Time now);
bool TakesNextAction(const NextAction& ours, const std::optional<NextAction>& said, Source source);

// Sets `attention` unless it says so already. True when it changed.
bool Flag(ResourceBase& base, std::string_view text);

// A failure with our words where the provider gave no reason.
Failure FailureOr(const Failure& failure, FailureReason reason, std::string_view message);

// Counts the commit; with `visible` (callers see that something changed) also revision and
// update_time.
void Touch(ResourceBase& base, bool visible, absl::Time now);

// A notification has called something in question: the provider is asked by the schedule until it
// has answered. Each doubt has a time of its own; with `again` one that there is stays.
void RaiseDoubt(ResourceBase& base, absl::Time now, bool again = false);

// Sets due_time from what is waited for, and from a doubt; past the horizon flags the resource, and
// is true.
bool Schedule(ResourceBase& base, const ScheduleInput& input, const FlowPolicy& policy,
              absl::Time now);

}  // namespace sluice
