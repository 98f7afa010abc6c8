#include "server/app/resolver.h"

#include <algorithm>
#include <utility>

#include "server/base/log.h"

namespace sluice::app {
namespace {

// So many resources of one account at once: each holds one read, one provider call and one commit.
// The bound is the account's, so that a provider that does not answer keeps nobody else's waiting.
constexpr size_t kMaxActivePerAccount = 64;
constexpr int kBatch = 128;
// What is due while it is being worked on is not looked at faster than this.
constexpr absl::Duration kShortestPause = absl::Milliseconds(100);
constexpr absl::Duration kPauseAfterError = absl::Seconds(1);
// A resource that cannot be worked on (a body that cannot be read) is left alone for so long.
constexpr absl::Duration kPauseAfterFailure = absl::Seconds(30);

}  // namespace

void Resolver::Start() {
  {
    MutexLock lock(&mutex_);
    running_ = true;
  }
  LookNow();
}

void Resolver::Listen() {
  core_->OnDue([weak = weak_from_this()](absl::Time due) {
    if (auto self = weak.lock()) self->NoteDue(due);
  });
}

void Resolver::Stop() {
  MutexLock lock(&mutex_);
  running_ = false;
  if (timer_ != 0) core_->deps().timers->Cancel(timer_);
  timer_ = 0;
}

void Resolver::NoteDue(absl::Time due) {
  if (absl::ToUnixMicros(due) >= armed_us_.load(std::memory_order_relaxed)) return;
  MutexLock lock(&mutex_);
  if (!running_) return;
  if (looking_) {
    look_again_ = true;  // It may have read before this commit.
    return;
  }
  if (due < armed_) Arm(due);
}

void Resolver::Arm(absl::Time at) {
  if (timer_ != 0) core_->deps().timers->Cancel(timer_);
  armed_ = at;
  armed_us_.store(absl::ToUnixMicros(at), std::memory_order_relaxed);
  const absl::Duration delay = std::max(at - core_->Now(), absl::ZeroDuration());
  timer_ = core_->deps().timers->After(delay, [weak = weak_from_this()] {
    if (auto self = weak.lock()) self->LookNow();
  });
}

void Resolver::LookNow() {
  {
    MutexLock lock(&mutex_);
    if (!running_ || looking_) return;
    looking_ = true;
    look_again_ = false;
    timer_ = 0;
    armed_ = absl::InfiniteFuture();
    // While looking every commit must leave its note.
    armed_us_.store(INT64_MAX, std::memory_order_relaxed);
  }
  core_->deps().readers->Post([self = shared_from_this()] { self->Look(); });
}

void Resolver::Look() {
  const absl::Time now = core_->Now();
  const absl::Time look_again = TakeDue(now);
  MutexLock lock(&mutex_);
  absl::Time next = look_again;
  looking_ = false;
  if (!running_) return;
  if (look_again_) next = std::min(next, now + kShortestPause);
  look_again_ = false;
  if (next != absl::InfiniteFuture()) {
    Arm(next);
  } else {
    armed_us_.store(INT64_MAX, std::memory_order_relaxed);
  }
}

// Works on what is due at `now`; when to look again.
absl::Time Resolver::TakeDue(absl::Time now) {
  std::vector<std::string> busy_accounts;
  size_t active = 0;
  {
    MutexLock lock(&mutex_);
    for (const auto& [account, count] : active_by_account_) {
      if (count >= kMaxActivePerAccount) {
        busy_accounts.push_back(account);
      } else {
        active += count;
      }
    }
  }
  // Those being worked on are still due: read past them.
  const int limit = static_cast<int>(active) + kBatch;
  auto due = core_->deps().store->ListDue(now, limit, busy_accounts);
  if (!due.ok()) {
    LogError("due_not_read", {{"error", due.status()}});
    return now + kPauseAfterError;
  }
  for (const store::Record& record : *due) Take(record);
  if (static_cast<int>(due->size()) >= limit) return now + kShortestPause;
  auto later = core_->deps().store->NextDue();
  if (!later.ok()) return now + kPauseAfterError;
  return later->has_value() ? std::max(**later, now + kShortestPause) : absl::InfiniteFuture();
}

void Resolver::Take(const store::Record& record) {
  {
    MutexLock lock(&mutex_);
    size_t& count = active_by_account_[record.provider_account];
    if (count >= kMaxActivePerAccount) return;
    if (!active_.emplace(record.name, record.provider_account).second) return;
    ++count;
  }
  Change change;
  change.kind = record.kind;
  change.name = record.name;
  change.decide = [core = core_](const Subject& before) {
    const auto& due = before.base().due_time;
    // The record may have been read before the last commit.
    if (!due.has_value() || *due > core->Now()) {
      Decision nothing;
      nothing.after = before;
      return nothing;
    }
    return core->DecideOn(before, ComeDue{});
  };
  change.done = [self = shared_from_this(), kind = record.kind,
                 name = record.name](absl::StatusOr<Decision> decision) {
    if (!decision.ok()) return self->FinishLater(name, decision.status());
    if (decision->query) {
      return self->core_->StartQuery(kind, name, AccountGate::Lane::kSchedule, /*fresh=*/false,
                                     [self, name] { self->Finish(name); });
    }
    self->core_->Follow(*decision);
    self->Finish(name);
  };
  core_->Apply(std::move(change));
}

// What cannot be decided or committed is still due: it must not be tried as fast as it fails.
void Resolver::FinishLater(const std::string& name, const absl::Status& status) {
  LogError("due_not_resolved", {{"resource", name}, {"error", status}});
  core_->deps().timers->After(kPauseAfterFailure, [weak = weak_from_this(), name] {
    if (auto self = weak.lock()) self->Finish(name);
  });
}

void Resolver::Finish(const std::string& name) {
  MutexLock lock(&mutex_);
  const auto found = active_.find(name);
  if (found == active_.end()) return;
  const auto account = active_by_account_.find(found->second);
  if (--account->second == 0) active_by_account_.erase(account);
  active_.erase(found);
}

}  // namespace sluice::app
