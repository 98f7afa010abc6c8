// A simulator behind a counter of the requests that reach it, whatever comes of them: the ledger
// has no entry for a request that the provider answers as a repeat.
//
// Threads: safe from any thread.
// Ownership: owns the simulator.

#pragma once

#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "absl/strings/match.h"
#include "providers/api/simulator.h"
#include "server/base/mutex.h"

namespace sluice::crash {

class CountingSimulator final : public Simulator {
 public:
  explicit CountingSimulator(std::unique_ptr<Simulator> simulator)
      : simulator_(std::move(simulator)) {}

  // Of the requests so far, those whose path ends so.
  int Requests(std::string_view path_end) const {
    MutexLock lock(&mutex_);
    int sum = 0;
    for (const auto& [path, count] : counts_) {
      if (absl::EndsWith(path, std::string(path_end))) sum += count;
    }
    return sum;
  }

  SimulatedAnswer Handle(const RawRequest& request) override {
    {
      MutexLock lock(&mutex_);
      ++counts_[request.path];
    }
    return simulator_->Handle(request);
  }

  std::string_view provider() const override { return simulator_->provider(); }
  absl::Status AddAccount(const std::map<std::string, std::string>& settings) override {
    return simulator_->AddAccount(settings);
  }
  absl::Status Pay(std::string_view key) override { return simulator_->Pay(key); }
  absl::Status Decline(std::string_view key) override { return simulator_->Decline(key); }
  absl::Status Expire(std::string_view key) override { return simulator_->Expire(key); }
  absl::Status ConfirmLink(std::string_view key) override { return simulator_->ConfirmLink(key); }
  absl::Status SetState(std::string_view key, std::string_view state) override {
    return simulator_->SetState(key, state);
  }
  absl::Status EmitNotification(std::string_view key) override {
    return simulator_->EmitNotification(key);
  }
  absl::Status PutFault(const Fault& fault) override { return simulator_->PutFault(fault); }
  void ClearFaults() override { simulator_->ClearFaults(); }
  absl::Status SetSwitch(std::string_view name, std::string_view value) override {
    return simulator_->SetSwitch(name, value);
  }
  std::vector<LedgerEntry> Ledger() const override { return simulator_->Ledger(); }
  void AdvanceClock(absl::Duration duration) override { simulator_->AdvanceClock(duration); }
  absl::Time Now() const override { return simulator_->Now(); }

 private:
  const std::unique_ptr<Simulator> simulator_;
  mutable Mutex mutex_;
  std::map<std::string, int> counts_ SLUICE_GUARDED_BY(mutex_);
};

}  // namespace sluice::crash
