// What refunds, payouts and account links have in common: a create that is sent, lost, found, not
// found, repeated. Inside *_decide.cc only.
//
// `Derived` gives: static constexpr Verb kCreate; ResourceKind kKind; event types kUnknownEvent,
// kAttentionEvent, kResolvedEvent, kUpdatedEvent; the methods TakeReport(facts, source) (after
// amounts were checked and the common facts merged), Fail(failure) (certain that nothing was
// created), Wanted(), MismatchIn(facts), Waits(), WaitsForCreate(), Of(subject) (the resource in
// it) and StoreResult().
//
// Threads: confined to the call. Ownership: borrows subject and policy for the call.

#pragma once

#include <algorithm>
#include <string_view>
#include <utility>

#include "server/core/attempt_decide.h"
#include "server/core/codec.h"
#include "server/core/create_attention.h"
#include "server/core/decision.h"
#include "server/core/error.h"

namespace sluice {

template <typename Derived, typename Resource>
class CreateFlow {
 public:
  CreateFlow(const Subject& before, const Resource& resource, const FlowPolicy& policy,
             absl::Time now)
      : policy_(policy), now_(now), resource_(resource) {
    decision_.after = before;
  }

  void On(const AttemptAnswered& input) {
    Attempt* attempt = FindAttempt(resource_, input.attempt);
    if (attempt == nullptr) return;
    if (input.more) {
      if (attempt->state != AttemptState::kSending) return;
      ++attempt->step;
      changed_ = true;
      if (Believe(input.outcome.facts)) MergeFacts(input.outcome.facts, Source::kCall);
      return;
    }
    const Verb verb = attempt->verb;
    const Answered answered = CloseByAnswer(*attempt, input.outcome, now_);
    if (answered == Answered::kStale) {
      if (input.outcome.verdict == Verdict::kAccepted) {
        TakeFacts(input.outcome.facts, Source::kCall);
      }
      return;
    }
    changed_ = true;
    if (input.push && answered == Answered::kConfirmed) BeginPush(*attempt);
    if (answered == Answered::kUnknown || answered == Answered::kUnknownAskNow) {
      resource_.polls = 0;
      Emit(Derived::kUnknownEvent);
    }
    if (answered == Answered::kUnknownAskNow || input.outcome.query_now) AskNow();
    OnVerbAnswered(verb, answered, input.outcome);
    if (decision_.send_attempt != 0) decision_.query = false;
  }

  void On(const FactsReported& input) {
    if (input.source == Source::kQuery) {
      ++resource_.polls;
      changed_ = true;
      if (!input.leaves_doubt) resource_.doubt_time.reset();
    }
    if (Attempt* old = FindAbandoned(resource_, input.provider_key)) {
      const bool done = input.facts.report == Report::kSucceeded;
      if (!done || !Believe(input.facts)) return;
      CloseByEvidence(*old, now_);
      Attend(create_attention::kUnderAbandoned);
    }
    TakeFacts(input.facts, input.source);
  }

  void On(const PushEnded& input) {
    Attempt* attempt = FindAttempt(resource_, input.attempt);
    if (attempt != nullptr && EndPush(*attempt)) changed_ = true;
    if (input.facts.report == Report::kNone || input.query_now) AskNow();
    if (input.facts.report != Report::kNone) TakeFacts(input.facts, Source::kCall);
  }

  void On(const QueryTaughtNothing& input) {
    if (input.doubt) RaiseDoubt(resource_, now_, /*again=*/true);
    ++resource_.polls;
    changed_ = true;
  }

  void On(const ToBeConfirmed& input) {
    RaiseDoubt(resource_, now_, input.again);
    decision_.query = policy_.can_query;
    changed_ = true;
  }

  void On(const CancelRequested&) { Refuse("it cannot be canceled"); }
  void On(const RevokeRequested&) { Refuse("it cannot be revoked"); }
  void On(const KeyTaken&) { Attend(kAttentionKeyTaken); }
  void On(const SuccessionSettled&) {}

  void On(const AttemptResolved& input) {
    AttemptAnswered answer;
    decision_.refusal = ResolveByPerson(resource_, resource_.Name(), input, now_, answer);
    if (!decision_.refusal.ok()) return;
    Emit(Derived::kResolvedEvent);
    const Attempt& attempt = *FindAttempt(resource_, input.attempt);
    if (attempt.abandoned) return;  // What was done under the old number is for the person as well.
    const Answered answered = input.confirmed ? Answered::kConfirmed : Answered::kRejected;
    OnVerbAnswered(attempt.verb, answered, answer.outcome);
    if (!self().IsFinalNow() && decision_.send_attempt == 0) AskNow();
  }

  void On(const ComeDue&) {
    if (HasSending(resource_)) {
      changed_ = true;  // The schedule ends until the answer.
      return;
    }
    if (self().RetriesOther()) return;
    const Attempt* create = LastAttempt(resource_, Derived::kCreate);
    if (self().WaitsForCreate() && !IsOpen(create) &&
        NotProcessedInARow(resource_, Derived::kCreate) > 0) {
      if (!self().Wanted()) return self().Fail(create->failure);
      return Send(StartAttempt(resource_, Derived::kCreate, now_, create->traceparent));
    }
    if (CannotBeAsked(resource_, Derived::kCreate, policy_)) {
      OnNotFound(Source::kQuery);
    } else {
      self().OnDueWithoutQuery();
      AskNow();
    }
    // The query's answer moves the schedule on; without a query this does.
    if (!decision_.query) changed_ = true;
  }

  void On(const Restarted&) {
    const bool pushed = LosePushes(resource_);  // Only orders are pushed again.
    for (Attempt& attempt : resource_.attempts) EndPush(attempt);
    const bool sent = LoseSending(resource_);
    if (!pushed && !sent) return;
    resource_.polls = 0;
    changed_ = true;
    if (sent) Emit(Derived::kUnknownEvent);
    AskNow();
  }

  Decision Finish() {
    if (!changed_ || !decision_.refusal.ok()) return std::move(decision_);
    if (HasSending(resource_)) {
      resource_.due_time.reset();
    } else {
      if (Schedule(resource_, self().Waits(), policy_, now_)) Emit(Derived::kAttentionEvent);
      const auto retry = self().WaitsForCreate() ? NextRetry(resource_, Derived::kCreate)
                                                 : std::optional<absl::Duration>();
      if (retry.has_value()) {
        resource_.due_time = now_ + *retry;
      } else if (CannotBeAsked(resource_, Derived::kCreate, policy_)) {
        const Attempt* create = LastAttempt(resource_, Derived::kCreate);
        resource_.due_time = std::max(now_, create->send_time + policy_.not_found_grace);
      }
      AskWhenRefusalIsProven(resource_, Derived::kCreate, policy_, now_);
      self().AdjustDue();
      if (resource_.attention == kAttentionKeyTaken) resource_.due_time.reset();  // For a person.
    }
    decision_.changed = true;
    // A poll that teaches nothing moves the schedule alone: no caller sees that.
    if (!decision_.Tells(Derived::kKind) &&
        EncodePublic(resource_) != EncodePublic(Derived::Of(decision_.after))) {
      Emit(Derived::kUpdatedEvent);
    }
    Touch(resource_, !decision_.events.empty(), now_);
    self().StoreResult();
    return std::move(decision_);
  }

 protected:
  // Defaults for kinds with no mutating verb but the create.
  void OnOtherAnswered(Answered, const Outcome&) {}
  bool RetriesOther() { return false; }
  void OnDueWithoutQuery() {}
  void AdjustDue() {}

  void Refuse(std::string_view why) { decision_.refusal = StateForbids(resource_.Name(), why); }

  void Emit(std::string_view type, ResourceKind kind = Derived::kKind) {
    decision_.events.push_back({type, kind});
    changed_ = true;
  }

  void Attend(std::string_view text) {
    if (Flag(resource_, text)) Emit(Derived::kAttentionEvent);
  }

  void AskNow() {
    if (policy_.can_query && !CannotBeAsked(resource_, Derived::kCreate, policy_)) {
      decision_.query = true;
    }
  }

  void Send(int attempt) {
    decision_.send_attempt = attempt;
    changed_ = true;
  }

  // A report that does not fit a final state: a notification may merely be old, and is asked about.
  void Contradicted(Source source) {
    if (source == Source::kQuery) return Attend(create_attention::kContradiction);
    if (!policy_.can_query) return;
    RaiseDoubt(resource_, now_);
    changed_ = true;
    AskNow();
  }

  bool Believe(const Facts& facts) {
    const char* mismatch = self().MismatchIn(facts);
    if (mismatch == nullptr) return true;
    decision_.disbelief = mismatch;
    Attend(mismatch[0] == 'A'   ? create_attention::kAmount
           : mismatch[0] == 'C' ? create_attention::kCurrency
                                : create_attention::kReceiver);
    return false;
  }

  void MergeFacts(const Facts& facts, Source source) {
    if (MergeCommonFacts(resource_, facts, source)) changed_ = true;
    self().MergeMore(facts, source);
  }

  void TakeFacts(const Facts& facts, Source source) {
    if (!Believe(facts)) {
      if (source == Source::kNotification) AskNow();  // Something has happened there.
      return;
    }
    if (facts.report == Report::kNotFound) return OnNotFound(source);
    if (facts.report != Report::kNone && ConfirmCreate(resource_, Derived::kCreate, now_)) {
      changed_ = true;
    }
    MergeFacts(facts, source);
    if (facts.report != Report::kNone) self().TakeReport(facts, source);
  }

  void OnVerbAnswered(Verb verb, Answered answered, const Outcome& outcome) {
    if (verb == Derived::kCreate) return OnCreateAnswered(answered, outcome);
    self().OnOtherAnswered(answered, outcome);
  }

  void OnCreateAnswered(Answered answered, const Outcome& outcome) {
    Facts facts = outcome.facts;
    switch (answered) {
      case Answered::kConfirmed:
        if (facts.report == Report::kNone) facts.report = Report::kOpen;
        return TakeFacts(facts, Source::kCall);
      case Answered::kRejected:
        if (Believe(facts)) MergeFacts(facts, Source::kCall);
        return self().Fail(LastAttempt(resource_, Derived::kCreate)->failure);
      case Answered::kNotProcessed:
        if (self().Wanted() && NextRetry(resource_, Derived::kCreate).has_value()) return;
        return self().Fail(LastAttempt(resource_, Derived::kCreate)->failure);
      default:
        return;
    }
  }

  void OnNotFound(Source source) {
    if (source == Source::kNotification) return;
    const NotFoundRuling ruling =
        RuleOnNotFound(resource_, Derived::kCreate, self().Wanted(), policy_, now_);
    switch (ruling.kind) {
      case NotFoundRuling::Kind::kWait:
        return;
      case NotFoundRuling::Kind::kSend:
        return Send(ruling.send_attempt);
      case NotFoundRuling::Kind::kEnded:
        changed_ = true;
        return self().Fail(ruling.failure);
      case NotFoundRuling::Kind::kContradiction:
        if (source == Source::kQuery && !self().IsFinalNow()) {
          Attend(create_attention::kUnknownThere);
        }
        return;
    }
  }

  // After a change of state.
  void Restart() {
    if (IsPassing(resource_.attention)) resource_.attention.clear();
    resource_.polls = 0;
  }

  Derived& self() { return static_cast<Derived&>(*this); }

  const FlowPolicy& policy_;
  const absl::Time now_;
  Resource resource_;
  Decision decision_;
  bool changed_ = false;
};

}  // namespace sluice
