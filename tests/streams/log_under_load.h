// A log that grows under load: commits, prunes, and restarts as a process does, with a hub and a
// reader of pages over it.
//
// Threads: Grow, Prune and the restarts are one thread's; streams are opened and polled by others,
// which hold a Lease while they do.
// Ownership: owns the store's file, the executors, the hub; everything ends with it.

#pragma once

#include <atomic>
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "server/base/executor.h"
#include "server/base/fake_clock.h"
#include "server/base/mutex.h"
#include "server/base/random.h"
#include "server/store/store.h"
#include "server/stream/event_hub.h"
#include "server/stream/log_reader.h"
#include "tests/streams/checker.h"

namespace sluice::streams {

class LogUnderLoad {
 public:
  // What a reader needs of one incarnation of the process. Restarts wait until all are given back.
  struct Incarnation {
    int number = 0;
    store::Store* store = nullptr;
    stream::EventHub* hub = nullptr;
    stream::LogReader* reader = nullptr;
  };

  LogUnderLoad(std::string folder, int64_t events, uint64_t seed);
  ~LogUnderLoad();

  // Commits about a thousand events in transactions of many sizes; some change a resource as well.
  void Grow();
  // The oldest events go, after their readers have been told.
  void Prune(int64_t keep);
  // `orderly`: streams are closed with their cursor first. Else they are cut off.
  void Restart(bool orderly);
  // Time passes: heartbeats.
  void Beat();
  // Nothing more comes.
  void Finish();

  // For readers. Waits for the next incarnation.
  void Enter(Incarnation* incarnation);
  void Leave();
  // Whether a reader is to let go of its stream without another message.
  bool cut_off() const { return cut_off_.load(); }
  bool finished() const { return finished_.load(); }
  // Before this everything may be gone, and is refused, respectively: the second follows the first.
  int64_t may_be_oldest() const { return may_be_oldest_.load(); }
  int64_t is_oldest() const { return is_oldest_.load(); }

  const Truth& truth() const { return truth_; }
  int64_t planned() const { return planned_; }
  int incarnations() const { return number_; }
  int64_t pruned() const { return pruned_; }

  // The merchants, orders and types of the log.
  static constexpr const char* kMerchants[] = {"m", "n", "shop"};
  static constexpr int kOrders = 40;

 private:
  void Start();
  void Stop();
  EventDraft Draft();
  store::Transaction Next();
  void AwaitCommits();

  const std::string folder_;
  const int64_t planned_;
  SeededRandom random_;
  FakeClock clock_;
  Truth truth_;
  std::vector<int64_t> revisions_;  // Of the resources that are changed.
  int64_t drafted_ = 0, pruned_ = 0;
  int number_ = 0;

  std::unique_ptr<ThreadPool> executor_, readers_;
  std::unique_ptr<store::Store> store_;
  std::unique_ptr<stream::EventHub> hub_;
  std::unique_ptr<stream::LogReader> reader_;

  Mutex mutex_;
  CondVar changed_;
  int committing_ SLUICE_GUARDED_BY(mutex_) = 0;
  int inside_ SLUICE_GUARDED_BY(mutex_) = 0;
  bool open_ SLUICE_GUARDED_BY(mutex_) = false;
  std::atomic<bool> cut_off_{false}, finished_{false};
  std::atomic<int64_t> may_be_oldest_{1}, is_oldest_{1};
};

}  // namespace sluice::streams
