// What every store must do, as a parameterised suite: a store takes part by one instantiation.
//
//   INSTANTIATE_TEST_SUITE_P(Sqlite, StoreConformance, testing::Values(&MakeSqliteSubject));
//
// The cases are in the *_test.cc files beside; they know the contract of store.h and nothing else.
//
// Threads: the fixture is used by the test's thread; helpers that wait may be called by others.
// Ownership: the fixture owns the subject and the open store.

#pragma once

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "gtest/gtest.h"
#include "server/base/mutex.h"
#include "server/store/store.h"

namespace sluice::store {

// One empty place for a store: made per test, removed with the object.
class StoreSubject {
 public:
  struct Options {
    int max_queued = 16'384;
    // Called on the thread that commits, before each group is made durable. A test that blocks in
    // it knows that what it commits next waits in the queue.
    std::function<void()> before_commit;
  };

  virtual ~StoreSubject() = default;
  // Opens the store in this place, creating it the first time. At most one is open at a time.
  virtual absl::StatusOr<std::unique_ptr<Store>> Open(const Options& options) = 0;
};

using MakeStoreSubject = std::unique_ptr<StoreSubject> (*)();

// Lets one thread stop at a place until another lets it go.
class Gate {
 public:
  // Passes at once unless Shut; then waits for Open.
  void Pass();
  void Shut();
  void Open();
  // Waits until somebody stands at the gate.
  void AwaitArrival();

 private:
  Mutex mutex_;
  CondVar changed_;
  bool shut_ SLUICE_GUARDED_BY(mutex_) = false;
  bool arrived_ SLUICE_GUARDED_BY(mutex_) = false;
};

// The answers of commits, in the order they were given.
class Answers {
 public:
  // A `done` that files its answer under `id`.
  CommitDone For(int id);
  // Waits for `count` answers.
  void Await(size_t count);
  std::vector<int> order() const;
  Committed Of(int id) const;
  size_t size() const;

 private:
  mutable Mutex mutex_;
  CondVar changed_;
  std::vector<std::pair<int, Committed>> answers_ SLUICE_GUARDED_BY(mutex_);
};

class StoreConformance : public testing::TestWithParam<MakeStoreSubject> {
 protected:
  void SetUp() override;
  void TearDown() override;

  Store& store() { return *store_; }
  void Reopen();
  void OpenWith(const StoreSubject::Options& options);

  // Opens with the gate at the door of the thread that commits.
  void OpenGated(int max_queued = 16'384);
  // After OpenGated: a commit of its own (answer 0) is on its way and held at the gate, so that all
  // later ones queue. Until gate_.Open().
  void HoldWriter();

  // Commits and waits for the answer.
  Committed Commit(Transaction transaction);
  absl::Status CommitStatus(Transaction transaction) {
    return Commit(std::move(transaction)).status;
  }
  void MustCommit(Transaction transaction);

  // How much there is in the store, by its reads: what a refusal must not change.
  int64_t NewestPosition();

  Gate gate_;
  Answers answers_;
  std::unique_ptr<StoreSubject> subject_;
  std::unique_ptr<Store> store_;
};

// Values with every field set, told apart by `id`.
inline constexpr char kMerchant[] = "acme";
absl::Time TimeAt(int seconds);  // Fixed times: no test asks the clock.
Record OrderRecord(const std::string& id, const std::string& merchant = kMerchant);
Put NewOrder(const std::string& id, const std::string& merchant = kMerchant);
Put Update(Record record, const std::string& state);  // The next revision of `record`.
EventDraft OrderEvent(const std::string& id, const std::string& merchant = kMerchant);
RequestKey CreateKey(const std::string& request_id, const std::string& resource_id);
// A transaction as a create makes it: record, event, request id "request-<id>" and reference
// "create_order:<id>".
Transaction CreateOrder(const std::string& id);
NotificationRow Notice(const std::string& id, const std::string& dedup_key = "");

void ExpectSame(const Record& a, const Record& b);
void ExpectSame(const Event& a, const Event& b);
void ExpectSame(const NotificationRow& a, const NotificationRow& b);

std::vector<std::string> NamesOf(const std::vector<Record>& records);

}  // namespace sluice::store
