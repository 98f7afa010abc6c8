// Records: revisions, lists, and what the resolver reads.

#include <set>
#include <thread>
#include <utility>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/conformance/store/store_conformance.h"

namespace sluice::store {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

Put OrderAt(const std::string& id, int seconds, const std::string& state = "SUBMITTING") {
  Put put = NewOrder(id);
  put.record.create_time = TimeAt(seconds);
  put.record.state = state;
  return put;
}

std::string Name(const std::string& id) { return OrderName(kMerchant, id); }

ListQuery Orders(int limit = 50) {
  ListQuery query;
  query.kind = ResourceKind::kOrder;
  query.parent = MerchantName(kMerchant);
  query.limit = limit;
  return query;
}

Transaction Puts(std::vector<Put> puts) {
  Transaction transaction;
  transaction.puts = std::move(puts);
  return transaction;
}

TEST_P(StoreConformance, KeepsEveryFieldOfARecord) {
  Record record = OrderRecord("o1");
  record.kind = ResourceKind::kRefund;
  record.name = RefundName(kMerchant, "o1", "r1");
  record.parent = Name("o1");
  record.due_time = TimeAt(60) + absl::Nanoseconds(1);
  record.in_flight = true;
  record.body = std::string("\0\x80\xff body", 8);
  MustCommit(Puts({{record, 0}}));
  const auto read = store().Get(record.name);
  ASSERT_TRUE(read.ok() && read->has_value());
  ExpectSame(**read, record);
}

TEST_P(StoreConformance, AnUpdateReplacesEveryField) {
  Record record = OrderRecord("o1");
  record.due_time = TimeAt(60);
  record.in_flight = true;
  MustCommit(Puts({{record, 0}}));
  Put update = Update(record, "PAID");
  update.record.due_time.reset();
  update.record.in_flight = false;
  update.record.provider_account = "payby-second";
  MustCommit(Puts({update}));
  ExpectSame(**store().Get(record.name), update.record);
  EXPECT_THAT(*store().ListDue(TimeAt(1'000), 10, {}), IsEmpty());
  EXPECT_THAT(*store().ListInFlight("", 10), IsEmpty());

  Put moved = Update(update.record, "PAID");
  moved.record.kind = ResourceKind::kPayout;
  moved.record.parent = "merchants/elsewhere";
  moved.record.merchant = "elsewhere";
  moved.record.create_time = TimeAt(500);
  MustCommit(Puts({moved}));
  ExpectSame(**store().Get(record.name), moved.record);
  EXPECT_THAT(store().List(Orders())->records, IsEmpty());
}

TEST_P(StoreConformance, OnlyOneOfManyUpdatesOfARevisionWins) {
  MustCommit(Puts({NewOrder("o1")}));
  constexpr int kThreads = 8;
  Answers answers;
  std::vector<std::thread> threads;
  for (int i = 0; i < kThreads; ++i) {
    threads.emplace_back([&, i] {
      store().Commit(Puts({Update(OrderRecord("o1"), "STATE-" + std::to_string(i))}),
                     answers.For(i));
    });
  }
  for (std::thread& thread : threads) thread.join();
  answers.Await(kThreads);
  int winners = 0;
  for (int i = 0; i < kThreads; ++i) {
    const absl::Status status = answers.Of(i).status;
    if (status.ok()) {
      ++winners;
      EXPECT_EQ((*store().Get(Name("o1")))->state, "STATE-" + std::to_string(i));
    } else {
      EXPECT_EQ(status.code(), absl::StatusCode::kAborted);
    }
  }
  EXPECT_EQ(winners, 1);
}

TEST_P(StoreConformance, SeveralPutsStandOrFallTogether) {
  MustCommit(Puts({NewOrder("o1"), NewOrder("o2")}));
  Record stale = OrderRecord("o2");
  stale.revision = 9;
  EXPECT_EQ(CommitStatus(Puts({Update(OrderRecord("o1"), "PAID"), Update(stale, "PAID")})).code(),
            absl::StatusCode::kAborted);
  EXPECT_EQ((*store().Get(Name("o1")))->state, "SUBMITTING");
}

TEST_P(StoreConformance, ListsNewestFirstWithinKindAndParent) {
  Put refund = OrderAt("r", 9);
  refund.record.kind = ResourceKind::kRefund;
  Put foreign = NewOrder("o9", "other");
  MustCommit(Puts({OrderAt("b", 2), OrderAt("a", 3), OrderAt("c", 1), refund, foreign}));
  const auto page = store().List(Orders());
  ASSERT_TRUE(page.ok()) << page.status();
  EXPECT_THAT(NamesOf(page->records), ElementsAre(Name("a"), Name("b"), Name("c")));
  EXPECT_EQ(page->next, "");
  ExpectSame(page->records[0], OrderAt("a", 3).record);
}

TEST_P(StoreConformance, FiltersListsByStateAndTime) {
  MustCommit(Puts({OrderAt("o1", 1, "PAID"), OrderAt("o2", 2, "FAILED"), OrderAt("o3", 3, "PAID"),
                   OrderAt("o4", 4, "EXPIRED"), OrderAt("o5", 5, "PAID_LATE")}));
  ListQuery states = Orders();
  states.states = {"PAID", "EXPIRED"};
  EXPECT_THAT(NamesOf(store().List(states)->records),
              ElementsAre(Name("o4"), Name("o3"), Name("o1")));
  ListQuery times = Orders();
  times.create_time_from = TimeAt(2);
  times.create_time_before = TimeAt(4);
  EXPECT_THAT(NamesOf(store().List(times)->records), ElementsAre(Name("o3"), Name("o2")));
  times.limit = 1;
  const auto first = store().List(times);
  EXPECT_THAT(NamesOf(first->records), ElementsAre(Name("o3")));
  times.after = first->next;
  const auto second = store().List(times);
  EXPECT_THAT(NamesOf(second->records), ElementsAre(Name("o2")));
  EXPECT_EQ(second->next, "");
  ListQuery both = Orders();
  both.states = {"PAID"};
  both.create_time_from = TimeAt(2);
  EXPECT_THAT(NamesOf(store().List(both)->records), ElementsAre(Name("o3")));
}

TEST_P(StoreConformance, PagesStayStableWhileOrdersAreAdded) {
  constexpr int kOrders = 25;
  std::vector<Put> puts;
  // Three of each time: ties must neither repeat nor hide one.
  for (int i = 0; i < kOrders; ++i) puts.push_back(OrderAt("o" + std::to_string(i), i / 3));
  MustCommit(Puts(puts));
  std::vector<std::string> seen;
  absl::Time previous = absl::InfiniteFuture();
  ListQuery query = Orders(4);
  int added = 0;
  do {
    const auto page = store().List(query);
    ASSERT_TRUE(page.ok()) << page.status();
    ASSERT_LE(page->records.size(), 4u);
    for (const Record& record : page->records) {
      EXPECT_LE(record.create_time, previous);
      previous = record.create_time;
      seen.push_back(record.name);
    }
    query.after = page->next;
    MustCommit(Puts({OrderAt("new" + std::to_string(added++), 1'000)}));
  } while (!query.after.empty());
  EXPECT_EQ(seen.size(), static_cast<size_t>(kOrders));
  EXPECT_EQ(std::set<std::string>(seen.begin(), seen.end()).size(), static_cast<size_t>(kOrders));
}

TEST_P(StoreConformance, RefusesBadPagesAndLimits) {
  ListQuery query = Orders();
  query.after = "nonsense";
  EXPECT_EQ(store().List(query).status().code(), absl::StatusCode::kInvalidArgument);
  query.after = "1.x";
  EXPECT_EQ(store().List(query).status().code(), absl::StatusCode::kInvalidArgument);
  EXPECT_EQ(store().List(Orders(0)).status().code(), absl::StatusCode::kInvalidArgument);
  EXPECT_EQ(store().ListDue(TimeAt(0), 0, {}).status().code(), absl::StatusCode::kInvalidArgument);
  EXPECT_EQ(store().ListInFlight("", -1).status().code(), absl::StatusCode::kInvalidArgument);
}

TEST_P(StoreConformance, ListsWhatIsDueLongestFirst) {
  const auto due_at = [](const std::string& id, int seconds) {
    Put put = NewOrder(id);
    put.record.due_time = TimeAt(seconds);
    return put;
  };
  MustCommit(Puts({due_at("late", 30), due_at("soon", 10), due_at("mid", 20), NewOrder("never")}));
  EXPECT_EQ(*store().NextDue(), TimeAt(10));
  EXPECT_THAT(*store().ListDue(TimeAt(9), 10, {}), IsEmpty());
  EXPECT_THAT(NamesOf(*store().ListDue(TimeAt(20), 10, {})),
              ElementsAre(Name("soon"), Name("mid")));
  EXPECT_THAT(NamesOf(*store().ListDue(TimeAt(99), 1, {})), ElementsAre(Name("soon")));

  const std::string account = due_at("x", 1).record.provider_account;
  EXPECT_THAT(*store().ListDue(TimeAt(99), 10, {"other", account}), IsEmpty());
  EXPECT_EQ(store().ListDue(TimeAt(99), 10, {account + "x", "x" + account})->size(), 3u);

  Put done = Update(due_at("soon", 10).record, "PAID");
  done.record.due_time.reset();
  Put later = Update(due_at("mid", 20).record, "PAID");
  later.record.due_time = TimeAt(40);
  MustCommit(Puts({done, later}));
  EXPECT_EQ(*store().NextDue(), TimeAt(30));
  EXPECT_THAT(NamesOf(*store().ListDue(TimeAt(99), 10, {})),
              ElementsAre(Name("late"), Name("mid")));
}

TEST_P(StoreConformance, ListsWhatIsUnknownLongestFirst) {
  const auto unknown_since = [](const std::string& id, int seconds, const std::string& merchant) {
    Put put = NewOrder(id, merchant);
    put.record.unknown_since = TimeAt(seconds);
    return put;
  };
  EXPECT_EQ(*store().OldestUnknown(), std::nullopt);
  MustCommit(Puts({unknown_since("c", 30, "a"), unknown_since("a", 10, "a"),
                   unknown_since("b", 10, "b"), NewOrder("known")}));
  EXPECT_EQ(*store().OldestUnknown(), TimeAt(10));
  const auto ids = [this](UnknownQuery query, std::string* next = nullptr) {
    const auto page = store().ListUnknown(query);
    EXPECT_TRUE(page.ok()) << page.status();
    if (next != nullptr) *next = page->next;
    std::vector<std::string> found;
    for (const Record& record : page->records) {
      found.push_back(record.name.substr(record.name.rfind('/') + 1));
    }
    return found;
  };
  EXPECT_THAT(ids({}), ElementsAre("a", "b", "c"));
  EXPECT_THAT(ids({.unknown_before = TimeAt(30)}), ElementsAre("a", "b"));
  EXPECT_THAT(ids({.merchant = "a"}), ElementsAre("a", "c"));
  std::string next;
  EXPECT_THAT(ids({.limit = 2}, &next), ElementsAre("a", "b"));
  EXPECT_THAT(ids({.limit = 2, .after = next}, &next), ElementsAre("c"));
  EXPECT_EQ(next, "");
  EXPECT_EQ(store().ListUnknown({.after = "x"}).status().code(),
            absl::StatusCode::kInvalidArgument);
  Put known = Update(unknown_since("a", 10, "a").record, "PAID");
  known.record.unknown_since.reset();
  MustCommit(Puts({known}));
  EXPECT_THAT(ids({}), ElementsAre("b", "c"));
}

TEST_P(StoreConformance, ListsWhatIsInFlightByName) {
  const auto flying = [](const std::string& id) {
    Put put = NewOrder(id);
    put.record.in_flight = true;
    return put;
  };
  MustCommit(Puts({flying("c"), flying("a"), NewOrder("b"), flying("d")}));
  EXPECT_THAT(NamesOf(*store().ListInFlight("", 2)), ElementsAre(Name("a"), Name("c")));
  EXPECT_THAT(NamesOf(*store().ListInFlight(Name("c"), 2)), ElementsAre(Name("d")));
  Put landed = Update(flying("a").record, "AWAITING_PAYER");
  landed.record.in_flight = false;
  MustCommit(Puts({landed}));
  Reopen();
  EXPECT_THAT(NamesOf(*store().ListInFlight("", 10)), ElementsAre(Name("c"), Name("d")));
}

}  // namespace
}  // namespace sluice::store
