// Mutating calls of callers: admission, request ids, and the way from an intent to its answer.
#include <utility>

#include "server/app/capability.h"
#include "server/app/engine_core.h"
#include "server/base/strings.h"
#include "server/core/error.h"
#include "server/core/fingerprint.h"

namespace sluice::app {
namespace {

// A queue that was full is shorter by then.
constexpr absl::Duration kRetryWhenFull = absl::Seconds(1);
// Repeats that wait for the call they repeat: far more than any client sends by mistake.
constexpr size_t kMaxJoined = 10'000;

std::string TicketKey(const Call& call, std::string_view method) {
  return StrCat(call.merchant, "\n", method, "\n", call.request_id);
}

store::RequestKey MakeRequestKey(const Ticket& ticket) {
  store::RequestKey key;
  key.merchant = ticket.call.merchant;
  key.method = ticket.method;
  key.request_id = ticket.call.request_id;
  key.fingerprint = ticket.fingerprint;
  key.resource_name = ticket.resource_name;
  return key;
}

// An error of a call that was accepted, or may have been: its request id leads on to what became of
// it, and whoever reads "none" would take a new one.
absl::Status MayHaveHappened(const absl::Status& status) {
  if (status.ok()) return status;
  ErrorDetails details = GetErrorDetails(status).value_or(ErrorDetails());
  if (details.reason.empty()) return status;  // INTERNAL, which says so itself.
  details.side_effect_possible = true;
  return MakeError(status.code(), std::string(status.message()), std::move(details));
}

absl::StatusOr<Subject> MayHaveHappened(absl::StatusOr<Subject> result) {
  if (result.ok()) return result;
  return MayHaveHappened(result.status());
}

// A call with a request id may be the repeat of one that was accepted.
absl::Status ShuttingDown(const Call& call) {
  ErrorDetails details;
  details.reason = std::string(reason::kShuttingDown);
  details.side_effect_possible = !call.request_id.empty();
  details.retry_after = absl::Seconds(1);
  return MakeError(absl::StatusCode::kUnavailable, "the server is shutting down",
                   std::move(details));
}

// The call that they would join goes on: only it can say what becomes of it.
absl::Status TooManyJoined() {
  ErrorDetails details;
  details.reason = std::string(reason::kOverloaded);
  details.side_effect_possible = true;
  details.retry_after = kRetryWhenFull;
  return MakeError(absl::StatusCode::kResourceExhausted,
                   "too many repeats of this call wait for its answer: try again later",
                   std::move(details));
}

}  // namespace

void EngineCore::Admit(Call call, std::string method, std::string fingerprint, ResourceKind kind,
                       std::string resource_name, Answer answer,
                       absl::AnyInvocable<void(TicketPtr)> run) {
  if (stopping_.load()) return answer(ShuttingDown(call));
  if (absl::Status valid = ValidateRequestId(call.request_id, "request_id"); !valid.ok()) {
    return answer(valid);
  }
  const auto opts = options();
  if (!call.request_id.empty()) {
    MutexLock lock(&tickets_mutex_);
    auto [it, first] = tickets_.try_emplace(TicketKey(call, method));
    if (!first) {
      absl::Status same = CheckFingerprint(it->second.fingerprint, fingerprint);
      if (same.ok() && it->second.joined.size() >= kMaxJoined) same = TooManyJoined();
      if (same.ok()) {
        it->second.joined.push_back(std::move(answer));
        return;
      }
      lock.Unlock();
      return answer(same);
    }
    it->second.fingerprint = fingerprint;
  }
  auto ticket = std::make_shared<Ticket>();
  ticket->call = std::move(call);
  ticket->method = std::move(method);
  ticket->fingerprint = std::move(fingerprint);
  ticket->kind = kind;
  ticket->resource_name = std::move(resource_name);
  ticket->answer = std::move(answer);
  ticket->admit_time = Now();
  if (!admission_.Enter(static_cast<int64_t>(opts->max_in_flight), opts->longest_entry)) {
    StandAside(*ticket);
    return Reject(std::move(ticket), Overloaded("too many calls are in flight", kRetryWhenFull));
  }
  run(std::move(ticket));
}

void EngineCore::StandAside(Ticket& ticket) {
  if (std::exchange(ticket.entering, false)) admission_.TurnedAway();
}

void EngineCore::FinishTicket(const TicketPtr& ticket, absl::StatusOr<Subject> result) {
  std::vector<Answer> joined;
  if (!ticket->call.request_id.empty()) {
    MutexLock lock(&tickets_mutex_);
    const auto it = tickets_.find(TicketKey(ticket->call, ticket->method));
    if (it != tickets_.end()) {
      joined.swap(it->second.joined);
      tickets_.erase(it);
    }
  }
  if (std::exchange(ticket->entering, false)) admission_.TurnedAway();
  admission_.Leave();
  for (Answer& answer : joined) answer(result);
  ticket->answer(std::move(result));
}

void EngineCore::Reject(TicketPtr ticket, absl::Status status) {
  if (ticket->call.request_id.empty()) return FinishTicket(ticket, std::move(status));
  ReplayOr(std::move(ticket), std::move(status));
}

// What the request id stands for, if it was used before; else `otherwise`. While that is not known
// the call may have been accepted before.
void EngineCore::ReplayOr(TicketPtr ticket, absl::Status otherwise) {
  auto look = [self = shared_from_this(), ticket, otherwise] {
    auto found = self->deps_.store->FindRequest(ticket->call.merchant, ticket->method,
                                                ticket->call.request_id);
    if (!found.ok()) {
      return self->FinishTicket(ticket, StoreUnavailable("the store cannot read now", true));
    }
    if (!found->has_value()) return self->FinishTicket(ticket, otherwise);
    const store::RequestKey& key = **found;
    if (absl::Status same = CheckFingerprint(key.fingerprint, ticket->fingerprint); !same.ok()) {
      return self->FinishTicket(ticket, same);
    }
    self->Load(ticket->kind, key.resource_name, [self, ticket](absl::StatusOr<Subject> subject) {
      self->FinishTicket(ticket, MayHaveHappened(std::move(subject)));
    });
  };
  if (!deps_.readers->TryPost(std::move(look))) {
    FinishTicket(ticket, MayHaveHappened(Overloaded("too many reads", absl::Milliseconds(200))));
  }
}

// A place in the queue of the account that the attempt will go to: before anything is stored.
absl::Status EngineCore::ReservePlace(Ticket& ticket, const Subject& subject) {
  if (ticket.reservation) return absl::OkStatus();
  const AccountPtr account = catalog_.Find(subject.base().provider_account);
  if (account == nullptr) return absl::OkStatus();  // Nothing will be sent.
  auto reservation = account->gate->Reserve();
  if (!reservation.has_value()) return QueueFull();
  ticket.reservation = *std::move(reservation);
  return absl::OkStatus();
}

void EngineCore::Proceed(TicketPtr ticket, const Decision& decision) {
  Probe("intent.committed");
  if (std::exchange(ticket->entering, false)) admission_.Entered(ticket->admit_time);
  AccountGate::Reservation reservation = std::move(ticket->reservation);
  const std::string& name = ticket->resource_name;
  const bool follows = decision.send_attempt != 0 || decision.query;
  // Held until the waiter is in place: the provider may be quicker than this thread.
  if (follows) activities_.Begin(name);
  const absl::Duration wait = ticket->call.provider_wait;
  if (wait <= absl::ZeroDuration()) {
    Probe("answer.before");
    FinishTicket(ticket, decision.after);
    Follow(decision, std::move(reservation));
    if (follows) EndCall(ticket->kind, name);
    return;
  }
  Follow(decision, std::move(reservation));
  AnswerWhenQuiet(ticket->kind, name, wait,
                  [self = shared_from_this(), ticket](absl::StatusOr<Subject> subject) {
                    self->FinishTicket(ticket, MayHaveHappened(std::move(subject)));
                  });
  if (follows) EndCall(ticket->kind, name);
}

void EngineCore::Mutate(TicketPtr ticket, ResourceKind kind, std::string name,
                        std::function<Decision(const Subject&)> decide) {
  Change change;
  change.kind = kind;
  change.name = std::move(name);
  change.decide = std::move(decide);
  Create(std::move(ticket), std::move(change));
}

void EngineCore::Create(TicketPtr ticket, Change change) {
  if (!ticket->call.request_id.empty()) {
    change.extras = [ticket](const Decision&) {
      Extras extras;
      extras.request = MakeRequestKey(*ticket);
      return extras;
    };
  }
  change.decide = [self = shared_from_this(), ticket,
                   decide = std::move(change.decide)](const Subject& before) {
    Decision decision = decide(before);
    if (decision.refusal.ok() && decision.send_attempt != 0) {
      decision.refusal = self->ReservePlace(*ticket, decision.after);
    }
    return decision;
  };
  change.done = [self = shared_from_this(), ticket](absl::StatusOr<Decision> decision) {
    if (decision.ok()) return self->Proceed(ticket, *decision);
    absl::Status status = decision.status();
    if (absl::IsAlreadyExists(status) && !GetErrorDetails(status).has_value()) {
      status = AlreadyExists(KindType(ticket->kind), ticket->resource_name);
    }
    self->Reject(ticket, std::move(status));
  };
  Apply(std::move(change));
}

}  // namespace sluice::app
