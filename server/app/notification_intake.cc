#include "server/app/notification_intake.h"

#include <algorithm>
#include <utility>

#include "absl/strings/str_format.h"
#include "server/app/references.h"
#include "server/base/log.h"
#include "server/base/strings.h"
#include "server/core/attempt_decide.h"
#include "server/core/error.h"
#include "server/core/names.h"

namespace sluice::app {
namespace {

HttpReply PlainReply(int status, std::string text) {
  HttpReply reply;
  reply.status = status;
  reply.headers = {{"Content-Type", "text/plain; charset=utf-8"}};
  reply.body = std::move(text);
  return reply;
}

// Sorts by time of receipt.
std::string NewRowId(absl::Time now, Random* random) {
  return StrCat(absl::StrFormat("%016d", absl::ToUnixMicros(now)), "-", random->Hex(6));
}

std::string JoinHeaders(const HttpHeaders& headers) {
  std::string text;
  for (const auto& [name, value] : headers) text += StrCat(name, ": ", value, "\n");
  return text;
}

HttpHeaders SplitHeaders(std::string_view text) {
  HttpHeaders headers;
  while (!text.empty()) {
    const size_t end = text.find('\n');
    const std::string_view line = text.substr(0, end);
    const size_t colon = line.find(": ");
    if (colon != std::string_view::npos) {
      headers.emplace_back(std::string(line.substr(0, colon)), std::string(line.substr(colon + 2)));
    }
    if (end == std::string_view::npos) break;
    text.remove_prefix(end + 1);
  }
  return headers;
}

// Before the dedup key of a row that is UNMATCHED.
constexpr std::string_view kUnmatchedMark = "unmatched:";

// Before a sealed body in the store.
constexpr std::string_view kSealedMark = "\x01sealed\x01";

bool IsSealed(std::string_view body) { return body.substr(0, kSealedMark.size()) == kSealedMark; }

std::string BodyContext(const store::NotificationRow& row) {
  return StrCat(NotificationName(row.merchant, row.id), "/body");
}

const Money& AmountOf(const Subject& subject) {
  static const Money* const kNone = new Money();
  switch (subject.kind) {
    case ResourceKind::kOrder:
      return subject.order->amount;
    case ResourceKind::kRefund:
      return subject.refund->amount;
    case ResourceKind::kPayout:
      return subject.payout->amount;
    default:
      return *kNone;
  }
}

bool IsKeyOf(const ResourceBase& base, const std::string& key) {
  return std::any_of(base.attempts.begin(), base.attempts.end(),
                     [&](const Attempt& attempt) { return attempt.provider_key == key; });
}

// Verified, but of another of the provider's numbers than the one that we know, or another order's.
// What was given up for another number has its own, and a second payment is told as such.
bool IsOfAnother(const Notification& notification, const Subject& before) {
  const std::string& order_key = notification.order_key;
  const bool is_refund = before.kind == ResourceKind::kRefund;
  if (is_refund && !order_key.empty() && !IsKeyOf(*before.order, order_key)) return true;
  const std::string& number = notification.facts.provider_number;
  const std::string& ours = before.base().provider_number;
  if (number.empty() || ours.empty() || number == ours) return false;
  const bool is_paid = before.kind == ResourceKind::kOrder && before.order->paid.minor_units != 0;
  return !is_paid && FindAbandoned(before.base(), notification.provider_key) == nullptr;
}

bool IsAllowed(const EngineDependencies& deps, const std::vector<std::string>& allow,
               const RawRequest& request) {
  if (allow.empty()) return true;
  if (!request.caller_known) return false;
  const std::string& address = request.remote_address;
  if (deps.address_allowed) return deps.address_allowed(allow, address);
  for (const std::string& entry : allow) {
    if (entry == address) return true;
  }
  return false;
}

}  // namespace

// One delivery, or one replay of a row.
struct NotificationIntake::Delivery {
  AccountPtr account;
  RawRequest request;
  store::NotificationRow row;
  Notification notification;
  std::optional<NotificationHint> hint;                // Of one that is not believed.
  HttpAnswer answer;                                   // Of a delivery.
  absl::AnyInvocable<void(absl::Status)> replay_done;  // Of a replay.
  bool counted = false;
  bool confirm = false;  // Asked about before it is believed.

  bool is_replay() const { return static_cast<bool>(replay_done); }
};

Confirmation NotificationIntake::ToConfirm(const Delivery& delivery) {
  Confirmation waiting;
  waiting.row.merchant = delivery.row.merchant;
  waiting.row.id = delivery.row.id;
  waiting.row.resource_name = delivery.row.resource_name;
  const Notification& notification = delivery.notification;
  waiting.provider_key = notification.provider_key;
  waiting.provider_number = notification.facts.provider_number;
  waiting.provider_data = notification.facts.provider_data;
  // What is sealed in the store is not to be had from what was never stored.
  for (const std::string& key : delivery.account->descriptor().sealed_data) {
    waiting.provider_data.erase(key);
  }
  return waiting;
}

RawRequest ToRequest(const store::NotificationRow& row, const Sealer* sealer) {
  RawRequest request;
  request.method = row.method;
  request.path = row.path;
  request.query = row.query;
  request.headers = SplitHeaders(row.headers);
  request.body = row.body;
  if (IsSealed(row.body) && sealer != nullptr) {
    const std::string_view sealed = std::string_view(row.body).substr(kSealedMark.size());
    auto plain = sealer->Open(sealed, BodyContext(row));
    if (plain.ok()) request.body = *std::move(plain);  // Else it only looks like one.
  }
  request.remote_address = row.remote_address;
  request.receive_time = row.receive_time;
  return request;
}

store::NotificationRow ToShow(store::NotificationRow row) {
  if (IsSealed(row.body)) row.body = "(sealed: it holds a secret of the provider's)";
  return row;
}

void NotificationIntake::Receive(std::string provider, std::string account, RawRequest request,
                                 HttpAnswer answer) {
  AccountPtr found = core_->catalog().Find(account);
  if (found == nullptr || found->descriptor().provider != provider) {
    return answer(PlainReply(404, "not found"));
  }
  auto delivery = std::make_shared<Delivery>();
  delivery->account = std::move(found);
  delivery->answer = std::move(answer);
  store::NotificationRow& row = delivery->row;
  const absl::Time now = core_->Now();
  row.merchant = delivery->account->config->merchant;
  row.id = NewRowId(now, core_->deps().random);
  row.provider = std::move(provider);
  row.provider_account = std::move(account);
  row.method = request.method;
  row.path = request.path;
  row.query = request.query;
  row.headers = JoinHeaders(request.headers);
  row.body = request.body;
  row.remote_address = request.remote_address;
  row.receive_time = now;
  request.receive_time = now;
  delivery->request = std::move(request);
  delivery->counted = true;
  if (!LetIn(row.provider_account) || core_->stopping()) {
    return Finish(delivery, NotificationResult::kTryLater, absl::OkStatus());
  }
  if (!IsAllowed(core_->deps(), delivery->account->config->notify_allow, delivery->request)) {
    return Refuse(delivery, notification_reason::kAddressNotAllowed);
  }
  const bool posted = core_->deps().signing->TryPost(
      [self = shared_from_this(), delivery] { self->Verify(delivery); });
  if (!posted) Finish(delivery, NotificationResult::kTryLater, absl::OkStatus());
}

void NotificationIntake::Replay(AccountPtr account, store::NotificationRow row,
                                absl::AnyInvocable<void(absl::Status)> done) {
  auto delivery = std::make_shared<Delivery>();
  delivery->account = std::move(account);
  delivery->request = ToRequest(row, core_->deps().sealer);
  delivery->row = std::move(row);
  delivery->replay_done = std::move(done);
  core_->deps().signing->Post([self = shared_from_this(), delivery] { self->Verify(delivery); });
}

void NotificationIntake::Verify(DeliveryPtr delivery) {
  // Judged as of when it came: a replay must not make it stale.
  const CallContext context =
      MakeContext(core_->deps().sealer, *delivery->account->config, Subject{},
                  delivery->row.receive_time, /*traceparent=*/"");
  absl::StatusOr<Notification> read =
      delivery->account->provider().ReadNotification(delivery->request, context);
  if (!read.ok()) {
    // A replay is an operator's, who asks with Sync.
    if (!delivery->is_replay()) delivery->hint = HintOf(read.status());
    return Refuse(delivery, std::string(read.status().message()));
  }
  delivery->notification = *std::move(read);
  // A row that was refused before its key was read keeps having none.
  if (!delivery->is_replay()) {
    delivery->row.dedup_key = delivery->notification.dedup_key;
    SealBody(*delivery);
  }
  core_->deps().readers->Post([self = shared_from_this(), delivery] { self->Match(delivery); });
}

// What brings the handle of a linked account is as secret as the handle.
void NotificationIntake::SealBody(Delivery& delivery) const {
  const std::vector<std::string>& secrets = delivery.account->descriptor().sealed_data;
  const auto& said = delivery.notification.facts.provider_data;
  const bool secret = std::any_of(secrets.begin(), secrets.end(),
                                  [&](const std::string& key) { return said.count(key) > 0; });
  if (!secret) return;
  std::string& body = delivery.row.body;
  const Sealer* const sealer = core_->deps().sealer;
  if (sealer == nullptr) LogError("sealer_missing", {{"notification", delivery.row.id}});
  body = sealer == nullptr ? std::string()
                           : StrCat(kSealedMark, sealer->Seal(body, BodyContext(delivery.row)));
}

void NotificationIntake::Match(DeliveryPtr delivery) {
  const Notification& notification = delivery->notification;
  auto found = core_->deps().store->FindReference(
      delivery->row.provider_account, ReferenceKey(notification.kind, notification.provider_key));
  if (!found.ok()) {
    return Finish(delivery, NotificationResult::kTryLater,
                  StoreUnavailable("the store cannot read now", false));
  }
  if (!found->has_value()) return KeepUnmatched(delivery);
  ApplyTo(delivery, **found);
}

void NotificationIntake::ApplyTo(DeliveryPtr delivery, std::string name) {
  delivery->row.resource_name = name;
  Change change;
  change.kind = delivery->notification.kind;
  change.name = std::move(name);
  change.decide = [core = core_, delivery](const Subject& before) {
    const Notification& notification = delivery->notification;
    FactsReported reported;
    reported.source = Source::kNotification;
    reported.facts = notification.facts;
    reported.provider_key = notification.provider_key;
    const bool wrong = AmountMismatch(notification.facts, AmountOf(before)) != nullptr &&
                       notification.kind != ResourceKind::kAccountLink;
    delivery->confirm = notification.confirm_by_query ||
                        (IsOfAnother(notification, before) && core->PolicyOf(before).can_query);
    if (delivery->confirm && !wrong) {
      return core->DecideOn(before, ToBeConfirmed{.again = delivery->is_replay()});
    }
    core->SealFacts(before, reported.facts);
    return core->DecideOn(before, Input(std::move(reported)));
  };
  change.extras = [delivery](const Decision& decision) {
    store::NotificationRow& row = delivery->row;
    row.reason.clear();
    if (decision.disbelief != nullptr) {
      row.state = store::NotificationState::kRejected;
      row.reason = decision.disbelief;
    } else {
      row.state = delivery->confirm ? store::NotificationState::kReceived
                                    : store::NotificationState::kProcessed;
    }
    Extras extras;
    (delivery->is_replay() ? extras.updates : extras.inserts).push_back(row);
    return extras;
  };
  change.done = [self = shared_from_this(), delivery](absl::StatusOr<Decision> decision) {
    self->OnApplied(delivery, std::move(decision));
  };
  core_->Apply(std::move(change));
}

void NotificationIntake::OnApplied(DeliveryPtr delivery, absl::StatusOr<Decision> decision) {
  if (!decision.ok()) {
    if (absl::IsAlreadyExists(decision.status())) return CountRepeat(delivery);
    if (absl::IsNotFound(decision.status())) return KeepUnmatched(delivery);
    return Finish(delivery, NotificationResult::kTryLater, decision.status());
  }
  core_->Probe("notification.committed");
  const bool believed = decision->disbelief == nullptr;
  const std::string name = delivery->row.resource_name;
  if (believed && delivery->confirm) {
    core_->activities().Confirm(name, ToConfirm(*delivery));
  }
  Finish(delivery, believed ? NotificationResult::kAccepted : NotificationResult::kRefused,
         absl::OkStatus());
  core_->Follow(*decision);
}

// The same notice again: it is durable already.
void NotificationIntake::CountRepeat(DeliveryPtr delivery) {
  store::Transaction transaction;
  transaction.notification_repeats.emplace_back(delivery->row.provider_account,
                                                delivery->row.dedup_key);
  delivery->row.state = store::NotificationState::kDuplicate;
  core_->deps().store->Commit(
      std::move(transaction), [self = shared_from_this(), delivery](store::Committed result) {
        self->core_->deps().executor->Post([self, delivery, ok = result.status.ok()] {
          self->Finish(delivery, ok ? NotificationResult::kAccepted : NotificationResult::kTryLater,
                       absl::OkStatus());
          if (ok && delivery->confirm) self->AskAgain(*delivery);
        });
      });
}

// The provider says again what its answer did not bear out the first time: perhaps it does now.
void NotificationIntake::AskAgain(const Delivery& delivery) {
  Confirmation repeat = ToConfirm(delivery);
  const std::string name = repeat.row.resource_name;
  if (name.empty()) return;
  repeat.row.id.clear();
  core_->Load(delivery.notification.kind, name,
              [core = core_, name, repeat = std::move(repeat)](absl::StatusOr<Subject> now) {
                if (!now.ok()) return;
                if (IsAtRest(*now) && !now->base().doubt_time.has_value()) return;
                core->activities().Confirm(name, repeat);
                core->StartQuery(now->kind, name, AccountGate::Lane::kCall, /*fresh=*/true, [] {});
              });
}

void NotificationIntake::KeepUnmatched(DeliveryPtr delivery) {
  LogWarning("notification_unmatched",
             {{"account", delivery->row.provider_account}, {"notification", delivery->row.id}});
  // Under a key apart: the same notice is matched again when it comes again, and a repeat only then
  // when it has been applied.
  std::string& dedup_key = delivery->row.dedup_key;
  if (!delivery->is_replay() && !dedup_key.empty()) dedup_key.insert(0, kUnmatchedMark);
  delivery->row.state = store::NotificationState::kUnmatched;
  delivery->row.reason = notification_reason::kUnknownResource;
  delivery->row.resource_name.clear();
  WriteRow(delivery, NotificationResult::kAccepted);
}

void NotificationIntake::Refuse(DeliveryPtr delivery, std::string reason) {
  LogWarning("notification_refused", {{"account", delivery->row.provider_account},
                                      {"reason", reason},
                                      {"address", delivery->row.remote_address}});
  // A replay of what had been believed does not make it disbelieved.
  if (delivery->is_replay() && delivery->row.state != store::NotificationState::kRejected &&
      delivery->row.state != store::NotificationState::kUnmatched) {
    return Finish(delivery, NotificationResult::kRefused, absl::OkStatus());
  }
  delivery->row.state = store::NotificationState::kRejected;
  delivery->row.reason = std::move(reason);
  delivery->row.dedup_key.clear();
  if (!delivery->is_replay()) {
    if (!TakeRejectedRow(delivery->row.provider_account)) {
      return Finish(delivery, NotificationResult::kRefused, absl::OkStatus());
    }
    if (delivery->row.body.size() > kMaxRejectedBodyBytes) {
      delivery->row.body.resize(kMaxRejectedBodyBytes);
    }
  }
  WriteRow(delivery, NotificationResult::kRefused);
}

void NotificationIntake::WriteRow(DeliveryPtr delivery, NotificationResult result) {
  store::Transaction transaction;
  (delivery->is_replay() ? transaction.notification_updates : transaction.notifications)
      .push_back(delivery->row);
  core_->deps().store->Commit(std::move(transaction), [self = shared_from_this(), delivery,
                                                       result](store::Committed committed) {
    self->core_->deps().executor->Post(
        [self, delivery, result, status = std::move(committed.status)] {
          if (absl::IsAlreadyExists(status)) return self->CountRepeat(delivery);
          const bool believed = result == NotificationResult::kAccepted;
          const bool lost = !status.ok() && believed;
          if (status.ok() && delivery->hint.has_value()) self->AskAbout(delivery);
          self->Finish(delivery, lost ? NotificationResult::kTryLater : result,
                       status.ok() ? absl::OkStatus()
                                   : StoreUnavailable("the store cannot write now", false));
        });
  });
}

// What was not believed may be true all the same: the provider is asked, and its answer decides.
// Only after a row was kept, so the bound on those is one on these questions.
void NotificationIntake::AskAbout(const DeliveryPtr& delivery) {
  if (core_->stopping()) return;
  // Left out under load, here and at the account's gate: the schedule asks as well.
  core_->deps().readers->TryPost(
      [core = core_, account = delivery->row.provider_account, hint = *delivery->hint] {
        auto found =
            core->deps().store->FindReference(account, ReferenceKey(hint.kind, hint.provider_key));
        if (!found.ok() || !found->has_value()) return;
        core->StartQuery(hint.kind, **found, AccountGate::Lane::kCall, /*fresh=*/false, [] {});
      });
}

bool NotificationIntake::TakeRejectedRow(const std::string& account) {
  const int64_t minute = absl::ToUnixSeconds(core_->Now()) / 60;
  MutexLock lock(&mutex_);
  Budget& budget = budgets_[account];
  if (std::exchange(budget.minute, minute) != minute) budget.rows = 0;
  return ++budget.rows <= kMaxRejectedRowsPerMinute;
}

// Counts it in, whatever the answer; LetOut follows.
bool NotificationIntake::LetIn(const std::string& account) {
  MutexLock lock(&mutex_);
  const bool fits = deliveries_++ < kMaxDeliveries;
  return budgets_[account].under_way++ < kMaxDeliveriesPerAccount && fits;
}

void NotificationIntake::LetOut(const std::string& account) {
  MutexLock lock(&mutex_);
  --deliveries_;
  --budgets_[account].under_way;
}

void NotificationIntake::Finish(const DeliveryPtr& delivery, NotificationResult result,
                                absl::Status status) {
  if (delivery->counted) LetOut(delivery->row.provider_account);
  if (delivery->is_replay()) return delivery->replay_done(std::move(status));
  if (core_->deps().metrics != nullptr) {
    core_->deps().metrics->NotificationReceived(delivery->row.provider,
                                                result == NotificationResult::kTryLater
                                                    ? "TRY_LATER"
                                                    : store::StateName(delivery->row.state),
                                                delivery->row.reason);
  }
  core_->Probe("ack.before");
  delivery->answer(delivery->account->provider().Acknowledge(result));
}

}  // namespace sluice::app
