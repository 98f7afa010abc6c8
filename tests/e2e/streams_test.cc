// The event stream: complete, in order, resumable, alive; and what it refuses.

#include <gmock/gmock.h>

#include <algorithm>
#include <filesystem>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include "tests/e2e/fixture.h"

namespace sluice::e2e {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::Not;

class StreamsTest : public ServerFixture {
 protected:
  static v1::WatchEventsRequest From(const std::string& cursor) {
    v1::WatchEventsRequest request;
    request.set_parent(kMerchant);
    request.set_cursor(cursor);
    return request;
  }

  static bool Saw(const std::vector<v1::WatchEventsResponse>& messages, const std::string& type,
                  const std::string& id) {
    const std::vector<v1::Event> events = EventsOf(messages);
    return std::any_of(events.begin(), events.end(), [&](const v1::Event& event) {
      return event.type() == type && event.resource() == OrderName(id);
    });
  }

  static void ExpectContiguous(const std::vector<v1::Event>& events, int64_t first) {
    for (size_t i = 0; i < events.size(); ++i) {
      ASSERT_EQ(events[i].sequence(), first + static_cast<int64_t>(i));
    }
  }

  // How a watch that the server refuses ends.
  Problem Refusal(const v1::WatchEventsRequest& request) {
    return Explain(WatchEvents(request)->WaitForEnd());
  }
};

TEST_F(StreamsTest, WatchFromTheBeginningIsTheListAndGoesOn) {
  PaidOrder("A-1");
  const auto watch = WatchAll();
  PaidOrder("A-2");
  ASSERT_TRUE(watch->WaitUntil([](const auto& m) { return Saw(m, "order.paid", "A-2"); }));
  const std::vector<v1::Event> watched = EventsOf(watch->messages()), listed = ListEvents();
  ASSERT_EQ(watched.size(), listed.size());
  for (size_t i = 0; i < listed.size(); ++i) {
    EXPECT_EQ(watched[i].SerializeAsString(), listed[i].SerializeAsString()) << i;
  }
  ExpectContiguous(watched, 1);
  EXPECT_EQ(watched[0].name(), "merchants/demo/events/00000000000000000001");
  v1::GetEventRequest get;
  get.set_name(watched[0].name());
  const auto one = Call(events_, &v1::EventService::Stub::GetEvent, get);
  ASSERT_TRUE(one.ok()) << one.problem();
  EXPECT_EQ(one->SerializeAsString(), watched[0].SerializeAsString());
}

TEST_F(StreamsTest, FromNowStartsWhenTheStreamIsOpen) {
  OpenOrder("A-1");
  v1::WatchEventsRequest request;
  request.set_parent(kMerchant);
  request.mutable_from_now();
  const auto watch = WatchEvents(request);
  OpenOrder("A-2");
  ASSERT_TRUE(
      watch->WaitUntil([](const auto& m) { return Saw(m, "order.awaiting_payer", "A-2"); }));
  EXPECT_FALSE(Saw(watch->messages(), "order.created", "A-1"));
  EXPECT_TRUE(Saw(watch->messages(), "order.created", "A-2"));
}

TEST_F(StreamsTest, EveryMessagesCursorResumesExactlyAfterIt) {
  PaidOrder("A-1");
  const auto watch = WatchAll();
  PaidOrder("A-2");
  ASSERT_TRUE(watch->WaitUntil([](const auto& m) { return Saw(m, "order.paid", "A-2"); }));
  const auto messages = watch->messages();
  const size_t total = EventsOf(messages).size();
  size_t seen = 0;
  for (const auto& message : messages) {
    seen += static_cast<size_t>(message.batch().events_size());
    const auto resumed = WatchEvents(From(message.cursor()));
    ASSERT_TRUE(
        resumed->WaitUntil([&](const auto& m) { return EventsOf(m).size() >= total - seen; }));
    ExpectContiguous(EventsOf(resumed->messages()), static_cast<int64_t>(seen) + 1);
  }
}

TEST_F(StreamsTest, ResumesAcrossARestartWithoutAGap) {
  const auto before = WatchAll();
  PaidOrder("A-1");
  ASSERT_TRUE(before->WaitUntil([](const auto& m) { return Saw(m, "order.paid", "A-1"); }));
  Stop();
  EXPECT_TRUE(before->WaitForEnd().ok());
  const auto messages = before->messages();
  ASSERT_TRUE(messages.back().has_closing());
  EXPECT_EQ(messages.back().closing().reason(), v1::Closing::REASON_DRAINING);
  ASSERT_THAT(messages.back().cursor(), Not(IsEmpty()));

  Start();
  PaidOrder("A-2");  // While nobody watches.
  const auto after = WatchEvents(From(messages.back().cursor()));
  ASSERT_TRUE(after->WaitUntil([](const auto& m) { return Saw(m, "order.paid", "A-2"); }));
  std::vector<v1::Event> all = EventsOf(messages);
  for (const v1::Event& event : EventsOf(after->messages())) all.push_back(event);
  ExpectContiguous(all, 1);
  const std::vector<v1::Event> listed = ListEvents();
  ASSERT_EQ(all.size(), listed.size());
}

TEST_F(StreamsTest, ListedCursorContinuesAsAStream) {
  PaidOrder("A-1");
  v1::ListEventsRequest request;
  request.set_parent(kMerchant);
  request.set_page_size(2);
  const auto page = Call(events_, &v1::EventService::Stub::ListEvents, request);
  ASSERT_EQ(page->events_size(), 2);
  const auto watch = WatchEvents(From(page->cursor()));
  ASSERT_TRUE(watch->WaitUntil([](const auto& m) { return Saw(m, "order.paid", "A-1"); }));
  ExpectContiguous(EventsOf(watch->messages()), 3);
}

TEST_F(StreamsTest, FilterByTypeAndPrefixIsTheSameForWatchAndList) {
  PaidOrder("A-1");
  PaidOrder("A-2");
  v1::WatchEventsRequest request;
  request.set_parent(kMerchant);
  request.mutable_beginning();
  request.mutable_filter()->add_types("order.paid");
  request.mutable_filter()->add_types("refund.*");
  request.mutable_filter()->set_resource_prefix(OrderName("A-2"));
  const auto watch = WatchEvents(request);
  ASSERT_TRUE(CreateRefund("A-2", "F-1", 10).ok());
  ASSERT_TRUE(watch->WaitUntil([](const auto& m) { return EventsOf(m).size() >= 3; }));
  for (const v1::Event& event : EventsOf(watch->messages())) {
    EXPECT_TRUE(event.type() == "order.paid" || event.refund().name() == RefundName("A-2", "F-1"));
    EXPECT_THAT(event.resource(), ::testing::StartsWith(OrderName("A-2")));
  }
  const std::vector<v1::Event> listed = ListEvents(request.filter());
  const std::vector<v1::Event> watched = EventsOf(watch->messages());
  ASSERT_GE(listed.size(), watched.size());
  for (size_t i = 0; i < watched.size(); ++i) EXPECT_EQ(watched[i].name(), listed[i].name());
}

TEST_F(StreamsTest, HeartbeatMovesTheCursorOnAlsoWhenNothingMatches) {
  Stop();
  options_.settings.heartbeat = absl::Seconds(1);
  Start();
  v1::WatchEventsRequest request;
  request.set_parent(kMerchant);
  request.mutable_beginning();
  request.mutable_filter()->add_types("order.expired");
  const auto watch = WatchEvents(request);
  OpenOrder("A-1");
  ASSERT_TRUE(watch->WaitUntil([](const auto& messages) {
    return std::count_if(messages.begin(), messages.end(),
                         [](const auto& m) { return m.has_progress(); }) >= 2;
  }));
  const auto messages = watch->messages();
  EXPECT_THAT(EventsOf(messages), IsEmpty());
  EXPECT_TRUE(messages.back().progress().has_time());
  // The cursor is past what did not match.
  v1::WatchEventsRequest resumed = request;
  resumed.set_cursor(messages.back().cursor());
  EXPECT_EQ(WatchEvents(resumed)->messages().size(), 0U);
}

TEST_F(StreamsTest, OldStreamsAreClosedWithTheirCursor) {
  Stop();
  options_.settings.max_stream_age = absl::Seconds(1);
  Start();
  const auto watch = WatchAll();
  OpenOrder("A-1");
  EXPECT_TRUE(watch->WaitForEnd().ok());
  const auto messages = watch->messages();
  ASSERT_THAT(messages, Not(IsEmpty()));
  EXPECT_EQ(messages.back().closing().reason(), v1::Closing::REASON_MAX_AGE);
  EXPECT_THAT(messages.back().cursor(), Not(IsEmpty()));
}

TEST_F(StreamsTest, BadCursorsAreRefusedByReason) {
  const auto watch = WatchAll();
  OpenOrder("A-1");
  ASSERT_TRUE(watch->WaitUntil([](const auto& m) { return !EventsOf(m).empty(); }));
  const std::string good = watch->messages().back().cursor();
  std::string flipped = good;
  flipped[flipped.size() / 2] = flipped[flipped.size() / 2] == 'A' ? 'B' : 'A';
  for (const std::string& bad :
       {std::string("rubbish"), flipped, good + "A", good.substr(1), std::string(10'000, 'A')}) {
    const Problem problem = Refusal(From(bad));
    EXPECT_EQ(problem.code, grpc::StatusCode::INVALID_ARGUMENT) << problem;
    EXPECT_EQ(problem.reason, "CURSOR_INVALID");
    EXPECT_EQ(problem.side_effect(), "none");
  }
}

TEST_F(StreamsTest, CursorOfAnotherFilterOrMerchantIsRefused) {
  const auto watch = WatchAll();
  OpenOrder("A-1");
  ASSERT_TRUE(watch->WaitUntil([](const auto& m) { return !EventsOf(m).empty(); }));
  const std::string good = watch->messages().back().cursor();
  v1::WatchEventsRequest filtered = From(good);
  filtered.mutable_filter()->add_types("order.paid");
  EXPECT_EQ(Refusal(filtered).reason, "CURSOR_INVALID");
  v1::WatchEventsRequest all = From(good);
  all.set_parent("merchants/-");
  EXPECT_EQ(Refusal(all).reason, "CURSOR_INVALID");
}

TEST_F(StreamsTest, CursorOfAnotherStoreIsRefused) {
  const auto watch = WatchAll();
  PaidOrder("A-1");
  ASSERT_TRUE(watch->WaitUntil([](const auto& m) { return Saw(m, "order.paid", "A-1"); }));
  const std::string good = watch->messages().back().cursor();
  Stop();
  options_.settings.data_dir = folder_ + "/other";
  Start();
  PaidOrder("A-1");
  EXPECT_EQ(Refusal(From(good)).reason, "CURSOR_INVALID");
}

TEST_F(StreamsTest, CursorFromTheFutureOfTheStoreIsRefused) {
  OpenOrder("A-1");
  Stop();
  // A copy of today; tomorrow is lost when it is put back.
  const std::string kept = folder_ + "/copy";
  std::filesystem::copy(options_.settings.data_dir, kept, std::filesystem::copy_options::recursive);
  Start();
  const auto watch = WatchAll();
  PaidOrder("A-2");
  ASSERT_TRUE(watch->WaitUntil([](const auto& m) { return Saw(m, "order.paid", "A-2"); }));
  const std::string future = watch->messages().back().cursor();
  Stop();
  options_.settings.data_dir = kept;
  Start();
  const Problem problem = Refusal(From(future));
  EXPECT_EQ(problem.code, grpc::StatusCode::INVALID_ARGUMENT) << problem;
  EXPECT_EQ(problem.reason, "CURSOR_INVALID");
  EXPECT_EQ(problem.side_effect(), "none");
}

TEST_F(StreamsTest, WatchWithoutAStartOrWithABadFilterIsRefused) {
  v1::WatchEventsRequest no_start;
  no_start.set_parent(kMerchant);
  EXPECT_EQ(Refusal(no_start).reason, "FIELD_INVALID");
  v1::WatchEventsRequest bad_type = no_start;
  bad_type.mutable_beginning();
  bad_type.mutable_filter()->add_types("order.payed");
  const Problem problem = Refusal(bad_type);
  EXPECT_EQ(problem.code, grpc::StatusCode::INVALID_ARGUMENT);
  EXPECT_THAT(problem.fields, ::testing::Contains(::testing::HasSubstr("filter.types")));
  v1::WatchEventsRequest no_merchant;
  no_merchant.set_parent("demo");
  no_merchant.mutable_beginning();
  EXPECT_THAT(Refusal(no_merchant).fields, ElementsAre("parent"));
}

TEST_F(StreamsTest, WatchOrderGivesTheStateAtOnceThenEachChange) {
  OpenOrder("A-1");
  const auto watch = WatchOrder("A-1");
  ASSERT_TRUE(watch->WaitUntil([](const auto& m) { return !m.empty(); }));
  EXPECT_EQ(watch->messages()[0].order().state(), v1::Order::STATE_AWAITING_PAYER);
  ASSERT_TRUE(Pay(OrderName("A-1")).ok());
  ASSERT_TRUE(watch->WaitUntil(
      [](const auto& m) { return m.back().order().state() == v1::Order::STATE_PAID; }));
  ASSERT_TRUE(RevokeOrder("A-1").ok());
  ASSERT_TRUE(watch->WaitUntil(
      [](const auto& m) { return m.back().order().state() == v1::Order::STATE_REVOKED; }));
  std::vector<int64_t> revisions;
  std::vector<v1::Order::State> states;
  for (const auto& message : watch->messages()) {
    if (!message.has_order()) continue;
    revisions.push_back(message.order().revision());
    if (states.empty() || states.back() != message.order().state()) {
      states.push_back(message.order().state());
    }
  }
  EXPECT_TRUE(std::is_sorted(revisions.begin(), revisions.end()));
  EXPECT_THAT(states, ElementsAre(v1::Order::STATE_AWAITING_PAYER, v1::Order::STATE_PAID,
                                  v1::Order::STATE_REVOKING, v1::Order::STATE_REVOKED));
}

TEST_F(StreamsTest, WatchOrderResumesWithTheChangesThatWereMissed) {
  OpenOrder("A-1");
  std::string cursor;
  {
    const auto watch = WatchOrder("A-1");
    ASSERT_TRUE(watch->WaitUntil([](const auto& m) { return !m.empty(); }));
    cursor = watch->messages()[0].cursor();
  }
  ASSERT_TRUE(Pay(OrderName("A-1")).ok());
  AwaitState("A-1", v1::Order::STATE_PAID);
  const auto resumed = WatchOrder("A-1", cursor);
  ASSERT_TRUE(resumed->WaitUntil([](const auto& m) { return !m.empty(); }));
  EXPECT_EQ(resumed->messages()[0].order().state(), v1::Order::STATE_PAID);
}

TEST_F(StreamsTest, ReadAfterAnEventShowsTheChangeOrALaterOne) {
  constexpr int kOrders = 20;
  const auto watch = WatchAll();
  std::thread caller([&] {
    for (int i = 0; i < kOrders; ++i) CreateOrder("M-" + std::to_string(i), BotimOrder(100));
  });
  // Each event as soon as it is there.
  for (size_t seen = 0; seen < 2 * kOrders; ++seen) {
    ASSERT_TRUE(watch->WaitUntil([&](const auto& m) { return EventsOf(m).size() > seen; }));
    const v1::Event event = EventsOf(watch->messages())[seen];
    v1::GetOrderRequest get;
    get.set_name(event.resource());
    const auto order = Call(orders_, &v1::OrderService::Stub::GetOrder, get);
    ASSERT_TRUE(order.ok()) << order.problem();
    EXPECT_GE(order->revision(), event.order().revision()) << event.type();
  }
  caller.join();
}

TEST_F(StreamsTest, WatchOfAnUnknownOrderIsNotFound) {
  EXPECT_EQ(Explain(WatchOrder("nothing")->WaitForEnd()).reason, "NOT_FOUND");
  OpenOrder("A-1");
  EXPECT_EQ(Explain(WatchOrder("A-1", "rubbish")->WaitForEnd()).reason, "CURSOR_INVALID");
}

TEST_F(StreamsTest, ManyWatchersUnderLoadAllSeeTheSame) {
  constexpr int kWatchers = 10, kOrders = 12;
  std::vector<std::unique_ptr<EventWatch>> watchers;
  for (int i = 0; i < kWatchers; ++i) watchers.push_back(WatchAll());
  std::vector<std::thread> callers;
  for (int caller = 0; caller < 3; ++caller) {
    callers.emplace_back([&, caller] {
      for (int i = caller; i < kOrders; i += 3) {
        EXPECT_TRUE(CreateOrder("M-" + std::to_string(i), BotimOrder(100)).ok());
      }
    });
  }
  for (std::thread& caller : callers) caller.join();
  for (const auto& watch : watchers) {
    ASSERT_TRUE(watch->WaitUntil([&](const auto& m) { return EventsOf(m).size() >= 2 * kOrders; }));
    ExpectContiguous(EventsOf(watch->messages()), 1);
  }
}

}  // namespace
}  // namespace sluice::e2e
