// Commits: all or nothing, in order, bounded, and over at Close.

#include <algorithm>
#include <thread>
#include <utility>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "server/core/error.h"
#include "tests/conformance/store/store_conformance.h"

namespace sluice::store {
namespace {

using ::testing::ElementsAre;

TEST_P(StoreConformance, CommitsEveryPartTogether) {
  Transaction transaction = CreateOrder("o1");
  transaction.events.push_back(OrderEvent("o1"));
  transaction.notifications = {Notice("n1", "key-1")};
  transaction.settings = {{"sandbox", "v1"}};
  const Committed committed = Commit(std::move(transaction));
  ASSERT_TRUE(committed.status.ok()) << committed.status;
  ASSERT_EQ(committed.events.size(), 2u);
  EXPECT_EQ(committed.events[0]->position, 1);
  EXPECT_EQ(committed.events[1]->position, 2);
  EXPECT_EQ(committed.events[0]->sequence, 1);
  EXPECT_EQ(committed.events[1]->sequence, 2);

  const auto record = store().Get(OrderName(kMerchant, "o1"));
  ASSERT_TRUE(record.ok() && record->has_value());
  ExpectSame(**record, OrderRecord("o1"));
  const auto request = store().FindRequest(kMerchant, "CreateOrder", "request-o1");
  ASSERT_TRUE(request.ok() && request->has_value());
  EXPECT_EQ((*request)->fingerprint, "fingerprint of o1");
  EXPECT_EQ((*request)->resource_name, OrderName(kMerchant, "o1"));
  EXPECT_EQ((*request)->merchant, kMerchant);
  EXPECT_EQ((*request)->method, "CreateOrder");
  EXPECT_EQ((*request)->request_id, "request-o1");
  const auto reference = store().FindReference("payby-main", "create_order:o1");
  ASSERT_TRUE(reference.ok() && reference->has_value());
  EXPECT_EQ(**reference, OrderName(kMerchant, "o1"));
  const auto notice = store().GetNotification(kMerchant, "n1");
  ASSERT_TRUE(notice.ok() && notice->has_value());
  ExpectSame(**notice, Notice("n1", "key-1"));
  EXPECT_EQ(*store().GetSetting("sandbox"), "v1");
}

TEST_P(StoreConformance, AnswersWhatIsNotThereWithNothing) {
  EXPECT_EQ(store().Get("merchants/acme/orders/none")->has_value(), false);
  EXPECT_EQ(store().FindRequest(kMerchant, "CreateOrder", "none")->has_value(), false);
  EXPECT_EQ(store().FindReference("payby-main", "none")->has_value(), false);
  EXPECT_EQ(store().GetEvent(kMerchant, 1)->has_value(), false);
  EXPECT_EQ(store().GetNotification(kMerchant, "none")->has_value(), false);
  EXPECT_EQ(store().GetSetting("none")->has_value(), false);
  EXPECT_EQ(store().NextDue()->has_value(), false);
}

TEST_P(StoreConformance, AnEmptyTransactionCommits) {
  EXPECT_TRUE(CommitStatus({}).ok());
  EXPECT_EQ(NewestPosition(), 0);
}

// Every way to be refused, as one transaction that is in order but for that. There are an order o1
// and a notification n1 already; the transaction is about o2 and n2.
struct Refusal {
  const char* what;
  absl::StatusCode code;
  std::function<void(Transaction&)> spoil;
};

const std::vector<Refusal>& Refusals() {
  static const auto* const kRefusals = new std::vector<Refusal>{
      {"name", absl::StatusCode::kAlreadyExists,
       [](Transaction& t) { t.puts.push_back(NewOrder("o1")); }},
      {"stale revision", absl::StatusCode::kAborted,
       [](Transaction& t) {
         Record record = OrderRecord("o1");
         record.revision = 7;
         t.puts.push_back(Update(record, "PAID"));
       }},
      {"revision of nothing", absl::StatusCode::kAborted,
       [](Transaction& t) { t.puts.push_back(Update(OrderRecord("none"), "PAID")); }},
      {"revision that is not the next", absl::StatusCode::kInvalidArgument,
       [](Transaction& t) {
         Put put = NewOrder("o3");
         put.record.revision = 2;
         t.puts.push_back(put);
       }},
      {"request", absl::StatusCode::kAlreadyExists,
       [](Transaction& t) { t.request = CreateKey("request-o1", "o2"); }},
      {"reference", absl::StatusCode::kAlreadyExists,
       [](Transaction& t) {
         t.references.push_back({"payby-main", "create_order:o1", OrderName(kMerchant, "o2")});
       }},
      {"notification id", absl::StatusCode::kAlreadyExists,
       [](Transaction& t) { t.notifications.push_back(Notice("n1", "other")); }},
      {"notification key", absl::StatusCode::kAlreadyExists,
       [](Transaction& t) { t.notifications.push_back(Notice("n3", "key-1")); }},
      {"update of no notification", absl::StatusCode::kAborted,
       [](Transaction& t) { t.notification_updates.push_back(Notice("none")); }},
      {"repeat of no notification", absl::StatusCode::kAborted,
       [](Transaction& t) { t.notification_repeats.emplace_back("payby-main", "none"); }},
      {"event without a merchant", absl::StatusCode::kInvalidArgument,
       [](Transaction& t) { t.events.push_back(OrderEvent("o2", "")); }},
      // These contradict themselves: only writing shows it.
      {"the same name twice", absl::StatusCode::kAlreadyExists,
       [](Transaction& t) { t.puts.push_back(NewOrder("o2")); }},
      {"the same reference for two", absl::StatusCode::kAlreadyExists,
       [](Transaction& t) {
         t.references.push_back({"payby-main", "create_order:o2", OrderName(kMerchant, "o9")});
       }},
      {"the same notification twice", absl::StatusCode::kAlreadyExists,
       [](Transaction& t) { t.notifications.push_back(Notice("n2", "other")); }},
      {"the same notification key twice", absl::StatusCode::kAlreadyExists,
       [](Transaction& t) { t.notifications.push_back(Notice("n4", "key-2")); }},
  };
  return *kRefusals;
}

TEST_P(StoreConformance, EachRefusalWritesNothing) {
  Transaction first = CreateOrder("o1");
  first.notifications = {Notice("n1", "key-1")};
  MustCommit(std::move(first));
  const int64_t position = NewestPosition();

  for (const Refusal& c : Refusals()) {
    SCOPED_TRACE(c.what);
    Transaction transaction = CreateOrder("o2");
    transaction.notifications = {Notice("n2", "key-2")};
    transaction.settings = {{"written", "1"}};
    c.spoil(transaction);
    const Committed committed = Commit(std::move(transaction));
    EXPECT_EQ(committed.status.code(), c.code) << committed.status;
    EXPECT_TRUE(committed.events.empty());

    EXPECT_FALSE(store().Get(OrderName(kMerchant, "o2"))->has_value());
    EXPECT_FALSE(store().FindRequest(kMerchant, "CreateOrder", "request-o2")->has_value());
    EXPECT_FALSE(store().FindReference("payby-main", "create_order:o2")->has_value());
    EXPECT_FALSE(store().GetNotification(kMerchant, "n2")->has_value());
    EXPECT_FALSE(store().GetSetting("written")->has_value());
    EXPECT_EQ(NewestPosition(), position);
    EXPECT_EQ((*store().Get(OrderName(kMerchant, "o1")))->revision, 1);
  }
  // And the numbers go on where they were.
  const Committed next = Commit(CreateOrder("o2"));
  ASSERT_TRUE(next.status.ok()) << next.status;
  EXPECT_EQ(next.events[0]->position, position + 1);
  EXPECT_EQ(next.events[0]->sequence, position + 1);
}

TEST_P(StoreConformance, ATakenKeyIsSaidBeforeAStaleRevision) {
  MustCommit(CreateOrder("o1"));
  Transaction again = CreateOrder("o1");
  Record stale = OrderRecord("o1");
  stale.revision = 5;
  again.puts = {Update(stale, "PAID")};
  EXPECT_EQ(CommitStatus(std::move(again)).code(), absl::StatusCode::kAlreadyExists);
}

TEST_P(StoreConformance, RequestIdsAreScopedToMerchantAndMethod) {
  MustCommit(CreateOrder("o1"));
  Transaction method;
  method.request = CreateKey("request-o1", "o1");
  method.request->method = "CancelOrder";
  EXPECT_TRUE(CommitStatus(std::move(method)).ok());
  Transaction merchant;
  merchant.request = CreateKey("request-o1", "o1");
  merchant.request->merchant = "other";
  EXPECT_TRUE(CommitStatus(std::move(merchant)).ok());
}

TEST_P(StoreConformance, AReferenceIsNeverMoved) {
  MustCommit(CreateOrder("o1"));
  Transaction same;
  same.references = {{"payby-main", "create_order:o1", OrderName(kMerchant, "o1")}};
  EXPECT_TRUE(CommitStatus(std::move(same)).ok());
  Transaction other;
  other.references = {{"payby-main", "create_order:o1", OrderName(kMerchant, "o2")}};
  EXPECT_EQ(CommitStatus(std::move(other)).code(), absl::StatusCode::kAlreadyExists);
  EXPECT_EQ(*store().FindReference("payby-main", "create_order:o1"), OrderName(kMerchant, "o1"));
  Transaction account;
  account.references = {{"payby-second", "create_order:o1", OrderName(kMerchant, "o2")}};
  EXPECT_TRUE(CommitStatus(std::move(account)).ok());
}

TEST_P(StoreConformance, SettingsAreReplacedAndDeleted) {
  const std::string bytes("a\0b\xff", 4);
  Transaction set;
  set.settings = {{"k1", bytes}, {"k2", "two"}};
  MustCommit(std::move(set));
  EXPECT_EQ(*store().GetSetting("k1"), bytes);
  Transaction change;
  change.settings = {{"k1", "new"}, {"k2", ""}, {"none", ""}};
  MustCommit(std::move(change));
  EXPECT_EQ(*store().GetSetting("k1"), "new");
  EXPECT_FALSE(store().GetSetting("k2")->has_value());
}

TEST_P(StoreConformance, EarlierTransactionsOfTheSameGroupCount) {
  OpenGated();
  HoldWriter();
  store().Commit(CreateOrder("o1"), answers_.For(1));
  store().Commit(CreateOrder("o1"), answers_.For(2));
  Transaction update;
  update.puts = {Update(OrderRecord("o1"), "PAID")};
  Transaction stale = update;
  store().Commit(std::move(update), answers_.For(3));
  store().Commit(std::move(stale), answers_.For(4));
  gate_.Open();
  answers_.Await(5);
  EXPECT_TRUE(answers_.Of(1).status.ok());
  EXPECT_EQ(answers_.Of(2).status.code(), absl::StatusCode::kAlreadyExists);
  EXPECT_TRUE(answers_.Of(3).status.ok());
  EXPECT_EQ(answers_.Of(4).status.code(), absl::StatusCode::kAborted);
  EXPECT_EQ((*store().Get(OrderName(kMerchant, "o1")))->state, "PAID");
}

TEST_P(StoreConformance, OneThatContradictsItselfDoesNotHarmItsGroup) {
  OpenGated();
  HoldWriter();
  store().Commit(CreateOrder("o1"), answers_.For(1));
  Transaction twice = CreateOrder("o2");
  twice.puts.push_back(NewOrder("o2"));
  store().Commit(std::move(twice), answers_.For(2));
  store().Commit(CreateOrder("o3"), answers_.For(3));
  gate_.Open();
  answers_.Await(4);
  EXPECT_TRUE(answers_.Of(1).status.ok());
  EXPECT_EQ(answers_.Of(2).status.code(), absl::StatusCode::kAlreadyExists);
  ASSERT_TRUE(answers_.Of(3).status.ok());
  EXPECT_EQ(answers_.Of(1).events[0]->position, 1);
  EXPECT_EQ(answers_.Of(3).events[0]->position, 2);
  EXPECT_FALSE(store().Get(OrderName(kMerchant, "o2"))->has_value());
}

TEST_P(StoreConformance, AnswersComeInOrderAfterTheEvents) {
  OpenGated();
  Mutex mutex;
  std::vector<std::string> told;  // What happened, in order.
  store().OnEvents([&](const std::vector<EventPtr>& events) {
    MutexLock lock(&mutex);
    for (const EventPtr& event : events) told.push_back("event " + event->resource_name);
  });
  HoldWriter();
  Answers answers;
  for (int i = 1; i <= 3; ++i) {
    const std::string id = "o" + std::to_string(i);
    store().Commit(CreateOrder(id), [&, i, done = answers.For(i)](Committed committed) mutable {
      {
        MutexLock lock(&mutex);
        told.push_back("answer " + std::to_string(i));
      }
      done(std::move(committed));
    });
  }
  gate_.Open();
  answers.Await(3);
  EXPECT_THAT(answers.order(), ElementsAre(1, 2, 3));
  MutexLock lock(&mutex);
  // However the three were grouped, each one's event comes before its answer.
  for (int i = 1; i <= 3; ++i) {
    const auto event =
        std::find(told.begin(), told.end(), "event merchants/acme/orders/o" + std::to_string(i));
    const auto answer = std::find(told.begin(), told.end(), "answer " + std::to_string(i));
    ASSERT_NE(event, told.end());
    EXPECT_LT(event - told.begin(), answer - told.begin());
  }
}

TEST_P(StoreConformance, AnAnswerCanBeReadBackAtOnce) {
  OpenGated();
  Answers answers;
  bool found = false;
  store().Commit(CreateOrder("o1"), [&, done = answers.For(1)](Committed committed) mutable {
    const auto read = store().Get(OrderName(kMerchant, "o1"));
    found = read.ok() && read->has_value();
    done(std::move(committed));
  });
  answers.Await(1);
  EXPECT_TRUE(found);
}

TEST_P(StoreConformance, AFullQueueRefusesWithoutWriting) {
  constexpr int kQueued = 4;
  OpenGated(kQueued);
  HoldWriter();
  for (int i = 1; i <= kQueued; ++i) {
    store().Commit(CreateOrder("o" + std::to_string(i)), answers_.For(i));
  }
  EXPECT_EQ(store().Stats().queue_depth, kQueued);
  Answers refused;
  store().Commit(CreateOrder("o5"), refused.For(5));
  // Refused before Commit returns: the thread that commits is held.
  ASSERT_EQ(refused.size(), 1u);
  EXPECT_EQ(refused.Of(5).status.code(), absl::StatusCode::kResourceExhausted);
  const auto details = GetErrorDetails(refused.Of(5).status);
  ASSERT_TRUE(details.has_value());
  EXPECT_FALSE(details->side_effect_possible);
  EXPECT_TRUE(details->retry_after.has_value());
  EXPECT_EQ(store().Stats().refused_full, 1);
  gate_.Open();
  answers_.Await(kQueued + 1);
  for (int i = 1; i <= kQueued; ++i) EXPECT_TRUE(answers_.Of(i).status.ok());
  EXPECT_FALSE(store().Get(OrderName(kMerchant, "o5"))->has_value());
  EXPECT_TRUE(CommitStatus(CreateOrder("o5")).ok());
  EXPECT_EQ(store().Stats().queue_depth, 0);
}

TEST_P(StoreConformance, CloseCommitsWhatIsQueuedAndRefusesMore) {
  OpenGated();
  HoldWriter();
  store().Commit(CreateOrder("o1"), answers_.For(1));
  store().Commit(CreateOrder("o2"), answers_.For(2));
  std::thread closing([this] { store().Close(); });
  gate_.Open();
  closing.join();
  ASSERT_EQ(answers_.size(), 3u);
  EXPECT_TRUE(answers_.Of(1).status.ok());
  EXPECT_TRUE(answers_.Of(2).status.ok());
  EXPECT_EQ(CommitStatus(CreateOrder("o3")).code(), absl::StatusCode::kUnavailable);
  EXPECT_EQ(store().Get(OrderName(kMerchant, "o1")).status().code(),
            absl::StatusCode::kUnavailable);
  store().Close();  // Again is no error.
  Reopen();
  EXPECT_TRUE(store().Get(OrderName(kMerchant, "o2"))->has_value());
  EXPECT_FALSE(store().Get(OrderName(kMerchant, "o3"))->has_value());
}

TEST_P(StoreConformance, CountsGroupsAndTransactions) {
  const StoreStats before = store().Stats();
  MustCommit(CreateOrder("o1"));
  MustCommit(CreateOrder("o2"));
  EXPECT_FALSE(CommitStatus(CreateOrder("o2")).ok());
  const StoreStats after = store().Stats();
  EXPECT_EQ(after.transactions - before.transactions, 2);
  EXPECT_EQ(after.commits - before.commits, 2);
  EXPECT_GE(after.syncs - before.syncs, 2);
}

TEST_P(StoreConformance, KeepsEverythingOverReopening) {
  const std::string id = store().StoreId();
  EXPECT_EQ(id.size(), 32u);
  Transaction transaction = CreateOrder("o1");
  transaction.notifications = {Notice("n1", "key-1")};
  transaction.settings = {{"k", "v"}};
  MustCommit(std::move(transaction));
  Reopen();
  EXPECT_EQ(store().StoreId(), id);
  ExpectSame(**store().Get(OrderName(kMerchant, "o1")), OrderRecord("o1"));
  ExpectSame(**store().GetNotification(kMerchant, "n1"), Notice("n1", "key-1"));
  EXPECT_TRUE(store().FindRequest(kMerchant, "CreateOrder", "request-o1")->has_value());
  EXPECT_TRUE(store().FindReference("payby-main", "create_order:o1")->has_value());
  EXPECT_EQ(*store().GetSetting("k"), "v");
  EXPECT_EQ(NewestPosition(), 1);
  // Numbers go on, and keys stay taken.
  EXPECT_EQ(CommitStatus(CreateOrder("o1")).code(), absl::StatusCode::kAlreadyExists);
  const Committed next = Commit(CreateOrder("o2"));
  ASSERT_TRUE(next.status.ok());
  EXPECT_EQ(next.events[0]->position, 2);
  EXPECT_EQ(next.events[0]->sequence, 2);
}

TEST_P(StoreConformance, EachStoreHasItsOwnId) {
  const std::string id = store().StoreId();
  store_.reset();
  subject_ = GetParam()();
  Reopen();
  EXPECT_NE(store().StoreId(), id);
}

}  // namespace
}  // namespace sluice::store
