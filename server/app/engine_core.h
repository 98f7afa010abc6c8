// The engine's inner parts, which the use cases share: loading, deciding and committing under a
// resource's lane; provider calls and queries and what follows from them; who waits for what.
//
//   Apply: lane → load → decide (pure) → commit → cache → done.
//   Call:  gate → Build → HTTP → Interpret → Apply(answer) → what the decision says comes next.
//
// Threads: every method is safe from any thread and returns at once, Drain excepted. Continuations
// run on the engine's executors, never under a lock.
// Ownership: shared by its own continuations; borrows the dependencies, which outlive it.

#pragma once

#include <atomic>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "absl/functional/any_invocable.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "server/app/activities.h"
#include "server/app/admission.h"
#include "server/app/call.h"
#include "server/app/catalog.h"
#include "server/app/engine.h"
#include "server/app/exchange.h"
#include "server/app/lanes.h"
#include "server/app/resource_cache.h"
#include "server/base/mutex.h"
#include "server/core/decision.h"
#include "server/store/store.h"

namespace sluice::app {

// What else is written with a decision.
struct Extras {
  std::optional<store::RequestKey> request;
  std::vector<store::NotificationRow> inserts, updates;
  std::vector<std::pair<std::string, std::string>> repeats;   // Account, dedup key.
  std::vector<std::pair<std::string, std::string>> settings;  // As store::Transaction::settings.

  bool empty() const {
    return !request.has_value() && inserts.empty() && updates.empty() && repeats.empty() &&
           settings.empty();
  }
};

// One decision to be made and committed.
struct Change {
  ResourceKind kind = ResourceKind::kOrder;
  std::string name;           // What is decided about; its lane is held from load to commit.
  bool from_nothing = false;  // Nothing is loaded: `decide` gets an empty subject.
  // Pure; made again when the store has refused the first for a stale revision (never where
  // nothing was loaded).
  std::function<Decision(const Subject&)> decide;
  std::function<Extras(const Decision&)> extras;  // May be null.
  // The result of something that has already happened: it is committed again until the store takes
  // it. Otherwise a store's refusal is the caller's to hear.
  bool must_land = false;
  int decisions = 0;  // Made so far.
  absl::AnyInvocable<void(absl::StatusOr<Decision>)> done;
};

// A mutating call that was let in, until it is answered.
struct Ticket {
  Call call;
  std::string method;  // "CreateOrder"
  std::string fingerprint;
  ResourceKind kind = ResourceKind::kOrder;
  std::string resource_name;
  Answer answer;
  absl::Time admit_time;
  bool entering = true;                  // Until its intent is durable.
  AccountGate::Reservation reservation;  // Of the attempt that it makes.
};
using TicketPtr = std::shared_ptr<Ticket>;

class EngineCore : public std::enable_shared_from_this<EngineCore> {
 public:
  EngineCore(EngineDependencies dependencies, EngineOptions options);

  const EngineDependencies& deps() const { return deps_; }
  Catalog& catalog() { return catalog_; }
  Activities& activities() { return activities_; }
  ResourceCache& cache() { return cache_; }
  Lanes& lanes() { return lanes_; }
  std::shared_ptr<const EngineOptions> options() const;
  absl::Status Configure(EngineOptions options);
  absl::Time Now() const { return NowMicros(*deps_.clock); }
  void Probe(std::string_view edge) const {
    if (deps_.probe) deps_.probe(edge);
  }

  // --- Reading.
  // In memory, or nullopt.
  std::optional<Subject> Cached(ResourceKind kind, const std::string& name);
  // From memory in the calling thread, else after a read. NOT_FOUND.
  void Load(ResourceKind kind, std::string name, Answer then);

  // --- Changing (apply.cc).
  void Apply(Change change);
  FlowPolicy PolicyOf(const Subject& subject) const;
  Decision DecideOn(const Subject& subject, const Input& input) const;
  // Of the links of one payer, the one that was activated last stands; the others end
  // (succession.cc). Goes on where it was cut off when the link is due.
  void SettleSuccession(std::shared_ptr<const AccountLink> link);
  // Called with each due_time that is committed.
  void OnDue(std::function<void(absl::Time)> listener) { on_due_ = std::move(listener); }

  // --- Calls (calls.cc, queries.cc).
  // Does what a committed decision says comes next. `reservation` is held until the attempt has
  // entered the account's gate.
  void Follow(const Decision& decision, AccountGate::Reservation reservation = {});
  // Asks the provider; `done` after its answer has been committed. Joins a query under way (then
  // `done` is called at once); one that needs a `fresh` answer is asked after it.
  void StartQuery(ResourceKind kind, std::string name, AccountGate::Lane lane, bool fresh,
                  Task done);
  // Ends one call on the resource and answers who waited for it.
  void EndCall(ResourceKind kind, const std::string& name);
  // Answers when nothing is under way on the resource, at the latest after `wait`.
  void AnswerWhenQuiet(ResourceKind kind, const std::string& name, absl::Duration wait,
                       Answer answer);

  // --- Mutating calls (mutations.cc).
  // Lets the call in, or answers why not; joins the same call under way.
  void Admit(Call call, std::string method, std::string fingerprint, ResourceKind kind,
             std::string resource_name, Answer answer, absl::AnyInvocable<void(TicketPtr)> run);
  // The call waits for a provider before its intent: how long that takes tells nothing of our load.
  void StandAside(Ticket& ticket);
  // Ends a ticket with an error, unless the call had been carried out before: then its resource.
  // Where this cannot be found out, the error says that a side effect is possible.
  void Reject(TicketPtr ticket, absl::Status status);
  // After the intent is durable: goes on, and answers when the calls end or the wait is over.
  void Proceed(TicketPtr ticket, const Decision& decision);
  // The whole of a mutating call on a resource that exists.
  void Mutate(TicketPtr ticket, ResourceKind kind, std::string name,
              std::function<Decision(const Subject&)> decide);
  // The whole of a create: `kind` and `name` are of what is loaded (from_nothing: of the new one).
  void Create(TicketPtr ticket, Change change);

  // Nothing more is let in; waits for what is under way. False when `grace` was too short.
  bool Drain(absl::Duration grace);
  bool stopping() const { return stopping_.load(); }

  // Seals what the provider's descriptor calls secret; keeps the text of what has not changed.
  void SealFacts(const Subject& before, Facts& facts) const;

 private:
  struct Pending;
  struct Landing;
  struct Sending;
  struct Asking;
  struct Succession;

  absl::StatusOr<Subject> Read(ResourceKind kind, const std::string& name);
  template <typename T>
  absl::StatusOr<std::shared_ptr<const T>> ReadOne(ResourceKind kind, const std::string& name);

  void RunChange(Lanes::Hold hold, Change change);
  void DecideAndCommit(Lanes::Hold hold, Change change, Subject before);
  void Submit(std::unique_ptr<Pending> pending);
  void Land(std::unique_ptr<Pending> pending, absl::Status status);
  void OnCommitted(std::unique_ptr<Pending> pending, absl::Status status);
  void RetryLater(std::unique_ptr<Pending> pending);
  static bool TakesNewKey(const Pending& pending);
  void FillProviderKeys(const Subject& before, Decision& decision) const;
  store::Transaction BuildTransaction(const Pending& pending) const;
  void Remember(const Subject& before, const Decision& decision);

  void SendAttempt(const Subject& subject, int attempt, AccountGate::Reservation reservation);
  static std::optional<Outcome> Prevented(const Sending& sending);
  void OnAttemptStep(std::shared_ptr<Sending> sending, Step step);
  // Without a request: the provider builds it anew.
  void StartPush(std::shared_ptr<Sending> sending, std::optional<HttpRequest> request);
  void RepeatPush(const Subject& subject, int attempt);
  void OnPushStep(std::shared_ptr<Sending> sending, Step step);
  void Ask(std::shared_ptr<Asking> asking, Subject subject);
  void AskNextNumber(std::shared_ptr<Asking> asking);
  void Inquire(std::shared_ptr<Asking> asking, Subject subject);
  void OnQueryStep(std::shared_ptr<Asking> asking, Step step);
  void FinishQuery(std::shared_ptr<Asking> asking);
  void Succeed(std::shared_ptr<Succession> succession, absl::StatusOr<Subject> loaded);
  void EndSuccession(std::shared_ptr<Succession> succession, bool stands);
  void WithLink(const Subject& subject,
                absl::AnyInvocable<void(std::shared_ptr<const AccountLink>)> then);
  ExchangeParts Parts() const;

  void FinishTicket(const TicketPtr& ticket, absl::StatusOr<Subject> result);
  absl::Status ReservePlace(Ticket& ticket, const Subject& subject);
  void ReplayOr(TicketPtr ticket, absl::Status otherwise);

  const EngineDependencies deps_;
  mutable Mutex options_mutex_;
  std::shared_ptr<const EngineOptions> options_ SLUICE_GUARDED_BY(options_mutex_);
  Catalog catalog_;
  Lanes lanes_;
  ResourceCache cache_;
  Activities activities_;
  std::function<void(absl::Time)> on_due_;

  struct InFlight {
    std::string fingerprint;
    std::vector<Answer> joined;
  };
  Mutex landing_mutex_;
  std::weak_ptr<Landing> open_landing_ SLUICE_GUARDED_BY(landing_mutex_);

  Mutex tickets_mutex_;
  absl::flat_hash_map<std::string, InFlight> tickets_ SLUICE_GUARDED_BY(tickets_mutex_);
  Admission admission_;
  std::atomic<int64_t> committing_{0};
  std::atomic<bool> stopping_{false};
  std::atomic<bool> stopped_{false};
};

using CorePtr = std::shared_ptr<EngineCore>;

// The lane of a resource: refunds share their order's.
std::string LaneOf(ResourceKind kind, const std::string& name);

// Records of the store to subjects; `order` only for refunds.
std::string RecordState(const Subject& subject);

}  // namespace sluice::app
