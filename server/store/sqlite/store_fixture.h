// What the tests of this folder share: a folder that goes away, small transactions, and waiting.
//
// Threads: Answer is safe between the writer and the test; the rest is the test's.
// Ownership: values; StoreFixture owns its folder.

#pragma once

#include <stdlib.h>

#include <filesystem>
#include <memory>
#include <string>
#include <utility>

#include "gtest/gtest.h"
#include "server/base/mutex.h"
#include "server/store/sqlite/sqlite_store.h"

namespace sluice::store::sqlite {

// One flag or value that one thread sets and another awaits.
template <typename T>
class Answer {
 public:
  void Set(T value) {
    MutexLock lock(&mutex_);
    value_ = std::move(value);
    set_ = true;
    changed_.SignalAll();
  }
  T Await() {
    MutexLock lock(&mutex_);
    while (!set_) changed_.Wait(&mutex_);
    return value_;
  }

 private:
  Mutex mutex_;
  CondVar changed_;
  bool set_ SLUICE_GUARDED_BY(mutex_) = false;
  T value_ SLUICE_GUARDED_BY(mutex_){};
};

inline Committed CommitAndWait(Store& store, Transaction transaction) {
  const auto answer = std::make_shared<Answer<Committed>>();
  store.Commit(std::move(transaction),
               [answer](Committed committed) { answer->Set(std::move(committed)); });
  return answer->Await();
}

// As a create of the engine: a record, a request id, a reference and two events.
inline Transaction CreateOrder(const std::string& id, size_t body_bytes = 900) {
  const std::string name = OrderName("acme", id);
  Transaction transaction;
  Put put;
  put.record.name = name;
  put.record.merchant = "acme";
  put.record.parent = MerchantName("acme");
  put.record.state = "SUBMITTING";
  put.record.provider_account = "payby-main";
  put.record.revision = 1;
  put.record.create_time = put.record.update_time = absl::FromUnixSeconds(1'768'473'000);
  put.record.body = std::string(body_bytes, 'b');
  transaction.puts = {std::move(put)};
  EventDraft event;
  event.type = "order.submitted";
  event.resource_name = name;
  event.merchant = "acme";
  event.provider = "payby";
  event.body = std::string(150, 'e');
  transaction.events = {event, event};
  transaction.request = RequestKey{"acme", "CreateOrder", "request-" + id, "f", name};
  transaction.references = {{"payby-main", "create_order:" + id, name}};
  return transaction;
}

class StoreFixture : public testing::Test {
 protected:
  StoreFixture() {
    std::string pattern = testing::TempDir() + "sqlite-XXXXXX";
    folder_ = mkdtemp(pattern.data());
    options_.path = folder_ + "/store.db";
    // A test waits for the recovery itself, not for time to pass.
    options_.min_recovery_delay = absl::Milliseconds(1);
    options_.max_recovery_delay = absl::Milliseconds(10);
  }
  ~StoreFixture() override {
    store_.reset();
    std::filesystem::remove_all(folder_);
  }

  void Open() {
    store_.reset();
    auto opened = OpenSqliteStore(options_);
    ASSERT_TRUE(opened.ok()) << opened.status();
    store_ = *std::move(opened);
  }
  absl::Status OpenStatus() { return OpenSqliteStore(options_).status(); }
  Committed Commit(Transaction transaction) {
    return CommitAndWait(*store_, std::move(transaction));
  }

  std::string folder_;
  SqliteStoreOptions options_;
  std::unique_ptr<Store> store_;
};

}  // namespace sluice::store::sqlite
