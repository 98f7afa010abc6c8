#include "server/core/payout_decide.h"

#include <utility>

#include "server/base/strings.h"
#include "server/core/create_flow_decide.h"
#include "server/core/event_types.h"
#include "server/core/payout_machine.h"

namespace sluice {
namespace {

constexpr std::string_view kAttentionFeeKept =
    "the provider has said of the failed payout, later, that it has kept the fee";

class PayoutFlow final : public CreateFlow<PayoutFlow, Payout> {
 public:
  static constexpr Verb kCreate = Verb::kCreatePayout;
  static constexpr ResourceKind kKind = ResourceKind::kPayout;
  static constexpr std::string_view kUnknownEvent = event_type::kPayoutOutcomeUnknown;
  static constexpr std::string_view kAttentionEvent = event_type::kPayoutAttention;
  static constexpr std::string_view kResolvedEvent = event_type::kPayoutAttemptResolved;
  static constexpr std::string_view kUpdatedEvent = event_type::kPayoutUpdated;

  PayoutFlow(const Subject& before, const FlowPolicy& policy, absl::Time now)
      : CreateFlow(before, *before.payout, policy, now) {}

 private:
  friend class CreateFlow<PayoutFlow, Payout>;

  static const Payout& Of(const Subject& subject) { return *subject.payout; }
  bool Wanted() const { return !IsFinalNow(); }
  bool IsFinalNow() const { return IsFinal(resource_.state); }
  bool WaitsForCreate() const { return resource_.state == PayoutState::kSubmitting; }
  const char* MismatchIn(const Facts& facts) const {
    if (!IsReceiver(facts.receiver_account)) return "RECEIVER_MISMATCH";
    return AmountMismatch(facts, resource_.amount);
  }

  // An order of the same number and amount may be somebody else's.
  bool IsReceiver(std::string_view said) const {
    return said.empty() || EqualsIgnoreCase(said, resource_.receiver_account);
  }

  void MergeMore(const Facts& facts, Source) {
    if (!facts.fee.empty() && !(resource_.fee == facts.fee)) {
      resource_.fee = facts.fee;
      changed_ = true;
    }
    if (!facts.receive_amount.empty() && !(resource_.receive_amount == facts.receive_amount)) {
      resource_.receive_amount = facts.receive_amount;
      changed_ = true;
    }
    if (!facts.exchange_rate.empty() && resource_.exchange_rate != facts.exchange_rate) {
      resource_.exchange_rate = facts.exchange_rate;
      changed_ = true;
    }
  }

  void TakeReport(const Facts& facts, Source source) {
    switch (facts.report) {
      case Report::kOpen:
      case Report::kProcessing:
        Apply(PayoutEvent::kAccepted);
        return;
      case Report::kException:
        Apply(PayoutEvent::kAccepted);
        if (!IsFinalNow()) Attend(create_attention::kException);
        return;
      case Report::kSucceeded:
        if (!Apply(PayoutEvent::kSucceeded) && resource_.state != PayoutState::kSucceeded) {
          Contradicted(source);
        }
        return;
      case Report::kFailed:
      case Report::kClosed:
      case Report::kExpired:
        if (resource_.state == PayoutState::kFailed) return NoteFeeKept(facts);
        if (IsFinalNow()) return Contradicted(source);
        resource_.fee_kept = facts.fee_kept;
        return Fail(
            FailureOr(facts.failure, FailureReason::kOther, "the payout failed at the provider"));
      case Report::kCanceled:
        if (resource_.state == PayoutState::kCanceled) return;
        if (IsFinalNow()) return Contradicted(source);
        resource_.failure =
            FailureOr(facts.failure, FailureReason::kCanceled, "canceled at the provider");
        Apply(PayoutEvent::kCanceled);
        return;
      default:
        return Attend(create_attention::kNoSense);
    }
  }

  // It had failed, as far as was known with nothing lost.
  void NoteFeeKept(const Facts& facts) {
    if (!facts.fee_kept || std::exchange(resource_.fee_kept, true)) return;
    Attend(kAttentionFeeKept);
  }

  void Fail(const Failure& failure) {
    if (Apply(PayoutEvent::kFailed)) resource_.failure = failure;
  }

  bool Apply(PayoutEvent event) {
    const auto next = Next(resource_.state, event);
    if (!next.has_value()) return false;
    resource_.state = *next;
    Restart();
    if (*next != PayoutState::kPending) {
      resource_.end_time = now_;
      if (resource_.attention == create_attention::kException) resource_.attention.clear();
    }
    switch (*next) {
      case PayoutState::kPending:
        Emit(event_type::kPayoutPending);
        break;
      case PayoutState::kSucceeded:
        Emit(event_type::kPayoutSucceeded);
        break;
      case PayoutState::kCanceled:
        Emit(event_type::kPayoutCanceled);
        break;
      default:
        Emit(event_type::kPayoutFailed);
        break;
    }
    return true;
  }

  ScheduleInput Waits() const {
    ScheduleInput input;
    input.polls = resource_.polls;
    input.since = ScheduleStart(resource_);
    if (!IsFinalNow()) {
      const bool confirmed = resource_.state == PayoutState::kPending;
      input.waiting = confirmed ? Waiting::kConfirmed : Waiting::kEvidence;
    }
    return input;
  }

  void StoreResult() {
    decision_.after.payout = std::make_shared<const Payout>(std::move(resource_));
  }
};

}  // namespace

Decision DecidePayout(const Subject& before, const Input& input, const FlowPolicy& policy,
                      absl::Time now) {
  PayoutFlow flow(before, policy, now);
  std::visit([&flow](const auto& what) { flow.On(what); }, input);
  return flow.Finish();
}

Decision BeginPayout(Payout payout, absl::Time now) {
  payout.state = PayoutState::kSubmitting;
  payout.create_time = payout.update_time = now;
  payout.revision = payout.version = 1;
  Decision decision;
  decision.send_attempt = StartAttempt(payout, Verb::kCreatePayout, now, payout.traceparent);
  decision.events.push_back({event_type::kPayoutCreated, ResourceKind::kPayout});
  decision.changed = true;
  decision.after.kind = ResourceKind::kPayout;
  decision.after.payout = std::make_shared<const Payout>(std::move(payout));
  return decision;
}

}  // namespace sluice
