#include "server/core/refund_decide.h"

#include <utility>

#include "server/core/create_flow_decide.h"
#include "server/core/event_types.h"
#include "server/core/refund_machine.h"

namespace sluice {
namespace {

class RefundFlow final : public CreateFlow<RefundFlow, Refund> {
 public:
  static constexpr Verb kCreate = Verb::kCreateRefund;
  static constexpr ResourceKind kKind = ResourceKind::kRefund;
  static constexpr std::string_view kUnknownEvent = event_type::kRefundOutcomeUnknown;
  static constexpr std::string_view kAttentionEvent = event_type::kRefundAttention;
  static constexpr std::string_view kResolvedEvent = event_type::kRefundAttemptResolved;
  static constexpr std::string_view kUpdatedEvent = event_type::kRefundUpdated;

  RefundFlow(const Subject& before, const FlowPolicy& policy, absl::Time now)
      : CreateFlow(before, *before.refund, policy, now), order_(before.order) {}

 private:
  friend class CreateFlow<RefundFlow, Refund>;

  static const Refund& Of(const Subject& subject) { return *subject.refund; }
  bool Wanted() const { return !IsFinalNow(); }
  bool IsFinalNow() const { return IsFinal(resource_.state); }
  bool WaitsForCreate() const { return resource_.state == RefundState::kSubmitting; }
  const char* MismatchIn(const Facts& facts) const {
    return AmountMismatch(facts.amount, resource_.amount);
  }
  void MergeMore(const Facts&, Source) {}

  void TakeReport(const Facts& facts, Source source) {
    switch (facts.report) {
      case Report::kOpen:
      case Report::kProcessing:
        Apply(RefundEvent::kAccepted);
        return;
      case Report::kException:
        Apply(RefundEvent::kAccepted);
        return Attend(create_attention::kException);
      case Report::kSucceeded:
        if (resource_.state == RefundState::kFailed) return Contradicted(source);
        Apply(RefundEvent::kSucceeded);
        return;
      case Report::kFailed:
      case Report::kCanceled:
      case Report::kClosed:
      case Report::kExpired:
        if (resource_.state == RefundState::kSucceeded) return Contradicted(source);
        return Fail(
            FailureOr(facts.failure, FailureReason::kOther, "the refund failed at the provider"));
      default:
        return Attend(create_attention::kNoSense);
    }
  }

  void Fail(const Failure& failure) {
    if (!Apply(RefundEvent::kFailed)) return;
    resource_.failure = failure;
  }

  bool Apply(RefundEvent event) {
    const auto next = Next(resource_.state, event);
    if (!next.has_value()) return false;
    resource_.state = *next;
    Restart();
    switch (*next) {
      case RefundState::kPending:
        Emit(event_type::kRefundPending);
        return true;
      case RefundState::kSucceeded:
        Emit(event_type::kRefundSucceeded);
        break;
      default:
        Emit(event_type::kRefundFailed);
        break;
    }
    resource_.end_time = now_;
    SettleWithOrder();
    return true;
  }

  // The amount was pending on the order since the refund began; now it is known.
  void SettleWithOrder() {
    Order order = *order_;
    order.refund_pending.minor_units -= resource_.amount.minor_units;
    if (resource_.state == RefundState::kSucceeded) {
      order.refunded.minor_units += resource_.amount.minor_units;
    }
    Touch(order, /*visible=*/true, now_);
    order_ = std::make_shared<const Order>(std::move(order));
    Emit(event_type::kOrderRefundUpdated, ResourceKind::kOrder);
  }

  ScheduleInput Waits() const {
    ScheduleInput input;
    input.polls = resource_.polls;
    input.since = ScheduleStart(resource_);
    if (!IsFinalNow()) {
      const bool confirmed = resource_.state == RefundState::kPending;
      input.waiting = confirmed ? Waiting::kConfirmed : Waiting::kEvidence;
    }
    return input;
  }

  void StoreResult() {
    decision_.after.refund = std::make_shared<const Refund>(std::move(resource_));
    decision_.after.order = order_;
  }

  std::shared_ptr<const Order> order_;
};

}  // namespace

Decision DecideRefund(const Subject& before, const Input& input, const FlowPolicy& policy,
                      absl::Time now) {
  RefundFlow flow(before, policy, now);
  std::visit([&flow](const auto& what) { flow.On(what); }, input);
  return flow.Finish();
}

Decision BeginRefund(Refund refund, std::shared_ptr<const Order> order, absl::Time now) {
  Decision decision;
  if (order->state != OrderState::kPaid) {
    decision.refusal = StateForbids(order->Name(), "only a paid order can be refunded");
    return decision;
  }
  const Money left = Refundable(*order);
  if (refund.amount.empty()) refund.amount = left;
  if (refund.amount.currency_code != left.currency_code) {
    decision.refusal =
        InvalidField("refund.amount.currency_code", "must be the currency of the order");
    return decision;
  }
  if (refund.amount.minor_units <= 0 || refund.amount.minor_units > left.minor_units) {
    ErrorDetails details;
    details.reason = std::string(reason::kRefundExceedsPaid);
    details.precondition_subject = order->Name();
    details.metadata["refundable_minor_units"] = std::to_string(left.minor_units);
    decision.refusal =
        MakeError(absl::StatusCode::kFailedPrecondition,
                  "refund.amount is more than what is left to refund", std::move(details));
    return decision;
  }
  Order after = *order;
  after.refund_pending.minor_units += refund.amount.minor_units;
  Touch(after, /*visible=*/true, now);

  refund.state = RefundState::kSubmitting;
  refund.create_time = refund.update_time = now;
  refund.revision = refund.version = 1;
  decision.send_attempt = StartAttempt(refund, Verb::kCreateRefund, now, refund.traceparent);
  decision.events.push_back({event_type::kRefundCreated, ResourceKind::kRefund});
  decision.events.push_back({event_type::kOrderRefundUpdated, ResourceKind::kOrder});
  decision.changed = true;
  decision.after.kind = ResourceKind::kRefund;
  decision.after.refund = std::make_shared<const Refund>(std::move(refund));
  decision.after.order = std::make_shared<const Order>(std::move(after));
  return decision;
}

}  // namespace sluice
