#include "server/store/sqlite/commit_queue.h"

#include <iterator>
#include <utility>

#include "server/core/error.h"

namespace sluice::store::sqlite {
namespace {

// A full queue is worked off in well under a second.
constexpr absl::Duration kRetryAfterFull = absl::Milliseconds(250);

// Of each part of a transaction, for its fixed fields and its place in the queue.
constexpr int64_t kPartBytes = 256;

int64_t SizeOfRow(const NotificationRow& row) {
  return static_cast<int64_t>(row.merchant.size() + row.id.size() + row.provider.size() +
                              row.provider_account.size() + row.dedup_key.size() +
                              row.reason.size() + row.resource_name.size() + row.method.size() +
                              row.path.size() + row.query.size() + row.headers.size() +
                              row.body.size() + row.remote_address.size()) +
         kPartBytes;
}

}  // namespace

int64_t SizeOf(const Transaction& transaction) {
  int64_t bytes = kPartBytes;
  for (const Put& put : transaction.puts) {
    const Record& record = put.record;
    bytes += static_cast<int64_t>(record.name.size() + record.merchant.size() +
                                  record.parent.size() + record.state.size() +
                                  record.provider_account.size() + record.body.size()) +
             kPartBytes;
  }
  for (const EventDraft& event : transaction.events) {
    bytes += static_cast<int64_t>(event.type.size() + event.resource_name.size() +
                                  event.merchant.size() + event.provider.size() +
                                  event.body.size() + event.traceparent.size()) +
             kPartBytes;
  }
  if (transaction.request.has_value()) {
    const RequestKey& key = *transaction.request;
    bytes += static_cast<int64_t>(key.merchant.size() + key.method.size() + key.request_id.size() +
                                  key.fingerprint.size() + key.resource_name.size());
  }
  for (const Reference& reference : transaction.references) {
    bytes += static_cast<int64_t>(reference.provider_account.size() + reference.key.size() +
                                  reference.resource_name.size()) +
             kPartBytes;
  }
  for (const NotificationRow& row : transaction.notifications) bytes += SizeOfRow(row);
  for (const NotificationRow& row : transaction.notification_updates) bytes += SizeOfRow(row);
  for (const auto& [account, key] : transaction.notification_repeats) {
    bytes += static_cast<int64_t>(account.size() + key.size()) + kPartBytes;
  }
  for (const auto& [key, value] : transaction.settings) {
    bytes += static_cast<int64_t>(key.size() + value.size()) + kPartBytes;
  }
  return bytes;
}

absl::Status CommitQueue::Push(PendingCommit& pending) {
  // Errors are built outside the lock: refusing a crowd must not keep the writer from its queue.
  switch (TryPush(pending)) {
    case Refusal::kNone:
      return absl::OkStatus();
    case Refusal::kClosed:
      return MakeError(absl::StatusCode::kUnavailable, "the store is closed",
                       {.reason = std::string(reason::kShuttingDown)});
    case Refusal::kSuspended:
      return StoreUnavailable("the store's disk is failing", false);
    case Refusal::kFull:
      break;
  }
  return Overloaded("the store's queue", kRetryAfterFull);
}

CommitQueue::Refusal CommitQueue::TryPush(PendingCommit& pending) {
  MutexLock lock(&mutex_);
  if (closed_) return Refusal::kClosed;
  if (suspended_) return Refusal::kSuspended;
  if (static_cast<int>(waiting_.size()) >= limits_.max_queued ||
      (bytes_ + pending.bytes > limits_.max_queued_bytes && !waiting_.empty())) {
    ++refused_full_;
    return Refusal::kFull;
  }
  bytes_ += pending.bytes;
  waiting_.push_back(std::move(pending));
  // The writer sleeps only on an empty queue.
  if (waiting_.size() == 1) changed_.SignalAll();
  return Refusal::kNone;
}

std::vector<PendingCommit> CommitQueue::Take() {
  MutexLock lock(&mutex_);
  while (waiting_.empty() && !closed_) changed_.Wait(&mutex_);
  std::vector<PendingCommit> batch;
  int64_t bytes = 0;
  while (!waiting_.empty() && static_cast<int>(batch.size()) < limits_.max_batch) {
    const int64_t next = waiting_.front().bytes;
    if (!batch.empty() && bytes + next > limits_.max_batch_bytes) break;
    bytes += next;
    batch.push_back(std::move(waiting_.front()));
    waiting_.pop_front();
  }
  bytes_ -= bytes;
  return batch;
}

std::vector<PendingCommit> CommitQueue::Suspend() {
  MutexLock lock(&mutex_);
  suspended_ = true;
  std::vector<PendingCommit> given_up(std::make_move_iterator(waiting_.begin()),
                                      std::make_move_iterator(waiting_.end()));
  waiting_.clear();
  bytes_ = 0;
  return given_up;
}

void CommitQueue::Resume() {
  MutexLock lock(&mutex_);
  suspended_ = false;
}

void CommitQueue::Close() {
  MutexLock lock(&mutex_);
  closed_ = true;
  changed_.SignalAll();
}

bool CommitQueue::WaitClosed(absl::Duration timeout) {
  MutexLock lock(&mutex_);
  // A wake-up before the time only means that recovery is tried a little earlier.
  if (!closed_) changed_.WaitFor(&mutex_, timeout);
  return closed_;
}

int64_t CommitQueue::depth() const {
  MutexLock lock(&mutex_);
  return static_cast<int64_t>(waiting_.size());
}

int64_t CommitQueue::refused_full() const {
  MutexLock lock(&mutex_);
  return refused_full_;
}

}  // namespace sluice::store::sqlite
