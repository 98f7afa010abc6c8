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
#include "server/stream/pruner.h"
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
  // The pruner begins to take away what is older than kKeep, if it is not at work.
  void Prune();
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
  const Truth& truth() const { return truth_; }
  int64_t planned() const { return planned_; }
  int incarnations() const { return number_; }
  // Taken away by the processes so far that have ended.
  int64_t pruned() const { return oldest_ - 1; }

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
  int64_t drafted_ = 0, oldest_ = 1;
  int number_ = 0;

  std::unique_ptr<ThreadPool> executor_, readers_;
  std::unique_ptr<store::Store> store_;
  std::unique_ptr<stream::EventHub> hub_;
  std::unique_ptr<stream::LogReader> reader_;
  std::unique_ptr<stream::Pruner> pruner_;

  Mutex mutex_;
  CondVar changed_;
  int committing_ SLUICE_GUARDED_BY(mutex_) = 0;
  int inside_ SLUICE_GUARDED_BY(mutex_) = 0;
  bool open_ SLUICE_GUARDED_BY(mutex_) = false;
  std::atomic<bool> cut_off_{false}, finished_{false};
};

}  // namespace sluice::streams
