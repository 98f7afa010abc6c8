// The event log: contiguous, ordered, the same live as read back.

#include <map>
#include <thread>
#include <utility>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/conformance/store/store_conformance.h"

namespace sluice::store {
namespace {

Transaction Events(std::vector<EventDraft> events) {
  Transaction transaction;
  transaction.events = std::move(events);
  return transaction;
}

EventQuery After(int64_t position, const std::string& merchant = "", int limit = 256) {
  EventQuery query;
  query.merchant = merchant;
  query.after_position = position;
  query.limit = limit;
  return query;
}

TEST_P(StoreConformance, NumbersEventsOverTheLogAndPerMerchant) {
  const Committed committed = Commit(Events(
      {OrderEvent("1", "a"), OrderEvent("2", "b"), OrderEvent("3", "a"), OrderEvent("4", "b")}));
  ASSERT_TRUE(committed.status.ok()) << committed.status;
  ASSERT_EQ(committed.events.size(), 4u);
  const int64_t sequences[] = {1, 1, 2, 2};
  for (int i = 0; i < 4; ++i) {
    EXPECT_EQ(committed.events[i]->position, i + 1);
    EXPECT_EQ(committed.events[i]->sequence, sequences[i]);
  }
}

TEST_P(StoreConformance, ReadsBackWhatItAnsweredAndTold) {
  std::vector<EventPtr> told;
  store().OnEvents([&told](const std::vector<EventPtr>& events) {
    told.insert(told.end(), events.begin(), events.end());
  });
  EventDraft draft = OrderEvent("o1");
  draft.body = std::string("{\"a\":\"\0\xff\"}", 11);
  // A time between two nanoseconds: live and read back must not differ.
  draft.create_time += absl::Nanoseconds(1) / 4;
  const Committed committed = Commit(Events({draft, OrderEvent("o2")}));
  ASSERT_TRUE(committed.status.ok());
  const auto read = store().ReadEvents(After(0));
  ASSERT_TRUE(read.ok()) << read.status();
  ASSERT_EQ(read->size(), 2u);
  ASSERT_EQ(told.size(), 2u);
  for (size_t i = 0; i < 2; ++i) {
    ExpectSame(*(*read)[i], *committed.events[i]);
    ExpectSame(*(*read)[i], *told[i]);
  }
  EXPECT_EQ((*read)[0]->body, draft.body);
  EXPECT_EQ((*read)[0]->traceparent, draft.traceparent);
  const auto one = store().GetEvent(kMerchant, 2);
  ASSERT_TRUE(one.ok() && one->has_value());
  ExpectSame(***one, *committed.events[1]);
}

TEST_P(StoreConformance, ReadsOneMerchantOrAll) {
  MustCommit(Events({OrderEvent("1", "a"), OrderEvent("2", "b"), OrderEvent("3", "a")}));
  MustCommit(Events({OrderEvent("4", "b"), OrderEvent("5", "a"), OrderEvent("6", "ab")}));
  const auto positions = [this](const EventQuery& query) {
    std::vector<int64_t> out;
    const auto events = store().ReadEvents(query);
    EXPECT_TRUE(events.ok()) << events.status();
    for (const EventPtr& event : *events) out.push_back(event->position);
    return out;
  };
  using testing::ElementsAre;
  EXPECT_THAT(positions(After(0)), ElementsAre(1, 2, 3, 4, 5, 6));
  EXPECT_THAT(positions(After(2)), ElementsAre(3, 4, 5, 6));
  EXPECT_THAT(positions(After(2, "", 2)), ElementsAre(3, 4));
  EXPECT_THAT(positions(After(0, "a")), ElementsAre(1, 3, 5));
  EXPECT_THAT(positions(After(1, "a")), ElementsAre(3, 5));
  EXPECT_THAT(positions(After(2, "a", 1)), ElementsAre(3));
  EXPECT_THAT(positions(After(6)), testing::IsEmpty());
  EXPECT_THAT(positions(After(99, "b")), testing::IsEmpty());
  EXPECT_THAT(positions(After(0, "nobody")), testing::IsEmpty());
  EXPECT_EQ((*store().GetEvent("b", 2)).value()->position, 4);
  EXPECT_FALSE(store().GetEvent("b", 3)->has_value());
  EXPECT_EQ(store().ReadEvents(After(0, "", 0)).status().code(),
            absl::StatusCode::kInvalidArgument);
}

TEST_P(StoreConformance, SaysTheLogsBounds) {
  auto bounds = store().Bounds();
  ASSERT_TRUE(bounds.ok()) << bounds.status();
  EXPECT_EQ(bounds->oldest_position, 1);
  EXPECT_EQ(bounds->newest_position, 0);
  MustCommit(Events({OrderEvent("1"), OrderEvent("2"), OrderEvent("3")}));
  bounds = store().Bounds();
  EXPECT_EQ(bounds->oldest_position, 1);
  EXPECT_EQ(bounds->newest_position, 3);
}

// The one that a database's own counters get wrong: with many committing at once, every number is
// given exactly once, the listener hears each once and in order, and no reader ever sees a number
// before all smaller ones.
TEST_P(StoreConformance, StaysContiguousUnderManyCommittingThreads) {
  constexpr int kThreads = 8;
  constexpr int kEach = 60;
  std::vector<int64_t> told;
  store().OnEvents([&told](const std::vector<EventPtr>& events) {
    for (const EventPtr& event : events) told.push_back(event->position);
  });
  Answers answers;
  std::atomic<bool> committing{true};
  std::thread reader([&] {
    int64_t position = 0;
    do {
      const auto events = store().ReadEvents(After(position));
      ASSERT_TRUE(events.ok()) << events.status();
      for (const EventPtr& event : *events) ASSERT_EQ(event->position, ++position);
    } while (committing.load());
  });
  std::vector<std::thread> writers;
  for (int t = 0; t < kThreads; ++t) {
    writers.emplace_back([&, t] {
      for (int i = 0; i < kEach; ++i) {
        const std::string id = std::to_string(t) + "-" + std::to_string(i);
        // Two merchants; some of every thread's transactions are refused.
        const std::string merchant = (t + i) % 2 == 0 ? "a" : "b";
        Transaction transaction = Events({OrderEvent(id, merchant), OrderEvent(id, merchant)});
        transaction.puts = {NewOrder(i % 5 == 4 ? std::to_string(t) + "-0" : id)};
        store().Commit(std::move(transaction), answers.For(t * kEach + i));
      }
    });
  }
  for (std::thread& writer : writers) writer.join();
  answers.Await(kThreads * kEach);
  committing = false;
  reader.join();

  int64_t written = 0;
  for (int i = 0; i < kThreads * kEach; ++i) {
    const Committed committed = answers.Of(i);
    const bool refused = i % kEach % 5 == 4;
    EXPECT_EQ(committed.status.code(),
              refused ? absl::StatusCode::kAlreadyExists : absl::StatusCode::kOk);
    written += static_cast<int64_t>(committed.events.size());
  }
  EXPECT_EQ(written, kThreads * kEach / 5 * 4 * 2);
  std::map<std::string, int64_t> sequences;
  int64_t position = 0;
  const auto all = store().ReadEvents(After(0, "", 10'000));
  for (const EventPtr& event : *all) {
    EXPECT_EQ(event->position, ++position);
    EXPECT_EQ(event->sequence, ++sequences[event->merchant]);
  }
  EXPECT_EQ(position, written);
  EXPECT_EQ(NewestPosition(), written);
  ASSERT_EQ(told.size(), static_cast<size_t>(written));
  for (int64_t i = 0; i < written; ++i) EXPECT_EQ(told[i], i + 1);
}

}  // namespace
}  // namespace sluice::store
