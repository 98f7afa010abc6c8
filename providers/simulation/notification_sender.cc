#include "providers/simulation/notification_sender.h"

#include <utility>

#include "server/base/log.h"
#include "server/base/mutex.h"

namespace sluice::simulation {
namespace {

struct Job {
  OutgoingNotification notification;
  int index = 0;          // Of the try that comes.
  bool was_held = false;  // Held back once: not again.
};
using JobPtr = std::shared_ptr<Job>;

// The tries after which nothing is left to do: what the fault stops before it is on the wire.
bool NeverSent(const FaultPlan& plan) { return plan.before_effect.has_value(); }

// A try that is delivered, but whose answer the provider does not get to see as an acceptance.
bool AnswerLost(const FaultPlan& plan) {
  return plan.after_effect && (plan.after_effect->kind == FaultKind::kTimeoutAfterEffect ||
                               plan.after_effect->kind == FaultKind::kHttpStatusAfterEffect);
}

void SpoilBody(const FaultPlan& plan, HttpRequest* request) {
  if (!plan.after_effect) return;
  HttpReply body;
  body.body = std::move(request->body);
  SimulatedAnswer spoiled = AnswerAfterEffect(plan, body);
  request->body = plan.after_effect->kind == FaultKind::kHtmlBody ? spoiled.reply.body : body.body;
  if (spoiled.truncate_body_at >= 0) request->body.resize(spoiled.truncate_body_at);
}

}  // namespace

struct NotificationSender::State : std::enable_shared_from_this<State> {
  // Runs on the virtual clock.
  void Try(const JobPtr& job) {
    const FaultPlan plan = faults->TakeForNotification();
    if (plan.hold_back && Hold(job)) return;
    if (plan.drop) {
      Record(*job, "dropped");
      return;
    }
    const absl::Time time = clock->Now();
    if (NeverSent(plan)) {
      Ended(job, time, false);
    } else {
      Transmit(job, time, plan);
    }
    // Directly after this one, before whatever else is due.
    if (JobPtr next = TakeHeld()) Try(next);
  }

  void Transmit(const JobPtr& job, absl::Time time, const FaultPlan& plan) {
    DeliveryTry delivery{job->index, time + plan.clock_skew, plan.bad_signature,
                         plan.missing_signature};
    absl::StatusOr<HttpRequest> request = job->notification.build(delivery);
    if (!request.ok()) {
      LogError("simulated_notification_not_built", {{"status", request.status()}});
      Record(*job, "failed");
      return;
    }
    request->total_timeout = options.answer_timeout;
    SpoilBody(plan, &*request);
    const bool answer_lost = AnswerLost(plan);
    Exchange(*request, [this, job, time, answer_lost](bool accepted) {
      Ended(job, time, accepted && !answer_lost);
    });
    if (plan.duplicate) {
      Exchange(*request,
               [this, job](bool accepted) { Record(*job, accepted ? "accepted" : "failed"); });
    }
  }

  // Sends, and calls `end` once: with the answer, or when the time for it is over.
  void Exchange(const HttpRequest& request, std::function<void(bool accepted)> end) {
    struct Wait {
      Mutex mutex;
      bool ended SLUICE_GUARDED_BY(mutex) = false;
    };
    auto wait = std::make_shared<Wait>();
    auto end_once = [weak = weak_from_this(), wait, end](bool accepted) {
      {
        MutexLock lock(&wait->mutex);
        if (std::exchange(wait->ended, true)) return;
      }
      if (std::shared_ptr<State> self = weak.lock()) end(accepted);
    };
    const TimerId timer = timers->After(options.answer_timeout, [end_once] { end_once(false); });
    send(request, [weak = weak_from_this(), end_once, timer](HttpReply reply) {
      std::shared_ptr<State> self = weak.lock();
      if (self == nullptr) return;
      self->CancelTimer(timer);
      end_once(reply.transport == Transport::kReplied && self->options.accepted(reply));
    });
  }

  // What was borrowed is used under the lock, so that nothing of it is after the destructor.
  void CancelTimer(TimerId timer) {
    MutexLock lock(&mutex);
    if (!stopped) timers->Cancel(timer);
  }

  void Record(const Job& job, std::string_view state) {
    MutexLock lock(&mutex);
    if (!stopped) RecordLocked(job, state);
  }

  void RecordLocked(const Job& job, std::string_view state) SLUICE_REQUIRES(mutex) {
    LedgerEntry entry;
    entry.time = clock->Now();
    entry.account = job.notification.account;
    entry.operation = kNotificationOperation;
    entry.provider_key = job.notification.provider_key;
    entry.provider_number = job.notification.provider_number;
    entry.state = std::string(state);
    ledger->Append(std::move(entry));
  }

  void Ended(const JobPtr& job, absl::Time time, bool accepted) {
    MutexLock lock(&mutex);
    if (stopped) return;
    RecordLocked(*job, accepted ? "accepted" : "failed");
    if (accepted || job->index >= static_cast<int>(options.retry_gaps.size())) return;
    const absl::Time due = time + options.retry_gaps[job->index];
    ++job->index;
    Schedule(due, job);
  }

  void Schedule(absl::Time due, JobPtr job) SLUICE_REQUIRES(mutex) {
    clock->At(due, [weak = weak_from_this(), job = std::move(job)] {
      if (std::shared_ptr<State> self = weak.lock()) self->Try(job);
    });
  }

  // One at a time: the notification that comes while another is held back lets that one go.
  bool Hold(const JobPtr& job) {
    MutexLock lock(&mutex);
    if (held != nullptr || job->was_held) return false;
    held = job;
    job->was_held = true;
    return true;
  }

  JobPtr TakeHeld() {
    MutexLock lock(&mutex);
    return std::exchange(held, nullptr);
  }

  void ReleaseHeld() {
    MutexLock lock(&mutex);
    if (held != nullptr && !stopped) Schedule(clock->Now(), std::exchange(held, nullptr));
  }

  Options options;
  VirtualClock* clock = nullptr;
  Timers* timers = nullptr;
  FaultRules* faults = nullptr;
  Ledger* ledger = nullptr;
  Send send;
  Mutex mutex;
  bool stopped SLUICE_GUARDED_BY(mutex) = false;
  JobPtr held SLUICE_GUARDED_BY(mutex);
};

NotificationSender::NotificationSender(Options options, VirtualClock* clock, Timers* timers,
                                       FaultRules* faults, Ledger* ledger, Send send)
    : state_(std::make_shared<State>()) {
  state_->options = std::move(options);
  state_->clock = clock;
  state_->timers = timers;
  state_->faults = faults;
  state_->ledger = ledger;
  state_->send = std::move(send);
}

NotificationSender::~NotificationSender() {
  MutexLock lock(&state_->mutex);
  state_->stopped = true;
}

void NotificationSender::Deliver(OutgoingNotification notification) {
  auto job = std::make_shared<Job>();
  job->notification = std::move(notification);
  MutexLock lock(&state_->mutex);
  if (!state_->stopped) state_->Schedule(state_->clock->Now(), std::move(job));
}

void NotificationSender::ReleaseHeld() { state_->ReleaseHeld(); }

}  // namespace sluice::simulation
