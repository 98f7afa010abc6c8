// Notifications: repeats are recognised in the commit itself, forged ones take no key.

#include <utility>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/conformance/store/store_conformance.h"

namespace sluice::store {
namespace {

using ::testing::ElementsAre;

Transaction Insert(NotificationRow row) {
  Transaction transaction;
  transaction.notifications = {std::move(row)};
  return transaction;
}

NotificationRow WithState(NotificationRow row, NotificationState state) {
  row.state = state;
  return row;
}

std::vector<std::string> IdsOf(const NotificationPage& page) {
  std::vector<std::string> ids;
  for (const NotificationRow& row : page.rows) ids.push_back(row.id);
  return ids;
}

TEST_P(StoreConformance, KeepsEveryFieldOfANotification) {
  NotificationRow row = Notice("n1", "key-1");
  row.state = NotificationState::kUnmatched;
  row.reason = "NO_SUCH_RESOURCE";
  row.resource_name = OrderName(kMerchant, "o1");
  row.deliveries = 3;
  row.headers = std::string("x: \0\xff", 5);
  row.path = "/\xff";
  MustCommit(Insert(row));
  const auto read = store().GetNotification(kMerchant, "n1");
  ASSERT_TRUE(read.ok() && read->has_value());
  ExpectSame(**read, row);
  EXPECT_FALSE(store().GetNotification("other", "n1")->has_value());
}

TEST_P(StoreConformance, ANotificationKeyIsUniquePerAccountAmongThoseBelieved) {
  MustCommit(Insert(Notice("n1", "key-1")));
  EXPECT_EQ(CommitStatus(Insert(Notice("n2", "key-1"))).code(), absl::StatusCode::kAlreadyExists);
  NotificationRow account = Notice("n3", "key-1");
  account.provider_account = "payby-second";
  EXPECT_TRUE(CommitStatus(Insert(account)).ok());
  // A forged notice neither takes a key nor is stopped by one.
  EXPECT_TRUE(
      CommitStatus(Insert(WithState(Notice("n4", "key-1"), NotificationState::kRejected))).ok());
  EXPECT_TRUE(
      CommitStatus(Insert(WithState(Notice("n5", "key-2"), NotificationState::kRejected))).ok());
  EXPECT_TRUE(CommitStatus(Insert(Notice("n6", "key-2"))).ok());
  // Without a key there is no repeat.
  EXPECT_TRUE(CommitStatus(Insert(Notice("n7"))).ok());
  EXPECT_TRUE(CommitStatus(Insert(Notice("n8"))).ok());
}

TEST_P(StoreConformance, UpdatesStateReasonAndResourceOnly) {
  MustCommit(Insert(Notice("n1", "key-1")));
  NotificationRow update;
  update.merchant = kMerchant;
  update.id = "n1";
  update.state = NotificationState::kProcessed;
  update.reason = "DONE";
  update.resource_name = OrderName(kMerchant, "o1");
  Transaction transaction;
  transaction.notification_updates = {update};
  MustCommit(std::move(transaction));
  NotificationRow expected = Notice("n1", "key-1");
  expected.state = update.state;
  expected.reason = update.reason;
  expected.resource_name = update.resource_name;
  ExpectSame(**store().GetNotification(kMerchant, "n1"), expected);
}

TEST_P(StoreConformance, ARejectedNotificationClaimsItsKeyWhenBelievedAgain) {
  MustCommit(Insert(WithState(Notice("n1", "key-1"), NotificationState::kRejected)));
  MustCommit(Insert(Notice("n2", "key-1")));
  const auto set = [](const std::string& id, NotificationState state) {
    Transaction transaction;
    transaction.notification_updates = {WithState(Notice(id), state)};
    return transaction;
  };
  EXPECT_EQ(CommitStatus(set("n1", NotificationState::kProcessed)).code(),
            absl::StatusCode::kAlreadyExists);
  EXPECT_EQ((*store().GetNotification(kMerchant, "n1"))->state, NotificationState::kRejected);
  MustCommit(set("n2", NotificationState::kRejected));
  EXPECT_TRUE(CommitStatus(set("n1", NotificationState::kProcessed)).ok());
}

TEST_P(StoreConformance, CountsRepeatsOntoTheOneBelieved) {
  MustCommit(Insert(WithState(Notice("forged", "key-1"), NotificationState::kRejected)));
  MustCommit(Insert(Notice("n1", "key-1")));
  Transaction repeat;
  repeat.notification_repeats = {{"payby-main", "key-1"}, {"payby-main", "key-1"}};
  MustCommit(repeat);
  EXPECT_EQ((*store().GetNotification(kMerchant, "n1"))->deliveries, 3);
  EXPECT_EQ((*store().GetNotification(kMerchant, "forged"))->deliveries, 1);
  repeat.notification_repeats = {{"payby-main", ""}};
  EXPECT_EQ(CommitStatus(repeat).code(), absl::StatusCode::kAborted);
}

TEST_P(StoreConformance, ListsNotificationsNewestFirst) {
  Transaction transaction;
  for (int i = 0; i < 6; ++i) {
    NotificationRow row = Notice("n" + std::to_string(i));
    row.receive_time = TimeAt(i / 2);  // Two of each time.
    row.state = i % 2 == 0 ? NotificationState::kProcessed : NotificationState::kRejected;
    if (i == 5) row.provider_account = "payby-second";
    transaction.notifications.push_back(row);
  }
  NotificationRow foreign = Notice("foreign");
  foreign.merchant = "other";
  transaction.notifications.push_back(foreign);
  MustCommit(std::move(transaction));

  NotificationQuery query;
  query.merchant = kMerchant;
  query.limit = 2;
  std::vector<std::string> seen;
  do {
    const auto page = store().ListNotifications(query);
    ASSERT_TRUE(page.ok()) << page.status();
    for (const std::string& id : IdsOf(*page)) seen.push_back(id);
    query.after = page->next;
    MustCommit(Insert(Notice("late" + std::to_string(seen.size()))));
  } while (!query.after.empty());
  EXPECT_EQ(seen.size(), 6u);
  EXPECT_THAT(seen, testing::UnorderedElementsAre("n0", "n1", "n2", "n3", "n4", "n5"));

  NotificationQuery rejected;
  rejected.merchant = kMerchant;
  rejected.states = {NotificationState::kRejected, NotificationState::kDuplicate};
  EXPECT_THAT(IdsOf(*store().ListNotifications(rejected)), ElementsAre("n5", "n3", "n1"));
  rejected.provider_account = "payby-second";
  EXPECT_THAT(IdsOf(*store().ListNotifications(rejected)), ElementsAre("n5"));
  query.after = "nonsense";
  EXPECT_EQ(store().ListNotifications(query).status().code(), absl::StatusCode::kInvalidArgument);
}

TEST(NotificationStateTest, HasAName) {
  EXPECT_EQ(StateName(NotificationState::kReceived), "RECEIVED");
  EXPECT_EQ(StateName(NotificationState::kProcessed), "PROCESSED");
  EXPECT_EQ(StateName(NotificationState::kDuplicate), "DUPLICATE");
  EXPECT_EQ(StateName(NotificationState::kUnmatched), "UNMATCHED");
  EXPECT_EQ(StateName(NotificationState::kRejected), "REJECTED");
}

}  // namespace
}  // namespace sluice::store
