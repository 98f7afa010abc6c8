#include "server/store/sqlite/reader_pool.h"

#include <algorithm>
#include <string>

#include "server/core/error.h"

namespace sluice::store::sqlite {

absl::StatusOr<std::unique_ptr<ReaderPool>> ReaderPool::Open(const ConnectionOptions& options,
                                                             int count) {
  std::unique_ptr<ReaderPool> pool(new ReaderPool());
  for (int i = 0; i < std::max(1, count); ++i) {
    auto connection = Connection::Open(options);
    if (!connection.ok()) return connection.status();
    // A first read maps the log's shared index. While any connection has it mapped, what a failed
    // commit left in the log is not read back: the writer relies on that when it recovers.
    const auto first = (*connection)->QueryInt("SELECT count(*) FROM meta");
    if (!first.ok()) return first.status();
    MutexLock lock(&pool->mutex_);
    pool->idle_.push_back(*std::move(connection));
  }
  return pool;
}

ReaderPool::~ReaderPool() { Close(); }

absl::StatusOr<ReaderPool::Lease> ReaderPool::Borrow() {
  MutexLock lock(&mutex_);
  while (idle_.empty() && !closed_) changed_.Wait(&mutex_);
  if (closed_) {
    return MakeError(absl::StatusCode::kUnavailable, "the store is closed",
                     {.reason = std::string(reason::kShuttingDown)});
  }
  std::unique_ptr<Connection> connection = std::move(idle_.back());
  idle_.pop_back();
  ++lent_;
  return Lease(this, std::move(connection));
}

void ReaderPool::GiveBack(std::unique_ptr<Connection> connection) {
  MutexLock lock(&mutex_);
  idle_.push_back(std::move(connection));
  --lent_;
  // One waits for a connection, or Close waits for all.
  changed_.SignalAll();
}

void ReaderPool::Close() {
  MutexLock lock(&mutex_);
  closed_ = true;
  changed_.SignalAll();
  while (lent_ > 0) changed_.Wait(&mutex_);
  idle_.clear();
}

}  // namespace sluice::store::sqlite
