// What the engine says, against what the provider did.
#include <cstdint>

#include "absl/strings/str_cat.h"
#include "server/core/attempt_decide.h"
#include "server/core/codec.h"
#include "server/core/order_decide.h"
#include "tests/simulation/run.h"

namespace sluice::simulation_run {
namespace {

using Kind = ModelProvider::Kind;
using State = ModelProvider::State;

// What the provider has under all the numbers of a resource.
struct Sum {
  int things = 0, done = 0, returned = 0;
  int64_t paid = 0, refunded = 0;
  State last = State::kOpen;
  bool paid_late = false;
  bool unheard = false;  // Of the last that happened there nobody needed to learn.
};

Sum SumOf(const ModelProvider& model, const ResourceBase& base, Verb create) {
  Sum sum;
  std::set<std::string> keys;
  for (const Attempt& attempt : base.attempts) {
    if (attempt.verb != create || !keys.insert(attempt.provider_key).second) continue;
    const ModelProvider::Thing* thing = model.Find(attempt.provider_key);
    if (thing == nullptr) continue;
    ++sum.things;
    sum.last = thing->state;
    if (thing->state == State::kDone) ++sum.done;
    if (thing->state == State::kReturned) ++sum.returned;
    if (thing->state == State::kDone || thing->state == State::kReturned) {
      sum.paid += thing->minor_units;
    }
    sum.refunded += thing->refunded;
    sum.paid_late |= thing->paid_late;
    sum.unheard |= thing->Unheard();
  }
  return sum;
}

// Nothing may be sent again, nothing was done, and the provider has no way to say so: it waits for
// evidence, and then for a person.
bool WaitsForPeople(const ResourceBase& base, Verb create, Resend resend, const Sum& sum) {
  const Attempt* attempt = LastAttempt(base, create);
  return resend == Resend::kNever && sum.things == 0 && attempt != nullptr &&
         attempt->state == AttemptState::kUnknown;
}

std::string Seen(const ResourceBase& base, std::string_view state) {
  std::string text = absl::StrCat(base.id, " is ", std::string(state));
  for (const Attempt& attempt : base.attempts) {
    absl::StrAppend(&text, ", ", std::string(VerbName(attempt.verb)), " ",
                    std::string(StateName(attempt.state)), attempt.abandoned ? " abandoned" : "");
  }
  return text;
}

template <typename T>
std::string ShownAs(std::string_view body) {
  const auto resource = DecodeBody<T>(body);
  return resource.ok() ? EncodePublic(*resource) : resource.status().ToString();
}

// What an event about the stored resource would carry now.
std::string Shown(const store::Record& record) {
  switch (record.kind) {
    case ResourceKind::kRefund:
      return ShownAs<Refund>(record.body);
    case ResourceKind::kPayout:
      return ShownAs<Payout>(record.body);
    case ResourceKind::kAccountLink:
      return ShownAs<AccountLink>(record.body);
    default:
      return ShownAs<Order>(record.body);
  }
}

// The order shows what was paid and given back there. Of what happened after its end, and whose
// notice was lost, it may know nothing; a payment after its revoke is for a person.
void JudgePaid(const Order& order, const Sum& sum, const std::string& seen,
               std::vector<std::string>* wrong) {
  const auto shows = [&order](int64_t paid, bool done, bool returned) {
    const bool gave_back = order.state == OrderState::kRevoked && order.paid.minor_units != 0;
    return order.paid.minor_units == paid && (order.state == OrderState::kPaid) == done &&
           gave_back == returned;
  };
  if (shows(sum.paid, sum.done > 0, sum.returned > 0)) return;
  const bool before = sum.paid_late ? shows(0, false, false) : shows(sum.paid, true, false);
  if (sum.unheard && before) return;
  const bool for_a_person = order.state == OrderState::kRevoked && order.paid.minor_units == 0 &&
                            order.attention == order_attention::kPaidAfterRevoked;
  if (sum.paid_late && for_a_person) return;
  // Refunds of all of it wait for a person: it may have been them. The order goes on asking.
  const bool open = order.refund_pending.minor_units != 0 && order.doubt_time.has_value() &&
                    order.refunded.minor_units + order.refund_pending.minor_units == sum.paid;
  if (sum.returned > 0 && open && shows(sum.paid, true, false)) return;
  wrong->push_back(absl::StrCat(seen, ", paid ", order.paid.minor_units, " here; there paid ",
                                sum.paid, ", ", sum.done, " stand, ", sum.returned, " given back"));
}

// Of an account that the engine knows. The numbers of ids that it does not know are looked up.
bool KnownThere(const ModelProvider& model, const std::string& id) {
  return model.Find(id) != nullptr;
}

}  // namespace

std::vector<std::string> SimulatedRun::Judge() {
  std::vector<std::string> wrong = broken_;
  for (const std::string& id : orders_) JudgeOrder(id, &wrong);
  for (const auto& [refund, order] : refunds_) JudgeRefund(refund, order, &wrong);
  for (const std::string& id : payouts_) JudgePayout(id, &wrong);
  for (const std::string& id : links_) JudgeLink(id, &wrong);
  for (const auto& [key, thing] : model_.things()) {
    if (thing.times_created > 1) wrong.push_back(key + ": created twice");
  }
  JudgeEvents(&wrong);
  told_.Judge(
      [this](const std::string& name) {
        const auto record = store().Get(name);
        return record.ok() && record->has_value() ? (*record)->revision : 0;
      },
      &wrong);
  return wrong;
}

void SimulatedRun::JudgeOrder(const std::string& id, std::vector<std::string>* wrong) {
  const Order order = harness_->Get(id);
  if (order.id.empty()) {
    if (KnownThere(model_, id)) wrong->push_back(id + ": at the provider, not here");
    return;
  }
  const Sum sum = SumOf(model_, order, Verb::kCreateOrder);
  const std::string seen = Seen(order, StateName(order.state));
  if (sum.done + sum.returned > 1) wrong->push_back(seen + ", paid twice there");
  JudgePaid(order, sum, seen, wrong);
  if (order.refunded.minor_units != sum.refunded) {
    wrong->push_back(absl::StrCat(seen, ", refunded ", order.refunded.minor_units, " here, ",
                                  sum.refunded, " there"));
  }
  if (order.state == OrderState::kSubmitting || order.state == OrderState::kCanceling ||
      order.state == OrderState::kRevoking) {
    wrong->push_back(seen + ", stuck");
  }
  for (const Attempt& attempt : order.attempts) {
    if (attempt.state == AttemptState::kUnknown && !attempt.abandoned) {
      wrong->push_back(seen + ", unknown");
    }
  }
}

void SimulatedRun::JudgeRefund(const std::string& id, const std::string& order,
                               std::vector<std::string>* wrong) {
  const Refund refund = harness_->GetRefund(order, id);
  if (refund.id.empty()) {
    for (const auto& [key, thing] : model_.things()) {
      if (thing.kind == Kind::kRefund && key.substr(key.find('.') + 1) == id) {
        wrong->push_back(id + ": refunded at the provider, not here");
      }
    }
    return;
  }
  const Sum sum = SumOf(model_, refund, Verb::kCreateRefund);
  const std::string seen = Seen(refund, StateName(refund.state));
  const bool done = refund.state == RefundState::kSucceeded;
  if ((sum.done > 0) != done) wrong->push_back(seen + ", done there?");
  const Resend resend = harness_->provider->descriptor().resend_create_refund;
  if (!done && refund.state != RefundState::kFailed &&
      !WaitsForPeople(refund, Verb::kCreateRefund, resend, sum)) {
    wrong->push_back(seen + ", stuck");
  }
}

void SimulatedRun::JudgePayout(const std::string& id, std::vector<std::string>* wrong) {
  auto box = std::make_shared<Box<Payout>>();
  harness_->engine().payouts().Get(PayoutName("m", id), Into(box));
  harness_->Drive();
  if (!box->ok()) {
    if (KnownThere(model_, id)) wrong->push_back(id + ": paid out at the provider, not here");
    return;
  }
  const Payout& payout = **box;
  const Sum sum = SumOf(model_, payout, Verb::kCreatePayout);
  const std::string seen = Seen(payout, StateName(payout.state));
  if (sum.things > 1) wrong->push_back(seen + ", paid out twice there");
  PayoutState expected = PayoutState::kPending;
  if (sum.last == State::kDone) expected = PayoutState::kSucceeded;
  if (sum.last == State::kFailed) expected = PayoutState::kFailed;
  if (sum.last == State::kCanceled) expected = PayoutState::kCanceled;
  if (sum.things > 0 && payout.state != expected) {
    wrong->push_back(absl::StrCat(seen, ", there ", std::string(StateName(expected))));
  }
  const Resend resend = harness_->provider->descriptor().resend_create_payout;
  if (sum.things == 0 && payout.state != PayoutState::kFailed &&
      !WaitsForPeople(payout, Verb::kCreatePayout, resend, sum)) {
    wrong->push_back(seen + ", stuck");
  }
}

void SimulatedRun::JudgeLink(const std::string& id, std::vector<std::string>* wrong) {
  auto box = std::make_shared<Box<AccountLink>>();
  harness_->engine().account_links().Get(AccountLinkName("m", id), Into(box));
  harness_->Drive();
  if (!box->ok()) {
    if (KnownThere(model_, id)) wrong->push_back(id + ": linked at the provider, not here");
    return;
  }
  const AccountLink& link = **box;
  const Sum sum = SumOf(model_, link, Verb::kCreateAccountLink);
  const std::string seen = Seen(link, StateName(link.state));
  if (sum.done > 1) wrong->push_back(seen + ", linked twice there");
  if ((sum.done > 0) != (link.state == AccountLinkState::kActive)) {
    wrong->push_back(seen + ", linked there?");
  }
  if (link.state == AccountLinkState::kSubmitting || link.state == AccountLinkState::kRevoking) {
    wrong->push_back(seen + ", stuck");
  }
}

std::vector<std::string> SimulatedRun::Names() const {
  std::vector<std::string> names;
  for (const std::string& id : orders_) names.push_back(OrderName("m", id));
  for (const auto& [refund, order] : refunds_) names.push_back(RefundName("m", order, refund));
  for (const std::string& id : payouts_) names.push_back(PayoutName("m", id));
  for (const std::string& id : links_) names.push_back(AccountLinkName("m", id));
  return names;
}

// Without a gap, and each resource's last event shows it, byte by byte, as it is stored.
void SimulatedRun::JudgeEvents(std::vector<std::string>* wrong) {
  const auto events = store().ReadEvents({.limit = 1'000'000});
  if (!events.ok()) return wrong->push_back("the log cannot be read");
  int64_t sequence = 0;
  std::map<std::string, EventPtr> last;
  for (const EventPtr& event : *events) {
    if (event->sequence != ++sequence || event->position != sequence) {
      return wrong->push_back(absl::StrCat("no event ", sequence));
    }
    last[event->resource_name] = event;
  }
  for (const std::string& name : Names()) {
    const auto record = store().Get(name);
    if (!record.ok()) return wrong->push_back(name + " cannot be read");
    const auto event = last.find(name);
    const bool told = event != last.end();
    if (record->has_value() != told) {
      wrong->push_back(name + (told ? ": has events, and is not here" : ": no event tells of it"));
    } else if (told && event->second->body != Shown(**record)) {
      wrong->push_back(absl::StrCat("the last event, ", event->second->type, ", shows ",
                                    event->second->body, ", stored is ", Shown(**record)));
    }
  }
}

}  // namespace sluice::simulation_run
