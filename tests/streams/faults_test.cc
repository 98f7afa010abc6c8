// The faults that watches of etcd are known to have had, each as a case: what led to it there is
// brought about here, step by step, and the judge looks on.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <functional>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "server/base/fake_clock.h"
#include "server/base/inline_executor.h"
#include "server/base/strings.h"
#include "server/core/cursor.h"
#include "server/core/error.h"
#include "server/core/names.h"
#include "server/stream/event_log.h"
#include "server/stream/watch_session.h"
#include "tests/fakes/fake_store.h"
#include "tests/streams/checker.h"

namespace sluice::streams {
namespace {

using stream::Delivery;
using stream::EventHub;
using stream::HubOptions;
using stream::LogReader;
using stream::WatchRequest;
using stream::WatchSession;

// A store of which something happens right after a read of the log, before its reader knows.
class HookedStore final : public FakeStore {
 public:
  absl::StatusOr<std::vector<EventPtr>> ReadEvents(const store::EventQuery& query) override {
    auto events = FakeStore::ReadEvents(query);
    if (auto hook = std::exchange(after_read, nullptr)) hook();
    return events;
  }
  std::function<void()> after_read;
};

class EtcdFaultsTest : public ::testing::Test {
 protected:
  EtcdFaultsTest() {
    StartHub();
    store_.OnEvents([this](const std::vector<EventPtr>& events) {
      EXPECT_TRUE(truth_.Append(events).ok());
      if (!held_back_) return hub_->Publish(events);
      untold_.insert(untold_.end(), events.begin(), events.end());
    });
  }

  // A new process over the same store, whose memory holds next to nothing.
  void StartHub() {
    const store::LogBounds bounds = *store_.Bounds();
    hub_ = std::make_unique<EventHub>(HubOptions{.ring_bytes = 1}, &clock_, &executor_,
                                      bounds.oldest_position, bounds.newest_position);
    reader_ = std::make_unique<LogReader>(&store_, &executor_);
  }

  void Commit(int count, const std::string& merchant = "m") {
    for (int i = 0; i < count; ++i) {
      store::Transaction transaction;
      EventDraft draft;
      draft.type = "order.paid";
      draft.merchant = merchant;
      draft.resource_name = OrderName(merchant, "o");
      draft.provider = "fake";
      draft.body = "{}";
      transaction.events.push_back(std::move(draft));
      store_.Commit(std::move(transaction),
                    [](store::Committed committed) { EXPECT_TRUE(committed.status.ok()); });
    }
  }

  struct Watch {
    std::shared_ptr<WatchSession> session;
    std::unique_ptr<StreamChecker> checker;
    absl::Status end;
  };

  Watch Open(int64_t position = 0, const std::string& merchant = "m") {
    Watch watch;
    watch.checker = std::make_unique<StreamChecker>(&truth_, merchant, EventFilter(), position);
    watch.session = *WatchSession::Open(hub_.get(), reader_.get(),
                                        {.merchant = merchant, .after_position = position}, [] {});
    return watch;
  }

  // Takes one message; false: nothing now.
  bool Poll(Watch& watch) {
    std::optional<Delivery> delivery = watch.session->Poll();
    if (!delivery.has_value()) return false;
    if (delivery->kind == Delivery::Kind::kFailed) {
      watch.end = delivery->status;
      return false;
    }
    std::vector<const Event*> events;
    for (const stream::EventRef& ref : delivery->events) events.push_back(&ref->event());
    const absl::Status judged = watch.checker->Take(events, delivery->position);
    EXPECT_TRUE(judged.ok()) << judged;
    return true;
  }

  // Everything that can be had.
  void Drain(Watch& watch) {
    do {
      while (Poll(watch)) {
      }
    } while (watch.end.ok() && executor_.RunAll() > 0);
  }

  void ExpectWhole(Watch& watch, int64_t delivered) {
    Drain(watch);
    EXPECT_TRUE(watch.end.ok()) << watch.end;
    EXPECT_EQ(watch.checker->delivered(), delivered);
    EXPECT_LE(watch.checker->position(), truth_.size());
  }

  absl::Status Refusal(int64_t position) {
    return WatchSession::Open(hub_.get(), reader_.get(),
                              {.merchant = "m", .after_position = position}, [] {})
        .status();
  }

  static void ExpectExpired(const absl::Status& status, int64_t oldest) {
    EXPECT_EQ(status.code(), absl::StatusCode::kOutOfRange) << status;
    const auto details = GetErrorDetails(status);
    ASSERT_TRUE(details.has_value());
    EXPECT_EQ(details->reason, reason::kCursorExpired);
    EXPECT_EQ(DecodeCursor(details->metadata.at("oldest_cursor"))->position, oldest - 1);
  }

  Truth truth_{100'000};
  bool held_back_ = false;
  std::vector<EventPtr> untold_;
  FakeClock clock_;
  ManualExecutor executor_;
  HookedStore store_;
  std::unique_ptr<EventHub> hub_;
  std::unique_ptr<LogReader> reader_;
};

// A watcher that is starved while events pile up, and whose read of the log is joined to one that
// began before the newest of them.
TEST_F(EtcdFaultsTest, LostDuringStarvation) {
  Commit(10);
  Watch first = Open(), second = Open();
  EXPECT_FALSE(Poll(first));  // Waits for its page.
  store_.after_read = [&] {
    // The page has been read, but nobody has it yet.
    Commit(10);
    EXPECT_FALSE(Poll(second));
  };
  Drain(first);
  Drain(second);
  ExpectWhole(first, 20);
  ExpectWhole(second, 20);
  Commit(5000);  // Nobody takes anything meanwhile.
  ExpectWhole(first, 5020);
  ExpectWhole(second, 5020);
}

// A watcher whose place is pruned before it reads.
TEST_F(EtcdFaultsTest, LostAtCompactionBeforeTheRead) {
  Commit(20);
  Watch watch = Open(3);
  hub_->SetOldest(10);
  Drain(watch);
  ExpectExpired(watch.end, 10);
  EXPECT_EQ(watch.checker->delivered(), 0);
  ExpectExpired(Refusal(3), 10);
  // From where it is told to go on, it is whole again.
  Watch resumed = Open(9);
  ExpectWhole(resumed, 11);
}

// And one whose place is pruned while it reads: what is left of the page is no page.
TEST_F(EtcdFaultsTest, LostAtCompactionDuringTheRead) {
  Commit(20);
  Watch watch = Open(3);
  EXPECT_FALSE(Poll(watch));
  store_.after_read = [&] { hub_->SetOldest(10); };
  Drain(watch);
  ExpectExpired(watch.end, 10);
  EXPECT_EQ(watch.checker->delivered(), 0);
}

// Events that are in memory and in the log: at the seam each comes once.
TEST_F(EtcdFaultsTest, Duplicated) {
  Commit(600);  // More than a page.
  Watch watch = Open();
  for (int i = 0; i < 50; ++i) {
    Poll(watch);
    Commit(3);
    executor_.RunOne();
    if (i % 5 == 0) hub_->Sweep();
  }
  ExpectWhole(watch, 750);
}

// A new process, and a cursor that was given by the old one.
TEST_F(EtcdFaultsTest, BackInTime) {
  Commit(30);
  Watch watch = Open();
  ExpectWhole(watch, 30);
  const int64_t cursor = watch.checker->position();
  watch.session.reset();
  StartHub();
  watch.session = *WatchSession::Open(hub_.get(), reader_.get(),
                                      {.merchant = "m", .after_position = cursor}, [] {});
  Drain(watch);
  EXPECT_EQ(watch.checker->delivered(), 30);
  Commit(7);
  ExpectWhole(watch, 37);
}

// Heartbeats fall due while events wait to be read.
TEST_F(EtcdFaultsTest, ProgressAhead) {
  Watch watch = Open();
  for (int i = 0; i < 20; ++i) {
    clock_.Advance(absl::Seconds(15));
    hub_->Sweep();
    Commit(2);
    Commit(1, "n");  // The head moves on beside what is watched.
    hub_->Sweep();
    Poll(watch);  // Whatever it is, the judge compares its cursor with what came before.
    if (i % 3 == 0) executor_.RunAll();
  }
  ExpectWhole(watch, 40);
}

// A cursor of a log that was longer (a store put back from a copy): never an old event for it.
TEST_F(EtcdFaultsTest, FutureCursorWatched) {
  Commit(10);
  EXPECT_EQ(Refusal(11).code(), absl::StatusCode::kInvalidArgument);
  EXPECT_EQ(GetErrorDetails(Refusal(1'000'000))->reason, reason::kCursorInvalid);
  StartHub();
  EXPECT_EQ(Refusal(11).code(), absl::StatusCode::kInvalidArgument);
  Watch at_the_end = Open(10);
  Commit(1);
  ExpectWhole(at_the_end, 1);
}

// What the store shows before the hub has told of it is not delivered yet: its cursor would be
// refused as one of the future, and its resource could still be read as it was before.
TEST_F(EtcdFaultsTest, CommittedButNotToldOf) {
  Commit(10);
  Watch watch = Open();
  EXPECT_FALSE(Poll(watch));
  held_back_ = true;
  Commit(5);
  stream::EventLog log(&store_, &executor_, hub_.get());
  stream::EventPage listed;
  log.List("m", {}, 0, 50, [&](auto page) { listed = *page; });
  absl::Status got;
  log.Get("m", 11, [&](auto event) { got = event.status(); });
  Drain(watch);
  EXPECT_EQ(watch.checker->delivered(), 10);
  EXPECT_EQ(listed.events.size(), 10u);
  EXPECT_TRUE(absl::IsNotFound(got));
  for (const int64_t cursor : {watch.checker->position(), listed.position}) {
    EXPECT_EQ(cursor, 10);
    EXPECT_TRUE(Refusal(cursor).ok());
  }
  held_back_ = false;
  hub_->Publish(untold_);
  ExpectWhole(watch, 15);
}

TEST_F(EtcdFaultsTest, FutureCursorListed) {
  Commit(10);
  stream::EventLog log(&store_, &executor_);
  absl::Status status;
  log.List("m", {}, 11, 50, [&](auto page) { status = page.status(); });
  executor_.RunAll();
  EXPECT_EQ(status.code(), absl::StatusCode::kInvalidArgument);
  EXPECT_EQ(GetErrorDetails(status)->reason, reason::kCursorInvalid);
}

}  // namespace
}  // namespace sluice::streams
