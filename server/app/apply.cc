// Load, decide, commit: every change of a resource goes through here, under the resource's lane.
#include <algorithm>
#include <utility>

#include "server/app/engine_core.h"
#include "server/app/references.h"
#include "server/base/log.h"
#include "server/base/strings.h"
#include "server/core/attempt_decide.h"
#include "server/core/codec.h"
#include "server/core/error.h"

namespace sluice::app {
namespace {

// A store that fails is asked again soon, then less often; the lane is held meanwhile.
constexpr absl::Duration kFirstCommitRetry = absl::Milliseconds(100);
constexpr absl::Duration kSlowestCommitRetry = absl::Seconds(5);
// A revision that is not as expected means that our copy was wrong; reading again must cure it.
constexpr int kMaxDecisions = 3;
// Commits whose ends one task sees to: enough for the waking of a thread to be cheap, so few that a
// group keeps all threads busy.
constexpr size_t kLandedTogether = 16;

template <typename T>
store::Record MakeRecord(ResourceKind kind, const T& resource, std::string parent) {
  store::Record record;
  record.kind = kind;
  record.name = resource.Name();
  record.merchant = resource.merchant;
  record.parent = std::move(parent);
  record.state = std::string(StateName(resource.state));
  record.provider_account = resource.provider_account;
  record.revision = resource.version;
  record.create_time = resource.create_time;
  record.update_time = resource.update_time;
  record.due_time = resource.due_time;
  record.in_flight = IsInFlight(resource);
  record.unknown_since = UnknownSince(resource);
  record.body = EncodeBody(resource);
  return record;
}

void AddPut(store::Transaction& transaction, store::Record record) {
  const int64_t expected = record.revision - 1;
  transaction.puts.push_back({std::move(record), expected});
}

// Whether the resource of `kind` is another one than before.
bool Changed(const Subject& before, const Subject& after, ResourceKind kind) {
  switch (kind) {
    case ResourceKind::kOrder:
      return after.order != nullptr && after.order != before.order;
    case ResourceKind::kRefund:
      return after.refund != nullptr && after.refund != before.refund;
    case ResourceKind::kPayout:
      return after.payout != nullptr && after.payout != before.payout;
    default:
      return after.account_link != nullptr && after.account_link != before.account_link;
  }
}

EventDraft MakeEvent(const EmittedEvent& emitted, const Subject& after, absl::Time now) {
  EventDraft draft;
  draft.type = std::string(emitted.type);
  draft.kind = emitted.kind;
  draft.create_time = now;
  const auto fill = [&draft](const auto& resource) {
    draft.resource_name = resource.Name();
    draft.merchant = resource.merchant;
    draft.provider = resource.provider;
    draft.traceparent = resource.traceparent;
    draft.body = EncodePublic(resource);
  };
  switch (emitted.kind) {
    case ResourceKind::kRefund:
      fill(*after.refund);
      break;
    case ResourceKind::kPayout:
      fill(*after.payout);
      break;
    case ResourceKind::kAccountLink:
      fill(*after.account_link);
      break;
    default:
      fill(*after.order);
      break;
  }
  return draft;
}

// The key of a new attempt comes from the provider, by the resource as it will be.
template <typename T>
void FillKeys(const Provider* provider, Subject& subject, std::shared_ptr<const T>& resource) {
  const bool missing =
      std::any_of(resource->attempts.begin(), resource->attempts.end(),
                  [](const Attempt& attempt) { return attempt.provider_key.empty(); });
  if (!missing) return;
  auto filled = std::make_shared<T>(*resource);
  int abandoned = 0;
  for (Attempt& attempt : filled->attempts) {
    if (attempt.provider_key.empty()) {
      Operation operation = MakeOperation(subject, attempt.verb, attempt.number);
      attempt.provider_key =
          provider == nullptr ? filled->id : provider->ProviderKey(operation, abandoned);
    }
    if (attempt.abandoned) ++abandoned;
  }
  resource = std::move(filled);
}

absl::Status AsCallersError(const absl::Status& status) {
  switch (status.code()) {
    case absl::StatusCode::kResourceExhausted:
      return Overloaded("the store's queue is full", absl::Milliseconds(200));
    case absl::StatusCode::kAlreadyExists:
      return status;
    default: {
      // Of a commit that failed half-way a crash may still make a whole one.
      const auto details = GetErrorDetails(status);
      return StoreUnavailable("the store cannot write now",
                              details.has_value() && details->side_effect_possible);
    }
  }
}

}  // namespace

struct EngineCore::Pending {
  Lanes::Hold hold;
  Change change;
  Subject before;
  Decision decision;
  Extras extras;
  absl::Duration retry = kFirstCommitRetry;
};

// Whether this very change puts a resource that exists under a further number.
bool EngineCore::TakesNewKey(const Pending& pending) {
  if (pending.change.from_nothing || !pending.extras.empty()) return false;
  const ResourceBase& after = pending.decision.after.base();
  const ResourceBase& before = pending.before.base();
  return pending.decision.send_attempt != 0 && after.attempts.size() > before.attempts.size() &&
         after.attempts.back().verb == CreateVerb(pending.decision.after.kind);
}

// Commits that ended, until the task that was posted for them comes. Owned by that task, so that
// they go with it if it never runs.
struct EngineCore::Landing {
  std::vector<std::pair<std::unique_ptr<Pending>, absl::Status>> landed;
};

std::string LaneOf(ResourceKind kind, const std::string& name) {
  if (kind != ResourceKind::kRefund) return name;
  const size_t end = name.rfind("/refunds/");
  return end == std::string::npos ? name : name.substr(0, end);
}

FlowPolicy EngineCore::PolicyOf(const Subject& subject) const {
  const auto opts = options();
  const AccountPtr account = catalog_.Find(subject.base().provider_account);
  if (account == nullptr) {
    FlowPolicy policy;  // The account is gone from the configuration: nobody can be asked.
    policy.can_query = false;
    return policy;
  }
  const std::string& wallet = subject.kind == ResourceKind::kPayout ? subject.payout->wallet
                              : subject.kind == ResourceKind::kAccountLink
                                  ? subject.account_link->wallet
                                  : subject.order->wallet;
  return PolicyFor(account->descriptor(), subject.kind, wallet, opts->query_schedule);
}

Decision EngineCore::DecideOn(const Subject& subject, const Input& input) const {
  return Decide(subject, input, PolicyOf(subject), Now());
}

void EngineCore::Apply(Change change) {
  std::string lane = LaneOf(change.kind, change.name);
  lanes_.Run(std::move(lane),
             [self = shared_from_this(), change = std::move(change)](Lanes::Hold hold) mutable {
               self->RunChange(std::move(hold), std::move(change));
             });
}

void EngineCore::RunChange(Lanes::Hold hold, Change change) {
  if (change.from_nothing) return DecideAndCommit(std::move(hold), std::move(change), Subject{});
  if (auto cached = Cached(change.kind, change.name)) {
    return DecideAndCommit(std::move(hold), std::move(change), *std::move(cached));
  }
  deps_.readers->Post(
      [self = shared_from_this(), hold = std::move(hold), change = std::move(change)]() mutable {
        absl::StatusOr<Subject> read = self->Read(change.kind, change.name);
        if (read.ok()) {
          return self->DecideAndCommit(std::move(hold), std::move(change), *std::move(read));
        }
        if (change.must_land && !absl::IsNotFound(read.status()) && !self->stopped_.load()) {
          // What has happened must not be lost because the disk cannot be read just now.
          self->deps_.timers->After(kSlowestCommitRetry, [self, hold = std::move(hold),
                                                          change = std::move(change)]() mutable {
            self->deps_.readers->Post(
                [self, hold = std::move(hold), change = std::move(change)]() mutable {
                  self->RunChange(std::move(hold), std::move(change));
                });
          });
          return;
        }
        hold.Release();
        change.done(read.status());
      });
}

void EngineCore::DecideAndCommit(Lanes::Hold hold, Change change, Subject before) {
  ++change.decisions;
  Decision decision = change.decide(before);
  if (!decision.refusal.ok()) {
    hold.Release();
    return change.done(decision.refusal);
  }
  Extras extras = change.extras ? change.extras(decision) : Extras();
  if (!decision.changed && extras.empty()) {
    hold.Release();
    return change.done(std::move(decision));
  }
  FillProviderKeys(before, decision);
  auto pending = std::make_unique<Pending>();
  pending->hold = std::move(hold);
  pending->change = std::move(change);
  pending->before = std::move(before);
  pending->decision = std::move(decision);
  pending->extras = std::move(extras);
  committing_.fetch_add(1, std::memory_order_relaxed);
  Submit(std::move(pending));
}

void EngineCore::FillProviderKeys(const Subject&, Decision& decision) const {
  if (decision.send_attempt == 0) return;
  Subject& after = decision.after;
  const AccountPtr account = catalog_.Find(after.base().provider_account);
  const Provider* provider = account == nullptr ? nullptr : account->config->provider.get();
  switch (after.kind) {
    case ResourceKind::kRefund:
      FillKeys(provider, after, after.refund);
      break;
    case ResourceKind::kPayout:
      FillKeys(provider, after, after.payout);
      break;
    case ResourceKind::kAccountLink:
      FillKeys(provider, after, after.account_link);
      break;
    default:
      FillKeys(provider, after, after.order);
      break;
  }
}

store::Transaction EngineCore::BuildTransaction(const Pending& pending) const {
  store::Transaction transaction;
  const Subject& before = pending.before;
  const Subject& after = pending.decision.after;
  if (pending.decision.changed) {
    if (Changed(before, after, ResourceKind::kOrder)) {
      AddPut(transaction,
             MakeRecord(ResourceKind::kOrder, *after.order, MerchantName(after.order->merchant)));
    }
    if (Changed(before, after, ResourceKind::kRefund)) {
      AddPut(transaction, MakeRecord(ResourceKind::kRefund, *after.refund,
                                     OrderName(after.refund->merchant, after.refund->order_id)));
    }
    if (Changed(before, after, ResourceKind::kPayout)) {
      AddPut(transaction, MakeRecord(ResourceKind::kPayout, *after.payout,
                                     MerchantName(after.payout->merchant)));
    }
    if (Changed(before, after, ResourceKind::kAccountLink)) {
      AddPut(transaction, MakeRecord(ResourceKind::kAccountLink, *after.account_link,
                                     MerchantName(after.account_link->merchant)));
    }
    const ResourceBase& base = after.base();
    if (pending.decision.send_attempt != 0) {
      for (const Attempt& attempt : base.attempts) {
        if (attempt.number != pending.decision.send_attempt) continue;
        if (attempt.verb != CreateVerb(after.kind) || attempt.sends > 1) continue;
        transaction.references.push_back(
            {base.provider_account, ReferenceKey(after.kind, attempt.provider_key), after.Name()});
      }
    }
    const absl::Time now = Now();
    transaction.events.reserve(pending.decision.events.size());
    for (const EmittedEvent& emitted : pending.decision.events) {
      transaction.events.push_back(MakeEvent(emitted, after, now));
    }
  }
  transaction.request = pending.extras.request;
  transaction.notifications = pending.extras.inserts;
  transaction.notification_updates = pending.extras.updates;
  transaction.notification_repeats = pending.extras.repeats;
  transaction.settings = pending.extras.settings;
  return transaction;
}

void EngineCore::Submit(std::unique_ptr<Pending> pending) {
  store::Transaction transaction = BuildTransaction(*pending);
  deps_.store->Commit(
      std::move(transaction),
      [self = shared_from_this(), pending = std::move(pending)](store::Committed result) mutable {
        EngineCore* core = self.get();
        core->Land(std::move(pending), std::move(result.status));
      });
}

// The store's thread says of a whole group, one after the other, that it is durable. What it says
// before an executor's thread has come shares that thread's waking, which costs more than the rest.
void EngineCore::Land(std::unique_ptr<Pending> pending, absl::Status status) {
  std::shared_ptr<Landing> landing;
  {
    MutexLock lock(&landing_mutex_);
    landing = open_landing_.lock();
    const bool joins = landing != nullptr && landing->landed.size() < kLandedTogether;
    if (!joins) open_landing_ = landing = std::make_shared<Landing>();
    landing->landed.emplace_back(std::move(pending), std::move(status));
    if (joins) return;
  }
  deps_.executor->Post([self = shared_from_this(), landing = std::move(landing)] {
    std::vector<std::pair<std::unique_ptr<Pending>, absl::Status>> landed;
    {
      MutexLock lock(&self->landing_mutex_);
      landed.swap(landing->landed);
      if (self->open_landing_.lock() == landing) self->open_landing_.reset();
    }
    for (auto& [pending, status] : landed) {
      self->OnCommitted(std::move(pending), std::move(status));
    }
  });
}

void EngineCore::OnCommitted(std::unique_ptr<Pending> pending, absl::Status status) {
  Change& change = pending->change;
  if (status.ok()) {
    Remember(pending->before, pending->decision);
    committing_.fetch_sub(1, std::memory_order_relaxed);
    pending->hold.Release();
    return change.done(std::move(pending->decision));
  }
  if (absl::IsAborted(status) && change.decisions < kMaxDecisions && !change.from_nothing) {
    LogError("stale_revision", {{"resource", change.name}});
    cache_.Erase(change.name);
    cache_.Erase(LaneOf(change.kind, change.name));
    committing_.fetch_sub(1, std::memory_order_relaxed);
    return RunChange(std::move(pending->hold), std::move(change));
  }
  if (absl::IsAlreadyExists(status) && TakesNewKey(*pending)) {
    // Numbers that a provider's backend makes of ours may meet by chance. It would be so each time.
    LogError("key_taken", {{"resource", change.name}});
    change.decide = [self = shared_from_this()](const Subject& before) {
      return self->DecideOn(before, KeyTaken{});
    };
    committing_.fetch_sub(1, std::memory_order_relaxed);
    return DecideAndCommit(std::move(pending->hold), std::move(change), std::move(pending->before));
  }
  const bool passing = absl::IsUnavailable(status) || absl::IsResourceExhausted(status);
  if (change.must_land && passing && !stopped_.load()) return RetryLater(std::move(pending));
  if (!absl::IsAlreadyExists(status)) {
    LogError("commit_failed", {{"resource", change.name}, {"error", status}});
  }
  committing_.fetch_sub(1, std::memory_order_relaxed);
  pending->hold.Release();
  change.done(AsCallersError(status));
}

void EngineCore::RetryLater(std::unique_ptr<Pending> pending) {
  LogError("commit_retried", {{"resource", pending->change.name}, {"after", pending->retry}});
  const absl::Duration delay = pending->retry;
  pending->retry = std::min(2 * pending->retry, kSlowestCommitRetry);
  deps_.timers->After(delay, [self = shared_from_this(), pending = std::move(pending)]() mutable {
    Executor* executor = self->deps_.executor;
    executor->Post([self = std::move(self), pending = std::move(pending)]() mutable {
      EngineCore* core = self.get();
      core->Submit(std::move(pending));
    });
  });
}

void EngineCore::Remember(const Subject& before, const Decision& decision) {
  if (!decision.changed) return;
  const Subject& after = decision.after;
  const auto remember = [this](const auto& resource) {
    cache_.Put(resource->Name(), resource);
    if (resource->due_time.has_value() && on_due_) on_due_(*resource->due_time);
  };
  if (Changed(before, after, ResourceKind::kOrder)) remember(after.order);
  if (Changed(before, after, ResourceKind::kRefund)) remember(after.refund);
  if (Changed(before, after, ResourceKind::kPayout)) remember(after.payout);
  if (Changed(before, after, ResourceKind::kAccountLink)) remember(after.account_link);
  if (deps_.metrics == nullptr) return;
  if (before.Named() && before.kind == after.kind && before.state_name() == after.state_name()) {
    return;
  }
  deps_.metrics->StateChange(KindName(after.kind), after.base().provider, after.state_name());
}

void EngineCore::SealFacts(const Subject& before, Facts& facts) const {
  if (facts.provider_data.empty()) return;
  const AccountPtr account = catalog_.Find(before.base().provider_account);
  if (account == nullptr) return;
  for (const std::string& key : account->descriptor().sealed_data) {
    const auto said = facts.provider_data.find(key);
    if (said == facts.provider_data.end()) continue;
    const std::string context = StrCat(before.Name(), "/", key);
    const auto kept = before.base().provider_data.find(key);
    if (deps_.sealer == nullptr) {
      facts.provider_data.erase(said);  // Never stored in the clear.
      LogError("sealer_missing", {{"resource", before.Name()}, {"key", key}});
      continue;
    }
    if (kept != before.base().provider_data.end()) {
      const absl::StatusOr<std::string> plain = deps_.sealer->Open(kept->second, context);
      if (plain.ok() && *plain == said->second) {
        said->second = kept->second;
        continue;
      }
    }
    said->second = deps_.sealer->Seal(said->second, context);
  }
}

}  // namespace sluice::app
