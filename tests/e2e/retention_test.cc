// What is no longer kept: cursors that are too old say so, orders stay.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/e2e/fixture.h"

namespace sluice::e2e {
namespace {

using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;

class RetentionTest : public ServerFixture {
 protected:
  void Prepare() override {
    options_.settings.keep_events = absl::Hours(1);
    options_.settings.keep_notifications = absl::Hours(2);
  }

  static v1::ListEventsRequest List(int page_size, const std::string& token = "") {
    v1::ListEventsRequest request;
    request.set_parent("merchants/demo");
    request.set_page_size(page_size);
    request.set_page_token(token);
    return request;
  }

  // Asks for one page alone: the next one's token may have expired by then.
  int64_t OldestSequence() {
    const auto page = Call(events_, &v1::EventService::Stub::ListEvents, List(1));
    EXPECT_TRUE(page.ok()) << page.problem();
    return page->events_size() == 0 ? INT64_MAX : page->events(0).sequence();
  }

  // Moves time on, and asks until what there is now is gone. (The providers may have news by then.)
  void LetEventsGo() {
    const int64_t last = ListEvents().back().sequence();
    clock_.Shift(absl::Hours(1) + absl::Minutes(1));
    const absl::Time give_up = absl::Now() + kPatience;
    while (OldestSequence() <= last && absl::Now() < give_up) {
    }
    ASSERT_GT(OldestSequence(), last);
  }

  static bool Created(const std::vector<v1::WatchEventsResponse>& messages, const char* id) {
    for (const v1::Event& event : EventsOf(messages)) {
      if (event.type() == "order.created" && event.resource() == OrderName(id)) return true;
    }
    return false;
  }

  Problem Refusal(const std::string& cursor) {
    v1::WatchEventsRequest request;
    request.set_parent("merchants/demo");
    request.set_cursor(cursor);
    return Explain(WatchEvents(request)->WaitForEnd());
  }
};

TEST_F(RetentionTest, AWatchFromACursorThatIsTooOldSaysWhereToGoOn) {
  PaidOrder("A-1");
  const auto page = Call(events_, &v1::EventService::Stub::ListEvents, List(1));
  ASSERT_TRUE(page.ok()) << page.problem();
  LetEventsGo();
  const Problem problem = Refusal(page->cursor());
  EXPECT_EQ(problem.code, grpc::StatusCode::OUT_OF_RANGE) << problem;
  EXPECT_EQ(problem.reason, "CURSOR_EXPIRED");
  EXPECT_EQ(problem.side_effect(), "none");
  ASSERT_THAT(problem.metadata.at("oldest_cursor"), Not(IsEmpty()));

  // From there on everything comes, from this process and the next.
  v1::WatchEventsRequest resume;
  resume.set_parent("merchants/demo");
  resume.set_cursor(problem.metadata.at("oldest_cursor"));
  const auto watch = WatchEvents(resume);
  OpenOrder("A-2");
  ASSERT_TRUE(watch->WaitUntil([](const auto& m) { return Created(m, "A-2"); }));
  const std::vector<v1::Event> events = EventsOf(watch->messages());
  for (size_t i = 1; i < events.size(); ++i) {
    EXPECT_EQ(events[i].sequence(), events[0].sequence() + static_cast<int64_t>(i));
  }
  Restart();
  EXPECT_EQ(Refusal(page->cursor()).reason, "CURSOR_EXPIRED");
}

TEST_F(RetentionTest, APageTokenThatIsTooOldSaysSo) {
  PaidOrder("A-1");
  const auto page = Call(events_, &v1::EventService::Stub::ListEvents, List(1));
  ASSERT_THAT(page->next_page_token(), Not(IsEmpty()));
  LetEventsGo();
  const Problem problem =
      Call(events_, &v1::EventService::Stub::ListEvents, List(1, page->next_page_token()))
          .problem();
  EXPECT_EQ(problem.code, grpc::StatusCode::OUT_OF_RANGE) << problem;
  EXPECT_EQ(problem.reason, "CURSOR_EXPIRED");
  EXPECT_THAT(problem.metadata.at("oldest_cursor"), Not(IsEmpty()));
  const auto fresh = Call(events_, &v1::EventService::Stub::ListEvents, List(1));
  EXPECT_TRUE(fresh.ok()) << fresh.problem();
}

TEST_F(RetentionTest, OrdersTheirRequestIdsAndLateNewsStay) {
  const auto created = CreateOrder("A-1", BotimOrder(1234), "5f0c7e0a-0000-4000-8000-000000000001");
  ASSERT_TRUE(created.ok()) << created.problem();
  PaidOrder("A-2");
  LetEventsGo();
  EXPECT_EQ(GetOrder("A-2")->state(), v1::Order::STATE_PAID);
  const auto again = CreateOrder("A-1", BotimOrder(1234), "5f0c7e0a-0000-4000-8000-000000000001");
  ASSERT_TRUE(again.ok()) << again.problem();
  EXPECT_EQ(again->name(), created->name());
  v1::GetEventRequest get;
  get.set_name("merchants/demo/events/00000000000000000001");
  EXPECT_EQ(Call(events_, &v1::EventService::Stub::GetEvent, get).problem().reason, "NOT_FOUND");
  const HttpReply metrics = Http("GET", server_->addresses().admin, "/metrics");
  EXPECT_THAT(metrics.body, HasSubstr("sluice_events_pruned_total"));
  EXPECT_THAT(metrics.body, Not(HasSubstr("sluice_events_pruned_total 0\n")));
}

}  // namespace
}  // namespace sluice::e2e
