// What is taken away, and what must stay.

#include <algorithm>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/conformance/store/store_conformance.h"

namespace sluice::store {
namespace {

Transaction Pruning(Prune prune) {
  Transaction transaction;
  transaction.prune = prune;
  return transaction;
}

std::vector<int64_t> Positions(Store& store) {
  std::vector<int64_t> positions;
  const auto events = store.ReadEvents({.after_position = 0, .limit = 1000});
  EXPECT_TRUE(events.ok()) << events.status();
  for (const EventPtr& event : *events) positions.push_back(event->position);
  return positions;
}

TEST_P(StoreConformance, PrunesEventsUpToAPositionAndNothingElse) {
  for (int i = 1; i <= 4; ++i) MustCommit(CreateOrder(std::to_string(i)));
  const int64_t newest = NewestPosition();
  const Committed committed = Commit(Pruning({.events_through = 2}));
  ASSERT_TRUE(committed.status.ok()) << committed.status;
  EXPECT_EQ(committed.pruned_events, 2);
  EXPECT_EQ(committed.pruned_notifications, 0);
  EXPECT_EQ(Positions(store()).front(), 3);
  EXPECT_EQ(store().Bounds()->oldest_position, 3);
  EXPECT_EQ(store().Bounds()->newest_position, newest);
  EXPECT_FALSE(store().GetEvent(kMerchant, 1)->has_value());
  EXPECT_TRUE(store().GetEvent(kMerchant, 3)->has_value());
  // The order, its request id and its reference are for ever.
  EXPECT_TRUE(store().Get(OrderRecord("1").name)->has_value());
  EXPECT_TRUE(store().FindRequest(kMerchant, "CreateOrder", "request-1")->has_value());
  EXPECT_TRUE(
      store().FindReference(OrderRecord("1").provider_account, "create_order:1")->has_value());
  EXPECT_EQ(CommitStatus(CreateOrder("1")).code(), absl::StatusCode::kAlreadyExists);
  EXPECT_EQ(store().Stats().pruned_events, 2);
}

TEST_P(StoreConformance, NumbersGoOnAfterEverythingWasPruned) {
  MustCommit(CreateOrder("1"));
  const int64_t newest = NewestPosition();
  MustCommit(Pruning({.events_through = newest}));
  EXPECT_EQ(store().Bounds()->oldest_position, newest + 1);
  EXPECT_EQ(store().Bounds()->newest_position, newest);
  Reopen();
  EXPECT_EQ(store().Bounds()->oldest_position, newest + 1);
  const Committed next = Commit(CreateOrder("2"));
  ASSERT_TRUE(next.status.ok());
  EXPECT_EQ(next.events.front()->position, newest + 1);
  EXPECT_EQ(next.events.front()->sequence, newest + 1);
}

TEST_P(StoreConformance, PrunesTheFirstNotificationsThatAreOldEnough) {
  Transaction transaction;
  for (int i = 1; i <= 6; ++i) {
    NotificationRow row = Notice("n" + std::to_string(i), "d" + std::to_string(i));
    row.receive_time = TimeAt(i);
    row.state = i == 2 ? NotificationState::kReceived : NotificationState::kProcessed;
    transaction.notifications.push_back(row);
  }
  MustCommit(std::move(transaction));
  const auto ids = [this] {
    std::vector<std::string> found;
    for (const NotificationRow& row : store().ListNotifications({.merchant = kMerchant})->rows) {
      found.push_back(row.id);
    }
    std::sort(found.begin(), found.end());
    return found;
  };
  using testing::ElementsAre;
  const Prune two{.notifications_before = TimeAt(5), .max_notifications = 2};
  EXPECT_EQ(Commit(Pruning(two)).pruned_notifications, 2);
  EXPECT_THAT(ids(), ElementsAre("n2", "n4", "n5", "n6")) << "n2 is still being worked on";
  EXPECT_EQ(Commit(Pruning(two)).pruned_notifications, 1);
  EXPECT_EQ(Commit(Pruning(two)).pruned_notifications, 0);
  EXPECT_THAT(ids(), ElementsAre("n2", "n5", "n6"));
  EXPECT_EQ(store().Stats().pruned_notifications, 3);
  // A key that is gone may come again: what it told is in the resource's state.
  Transaction again;
  again.notifications = {Notice("n7", "d1")};
  EXPECT_TRUE(CommitStatus(std::move(again)).ok());
}

TEST_P(StoreConformance, PrunesWithOtherTransactionsInOneGroup) {
  OpenGated();
  HoldWriter();
  store().Commit(CreateOrder("1"), answers_.For(1));
  store().Commit(Pruning({.events_through = 1}), answers_.For(2));
  store().Commit(CreateOrder("2"), answers_.For(3));
  gate_.Open();
  answers_.Await(4);
  EXPECT_TRUE(answers_.Of(1).status.ok());
  EXPECT_TRUE(answers_.Of(2).status.ok());
  EXPECT_EQ(answers_.Of(2).pruned_events, 1);
  EXPECT_TRUE(answers_.Of(3).status.ok());
  EXPECT_EQ(store().Bounds()->oldest_position, 2);
}

}  // namespace
}  // namespace sluice::store
