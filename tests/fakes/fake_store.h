// A Store in memory, with the refusals of a real one and failures on demand.
//
// Commits are applied, and their callbacks run, inside Commit: a test decides with its executors
// when anything follows. What a crash would leave is what is in here: a new engine over the same
// store is a restart.
//
// Threads: one thread.
// Ownership: values.

#pragma once

#include <deque>
#include <functional>
#include <map>
#include <set>
#include <string>
#include <tuple>
#include <utility>
#include <vector>

#include "server/store/store.h"

namespace sluice {

class FakeStore : public store::Store {
 public:
  void Commit(store::Transaction transaction, store::CommitDone done) override;
  void OnEvents(std::function<void(const std::vector<EventPtr>&)> listener) override {
    listener_ = std::move(listener);
  }
  absl::StatusOr<std::optional<store::Record>> Get(std::string_view name) override;
  absl::StatusOr<store::ListPage> List(const store::ListQuery& query) override;
  absl::StatusOr<std::vector<store::Record>> ListDue(
      absl::Time now, int limit, const std::vector<std::string>& except_accounts) override;
  absl::StatusOr<std::optional<absl::Time>> NextDue() override;
  absl::StatusOr<std::vector<store::Record>> ListInFlight(std::string_view after,
                                                          int limit) override;
  absl::StatusOr<store::ListPage> ListUnknown(const store::UnknownQuery& query) override;
  absl::StatusOr<std::optional<absl::Time>> OldestUnknown() override;
  absl::StatusOr<std::optional<store::RequestKey>> FindRequest(
      std::string_view merchant, std::string_view method, std::string_view request_id) override;
  absl::StatusOr<std::optional<std::string>> FindReference(std::string_view provider_account,
                                                           std::string_view key) override;
  absl::StatusOr<std::vector<EventPtr>> ReadEvents(const store::EventQuery& query) override;
  absl::StatusOr<std::optional<EventPtr>> GetEvent(std::string_view merchant,
                                                   int64_t sequence) override;
  absl::StatusOr<store::LogBounds> Bounds() override;
  absl::StatusOr<std::optional<store::NotificationRow>> GetNotification(
      std::string_view merchant, std::string_view id) override;
  absl::StatusOr<store::NotificationPage> ListNotifications(
      const store::NotificationQuery& query) override;
  absl::StatusOr<std::optional<std::string>> GetSetting(std::string_view key) override;
  std::string StoreId() const override { return "fake"; }
  store::StoreStats Stats() const override { return stats_; }
  void Close() override {}

  // The next `count` commits are refused with `status` and change nothing.
  void RefuseCommits(int count, absl::Status status) {
    refusals_ = count;
    refusal_ = std::move(status);
    refuse_after_ = -1;
  }
  // After `count` more, every commit is refused, until RefuseCommits says otherwise.
  void RefuseCommitsAfter(int count, absl::Status status) {
    refuse_after_ = count;
    refusal_ = std::move(status);
  }

  const std::vector<EventPtr>& events() const { return events_; }
  std::vector<std::string> EventTypes() const;
  const std::vector<store::NotificationRow>& notifications() const { return notifications_; }
  int commits() const { return static_cast<int>(stats_.transactions); }

 private:
  absl::Status Check(const store::Transaction& transaction) const;
  void Write(store::Transaction& transaction, std::vector<EventPtr>* written);
  void WritePrune(const store::Prune& prune, store::Committed* result);

  using Key3 = std::tuple<std::string, std::string, std::string>;
  std::map<std::string, store::Record, std::less<>> records_;
  std::map<Key3, store::RequestKey> requests_;
  std::map<std::pair<std::string, std::string>, std::string> references_;
  std::vector<store::NotificationRow> notifications_;
  std::map<std::string, std::string, std::less<>> settings_;
  std::vector<EventPtr> events_;  // Those kept.
  int64_t newest_position_ = 0;
  std::map<std::string, int64_t> sequences_;
  std::function<void(const std::vector<EventPtr>&)> listener_;
  store::StoreStats stats_;
  int refusals_ = 0;
  int refuse_after_ = -1;  // Less than zero: none.
  absl::Status refusal_;
};

}  // namespace sluice
