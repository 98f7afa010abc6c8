// Watches against scripted streams: resume, repeats, drains, silence, ends.

#include "sluice/client/watch.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <thread>

#include "sluice/client/client.h"
#include "tests/scripted_server.h"

namespace sluice::client {
namespace {

using std::chrono::milliseconds;
using testing::ElementsAre;

// Waits are real here, but none is longer than a millisecond.
class WatchTest : public testing::Test {
 protected:
  EventWatch Start(const std::string& cursor = "") {
    Options options;
    options.endpoint = server_.endpoint;
    options.retry.initial_backoff = milliseconds(1);
    options.retry.max_backoff = milliseconds(1);
    options.silence = silence_;
    options.seams.now = [later = later_] { return std::chrono::steady_clock::now() + *later; };
    client_ = *Client::Create(options);
    v1::WatchEventsRequest request;
    request.set_parent("merchants/demo");
    if (cursor.empty()) {
      request.mutable_beginning();
    } else {
      request.set_cursor(cursor);
    }
    return client_->WatchEvents(request);
  }

  // All sequences until the watch ends, each with its cursor.
  static std::vector<std::string> Drain(EventWatch& watch) {
    std::vector<std::string> seen;
    while (const auto item = watch.Next()) {
      seen.push_back(std::to_string(item->event->sequence()) + item->cursor);
    }
    return seen;
  }

  ScriptedServer server_;
  milliseconds silence_{45000};
  // What the client's clock is ahead of this machine's.
  std::shared_ptr<milliseconds> later_ = std::make_shared<milliseconds>(0);
  std::unique_ptr<Client> client_;
};

TEST_F(WatchTest, ABreakIsResumedFromTheLastCursorAndRepeatsAreDropped) {
  server_.streams = {
      {{Batch(1, 2, "a")}, {grpc::StatusCode::UNAVAILABLE, "broken"}},
      {{Batch(2, 4, "b")}, Refusal(grpc::StatusCode::RESOURCE_EXHAUSTED, "OVERLOADED", "none")},
      {{Batch(4, 4, "b")}, grpc::Status::OK},
      {{Batch(5, 5, "c")}, Refusal(grpc::StatusCode::OUT_OF_RANGE, "CURSOR_EXPIRED", "none")}};
  auto watch = Start();
  EXPECT_THAT(Drain(watch), ElementsAre("1", "2a", "3a", "4b", "5c"));
  ASSERT_TRUE(watch.error().has_value());
  EXPECT_EQ(watch.error()->reason, "CURSOR_EXPIRED");
  EXPECT_THAT(server_.cursors, ElementsAre("", "a", "b", "b"));
  EXPECT_EQ(watch.cursor(), "c");
}

TEST_F(WatchTest, ProgressMovesTheCursorAndIsNoItem) {
  v1::WatchEventsResponse progress;
  progress.mutable_progress();
  progress.set_cursor("p");
  server_.streams = {{{progress}, {grpc::StatusCode::UNAVAILABLE, ""}}};
  auto watch = Start("o");
  EXPECT_THAT(Drain(watch), ElementsAre());
  EXPECT_THAT(server_.cursors, ElementsAre("o", "p"));
  EXPECT_EQ(watch.cursor(), "p");
}

TEST_F(WatchTest, ADrainIsFollowedByANewStream) {
  v1::WatchEventsResponse closing;
  closing.mutable_closing()->set_reason(v1::Closing::REASON_DRAINING);
  closing.set_cursor("d");
  server_.streams = {{{Batch(1, 1, "a"), closing}, grpc::Status::OK},
                     {{Batch(2, 2, "e")}, grpc::Status(grpc::StatusCode::NOT_FOUND, "")}};
  auto watch = Start();
  EXPECT_THAT(Drain(watch), ElementsAre("1a", "2e"));
  EXPECT_THAT(server_.cursors, ElementsAre("", "d"));
}

TEST_F(WatchTest, SilenceIsABreak) {
  server_.streams = {{{Batch(1, 1, "a")}, grpc::Status::OK, /*stays_open=*/true},
                     {{Batch(2, 2, "b")}, grpc::Status(grpc::StatusCode::NOT_FOUND, "")}};
  auto watch = Start();
  const auto item = watch.Next();
  ASSERT_TRUE(item.has_value());
  EXPECT_EQ(item->cursor, "a");
  *later_ = silence_ - milliseconds(5000);
  EXPECT_FALSE(watch.Next(milliseconds(5)).has_value());
  EXPECT_THAT(server_.cursors, ElementsAre(""));
  *later_ = silence_;
  EXPECT_THAT(Drain(watch), ElementsAre("2b"));
  EXPECT_THAT(server_.cursors, ElementsAre("", "a"));
}

TEST_F(WatchTest, NoLimitIsOneThatIsNeverReached) {
  silence_ = milliseconds::max();
  server_.streams = {{{Batch(1, 1, "a")}, {grpc::StatusCode::UNAVAILABLE, ""}},
                     {{Batch(2, 2, "b")}, grpc::Status(grpc::StatusCode::NOT_FOUND, "")}};
  auto watch = Start();
  for (const char* const cursor : {"a", "b"}) {
    const auto item = watch.Next(milliseconds::max());
    ASSERT_TRUE(item.has_value());
    EXPECT_EQ(item->cursor, cursor);
  }
  EXPECT_FALSE(watch.Next(milliseconds::max()).has_value());
  EXPECT_TRUE(watch.error().has_value());
  EXPECT_THAT(server_.cursors, ElementsAre("", "a"));
}

TEST_F(WatchTest, TimeUpIsNoEnd) {
  server_.streams = {{{Batch(1, 1, "a")}, grpc::Status::OK, /*stays_open=*/true}};
  auto watch = Start();
  ASSERT_TRUE(watch.Next().has_value());
  EXPECT_FALSE(watch.Next(milliseconds(5)).has_value());
  EXPECT_FALSE(watch.error().has_value());
}

TEST_F(WatchTest, CancelEndsAWaitingNext) {
  server_.streams = {{{Batch(1, 1, "a")}, grpc::Status::OK, /*stays_open=*/true}};
  auto watch = Start();
  ASSERT_TRUE(watch.Next().has_value());
  std::thread other([&] { watch.Cancel(); });
  EXPECT_FALSE(watch.Next().has_value());
  other.join();
  ASSERT_TRUE(watch.error().has_value());
  EXPECT_EQ(watch.error()->code, grpc::StatusCode::CANCELLED);
}

TEST_F(WatchTest, AnUnreadWatchEndsWithItsOwner) {
  Stream many{{}, grpc::Status::OK, /*stays_open=*/true};
  for (int64_t i = 1; i <= 200; ++i) many.messages.push_back(Batch(i, i, std::to_string(i)));
  server_.streams = {many};
  auto watch = Start();
  ASSERT_TRUE(watch.Next().has_value());
  client_ = nullptr;  // A watch outlives its client.
  ASSERT_TRUE(watch.Next().has_value());
}

TEST_F(WatchTest, AnItemMayBeKeptLongerThanItsWatch) {
  server_.streams = {{{Batch(1, 3, "a"), Batch(4, 4, "b")}, {grpc::StatusCode::NOT_FOUND, ""}}};
  std::vector<EventItem> kept;
  {
    auto watch = Start();
    while (auto item = watch.Next()) kept.push_back(*std::move(item));
  }
  client_ = nullptr;
  kept.erase(kept.begin());  // A part of a batch keeps the batch.
  std::vector<std::string> names;
  // Another thread than the one that has taken them.
  std::thread([&] {
    for (const EventItem& item : kept) names.push_back(item.event->name() + item.cursor);
    kept.clear();
  }).join();
  EXPECT_THAT(names, ElementsAre("merchants/demo/events/2", "merchants/demo/events/3a",
                                 "merchants/demo/events/4b"));
}

TEST_F(WatchTest, EachMerchantHasItsOwnSequence) {
  const auto of = [](const std::string& merchant, int64_t sequence) {
    v1::Event event;
    event.set_name("merchants/" + merchant + "/events/" + std::to_string(sequence));
    event.set_sequence(sequence);
    return event;
  };
  v1::WatchEventsResponse first, again;
  for (const auto& [merchant, sequence] :
       {std::pair("a", 1), {"b", 7}, {"a", 2}, {"ab", 1}, {"b", 8}}) {
    *first.mutable_batch()->add_events() = of(merchant, sequence);
  }
  first.set_cursor("x");
  for (const auto& [merchant, sequence] : {std::pair("b", 8), {"a", 3}, {"ab", 1}, {"a", 2}}) {
    *again.mutable_batch()->add_events() = of(merchant, sequence);
  }
  again.set_cursor("y");
  server_.streams = {{{first}, {grpc::StatusCode::UNAVAILABLE, ""}},
                     {{again}, grpc::Status(grpc::StatusCode::NOT_FOUND, "")}};
  auto watch = Start();
  std::vector<std::string> seen;
  while (const auto item = watch.Next()) seen.push_back(item->event->name() + item->cursor);
  // The last one that is not a repeat has the cursor of its batch, wherever it stands.
  EXPECT_THAT(
      seen, ElementsAre("merchants/a/events/1", "merchants/b/events/7", "merchants/a/events/2",
                        "merchants/ab/events/1", "merchants/b/events/8x", "merchants/a/events/3y"));
}

TEST_F(WatchTest, UnknownTypesAndNumbersPassThrough) {
  v1::WatchEventsResponse batch = Batch(1, 1, "a");
  v1::Event* const event = batch.mutable_batch()->mutable_events(0);
  event->set_type("order.teleported");
  event->mutable_order()->set_state(static_cast<v1::Order::State>(4711));
  server_.streams = {{{batch}, grpc::Status(grpc::StatusCode::NOT_FOUND, "")}};
  auto watch = Start();
  const auto item = watch.Next();
  ASSERT_TRUE(item.has_value());
  EXPECT_EQ(item->event->type(), "order.teleported");
  EXPECT_EQ(static_cast<int>(item->event->order().state()), 4711);
}

}  // namespace
}  // namespace sluice::client
