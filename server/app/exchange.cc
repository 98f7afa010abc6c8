#include "server/app/exchange.h"

#include <utility>

#include "server/base/log.h"
#include "server/base/strings.h"
#include "server/core/mask.h"
#include "server/wire/uri.h"

namespace sluice::app {
namespace {

struct Running {
  const EngineDependencies* deps = nullptr;
  ExchangeRequest request;
  Subject opened;
  std::shared_ptr<const AccountLink> opened_link;
  Operation operation;
  CallContext context;
  absl::Time start;
  absl::AnyInvocable<void(Step)> done;

  AccountGate& gate() const {
    return request.push ? *request.account->push_gate : *request.account->gate;
  }
};
using RunningPtr = std::shared_ptr<Running>;

std::string_view VerdictName(Verdict verdict) {
  switch (verdict) {
    case Verdict::kAccepted:
      return "accepted";
    case Verdict::kDeclined:
      return "declined";
    case Verdict::kNotProcessed:
      return "not_processed";
    case Verdict::kUnknown:
      break;
  }
  return "unknown";
}

bool IsMutating(const ExchangeRequest& request) { return request.attempt != 0; }

void Finish(const RunningPtr& running, Step step) {
  running->gate().Leave(running->request.lane);
  if (running->deps->metrics != nullptr) {
    running->deps->metrics->ProviderCall(
        running->request.account->config->provider->descriptor().provider,
        VerbName(running->request.verb), VerdictName(step.outcome.verdict),
        running->deps->clock->Now() - running->start);
  }
  running->done(std::move(step));
}

// Nothing was sent. The first request of a call then had no effect at all; of a later one this
// would be wrong, because its predecessors had.
Step NotSent(const ExchangeRequest& request, FailureReason reason, std::string message) {
  Step step;
  step.outcome.verdict =
      request.step == 0 && IsMutating(request) ? Verdict::kNotProcessed : Verdict::kUnknown;
  step.outcome.query_now = request.step != 0;
  step.outcome.failure.reason = reason;
  step.outcome.failure.message = std::move(message);
  return step;
}

// Laws that the engine does not leave to a backend: without a complete reply nothing is proven, and
// a call in several requests is not "not processed" once the first has been.
void Enforce(const ExchangeRequest& request, const HttpReply& reply, Outcome& outcome) {
  if (!IsMutating(request)) return;
  const bool replied = reply.transport == Transport::kReplied;
  if (!replied && outcome.verdict != Verdict::kUnknown) {
    outcome.verdict = Verdict::kUnknown;
    outcome.facts = {};
  }
  if (request.step > 0 && outcome.verdict == Verdict::kNotProcessed) {
    outcome.verdict = Verdict::kUnknown;
    outcome.query_now = true;
  }
}

// Queries are many and say little: at debug.
void LogReply(const Running& running, const HttpReply& reply, const Outcome& outcome) {
  const ExchangeRequest& request = running.request;
  const std::string name = request.subject.Named() ? request.subject.Name() : std::string();
  Log(IsMutating(request) ? LogLevel::kInfo : LogLevel::kDebug, "provider_call",
      {{"account", request.account->config->account},
       {"verb", VerbName(request.verb)},
       {"resource", name},
       {"attempt", request.attempt},
       {"step", request.step},
       {"transport", TransportName(reply.transport)},
       {"status", reply.status},
       {"verdict", VerdictName(outcome.verdict)},
       {"provider_code", outcome.failure.provider_code},
       {"took", running.deps->clock->Now() - running.start},
       {"traceparent", running.context.traceparent}});
}

void OnReply(const RunningPtr& running, HttpReply reply) {
  if (running->deps->probe) running->deps->probe("reply.received");
  const ExchangeRequest& request = running->request;
  running->context.now = NowMicros(*running->deps->clock);
  Step step;
  if (reply.transport == Transport::kNotSent) {
    step = NotSent(request, FailureReason::kNotSubmitted, "the provider could not be reached");
  } else {
    step = request.account->provider().Interpret(running->operation, running->context, reply);
    Enforce(request, reply, step.outcome);
    if (step.outcome.verdict == Verdict::kUnknown && step.outcome.failure.empty()) {
      step.outcome.failure.reason = FailureReason::kOther;
      step.outcome.failure.message =
          reply.transport == Transport::kReplied
              ? "the provider's answer proves nothing"
              : StrCat("no complete answer: ", TransportName(reply.transport));
    }
  }
  Failure& failure = step.outcome.failure;
  failure.provider_message = CleanProviderText(failure.provider_message);
  failure.provider_code = CleanProviderText(failure.provider_code);
  LogReply(*running, reply, step.outcome);
  Finish(running, std::move(step));
}

void Send(const RunningPtr& running, HttpRequest request) {
  if (running->deps->probe) running->deps->probe("send.before");
  running->deps->http->Send(std::move(request), [running](HttpReply reply) {
    running->deps->signing->Post(
        [running, reply = std::move(reply)]() mutable { OnReply(running, std::move(reply)); });
  });
}

void BuildAndSend(const RunningPtr& running) {
  ExchangeRequest& request = running->request;
  const EngineDependencies& deps = *running->deps;
  running->start = deps.clock->Now();
  const Descriptor& descriptor = request.account->descriptor();
  running->opened = OpenSealed(deps.sealer, descriptor, request.subject);
  running->opened_link = request.link;
  if (request.link != nullptr) {
    Subject link;
    link.kind = ResourceKind::kAccountLink;
    link.account_link = request.link;
    running->opened_link = OpenSealed(deps.sealer, descriptor, std::move(link)).account_link;
  }
  Operation& operation = running->operation;
  operation = MakeOperation(running->opened, request.verb, request.attempt);
  if (running->opened_link != nullptr) operation.account_link = running->opened_link.get();
  operation.step = request.step;
  operation.wallet = request.wallet;
  operation.currency_code = request.currency_code;
  const std::string traceparent = operation.attempt != nullptr ? operation.attempt->traceparent
                                  : request.subject.Named()    ? request.subject.base().traceparent
                                                               : std::string();
  running->context = MakeContext(deps.sealer, *request.account->config, running->opened,
                                 running->start, traceparent);
  if (request.ready.has_value()) return Send(running, *std::move(request.ready));
  absl::StatusOr<HttpRequest> built =
      request.account->provider().Build(operation, running->context);
  if (built.ok()) return Send(running, *std::move(built));
  LogWarning("request_not_built", {{"account", request.account->config->account},
                                   {"verb", VerbName(request.verb)},
                                   {"error", built.status()}});
  Step step = NotSent(request, FailureReason::kConfiguration, "the request could not be built");
  // The same input will not build the next time either.
  if (step.outcome.verdict == Verdict::kNotProcessed) step.outcome.verdict = Verdict::kDeclined;
  Finish(running, std::move(step));
}

template <typename T>
void OpenInto(const Sealer* sealer, const Descriptor& descriptor, const std::string& name,
              std::shared_ptr<const T>& resource) {
  std::shared_ptr<T> copy;
  for (const std::string& key : descriptor.sealed_data) {
    const auto it = resource->provider_data.find(key);
    if (it == resource->provider_data.end()) continue;
    absl::StatusOr<std::string> plain =
        sealer == nullptr ? absl::StatusOr<std::string>(absl::FailedPreconditionError("no sealer"))
                          : sealer->Open(it->second, StrCat(name, "/", key));
    if (copy == nullptr) copy = std::make_shared<T>(*resource);
    if (plain.ok()) {
      copy->provider_data[key] = *std::move(plain);
    } else {
      LogError("sealed_data_unreadable", {{"resource", name}, {"key", key}});
      copy->provider_data.erase(key);  // Better none than the sealed text sent to a provider.
    }
  }
  if (copy != nullptr) resource = std::move(copy);
}

}  // namespace

Subject OpenSealed(const Sealer* sealer, const Descriptor& descriptor, Subject subject) {
  if (descriptor.sealed_data.empty() || !subject.Named()) return subject;
  const std::string name = subject.Name();
  switch (subject.kind) {
    case ResourceKind::kRefund:
      OpenInto(sealer, descriptor, name, subject.refund);
      OpenInto(sealer, descriptor, subject.order->Name(), subject.order);
      break;
    case ResourceKind::kPayout:
      OpenInto(sealer, descriptor, name, subject.payout);
      break;
    case ResourceKind::kAccountLink:
      OpenInto(sealer, descriptor, name, subject.account_link);
      break;
    default:
      OpenInto(sealer, descriptor, name, subject.order);
      break;
  }
  return subject;
}

Operation MakeOperation(const Subject& subject, Verb verb, int attempt) {
  Operation operation;
  operation.verb = verb;
  operation.order = subject.order.get();
  operation.refund = subject.refund.get();
  operation.payout = subject.payout.get();
  operation.account_link = subject.account_link.get();
  if (attempt != 0) {
    for (const Attempt& candidate : subject.base().attempts) {
      if (candidate.number == attempt) operation.attempt = &candidate;
    }
  }
  return operation;
}

std::string ReturnPath(std::string_view account, ResourceKind kind, std::string_view id) {
  return StrCat("/return/", account, "/", KindName(kind), "/", id);
}

CallContext MakeContext(const Sealer* sealer, const ProviderAccount& account,
                        const Subject& subject, absl::Time now, const std::string& traceparent) {
  CallContext context;
  context.now = now;
  context.traceparent = traceparent;
  if (account.notify_base_url.empty()) return context;
  context.notify_url =
      JoinUrl(account.notify_base_url,
              StrCat("/notify/", account.provider->descriptor().provider, "/", account.account));
  const bool returns =
      subject.kind == ResourceKind::kOrder || subject.kind == ResourceKind::kAccountLink;
  if (sealer == nullptr || !returns || !subject.Named()) return context;
  const std::string path = ReturnPath(account.account, subject.kind, subject.base().id);
  context.return_page_url = JoinUrl(account.notify_base_url, StrCat(path, "/", sealer->Mark(path)));
  return context;
}

void Exchange(const ExchangeParts& parts, ExchangeRequest request,
              absl::AnyInvocable<void(Step)> done) {
  auto running = std::make_shared<Running>();
  running->deps = parts.deps;
  running->request = std::move(request);
  running->done = std::move(done);
  auto start = [running] { running->deps->signing->Post([running] { BuildAndSend(running); }); };
  // A call has its place reserved, and what the schedule asks is bounded by whoever keeps it; other
  // queries can be asked later.
  const bool bounded =
      IsMutating(running->request) || running->request.lane == AccountGate::Lane::kSchedule;
  if (bounded) return running->gate().Enter(running->request.lane, std::move(start));
  if (running->gate().TryEnter(running->request.lane, std::move(start))) return;
  running->deps->signing->Post([running] {
    running->done(NotSent(running->request, FailureReason::kNotSubmitted,
                          "too many requests wait for this provider account"));
  });
}

}  // namespace sluice::app
