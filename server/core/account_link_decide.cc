#include "server/core/account_link_decide.h"

#include <algorithm>
#include <utility>

#include "server/core/account_link_machine.h"
#include "server/core/create_flow_decide.h"
#include "server/core/event_types.h"

namespace sluice {
namespace {

// Ending a payer's older links takes some commits; if it was cut off, nobody waits for it.
constexpr absl::Duration kSuccessionRetry = absl::Seconds(30);

class AccountLinkFlow final : public CreateFlow<AccountLinkFlow, AccountLink> {
 public:
  static constexpr Verb kCreate = Verb::kCreateAccountLink;
  static constexpr ResourceKind kKind = ResourceKind::kAccountLink;
  static constexpr std::string_view kUnknownEvent = event_type::kAccountLinkOutcomeUnknown;
  static constexpr std::string_view kAttentionEvent = event_type::kAccountLinkAttention;
  static constexpr std::string_view kResolvedEvent = event_type::kAccountLinkAttemptResolved;
  static constexpr std::string_view kUpdatedEvent = event_type::kAccountLinkUpdated;

  AccountLinkFlow(const Subject& before, const FlowPolicy& policy, absl::Time now)
      : CreateFlow(before, *before.account_link, policy, now) {}

  using CreateFlow::On;
  void On(const RevokeRequested& input) {
    if (resource_.state == AccountLinkState::kRevoking) return;
    if (!Apply(AccountLinkEvent::kRevokeRequested))
      return Refuse("only an active link can be revoked");
    Send(StartAttempt(resource_, Verb::kRevokeAccountLink, now_, input.traceparent));
  }

  void On(const SuccessionSettled& input) {
    const bool was_open = std::exchange(resource_.succession_open, false);
    const bool linked = resource_.state == AccountLinkState::kActive ||
                        resource_.state == AccountLinkState::kRevoking;
    if (!input.stands && linked) Apply(AccountLinkEvent::kUnlinked);
    if (was_open) changed_ = true;
  }

  void On(const ComeDue& input) {
    if (resource_.succession_open) {
      decision_.settle_succession = true;
      changed_ = true;
      return;
    }
    CreateFlow::On(input);
  }

 private:
  friend class CreateFlow<AccountLinkFlow, AccountLink>;

  static const AccountLink& Of(const Subject& subject) { return *subject.account_link; }

  bool OutOfTime() const {
    return resource_.expire_time.has_value() && now_ >= *resource_.expire_time;
  }
  bool Wanted() const { return WaitsForCreate() && !OutOfTime(); }
  bool IsFinalNow() const { return IsFinal(resource_.state); }
  bool WaitsForCreate() const { return resource_.state == AccountLinkState::kSubmitting; }
  const char* MismatchIn(const Facts&) const { return nullptr; }

  void MergeMore(const Facts& facts, Source source) {
    if (TakesExpiry(resource_.expire_time, facts.expire_time, source, now_)) {
      resource_.expire_time = facts.expire_time;
      changed_ = true;
    }
    if (!facts.payer_key.empty() && resource_.payer_key != facts.payer_key) {
      resource_.payer_key = facts.payer_key;
      changed_ = true;
    }
    const bool waits = resource_.state == AccountLinkState::kSubmitting ||
                       resource_.state == AccountLinkState::kAwaitingPayer;
    if (waits && TakesNextAction(resource_.next_action, facts.next_action, source)) {
      const bool shown = resource_.state == AccountLinkState::kAwaitingPayer;
      resource_.next_action = *facts.next_action;
      changed_ = true;
      if (shown) Emit(event_type::kAccountLinkAwaitingPayer);
    }
  }

  void TakeReport(const Facts& facts, Source source) {
    switch (facts.report) {
      case Report::kOpen:
      case Report::kProcessing:
        Apply(AccountLinkEvent::kAccepted);
        return;
      case Report::kSucceeded:
        if (resource_.state == AccountLinkState::kRevoking) return OnStillLinked(source);
        return Activate(facts, source);
      case Report::kFailed:
      case Report::kClosed:
        if (resource_.state == AccountLinkState::kActive) return Contradicted(source);
        return Fail(
            FailureOr(facts.failure, FailureReason::kDeclinedByPayer, "the link was not approved"));
      case Report::kExpired:
        if (resource_.state == AccountLinkState::kActive) return Contradicted(source);
        return Expire(facts.failure);
      case Report::kCanceled:
        Apply(AccountLinkEvent::kUnlinked);
        return;
      default:
        return Attend(create_attention::kNoSense);
    }
  }

  void Activate(const Facts& facts, Source source) {
    if (!Apply(AccountLinkEvent::kActivated)) {
      // Old news after a revoke, unless a query says so.
      const bool revoked = resource_.state == AccountLinkState::kRevoked;
      if (revoked && source == Source::kQuery) Attend(create_attention::kContradiction);
      return;
    }
    // Notices may overtake one another: the provider's time tells which link came last.
    resource_.activate_time = std::min(now_, facts.activate_time.value_or(now_));
    if (resource_.payer_key.empty()) return;
    resource_.succession_open = true;
    decision_.settle_succession = true;
  }

  void OnStillLinked(Source source) {
    Attempt* revoke = LastAttempt(resource_, Verb::kRevokeAccountLink);
    if (revoke == nullptr || revoke->state == AttemptState::kSending) return;
    if (revoke->state == AttemptState::kRejected) {
      if (NotProcessedInARow(resource_, Verb::kRevokeAccountLink) > 0) return;
      Apply(AccountLinkEvent::kRevokeRefused);
      return;
    }
    if (revoke->state != AttemptState::kUnknown || source != Source::kQuery) return;
    if (policy_.repeat_cancel) {
      if (ResendAttempt(*revoke, now_)) Send(revoke->number);
    } else if (now_ - revoke->send_time >= policy_.not_found_grace) {
      RejectByEvidence(*revoke,
                       FailureOr(revoke->failure, FailureReason::kOther, "it had no effect"), now_);
      Apply(AccountLinkEvent::kRevokeRefused);
    }
  }

  void OnOtherAnswered(Answered answered, const Outcome& outcome) {
    Facts facts = outcome.facts;
    if (answered == Answered::kConfirmed) {
      if (facts.report == Report::kNone) facts.report = Report::kCanceled;
      return TakeFacts(facts, Source::kCall);
    }
    if (answered != Answered::kRejected) return;
    if (facts.report != Report::kNone && facts.report != Report::kNotFound) {
      return TakeFacts(facts, Source::kCall);
    }
    if (policy_.can_query) {
      AskNow();
    } else {
      Apply(AccountLinkEvent::kRevokeRefused);
    }
  }

  bool RetriesOther() {
    if (resource_.state != AccountLinkState::kRevoking ||
        NotProcessedInARow(resource_, Verb::kRevokeAccountLink) == 0 ||
        resource_.attempts.size() >= kMaxAttempts) {
      return false;
    }
    Send(StartAttempt(resource_, Verb::kRevokeAccountLink, now_, resource_.traceparent));
    return true;
  }

  // Where the provider cannot be asked, our clock is all there is; a late approval still counts.
  void OnDueWithoutQuery() {
    if (!policy_.can_query && OutOfTime() && resource_.state == AccountLinkState::kAwaitingPayer) {
      Expire({});
    }
  }

  void AdjustDue() {
    if (resource_.state == AccountLinkState::kRevoking &&
        NotProcessedInARow(resource_, Verb::kRevokeAccountLink) > 0) {
      resource_.due_time =
          now_ + NextRetry(resource_, Verb::kRevokeAccountLink).value_or(absl::Minutes(1));
    }
    if (!policy_.can_query && resource_.state == AccountLinkState::kAwaitingPayer &&
        resource_.expire_time.has_value()) {
      resource_.due_time = std::max(now_, *resource_.expire_time) + kExpirySlack;
    }
    // In case that what follows the commit is cut off.
    if (resource_.succession_open) resource_.due_time = now_ + kSuccessionRetry;
  }

  void Expire(const Failure& failure) {
    const bool asked_for = resource_.state == AccountLinkState::kRevoking;
    if (!Apply(AccountLinkEvent::kExpired) || asked_for) return;
    resource_.failure = FailureOr(failure, FailureReason::kExpired, "not approved in time");
  }

  void Fail(const Failure& failure) {
    const bool asked_for = resource_.state == AccountLinkState::kRevoking;
    if (Apply(AccountLinkEvent::kFailed) && !asked_for) resource_.failure = failure;
  }

  bool Apply(AccountLinkEvent event) {
    const auto next = Next(resource_.state, event);
    if (!next.has_value()) return false;
    resource_.state = *next;
    Restart();
    if (*next != AccountLinkState::kAwaitingPayer) resource_.next_action = {};
    if (IsFinal(*next)) resource_.end_time = now_;
    switch (*next) {
      case AccountLinkState::kAwaitingPayer:
        Emit(event_type::kAccountLinkAwaitingPayer);
        break;
      case AccountLinkState::kActive:
        resource_.end_time.reset();
        resource_.failure = {};
        Emit(event_type::kAccountLinkActive);
        break;
      case AccountLinkState::kRevoking:
        Emit(event_type::kAccountLinkRevoking);
        break;
      case AccountLinkState::kRevoked:
        Emit(event_type::kAccountLinkRevoked);
        break;
      case AccountLinkState::kExpired:
        Emit(event_type::kAccountLinkExpired);
        break;
      default:
        Emit(event_type::kAccountLinkFailed);
        break;
    }
    return true;
  }

  ScheduleInput Waits() const {
    ScheduleInput input;
    input.polls = resource_.polls;
    input.expire_time = resource_.expire_time;
    input.since = ScheduleStart(resource_);
    if (resource_.state == AccountLinkState::kSubmitting ||
        resource_.state == AccountLinkState::kRevoking) {
      input.waiting = Waiting::kEvidence;
    } else if (resource_.state == AccountLinkState::kAwaitingPayer) {
      input.waiting = Waiting::kPayer;
    }
    return input;
  }

  // What was asked for has come about, whether by our call or without it, and whether the call was
  // lost before or after: nobody would ask about it any more.
  void CloseRevoke() {
    Attempt* revoke = LastAttempt(resource_, Verb::kRevokeAccountLink);
    if (revoke == nullptr || revoke->state != AttemptState::kUnknown) return;
    if (IsFinalNow()) CloseByEvidence(*revoke, now_);
  }

  void StoreResult() {
    CloseRevoke();
    decision_.after.account_link = std::make_shared<const AccountLink>(std::move(resource_));
  }
};

}  // namespace

Decision DecideAccountLink(const Subject& before, const Input& input, const FlowPolicy& policy,
                           absl::Time now) {
  AccountLinkFlow flow(before, policy, now);
  std::visit([&flow](const auto& what) { flow.On(what); }, input);
  return flow.Finish();
}

Decision BeginAccountLink(AccountLink link, absl::Time now) {
  link.state = AccountLinkState::kSubmitting;
  link.create_time = link.update_time = now;
  link.revision = link.version = 1;
  Decision decision;
  decision.send_attempt = StartAttempt(link, Verb::kCreateAccountLink, now, link.traceparent);
  decision.events.push_back({event_type::kAccountLinkCreated, ResourceKind::kAccountLink});
  decision.changed = true;
  decision.after.kind = ResourceKind::kAccountLink;
  decision.after.account_link = std::make_shared<const AccountLink>(std::move(link));
  return decision;
}

}  // namespace sluice
