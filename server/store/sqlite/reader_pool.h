// A fixed number of read-only connections, lent to one read at a time.
//
// Threads: safe from any thread; Borrow waits for a free connection.
// Ownership: the pool owns the connections; a Lease gives its own back when it goes out of scope.

#pragma once

#include <memory>
#include <utility>
#include <vector>

#include "absl/status/statusor.h"
#include "server/base/mutex.h"
#include "server/store/sqlite/connection.h"

namespace sluice::store::sqlite {

class ReaderPool {
 public:
  class Lease {
   public:
    Lease(ReaderPool* pool, std::unique_ptr<Connection> connection)
        : pool_(pool), connection_(std::move(connection)) {}
    ~Lease() {
      if (connection_ != nullptr) pool_->GiveBack(std::move(connection_));
    }
    Lease(Lease&&) = default;
    Lease(const Lease&) = delete;
    Lease& operator=(const Lease&) = delete;

    Connection& operator*() { return *connection_; }
    Connection* operator->() { return connection_.get(); }

   private:
    ReaderPool* pool_;
    std::unique_ptr<Connection> connection_;
  };

  // Opens `count` connections, at least one, to a file that was prepared before.
  static absl::StatusOr<std::unique_ptr<ReaderPool>> Open(const ConnectionOptions& options,
                                                          int count);
  ~ReaderPool();

  // UNAVAILABLE after Close.
  absl::StatusOr<Lease> Borrow();

  // Waits for the reads that run, closes the connections, refuses more. Idempotent.
  void Close();

 private:
  ReaderPool() = default;
  void GiveBack(std::unique_ptr<Connection> connection);

  Mutex mutex_;
  CondVar changed_;
  std::vector<std::unique_ptr<Connection>> idle_ SLUICE_GUARDED_BY(mutex_);
  size_t lent_ SLUICE_GUARDED_BY(mutex_) = 0;
  bool closed_ SLUICE_GUARDED_BY(mutex_) = false;
};

}  // namespace sluice::store::sqlite
