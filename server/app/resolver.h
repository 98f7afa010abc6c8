// Looks at resources when they come due: asks providers, repeats what may be repeated.
//
// One timer for the earliest due time; due resources are read in batches and worked on with bounded
// concurrency. What is due stays due in the store until its answer is committed, so a crash loses
// nothing.
//
// Threads: safe from any thread.
// Ownership: shared by its own continuations; shares the core.

#pragma once

#include <atomic>
#include <map>
#include <memory>
#include <string>

#include "absl/container/flat_hash_map.h"
#include "server/app/engine_core.h"
#include "server/base/mutex.h"

namespace sluice::app {

class Resolver : public std::enable_shared_from_this<Resolver> {
 public:
  explicit Resolver(CorePtr core) : core_(std::move(core)) {}

  // Once, before the core's first commit.
  void Listen();
  void Start();
  void Stop();
  // A resource has got this due time.
  void NoteDue(absl::Time due);

 private:
  void Arm(absl::Time at) SLUICE_REQUIRES(mutex_);
  void Look();
  void LookNow();
  absl::Time TakeDue(absl::Time now);
  void Take(const store::Record& record);
  void FinishLater(const std::string& name, const absl::Status& status);
  void Finish(const std::string& name);

  const CorePtr core_;
  Mutex mutex_;
  bool running_ SLUICE_GUARDED_BY(mutex_) = false;
  bool looking_ SLUICE_GUARDED_BY(mutex_) = false;
  bool look_again_ SLUICE_GUARDED_BY(mutex_) = false;
  TimerId timer_ SLUICE_GUARDED_BY(mutex_) = 0;
  absl::Time armed_ SLUICE_GUARDED_BY(mutex_) = absl::InfiniteFuture();
  // armed_ in microseconds, so that most commits need no lock.
  std::atomic<int64_t> armed_us_{INT64_MAX};
  // What is being worked on: names to accounts, and how many of each account.
  absl::flat_hash_map<std::string, std::string> active_ SLUICE_GUARDED_BY(mutex_);
  std::map<std::string, size_t> active_by_account_ SLUICE_GUARDED_BY(mutex_);
};

}  // namespace sluice::app
