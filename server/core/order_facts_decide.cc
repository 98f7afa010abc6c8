// What the provider's words do to an order.
#include <utility>

#include "server/core/order_decide.h"
#include "server/core/order_flow_decide.h"

namespace sluice::order_internal {
namespace {

constexpr std::string_view kNoEffect = "it had no effect";

std::string_view EventOf(OrderState state, bool late) {
  switch (state) {
    case OrderState::kAwaitingPayer:
      return event_type::kOrderAwaitingPayer;
    case OrderState::kPaid:
      return late ? event_type::kOrderPaidLate : event_type::kOrderPaid;
    case OrderState::kCanceling:
      return event_type::kOrderCanceling;
    case OrderState::kCanceled:
      return event_type::kOrderCanceled;
    case OrderState::kRevoking:
      return event_type::kOrderRevoking;
    case OrderState::kRevoked:
      return event_type::kOrderRevoked;
    case OrderState::kExpired:
      return event_type::kOrderExpired;
    case OrderState::kFailed:
      return event_type::kOrderFailed;
    default:
      return event_type::kOrderCreated;
  }
}

}  // namespace

bool OrderFlow::Apply(OrderEvent event) {
  const auto next = Next(order_.state, event);
  if (!next.has_value()) return false;
  const bool late = *next == OrderState::kPaid && EndedUnpaid(order_.state);
  order_.state = *next;
  if (late) order_.late = true;
  if (*next != OrderState::kAwaitingPayer) order_.next_action = {};
  if (EndedUnpaid(*next) || *next == OrderState::kRevoked) {
    order_.end_time = now_;
  } else {
    order_.end_time.reset();
  }
  if (*next == OrderState::kPaid) order_.failure = {};
  if (IsPassing(order_.attention)) order_.attention.clear();
  order_.polls = 0;
  Emit(EventOf(*next, late));
  return true;
}

// A report that does not fit a state which should not move: a notification may merely be old.
void OrderFlow::Contradicted(Source source) {
  if (source == Source::kQuery) {
    Attend(order_attention::kContradiction);
  } else {
    Doubt();
  }
}

void OrderFlow::AskNow() {
  if (!policy_.can_query || CannotBeAsked(order_, Verb::kCreateOrder, policy_)) return;
  decision_.query = true;
}

// Asked now, and by the schedule until it is answered.
void OrderFlow::Doubt() {
  if (!policy_.can_query) return;
  RaiseDoubt(order_, now_);
  changed_ = true;
  AskNow();
}

bool OrderFlow::Believe(const Facts& facts) {
  const char* mismatch = AmountMismatch(facts.amount, order_.amount);
  if (mismatch == nullptr && facts.paid.minor_units != 0) {
    mismatch = AmountMismatch(facts.paid, order_.amount);
  }
  if (mismatch == nullptr) return true;
  decision_.disbelief = mismatch;
  Attend(mismatch[0] == 'A' ? order_attention::kAmount : order_attention::kCurrency);
  return false;
}

void OrderFlow::Merge(const Facts& facts, Source source) {
  // What has been paid stays known by the number under which it was.
  const bool another = order_.paid.minor_units != 0 && !facts.provider_number.empty() &&
                       !order_.provider_number.empty() &&
                       facts.provider_number != order_.provider_number;
  if (!another && MergeCommonFacts(order_, facts, source)) changed_ = true;
  bool visible = false;
  if (TakesExpiry(order_.expire_time, facts.expire_time, source, now_)) {
    order_.expire_time = facts.expire_time;
    visible = true;
  }
  const bool waits =
      order_.state == OrderState::kSubmitting || order_.state == OrderState::kAwaitingPayer;
  if (waits && TakesNextAction(order_.next_action, facts.next_action, source)) {
    order_.next_action = *facts.next_action;
    visible = true;
  }
  if (!visible) return;
  changed_ = true;
  if (before_.order->state == OrderState::kAwaitingPayer &&
      order_.state == OrderState::kAwaitingPayer) {
    Emit(event_type::kOrderAwaitingPayer);
  }
}

void OrderFlow::TakeFacts(const Facts& facts, Source source) {
  if (!Believe(facts)) {
    if (source == Source::kNotification) AskNow();  // Something has happened there.
    return;
  }
  if (facts.report != Report::kNotFound && facts.report != Report::kNone &&
      ConfirmCreate(order_, Verb::kCreateOrder, now_)) {
    just_found_ = true;
    changed_ = true;
  }
  if (facts.report != Report::kNotFound) Merge(facts, source);
  switch (facts.report) {
    case Report::kNone:
      return;
    case Report::kNotFound:
      return OnNotFound(source);
    case Report::kOpen:
    case Report::kProcessing:
      return OnFound(/*paid=*/false, facts, source);
    case Report::kPaid:
    case Report::kSettled:
      return OnPaid(facts, source);
    case Report::kClosed:
    case Report::kFailed:
    case Report::kCanceled: {
      const bool out_of_time = order_.expire_time.has_value() && now_ >= *order_.expire_time;
      return OnUnpaidEnd(facts, source, out_of_time ? OrderEvent::kExpired : OrderEvent::kClosed);
    }
    case Report::kExpired:
      return OnUnpaidEnd(facts, source, OrderEvent::kExpired);
    case Report::kReturned:
      return OnReturned(facts, source);
    case Report::kSucceeded:
    case Report::kException:
      return Attend(order_attention::kNoSense);
  }
}

// The provider has it, and it has not ended.
void OrderFlow::OnFound(bool paid, const Facts& facts, Source source) {
  if (source == Source::kQuery) RepeatLostPush(facts.report);
  if (order_.state == OrderState::kSubmitting) {
    Apply(OrderEvent::kAccepted);
  } else if (IsEnding(order_.state)) {
    PursueEnding(paid, source);
  } else if (!paid && (EndedUnpaid(order_.state) || order_.state == OrderState::kRevoked)) {
    if (source == Source::kQuery) Attend(order_attention::kContradiction);
  }
  if (source == Source::kQuery && facts.report == Report::kOpen) RejectLostEndings();
}

// An order that stands open again may have a cancel without an answer, when the revoke that was
// asked for after it was refused. Nobody repeats it, and an effect would have shown by now.
void OrderFlow::RejectLostEndings() {
  if (order_.state != OrderState::kAwaitingPayer) return;
  for (Attempt* const attempt : LostEndings()) {
    if (now_ - attempt->send_time >= policy_.not_found_grace) RejectLost(*attempt, kNoEffect);
  }
}

void OrderFlow::OnPaid(const Facts& facts, Source source) {
  if (order_.state == OrderState::kRevoked) {
    // A paid notice that was overtaken by the revoke is no news, but when it was settled is. One of
    // an order that never was paid is news.
    if (order_.paid.minor_units != 0) return NoteSettled(facts);
    if (source == Source::kQuery) return Attend(order_attention::kPaidAfterRevoked);
    return Doubt();
  }
  if (order_.paid.minor_units == 0) {
    order_.paid = order_.amount;
    changed_ = true;
  }
  if (!order_.pay_time.has_value()) {
    order_.pay_time = facts.pay_time.value_or(now_);
    changed_ = true;
  }
  if (order_.state == OrderState::kRevoking) {
    PursueEnding(/*paid=*/true, source);
  } else {
    Apply(OrderEvent::kPaid);
  }
  if (order_.state != OrderState::kPaid && order_.state != OrderState::kRevoking) return;
  NoteSettled(facts);
  const int64_t known = order_.refunded.minor_units + order_.refund_pending.minor_units;
  if (order_.state == OrderState::kPaid && source == Source::kQuery &&
      facts.returned.minor_units > known) {
    Attend(order_attention::kReturnedMore);
  }
}

void OrderFlow::NoteSettled(const Facts& facts) {
  if (facts.report != Report::kSettled || order_.settle_time.has_value()) return;
  order_.settle_time = facts.settle_time.value_or(now_);
  Emit(event_type::kOrderSettled);
}

void OrderFlow::OnUnpaidEnd(const Facts& facts, Source source, OrderEvent event) {
  if (order_.state == OrderState::kPaid) return Contradicted(source);
  if (order_.state == OrderState::kRevoking && order_.paid.minor_units != 0) {
    // Closed, and it had been paid: a provider that closes what it gives back says so (kReturned).
    // Without that word the query has to show it.
    const Attempt* revoke = LastAttempt(order_, Verb::kRevokeOrder);
    if (revoke == nullptr || revoke->state != AttemptState::kConfirmed) return Contradicted(source);
  }
  if (EndedUnpaid(order_.state) || order_.state == OrderState::kRevoked) {
    return CloseEndingAttempts();
  }
  const bool expired = event == OrderEvent::kExpired;
  End(event, FailureOr(facts.failure, expired ? FailureReason::kExpired : FailureReason::kCanceled,
                       expired ? "not paid in time" : "ended at the provider without payment"));
}

void OrderFlow::End(OrderEvent event, const Failure& failure) {
  const bool asked_for = IsEnding(order_.state);
  if (!asked_for) order_.failure = failure;
  if (Apply(event)) CloseEndingAttempts();
}

// The cancel and the revoke of which nobody knows what came.
std::vector<Attempt*> OrderFlow::LostEndings() {
  std::vector<Attempt*> lost;
  for (const Verb verb : {Verb::kCancelOrder, Verb::kRevokeOrder}) {
    Attempt* const attempt = LastAttempt(order_, verb);
    if (attempt != nullptr && attempt->state == AttemptState::kUnknown) lost.push_back(attempt);
  }
  return lost;
}

void OrderFlow::RejectLost(Attempt& attempt, std::string_view why) {
  RejectByEvidence(attempt, FailureOr(attempt.failure, FailureReason::kOther, why), now_);
  changed_ = true;
}

// What was asked for has come about, whether by our call or without it.
void OrderFlow::CloseEndingAttempts() {
  for (Attempt* const attempt : LostEndings()) {
    CloseByEvidence(*attempt, now_);
    changed_ = true;
  }
}

// What was lost after the state had moved: nobody would ask about it any more, and the state says
// what came of it. A cancel that had worked would have left nothing to pay.
void OrderFlow::CloseStaleEndingAttempts() {
  if (EndedUnpaid(order_.state) || order_.state == OrderState::kRevoked) {
    return CloseEndingAttempts();
  }
  if (order_.state != OrderState::kPaid) return;
  for (Attempt* const attempt : LostEndings()) {
    RejectLost(*attempt, "it had no effect: the order is paid");
  }
}

void OrderFlow::OnReturned(const Facts& facts, Source source) {
  const bool asked_for = order_.state == OrderState::kRevoking;
  const int64_t ours = order_.refunded.minor_units + order_.refund_pending.minor_units;
  if (order_.state == OrderState::kPaid && ours == order_.paid.minor_units) {
    if (order_.refund_pending.minor_units == 0) return;
    // It may be those refunds, or have come instead of them: asked again when that has shown.
    if (source == Source::kQuery) {
      still_in_doubt_ = true;
    } else {
      Doubt();
    }
    return;
  }
  if (!Next(order_.state, OrderEvent::kReturned).has_value()) return CloseEndingAttempts();
  if (order_.paid.minor_units == 0) {
    order_.paid = order_.amount;
    order_.pay_time = facts.pay_time;
  }
  End(OrderEvent::kReturned, {});
  if (!asked_for) Attend(order_attention::kReturnedUnasked);
}

void OrderFlow::OnNotFound(Source source) {
  if (source == Source::kNotification) return;
  if (IsEnding(order_.state) && NeverSent()) return End(OrderEvent::kClosed, {});
  const bool in_time = !order_.expire_time.has_value() || now_ < *order_.expire_time;
  const bool wanted = order_.state == OrderState::kSubmitting && in_time;
  const NotFoundRuling ruling = RuleOnNotFound(order_, Verb::kCreateOrder, wanted, policy_, now_);
  switch (ruling.kind) {
    case NotFoundRuling::Kind::kWait:
      return;
    case NotFoundRuling::Kind::kSend:
      return Send(ruling.send_attempt);
    case NotFoundRuling::Kind::kEnded:
      changed_ = true;
      return End(OrderEvent::kClosed, ruling.failure);
    case NotFoundRuling::Kind::kContradiction:
      if (source == Source::kQuery && !EndedUnpaid(order_.state) &&
          order_.state != OrderState::kRevoked) {
        Attend(order_attention::kUnknownThere);
      }
      return;
  }
}

// A cancel or revoke that was asked for while another call was on its way begins now.
bool OrderFlow::StartEndingIfDeferred(bool asked_now) {
  if (!IsEnding(order_.state) || HasSending(order_)) return false;
  const Attempt* create = LastAttempt(order_, Verb::kCreateOrder);
  // What may not exist cannot be canceled, but it can be revoked: that is what revoking is for.
  if (order_.state == OrderState::kCanceling && IsOpen(create)) return false;
  if (CannotBeAsked(order_, Verb::kCreateOrder, policy_)) return false;
  const Attempt* newest = order_.attempts.empty() ? nullptr : &order_.attempts.back();
  if (!asked_now && newest != nullptr && newest->verb == EndingVerb()) return false;
  if (order_.attempts.size() >= kMaxAttempts) return false;
  Send(StartAttempt(order_, EndingVerb(), now_, order_.traceparent));
  return true;
}

// The order still stands at the provider although it is to end: begin, repeat or give up the call.
void OrderFlow::PursueEnding(bool paid, Source source) {
  if (HasSending(order_) || StartEndingIfDeferred()) return;
  Attempt* attempt = LastAttempt(order_, EndingVerb());
  if (attempt == nullptr) return;
  const bool revoking = order_.state == OrderState::kRevoking;
  switch (attempt->state) {
    case AttemptState::kConfirmed:
      return;  // Accepted; the provider is at it.
    case AttemptState::kUnknown:
      if (source != Source::kQuery) return;
      if (policy_.repeat_cancel) {
        if (ResendAttempt(*attempt, now_)) Send(attempt->number);
        return;
      }
      // It may not be repeated; an effect would have shown by now.
      if (now_ - attempt->send_time < policy_.not_found_grace) return;
      RejectLost(*attempt, kNoEffect);
      break;
    case AttemptState::kRejected:
      if (just_found_ && order_.attempts.size() < kMaxAttempts) {
        return Send(StartAttempt(order_, EndingVerb(), now_, order_.traceparent));
      }
      if (NotProcessedInARow(order_, EndingVerb()) > 0) return;  // Goes out again when due.
      break;
    default:
      return;
  }
  Apply(!revoking ? OrderEvent::kCancelRefused
        : paid    ? OrderEvent::kRevokeRefusedPaid
                  : OrderEvent::kRevokeRefusedOpen);
}

}  // namespace sluice::order_internal
