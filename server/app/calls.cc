// Mutating calls: from a committed attempt to a committed answer, and what follows.
#include <utility>

#include "server/app/engine_core.h"
#include "server/base/log.h"
#include "server/core/attempt_decide.h"
#include "server/core/error.h"

namespace sluice::app {
namespace {

// A provider call in more requests than this is a backend that goes round in circles.
constexpr int kMaxSteps = 8;

bool IsSending(const ResourceBase& base, int attempt) {
  for (const Attempt& candidate : base.attempts) {
    if (candidate.number == attempt) return candidate.state == AttemptState::kSending;
  }
  return false;
}

const Attempt* Find(const ResourceBase& base, int number) {
  for (const Attempt& candidate : base.attempts) {
    if (candidate.number == number) return &candidate;
  }
  return nullptr;
}

}  // namespace

// One attempt on its way, over all its requests.
struct EngineCore::Sending {
  ResourceKind kind = ResourceKind::kOrder;
  std::string name;
  AccountPtr account;
  Subject subject;  // As it was when the request was built.
  std::shared_ptr<const AccountLink> link;
  Verb verb = Verb::kUnspecified;
  int attempt = 0;
  int step = 0;
};

ExchangeParts EngineCore::Parts() const { return {&deps_}; }

void EngineCore::WithLink(const Subject& subject,
                          absl::AnyInvocable<void(std::shared_ptr<const AccountLink>)> then) {
  const bool has = subject.order != nullptr && !subject.order->account_link.empty();
  if (!has) return then(nullptr);
  Load(ResourceKind::kAccountLink, subject.order->account_link,
       [then = std::move(then)](absl::StatusOr<Subject> link) mutable {
         then(link.ok() ? link->account_link : nullptr);
       });
}

void EngineCore::Follow(const Decision& decision, AccountGate::Reservation reservation) {
  if (decision.send_attempt != 0) {
    SendAttempt(decision.after, decision.send_attempt, std::move(reservation));
  }
  if (decision.send_push != 0) RepeatPush(decision.after, decision.send_push);
  if (decision.settle_succession) SettleSuccession(decision.after.account_link);
  if (decision.query) {
    StartQuery(decision.after.kind, decision.after.Name(), AccountGate::Lane::kCall,
               /*fresh=*/true, [] {});
  }
}

void EngineCore::SendAttempt(const Subject& subject, int attempt,
                             AccountGate::Reservation reservation) {
  auto sending = std::make_shared<Sending>();
  sending->kind = subject.kind;
  sending->name = subject.Name();
  sending->account = catalog_.Find(subject.base().provider_account);
  sending->subject = subject;
  sending->attempt = attempt;
  const Attempt* found = Find(subject.base(), attempt);
  if (found == nullptr) return;
  sending->verb = found->verb;
  activities_.Begin(sending->name);
  WithLink(subject, [self = shared_from_this(), sending, reservation = std::move(reservation)](
                        std::shared_ptr<const AccountLink> link) mutable {
    sending->link = std::move(link);
    if (std::optional<Outcome> prevented = Prevented(*sending)) {
      Step step;
      step.outcome = *std::move(prevented);
      return self->OnAttemptStep(std::move(sending), std::move(step));
    }
    ExchangeRequest request;
    request.account = sending->account;
    request.subject = sending->subject;
    request.link = sending->link;
    request.verb = sending->verb;
    request.attempt = sending->attempt;
    Exchange(self->Parts(), std::move(request), [self, sending](Step step) mutable {
      self->OnAttemptStep(std::move(sending), std::move(step));
    });
  });
}

// Why nothing is sent, if so: what a call needs may have ended after the call was accepted.
std::optional<Outcome> EngineCore::Prevented(const Sending& sending) {
  Outcome outcome;
  if (sending.account == nullptr) {
    outcome.verdict = Verdict::kNotProcessed;
    outcome.failure.reason = FailureReason::kConfiguration;
    outcome.failure.message = "the provider account is no longer configured";
    return outcome;
  }
  const bool by_link =
      sending.verb == Verb::kCreateOrder && !sending.subject.order->account_link.empty();
  if (!by_link) return std::nullopt;
  if (sending.link != nullptr && sending.link->state == AccountLinkState::kActive) {
    return std::nullopt;
  }
  outcome.verdict = Verdict::kDeclined;
  outcome.failure.reason = FailureReason::kInvalidAccount;
  outcome.failure.message = "the account link is no longer active";
  return outcome;
}

void EngineCore::OnAttemptStep(std::shared_ptr<Sending> sending, Step step) {
  if (step.next.has_value() && sending->step >= kMaxSteps) step.next.reset();
  AttemptAnswered answered;
  answered.attempt = sending->attempt;
  answered.outcome = step.outcome;
  answered.more = step.next.has_value() && !step.next->in_background;
  answered.push = step.next.has_value() && step.next->in_background;
  Change change;
  change.kind = sending->kind;
  change.name = sending->name;
  change.must_land = true;
  change.decide = [self = shared_from_this(),
                   answered = std::move(answered)](const Subject& before) {
    AttemptAnswered sealed = answered;
    self->SealFacts(before, sealed.outcome.facts);
    return self->DecideOn(before, Input(std::move(sealed)));
  };
  change.done = [self = shared_from_this(), sending,
                 next = std::move(step.next)](absl::StatusOr<Decision> decision) mutable {
    self->Probe("result.committed");
    if (!decision.ok()) {
      LogError("result_not_committed", {{"resource", sending->name}, {"error", decision.status()}});
    } else if (next.has_value() && next->in_background) {
      sending->subject = decision->after;
      self->Follow(*decision);
      const Attempt* attempt = Find(decision->after.base(), sending->attempt);
      if (attempt != nullptr && IsPushing(*attempt)) {
        self->StartPush(sending, std::move(next->request));
      }
    } else if (next.has_value() && IsSending(decision->after.base(), sending->attempt)) {
      sending->subject = decision->after;
      ++sending->step;
      ExchangeRequest request;
      request.account = sending->account;
      request.subject = sending->subject;
      request.link = sending->link;
      request.verb = sending->verb;
      request.attempt = sending->attempt;
      request.step = sending->step;
      request.ready = std::move(next->request);
      Exchange(self->Parts(), std::move(request), [self, sending](Step further) mutable {
        self->OnAttemptStep(std::move(sending), std::move(further));
      });
      return;  // The call goes on.
    } else {
      self->Follow(*decision);
    }
    self->EndCall(sending->kind, sending->name);
  };
  Apply(std::move(change));
}

// The request that blocks until the payer has acted. Nobody waits for it: what it brings is one
// more report, and a query takes its place if it brings nothing.
void EngineCore::StartPush(std::shared_ptr<Sending> sending, std::optional<HttpRequest> ready) {
  ++sending->step;
  ExchangeRequest request;
  request.account = sending->account;
  request.subject = sending->subject;
  request.link = sending->link;
  request.verb = sending->verb;
  request.attempt = sending->attempt;
  request.step = sending->step;
  request.push = true;
  request.ready = std::move(ready);
  Exchange(Parts(), std::move(request), [self = shared_from_this(), sending](Step step) mutable {
    self->OnPushStep(std::move(sending), std::move(step));
  });
}

// Of a process that has ended before it could send it, or hear of it.
void EngineCore::RepeatPush(const Subject& subject, int attempt) {
  auto sending = std::make_shared<Sending>();
  sending->kind = subject.kind;
  sending->name = subject.Name();
  sending->account = catalog_.Find(subject.base().provider_account);
  sending->subject = subject;
  sending->attempt = attempt;
  const Attempt* found = Find(subject.base(), attempt);
  if (found == nullptr || sending->account == nullptr) return;
  sending->verb = found->verb;
  sending->step = found->step;
  WithLink(subject,
           [self = shared_from_this(), sending](std::shared_ptr<const AccountLink> link) mutable {
             sending->link = std::move(link);
             self->StartPush(std::move(sending), std::nullopt);
           });
}

void EngineCore::OnPushStep(std::shared_ptr<Sending> sending, Step step) {
  Outcome& outcome = step.outcome;
  PushEnded ended;
  ended.attempt = sending->attempt;
  ended.query_now = outcome.query_now;
  if (outcome.verdict == Verdict::kAccepted || outcome.verdict == Verdict::kDeclined) {
    ended.facts = std::move(outcome.facts);
    if (ended.facts.failure.empty()) ended.facts.failure = std::move(outcome.failure);
  }
  activities_.Begin(sending->name);
  Change change;
  change.kind = sending->kind;
  change.name = sending->name;
  change.must_land = true;
  change.decide = [self = shared_from_this(), ended = std::move(ended)](const Subject& before) {
    PushEnded sealed = ended;
    self->SealFacts(before, sealed.facts);
    return self->DecideOn(before, Input(std::move(sealed)));
  };
  change.done = [self = shared_from_this(), sending](absl::StatusOr<Decision> decision) {
    if (decision.ok()) self->Follow(*decision);
    self->EndCall(sending->kind, sending->name);
  };
  Apply(std::move(change));
}

void EngineCore::EndCall(ResourceKind kind, const std::string& name) {
  std::vector<WaiterPtr> waiters = activities_.End(name);
  for (WaiterPtr& waiter : waiters) {
    if (!waiter->Claim()) continue;
    if (const TimerId timer = waiter->timer.load()) deps_.timers->Cancel(timer);
    Load(kind, name, [self = shared_from_this(), waiter](absl::StatusOr<Subject> subject) {
      self->Probe("answer.before");
      waiter->Reply(std::move(subject));
    });
  }
}

void EngineCore::AnswerWhenQuiet(ResourceKind kind, const std::string& name, absl::Duration wait,
                                 Answer answer) {
  auto waiter = std::make_shared<Waiter>(std::move(answer));
  const auto reply = [self = shared_from_this(), kind, name, waiter] {
    if (!waiter->Claim()) return;
    self->Load(kind, name, [self, waiter](absl::StatusOr<Subject> subject) {
      self->Probe("answer.before");
      waiter->Reply(std::move(subject));
    });
  };
  if (wait <= absl::ZeroDuration() || !activities_.Wait(name, waiter)) return reply();
  waiter->timer.store(deps_.timers->After(
      wait, [self = shared_from_this(), reply] { self->deps_.executor->Post(reply); }));
}

bool EngineCore::Drain(absl::Duration grace) {
  stopping_.store(true);
  // Looked at now and then rather than signalled: it happens once in a process's life.
  constexpr absl::Duration kLook = absl::Milliseconds(20);
  const auto quiet = [this] {
    return activities_.calls() == 0 && committing_.load() == 0 && admission_.unanswered() == 0;
  };
  Mutex mutex;
  CondVar never;
  for (absl::Duration waited; !quiet() && waited < grace; waited += kLook) {
    MutexLock lock(&mutex);
    never.WaitFor(&mutex, kLook);
  }
  stopped_.store(true);
  return quiet();
}

}  // namespace sluice::app
