// The real SQLite store under a simulated run: on a faulty disk, one commit at a time, so that the
// same seed makes the same calls of the disk; and dying as a process or a machine does.
//
// Threads: one; the store's own threads are waited for.
// Ownership: owns the store and its folder.

#pragma once

#include <memory>
#include <string>

#include "server/base/mutex.h"
#include "server/base/random.h"
#include "server/store/store.h"
#include "tests/power_cut/disk_journal.h"
#include "tests/simulation/faulty_disk.h"

namespace sluice::simulation_run {

class DiskStore final : public store::Store {
 public:
  DiskStore();
  ~DiskStore() override;

  void Arm(DiskFault fault, int nth, bool lasting) { disk_.Arm(fault, nth, lasting); }
  bool failing() const { return disk_.failing(); }
  // The disk works again; returns when the store does.
  void Heal();

  // The process is gone: nothing is committed any more.
  void End() { ended_ = true; }
  // The next process finds what the last one has left: everything that it has written, or, of a
  // machine that lost its power, of what was not synced only some. With `faults` the disk may fail
  // while the store is closed in order, where it is, and while it is opened: until it opens.
  void Begin(bool power_cut, Random& random, bool faults = false);
  // How often the disk has refused anything, and how many starts failed for it.
  int refusals() const { return disk_.fired(); }
  int failed_starts() const { return failed_starts_; }

  void Commit(store::Transaction transaction, store::CommitDone done) override;
  void OnEvents(std::function<void(const std::vector<EventPtr>&)> listener) override {
    store_->OnEvents(std::move(listener));
  }
  absl::StatusOr<std::optional<store::Record>> Get(std::string_view name) override {
    return store_->Get(name);
  }
  absl::StatusOr<store::ListPage> List(const store::ListQuery& query) override {
    return store_->List(query);
  }
  absl::StatusOr<std::vector<store::Record>> ListDue(
      absl::Time now, int limit, const std::vector<std::string>& except) override {
    return store_->ListDue(now, limit, except);
  }
  absl::StatusOr<std::optional<absl::Time>> NextDue() override { return store_->NextDue(); }
  absl::StatusOr<store::ListPage> ListUnknown(const store::UnknownQuery& query) override {
    return store_->ListUnknown(query);
  }
  absl::StatusOr<std::optional<absl::Time>> OldestUnknown() override {
    return store_->OldestUnknown();
  }
  absl::StatusOr<std::vector<store::Record>> ListInFlight(std::string_view after,
                                                          int limit) override {
    return store_->ListInFlight(after, limit);
  }
  absl::StatusOr<std::optional<store::RequestKey>> FindRequest(
      std::string_view merchant, std::string_view method, std::string_view request_id) override {
    return store_->FindRequest(merchant, method, request_id);
  }
  absl::StatusOr<std::optional<std::string>> FindReference(std::string_view provider_account,
                                                           std::string_view key) override {
    return store_->FindReference(provider_account, key);
  }
  absl::StatusOr<std::vector<EventPtr>> ReadEvents(const store::EventQuery& query) override {
    return store_->ReadEvents(query);
  }
  absl::StatusOr<std::optional<EventPtr>> GetEvent(std::string_view merchant,
                                                   int64_t sequence) override {
    return store_->GetEvent(merchant, sequence);
  }
  absl::StatusOr<store::LogBounds> Bounds() override { return store_->Bounds(); }
  absl::StatusOr<std::optional<store::NotificationRow>> GetNotification(
      std::string_view merchant, std::string_view id) override {
    return store_->GetNotification(merchant, id);
  }
  absl::StatusOr<store::NotificationPage> ListNotifications(
      const store::NotificationQuery& query) override {
    return store_->ListNotifications(query);
  }
  absl::StatusOr<std::optional<std::string>> GetSetting(std::string_view key) override {
    return store_->GetSetting(key);
  }
  std::string StoreId() const override { return store_->StoreId(); }
  store::StoreStats Stats() const override { return store_->Stats(); }
  void Close() override { store_->Close(); }

 private:
  std::string Path() const;
  power_cut::Image Written() const;
  void Open(power_cut::Image image, Random* faults);
  void CloseStore();
  void ArmAny(Random& random);
  void AwaitRecovery(int since);

  std::string folder_;
  int life_ = 0, failed_starts_ = 0;
  bool ended_ = false;
  FaultyDisk disk_;
  std::unique_ptr<power_cut::DiskJournal> journal_;
  std::unique_ptr<store::sqlite::VfsLayer> recording_, faulty_;
  std::unique_ptr<store::Store> store_;
  Mutex mutex_;
  CondVar changed_;
  int recoveries_ SLUICE_GUARDED_BY(mutex_) = 0;
  bool suspended_ = false;  // A commit has failed, and the disk still does.
  SeededRandom ids_{1};
};

}  // namespace sluice::simulation_run
