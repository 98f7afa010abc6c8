// Asking a provider about a resource.
#include <algorithm>
#include <iterator>
#include <utility>

#include "server/app/engine_core.h"
#include "server/base/log.h"
#include "server/core/attempt_decide.h"

namespace sluice::app {
namespace {

// See calls.cc: a bound against a backend that goes round in circles.
constexpr int kMaxSteps = 8;

bool Teaches(const Outcome& outcome) {
  return outcome.facts.report != Report::kNone &&
         (outcome.verdict == Verdict::kAccepted || outcome.verdict == Verdict::kDeclined);
}

// Asked while the request it is to find was still on its way: not to find it proves nothing, even
// when that request has been refused since.
bool AskedTooEarly(const Subject& asked, const Outcome& outcome) {
  return outcome.facts.report == Report::kNotFound && HasSending(asked.base());
}

// Of a query in several requests, what the first has said stands unless the last says it anew.
void Combine(const Outcome& first, Outcome& last) {
  if (!Teaches(first)) return;
  if (last.verdict != Verdict::kAccepted) {
    last = first;
    return;
  }
  if (last.facts.report != Report::kNone) return;
  Facts combined = first.facts;
  if (last.facts.next_action.has_value()) combined.next_action = last.facts.next_action;
  if (!last.facts.provider_number.empty()) combined.provider_number = last.facts.provider_number;
  for (const auto& [key, value] : last.facts.provider_data) combined.provider_data[key] = value;
  last.facts = std::move(combined);
}

std::string CurrentKey(const Subject& subject) {
  std::string key;
  for (const Attempt& attempt : subject.base().attempts) {
    if (attempt.verb == CreateVerb(subject.kind) && !attempt.abandoned) key = attempt.provider_key;
  }
  return key;
}

// Whether a question about the resource as we know it is one about the notification's number.
bool IsOfPresentNumber(const Confirmation& confirmation, const Subject& subject) {
  const std::string& number = confirmation.provider_number;
  if (!number.empty()) return number == subject.base().provider_number;
  const std::string& key = confirmation.provider_key;
  return key.empty() || key == CurrentKey(subject);
}

// Present attempt is the one under `about.provider_key`; of the provider's own words only those
// that came with the notification hold for its number.
template <typename T>
std::shared_ptr<const T> UnderNumber(const Confirmation& about, ResourceKind kind,
                                     const T& resource) {
  auto copy = std::make_shared<T>(resource);
  copy->provider_number = about.provider_number;
  copy->provider_data = about.provider_data;
  for (Attempt& attempt : copy->attempts) {
    if (attempt.verb == CreateVerb(kind)) {
      attempt.abandoned = attempt.provider_key != about.provider_key;
    }
  }
  return copy;
}

// Whether a notification that was stored waits among them; a repeat has no row of its own.
bool AnyHasRow(const std::vector<Confirmation>& confirmations) {
  return std::any_of(confirmations.begin(), confirmations.end(),
                     [](const Confirmation& one) { return !one.row.id.empty(); });
}

// The resource as the notification speaks of it.
Subject AsNotified(const Confirmation& about, Subject subject) {
  switch (subject.kind) {
    case ResourceKind::kRefund:
      subject.refund = UnderNumber(about, subject.kind, *subject.refund);
      break;
    case ResourceKind::kPayout:
      subject.payout = UnderNumber(about, subject.kind, *subject.payout);
      break;
    case ResourceKind::kAccountLink:
      subject.account_link = UnderNumber(about, subject.kind, *subject.account_link);
      break;
    default:
      subject.order = UnderNumber(about, subject.kind, *subject.order);
      break;
  }
  return subject;
}

}  // namespace

// One query on its way: about the resource as we know it, then about each further number under
// which a notification has spoken of it.
struct EngineCore::Asking {
  ResourceKind kind = ResourceKind::kOrder;
  std::string name;
  AccountGate::Lane lane = AccountGate::Lane::kCall;
  Task done;
  AccountPtr account;
  Subject subject;  // As it was when asked.
  std::shared_ptr<const AccountLink> link;
  // Notifications that came before the question, so that its answer confirms them.
  std::vector<Confirmation> confirms;
  std::vector<Confirmation> others;  // Still to be asked about.
  std::vector<Confirmation> unanswered;
  std::optional<absl::Time> doubt_time;  // Of the resource, before the first question.
  bool taught_nothing = false;           // One of the questions had no usable answer.
  Outcome so_far;
  int step = 0;
};

void EngineCore::StartQuery(ResourceKind kind, std::string name, AccountGate::Lane lane, bool fresh,
                            Task done) {
  if (!activities_.BeginQuery(name, fresh)) return done();
  activities_.Begin(name);
  auto asking = std::make_shared<Asking>();
  asking->kind = kind;
  asking->name = std::move(name);
  asking->lane = lane;
  asking->done = std::move(done);
  Load(kind, asking->name, [self = shared_from_this(), asking](absl::StatusOr<Subject> subject) {
    if (!subject.ok()) return self->FinishQuery(asking);
    self->Ask(asking, *std::move(subject));
  });
}

void EngineCore::Ask(std::shared_ptr<Asking> asking, Subject subject) {
  asking->account = catalog_.Find(subject.base().provider_account);
  asking->doubt_time = subject.base().doubt_time;
  const FlowPolicy policy = PolicyOf(subject);
  if (asking->account == nullptr || !policy.can_query) return FinishQuery(asking);
  for (Confirmation& confirmation : activities_.TakeConfirmations(asking->name)) {
    const bool present = IsOfPresentNumber(confirmation, subject);
    (present ? asking->confirms : asking->others).push_back(std::move(confirmation));
  }
  const bool pointless = CannotBeAsked(subject.base(), CreateVerb(asking->kind), policy);
  if (pointless && !asking->others.empty()) return AskNextNumber(asking);
  Inquire(asking, std::move(subject));
}

// About a number that a notification named: it may be one that had been given up, or of a create
// whose answer never came.
void EngineCore::AskNextNumber(std::shared_ptr<Asking> asking) {
  if (asking->others.empty()) return FinishQuery(asking);
  asking->confirms.push_back(std::move(asking->others.back()));
  asking->others.pop_back();
  Load(asking->kind, asking->name,
       [self = shared_from_this(), asking](absl::StatusOr<Subject> subject) {
         if (!subject.ok()) return self->FinishQuery(asking);
         const Confirmation& about = asking->confirms.back();
         // The answer before may have made it the present one.
         const bool present = IsOfPresentNumber(about, *subject);
         self->Inquire(asking, present ? *std::move(subject) : AsNotified(about, *subject));
       });
}

void EngineCore::Inquire(std::shared_ptr<Asking> asking, Subject subject) {
  asking->subject = std::move(subject);
  asking->step = 0;
  asking->so_far = {};
  WithLink(asking->subject,
           [self = shared_from_this(), asking](std::shared_ptr<const AccountLink> link) {
             asking->link = std::move(link);
             ExchangeRequest request;
             request.account = asking->account;
             request.subject = asking->subject;
             request.link = asking->link;
             request.verb = QueryVerb(asking->kind);
             request.lane = asking->lane;
             Exchange(self->Parts(), std::move(request),
                      [self, asking](Step step) { self->OnQueryStep(asking, std::move(step)); });
           });
}

void EngineCore::OnQueryStep(std::shared_ptr<Asking> asking, Step step) {
  Combine(asking->so_far, step.outcome);
  if (step.next.has_value() && asking->step < kMaxSteps) {
    asking->so_far = std::move(step.outcome);
    ++asking->step;
    ExchangeRequest request;
    request.account = asking->account;
    request.subject = asking->subject;
    request.link = asking->link;
    request.verb = QueryVerb(asking->kind);
    request.lane = asking->lane;
    request.step = asking->step;
    request.ready = std::move(step.next->request);
    return Exchange(Parts(), std::move(request), [self = shared_from_this(), asking](Step further) {
      self->OnQueryStep(asking, std::move(further));
    });
  }
  const bool teaches = Teaches(step.outcome) && !AskedTooEarly(asking->subject, step.outcome);
  if (!teaches) asking->taught_nothing = true;
  Change change;
  change.kind = asking->kind;
  change.name = asking->name;
  change.must_land = true;
  change.decide = [self = shared_from_this(), asking, teaches,
                   facts = std::move(step.outcome.facts)](const Subject& before) {
    if (!teaches)
      return self->DecideOn(before, QueryTaughtNothing{.doubt = AnyHasRow(asking->confirms)});
    FactsReported reported;
    // An answer to a question asked of another state is no better than a notification.
    const bool present = before.state_name() == asking->subject.state_name();
    reported.source = present ? Source::kQuery : Source::kNotification;
    reported.facts = facts;
    reported.provider_key = CurrentKey(asking->subject);
    reported.leaves_doubt = asking->taught_nothing || !asking->others.empty() ||
                            before.base().doubt_time != asking->doubt_time;
    self->SealFacts(before, reported.facts);
    return self->DecideOn(before, Input(std::move(reported)));
  };
  change.extras = [asking, teaches](const Decision& decision) {
    Extras extras;
    if (!teaches) return extras;
    for (const Confirmation& confirmation : asking->confirms) {
      store::NotificationRow row = confirmation.row;
      if (row.id.empty()) continue;
      row.state = decision.disbelief == nullptr ? store::NotificationState::kProcessed
                                                : store::NotificationState::kRejected;
      row.reason = decision.disbelief == nullptr ? "" : decision.disbelief;
      extras.updates.push_back(std::move(row));
    }
    return extras;
  };
  change.done = [self = shared_from_this(), asking, teaches](absl::StatusOr<Decision> decision) {
    self->Probe("result.committed");
    if (decision.ok()) {
      self->Follow(*decision);
    } else {
      LogError("query_not_committed", {{"resource", asking->name}, {"error", decision.status()}});
    }
    if (!teaches || !decision.ok()) {
      std::move(asking->confirms.begin(), asking->confirms.end(),
                std::back_inserter(asking->unanswered));
    }
    asking->confirms.clear();
    self->AskNextNumber(asking);
  };
  Apply(std::move(change));
}

void EngineCore::FinishQuery(std::shared_ptr<Asking> asking) {
  // For the next answer.
  for (auto* left : {&asking->confirms, &asking->others, &asking->unanswered}) {
    for (Confirmation& confirmation : *left) {
      if (confirmation.row.id.empty()) continue;
      activities_.Confirm(asking->name, std::move(confirmation));
    }
  }
  if (activities_.EndQuery(asking->name) && !stopped_.load()) {
    StartQuery(asking->kind, asking->name, asking->lane, /*fresh=*/false, [] {});
  }
  EndCall(asking->kind, asking->name);
  asking->done();
}

}  // namespace sluice::app
