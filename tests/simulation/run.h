// One simulated life of the engine: callers, payers, notifications, time, faults and crashes, all
// chosen by a seed. Then the faults stop, time passes, and what the engine says must be what the
// provider has done.
//
// A run is a list of steps, each with a seed of its own, so that a list from which steps were taken
// out is a run as well: that is how a failure is made small.
//
// Threads: one.
// Ownership: owns everything.

#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <vector>

#include "tests/fakes/engine_harness.h"
#include "tests/simulation/disk_store.h"
#include "tests/simulation/model_provider.h"
#include "tests/simulation/told.h"
#include "tests/simulation/wire.h"

namespace sluice::simulation_run {

struct PlannedStep {
  int kind = 0;  // From 0 to 99: which of the things that happen.
  uint64_t seed = 0;
};

// What a seed stands for.
struct Plan {
  uint64_t seed = 0;
  bool on_disk = false;  // The SQLite store on a faulty disk; else a store in memory.
  std::vector<PlannedStep> steps;
};
Plan MakePlan(uint64_t seed);

// The system's clock is set back and forth; timers go by another one.
class SteppedClock final : public Clock {
 public:
  explicit SteppedClock(const FakeClock* base) : base_(*base) {}
  absl::Time Now() const override { return base_.Now() + step_; }
  void Step(absl::Duration by) { step_ += by; }

 private:
  const FakeClock& base_;
  absl::Duration step_;
};

class SimulatedRun {
 public:
  explicit SimulatedRun(const Plan& plan);
  ~SimulatedRun();

  void Play();
  // What is wrong, in words; empty when nothing is.
  std::vector<std::string> Judge();

  // Of everything that was committed and answered, in order.
  uint64_t TraceHash();
  // What happened, a line each.
  const std::vector<std::string>& log() const { return log_; }
  size_t events();
  // Orders that were paid after their end, or given back by the provider itself.
  int unasked() const;
  int crashes() const { return crashes_; }
  int disk_faults() const { return disk_faults_; }
  int disk_refusals() const { return disk_ == nullptr ? 0 : disk_->refusals(); }
  int failed_starts() const { return disk_ == nullptr ? 0 : disk_->failed_starts(); }

 private:
  void Say(std::string line) { log_.push_back(std::move(line)); }
  uint64_t Next() { return random_->Next(); }
  std::string Any(const std::vector<std::string>& ids) {
    return ids.empty() ? "" : ids[Next() % ids.size()];
  }
  store::Store& store();
  int64_t Amount(const std::string& id, int64_t from, int64_t range);

  void Do(const PlannedStep& step);
  void DoOrder(int kind);
  void DoOther(int kind);
  void DoTrouble(int kind);
  void CreateOrder();
  void CreateRefund();
  void CreatePayout();
  void CreateLink();
  void Pay();
  void EndPayout();
  void EndLink();
  void Deliver(bool keep);
  void Crash();
  void Heal();

  // What the payer was led to, as far as the provider knows it.
  void Show();
  void JudgeOrder(const std::string& id, std::vector<std::string>* wrong);
  void JudgeRefund(const std::string& id, const std::string& order,
                   std::vector<std::string>* wrong);
  void JudgePayout(const std::string& id, std::vector<std::string>* wrong);
  void JudgeLink(const std::string& id, std::vector<std::string>* wrong);
  std::vector<std::string> Names() const;  // Of all that callers have asked for.
  void JudgeEvents(std::vector<std::string>* wrong);

  const Plan plan_;
  SeededRandom settings_;
  std::unique_ptr<Random> random_;  // Of the present step.
  ModelProvider model_;
  std::unique_ptr<EngineHarness> harness_ = std::make_unique<EngineHarness>();
  std::unique_ptr<DiskStore> disk_;
  Wire wire_;
  SteppedClock clock_;
  Told told_;
  std::vector<std::string> orders_, payouts_, links_;
  std::map<std::string, std::string> refunds_;  // To their orders.
  std::map<std::string, int64_t> amounts_;
  std::set<std::string> shown_;  // Keys.
  std::vector<std::string> log_, broken_;
  int crashes_ = 0, disk_faults_ = 0;
};

}  // namespace sluice::simulation_run
