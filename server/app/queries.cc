// Asking a provider about a resource.
#include <utility>

#include "server/app/engine_core.h"
#include "server/base/log.h"

namespace sluice::app {
namespace {

// See calls.cc: a bound against a backend that goes round in circles.
constexpr int kMaxSteps = 8;

bool Teaches(const Outcome& outcome) {
  return outcome.facts.report != Report::kNone &&
         (outcome.verdict == Verdict::kAccepted || outcome.verdict == Verdict::kDeclined);
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

}  // namespace

// One query on its way.
struct EngineCore::Asking {
  ResourceKind kind = ResourceKind::kOrder;
  std::string name;
  AccountGate::Lane lane = AccountGate::Lane::kCall;
  Task done;
  AccountPtr account;
  Subject subject;  // As it was when asked.
  std::shared_ptr<const AccountLink> link;
  // Notifications that came before the question, so that its answer confirms them.
  std::vector<store::NotificationRow> confirms;
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
  if (asking->account == nullptr || !PolicyOf(subject).can_query) return FinishQuery(asking);
  asking->subject = std::move(subject);
  asking->confirms = activities_.TakeConfirmations(asking->name);
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
  const bool teaches = Teaches(step.outcome);
  Change change;
  change.kind = asking->kind;
  change.name = asking->name;
  change.must_land = true;
  change.decide = [self = shared_from_this(), asking, teaches,
                   facts = std::move(step.outcome.facts)](const Subject& before) {
    if (!teaches) return self->DecideOn(before, QueryTaughtNothing{});
    FactsReported reported;
    // An answer to a question asked of another state is no better than a notification.
    const bool present = before.state_name() == asking->subject.state_name();
    reported.source = present ? Source::kQuery : Source::kNotification;
    reported.facts = facts;
    reported.provider_key = CurrentKey(asking->subject);
    self->SealFacts(before, reported.facts);
    return self->DecideOn(before, Input(std::move(reported)));
  };
  change.extras = [asking, teaches](const Decision& decision) {
    Extras extras;
    if (!teaches) return extras;
    for (store::NotificationRow row : asking->confirms) {
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
    if (teaches && decision.ok()) asking->confirms.clear();
    self->FinishQuery(asking);
  };
  Apply(std::move(change));
}

void EngineCore::FinishQuery(std::shared_ptr<Asking> asking) {
  for (store::NotificationRow& row : asking->confirms) {
    activities_.Confirm(asking->name, std::move(row));  // For the next answer.
  }
  if (activities_.EndQuery(asking->name) && !stopped_.load()) {
    StartQuery(asking->kind, asking->name, asking->lane, /*fresh=*/false, [] {});
  }
  EndCall(asking->kind, asking->name);
  asking->done();
}

}  // namespace sluice::app
