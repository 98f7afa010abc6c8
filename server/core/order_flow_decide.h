// One decision on an order in the making: the order's copy, and what is to be said and done. Inside
// order_decide*.cc only.
//
// Threads: confined to the call. Ownership: borrows subject and policy for the call.

#pragma once

#include <string_view>
#include <vector>

#include "server/core/attempt_decide.h"
#include "server/core/decision.h"
#include "server/core/event_types.h"
#include "server/core/order_machine.h"

namespace sluice::order_internal {

// Ended without the provider ever having said that it was paid.
inline bool EndedUnpaid(OrderState state) {
  return state == OrderState::kCanceled || state == OrderState::kExpired ||
         state == OrderState::kFailed;
}

inline bool IsEnding(OrderState state) {
  return state == OrderState::kCanceling || state == OrderState::kRevoking;
}

class OrderFlow {
 public:
  OrderFlow(const Subject& before, const FlowPolicy& policy, absl::Time now)
      : policy_(policy), now_(now), before_(before), order_(*before.order) {
    decision_.after = before;
  }

  void On(const AttemptAnswered& input);
  void On(const PushEnded& input);
  void On(const FactsReported& input);
  void On(const QueryTaughtNothing& input);
  void On(const ToBeConfirmed& input);
  void On(const CancelRequested& input);
  void On(const RevokeRequested& input);
  void On(const AttemptResolved& input);
  void On(const ComeDue&);
  void On(const Restarted&);
  void On(const KeyTaken&) { Attend(kAttentionKeyTaken); }
  void On(const SuccessionSettled&) {}

  Decision Finish();

 private:
  bool Apply(OrderEvent event);
  void Emit(std::string_view type) {
    decision_.events.push_back({type, ResourceKind::kOrder});
    changed_ = true;
  }
  void Attend(std::string_view text) {
    if (Flag(order_, text)) Emit(event_type::kOrderAttention);
  }
  void Contradicted(Source source);
  bool Believe(const Facts& facts);
  void Merge(const Facts& facts, Source source);
  void TakeFacts(const Facts& facts, Source source);
  bool OverlooksPayment(const Attempt& attempt, const Outcome& outcome) const;
  void OnAnswer(const AttemptAnswered& input);
  void OnFacts(const FactsReported& input);
  void OnCreateAnswered(Answered answered, const AttemptAnswered& input);
  void OnEndingAnswered(Answered answered, const AttemptAnswered& input);
  void OnFound(bool paid, const Facts& facts, Source source);
  void OnPaid(const Facts& facts, Source source);
  void NoteSettled(const Facts& facts);
  void OnUnpaidEnd(const Facts& facts, Source source, OrderEvent event);
  void OnReturned(const Facts& facts, Source source);
  void OnNotFound(Source source);
  void PursueEnding(bool paid, Source source);
  void RepeatLostPush(Report report);
  bool IsSecondPayment(const Facts& facts, const Attempt* abandoned) const;
  void AskNow();
  void Doubt();
  std::vector<Attempt*> LostEndings();
  void RejectLost(Attempt& attempt, std::string_view why);
  void CloseEndingAttempts();
  void CloseStaleEndingAttempts();
  void RejectLostEndings();
  bool StartEndingIfDeferred(bool asked_now = false);
  void End(OrderEvent event, const Failure& failure);
  // Certain: the create has not reached the provider, and waits to be tried again.
  bool NeverSent() const {
    const Attempt* create = LastAttempt(order_, Verb::kCreateOrder);
    return create != nullptr && create->state == AttemptState::kRejected;
  }
  Verb EndingVerb() const {
    return order_.state == OrderState::kCanceling ? Verb::kCancelOrder : Verb::kRevokeOrder;
  }
  void Send(int attempt) {
    decision_.send_attempt = attempt;
    changed_ = true;
  }
  ScheduleInput Waits() const;

  const FlowPolicy& policy_;
  const absl::Time now_;
  const Subject& before_;
  Order order_;
  Decision decision_;
  bool changed_ = false;
  // The create was confirmed by this very input: what was refused before was refused because the
  // provider did not have the order yet.
  bool just_found_ = false;
  // The answer to the query leaves open what it was asked for: the schedule goes on.
  bool still_in_doubt_ = false;
};

}  // namespace sluice::order_internal
