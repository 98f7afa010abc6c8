// What is asked of an order, what its calls bring, and when it is looked at again.
#include "server/core/order_decide.h"

#include <algorithm>
#include <utility>

#include "server/core/codec.h"
#include "server/core/error.h"
#include "server/core/order_flow_decide.h"

namespace sluice {
namespace order_internal {

// A revoke that ended the order without a word of the payment that is known by now: it may have
// gone before the payment came, or have given it back. That is not known by this answer.
bool OrderFlow::OverlooksPayment(const Attempt& attempt, const Outcome& outcome) const {
  if (attempt.verb != Verb::kRevokeOrder || order_.paid.minor_units == 0) return false;
  if (outcome.verdict != Verdict::kAccepted || !policy_.can_query) return false;
  const Report said = outcome.facts.report;
  return said == Report::kClosed || said == Report::kCanceled || said == Report::kExpired ||
         said == Report::kFailed;
}

void OrderFlow::On(const AttemptAnswered& input) {
  const Attempt* const attempt = FindAttempt(order_, input.attempt);
  if (attempt == nullptr) return;
  if (!input.more && OverlooksPayment(*attempt, input.outcome)) {
    AttemptAnswered unclear = input;
    unclear.outcome = {.verdict = Verdict::kUnknown,
                       .failure = {.reason = FailureReason::kOther,
                                   .message = "ended at the provider, which does not say whether "
                                              "the payment was given back"},
                       .query_now = true};
    return OnAnswer(unclear);
  }
  OnAnswer(input);
}

void OrderFlow::OnAnswer(const AttemptAnswered& input) {
  Attempt* const attempt = FindAttempt(order_, input.attempt);
  if (input.more) {
    if (attempt->state != AttemptState::kSending) return;
    ++attempt->step;
    changed_ = true;
    if (Believe(input.outcome.facts)) Merge(input.outcome.facts, Source::kCall);
    return;
  }
  const Verb verb = attempt->verb;
  const Answered answered = CloseByAnswer(*attempt, input.outcome, now_);
  if (answered == Answered::kStale) {
    // Evidence was faster than the answer, which may still bring details.
    if (input.outcome.verdict == Verdict::kAccepted) TakeFacts(input.outcome.facts, Source::kCall);
    StartEndingIfDeferred();
    return;
  }
  changed_ = true;
  if (input.push && answered == Answered::kConfirmed) BeginPush(*attempt);
  if (answered == Answered::kUnknown || answered == Answered::kUnknownAskNow) {
    order_.polls = 0;
    Emit(event_type::kOrderOutcomeUnknown);
  }
  if (answered == Answered::kUnknownAskNow || input.outcome.query_now) {
    AskNow();
  }
  if (verb == Verb::kCreateOrder) {
    OnCreateAnswered(answered, input);
  } else {
    OnEndingAnswered(answered, input);
  }
  StartEndingIfDeferred();
  if (decision_.send_attempt != 0) decision_.query = false;
}

void OrderFlow::OnCreateAnswered(Answered answered, const AttemptAnswered& input) {
  Facts facts = input.outcome.facts;
  switch (answered) {
    case Answered::kConfirmed:
      if (facts.report == Report::kNone) facts.report = Report::kOpen;
      return TakeFacts(facts, Source::kCall);
    case Answered::kRejected:
      return End(OrderEvent::kClosed, LastAttempt(order_, Verb::kCreateOrder)->failure);
    case Answered::kNotProcessed: {
      const bool in_time = !order_.expire_time.has_value() || now_ < *order_.expire_time;
      if (order_.state == OrderState::kSubmitting && in_time &&
          NextRetry(order_, Verb::kCreateOrder).has_value()) {
        return;
      }
      return End(OrderEvent::kClosed, LastAttempt(order_, Verb::kCreateOrder)->failure);
    }
    default:
      return;
  }
}

void OrderFlow::OnEndingAnswered(Answered answered, const AttemptAnswered& input) {
  Facts facts = input.outcome.facts;
  const bool revoke = order_.state == OrderState::kRevoking;
  if (answered == Answered::kConfirmed) {
    // A verified success without a word about the state is the end itself.
    if (facts.report == Report::kNone) {
      facts.report = revoke && order_.paid.minor_units != 0 ? Report::kReturned : Report::kClosed;
    }
    return TakeFacts(facts, Source::kCall);
  }
  if (answered != Answered::kRejected) return;
  if (facts.report != Report::kNone && facts.report != Report::kNotFound) {
    return TakeFacts(facts, Source::kCall);
  }
  if (policy_.can_query) {
    AskNow();  // Why it was refused shows in what the order is now.
  } else {
    PursueEnding(order_.paid.minor_units != 0, Source::kCall);
  }
}

void OrderFlow::On(const PushEnded& input) {
  Attempt* attempt = FindAttempt(order_, input.attempt);
  if (attempt != nullptr && EndPush(*attempt)) changed_ = true;
  if (input.facts.report == Report::kNone || input.query_now) AskNow();
  if (input.facts.report != Report::kNone) TakeFacts(input.facts, Source::kCall);
}

void OrderFlow::On(const FactsReported& input) {
  const std::optional<absl::Time> doubt = order_.doubt_time;
  OnFacts(input);
  if (still_in_doubt_) order_.doubt_time = doubt.value_or(now_);
}

void OrderFlow::OnFacts(const FactsReported& input) {
  if (input.source == Source::kQuery) {
    ++order_.polls;
    changed_ = true;
    if (!input.leaves_doubt) order_.doubt_time.reset();
  }
  const Facts& facts = input.facts;
  const bool paid = facts.report == Report::kPaid || facts.report == Report::kSettled;
  Attempt* const old = FindAbandoned(order_, input.provider_key);
  // Whatever else becomes of a number that was given up is no news of the order.
  if (old != nullptr && (!paid || !Believe(facts))) return;
  if (paid && IsSecondPayment(facts, old)) {
    if (!Believe(facts)) return;
    if (old != nullptr) CloseByEvidence(*old, now_);
    return Attend(order_attention::kPaidTwice);
  }
  if (old != nullptr && old->state != AttemptState::kConfirmed) {
    CloseByEvidence(*old, now_);
    Attend(order_attention::kPaidUnderAbandoned);
    if (!facts.provider_number.empty()) order_.provider_number = facts.provider_number;
  }
  TakeFacts(facts, input.source);
}

// The payer has paid under more than one of the order's numbers.
bool OrderFlow::IsSecondPayment(const Facts& facts, const Attempt* abandoned) const {
  if (order_.paid.minor_units == 0) return false;
  if (abandoned != nullptr && abandoned->state != AttemptState::kConfirmed) return true;
  return !facts.provider_number.empty() && !order_.provider_number.empty() &&
         facts.provider_number != order_.provider_number;
}

void OrderFlow::On(const QueryTaughtNothing& input) {
  if (input.doubt) RaiseDoubt(order_, now_, /*again=*/true);
  ++order_.polls;
  changed_ = true;
}

void OrderFlow::On(const ToBeConfirmed& input) {
  RaiseDoubt(order_, now_, input.again);
  decision_.query = policy_.can_query;
  changed_ = true;
}

void OrderFlow::On(const CancelRequested& input) {
  if (order_.state == OrderState::kCanceling) return;
  if (!Apply(OrderEvent::kCancelRequested)) {
    decision_.refusal = StateForbids(
        order_.Name(), "only an order that is not paid and has not ended can be canceled");
    return;
  }
  if (!input.traceparent.empty()) order_.traceparent = input.traceparent;
  if (NeverSent()) return End(OrderEvent::kClosed, {});
  StartEndingIfDeferred(/*asked_now=*/true);
  const Attempt* create = LastAttempt(order_, Verb::kCreateOrder);
  if (create != nullptr && create->state == AttemptState::kUnknown) {
    AskNow();
  }
}

void OrderFlow::On(const RevokeRequested& input) {
  if (order_.state == OrderState::kRevoking) return;
  if (order_.refunded.minor_units != 0 || order_.refund_pending.minor_units != 0) {
    decision_.refusal = StateForbids(
        order_.Name(), "an order with refunds cannot be revoked; refund what is left instead");
    return;
  }
  if (!Apply(OrderEvent::kRevokeRequested)) {
    decision_.refusal = StateForbids(order_.Name(), "the order has ended");
    return;
  }
  if (!input.traceparent.empty()) order_.traceparent = input.traceparent;
  if (NeverSent()) return End(OrderEvent::kClosed, {});
  StartEndingIfDeferred(/*asked_now=*/true);
}

void OrderFlow::On(const AttemptResolved& input) {
  AttemptAnswered answer;
  decision_.refusal = ResolveByPerson(order_, order_.Name(), input, now_, answer);
  if (!decision_.refusal.ok()) return;
  Emit(event_type::kOrderAttemptResolved);
  const Attempt& attempt = *FindAttempt(order_, input.attempt);
  if (attempt.abandoned) return;  // What was done under the old number is for the person as well.
  const Answered answered = input.confirmed ? Answered::kConfirmed : Answered::kRejected;
  if (attempt.verb == Verb::kCreateOrder) {
    OnCreateAnswered(answered, answer);
  } else if (input.confirmed) {
    OnEndingAnswered(answered, answer);
  } else if (IsEnding(order_.state)) {
    PursueEnding(order_.paid.minor_units != 0, Source::kCall);
  }
  StartEndingIfDeferred();
  if (!IsFinal(order_.state) && decision_.send_attempt == 0) AskNow();
  if (decision_.send_attempt != 0) decision_.query = false;
}

void OrderFlow::On(const ComeDue&) {
  if (HasSending(order_)) {
    changed_ = true;  // The schedule ends until the answer.
    return;
  }
  const Attempt* create = LastAttempt(order_, Verb::kCreateOrder);
  if (order_.state == OrderState::kSubmitting && !IsOpen(create) &&
      NotProcessedInARow(order_, Verb::kCreateOrder) > 0) {
    if (order_.expire_time.has_value() && now_ >= *order_.expire_time) {
      return End(OrderEvent::kClosed, create->failure);
    }
    return Send(StartAttempt(order_, Verb::kCreateOrder, now_, create->traceparent));
  }
  if (IsEnding(order_.state) && NotProcessedInARow(order_, EndingVerb()) > 0 &&
      order_.attempts.size() < kMaxAttempts) {
    return Send(StartAttempt(order_, EndingVerb(), now_, order_.traceparent));
  }
  if (CannotBeAsked(order_, Verb::kCreateOrder, policy_)) {
    OnNotFound(Source::kQuery);
  } else {
    AskNow();
  }
  // The query's answer moves the schedule on; without a query this does.
  if (!decision_.query) changed_ = true;
}

void OrderFlow::On(const Restarted&) {
  const bool pushed = LosePushes(order_);
  const bool sent = LoseSending(order_);
  if (!pushed && !sent) return;
  order_.polls = 0;
  changed_ = true;
  if (sent) Emit(event_type::kOrderOutcomeUnknown);
  if (sent || order_.state == OrderState::kAwaitingPayer) AskNow();
}

// The provider has the order open, and the process that was to push it to the payer has ended.
void OrderFlow::RepeatLostPush(Report report) {
  Attempt* const attempt = LostPush(order_);
  if (attempt == nullptr) return;
  const bool in_time = !order_.expire_time.has_value() || now_ < *order_.expire_time;
  const bool waits = order_.state == OrderState::kAwaitingPayer && report == Report::kOpen;
  if (policy_.repeat_push && in_time && waits) {
    BeginPush(*attempt);
    decision_.send_push = attempt->number;
  } else {
    EndPush(*attempt);
  }
  changed_ = true;
}

ScheduleInput OrderFlow::Waits() const {
  ScheduleInput input;
  input.polls = order_.polls;
  input.expire_time = order_.expire_time;
  input.since = ScheduleStart(order_);
  switch (order_.state) {
    case OrderState::kSubmitting:
    case OrderState::kCanceling:
    case OrderState::kRevoking:
      input.waiting = Waiting::kEvidence;
      break;
    case OrderState::kAwaitingPayer:
      input.waiting = Waiting::kPayer;
      break;
    case OrderState::kPaid:
      if (policy_.reports_settlement && !order_.settle_time.has_value()) {
        input.waiting = Waiting::kSettlement;
        input.since = order_.pay_time.value_or(order_.create_time);
      }
      break;
    default:
      break;
  }
  return input;
}

Decision OrderFlow::Finish() {
  if (!changed_ || !decision_.refusal.ok()) return std::move(decision_);
  CloseStaleEndingAttempts();
  if (order_.state != OrderState::kAwaitingPayer) {
    while (Attempt* const lost = LostPush(order_)) EndPush(*lost);  // Nobody is to be asked.
  }
  if (HasSending(order_)) {
    order_.due_time.reset();
  } else {
    const Verb verb = order_.state == OrderState::kSubmitting ? Verb::kCreateOrder : EndingVerb();
    const bool may_repeat = order_.state == OrderState::kSubmitting || IsEnding(order_.state);
    const bool repeat = may_repeat && NotProcessedInARow(order_, verb) > 0;
    ScheduleInput waits = Waits();
    if (Schedule(order_, waits, policy_, now_)) Emit(event_type::kOrderAttention);
    if (repeat) {
      // A cancel or revoke is not given up after a few tries: the slowest interval repeats.
      const auto retry = NextRetry(order_, verb).value_or(absl::Minutes(1));
      order_.due_time = now_ + retry;
    } else if (CannotBeAsked(order_, Verb::kCreateOrder, policy_)) {
      const Attempt* create = LastAttempt(order_, Verb::kCreateOrder);
      order_.due_time = std::max(now_, create->send_time + policy_.not_found_grace);
    }
    AskWhenRefusalIsProven(order_, Verb::kCreateOrder, policy_, now_);
    if (order_.attention == kAttentionKeyTaken) order_.due_time.reset();  // For a person.
  }
  decision_.changed = true;
  // A poll that teaches nothing moves the schedule alone: no caller sees that.
  if (decision_.events.empty() && EncodePublic(order_) != EncodePublic(*before_.order)) {
    Emit(event_type::kOrderUpdated);
  }
  Touch(order_, !decision_.events.empty(), now_);
  decision_.after.order = std::make_shared<const Order>(std::move(order_));
  return std::move(decision_);
}

}  // namespace order_internal

Decision DecideOrder(const Subject& before, const Input& input, const FlowPolicy& policy,
                     absl::Time now) {
  order_internal::OrderFlow flow(before, policy, now);
  std::visit([&flow](const auto& what) { flow.On(what); }, input);
  return flow.Finish();
}

Decision BeginOrder(Order order, absl::Time now) {
  order.state = OrderState::kSubmitting;
  order.create_time = order.update_time = now;
  order.revision = order.version = 1;
  order.paid = order.refunded = order.refund_pending = Money{order.amount.currency_code, 0};
  Decision decision;
  decision.send_attempt = StartAttempt(order, Verb::kCreateOrder, now, order.traceparent);
  decision.events.push_back({event_type::kOrderCreated, ResourceKind::kOrder});
  decision.changed = true;
  decision.after.kind = ResourceKind::kOrder;
  decision.after.order = std::make_shared<const Order>(std::move(order));
  return decision;
}

Money Refundable(const Order& order) {
  Money left{order.amount.currency_code, 0};
  if (order.state != OrderState::kPaid) return left;
  left.minor_units =
      order.paid.minor_units - order.refunded.minor_units - order.refund_pending.minor_units;
  if (left.minor_units < 0) left.minor_units = 0;
  return left;
}

}  // namespace sluice
