// Hub, reader and session together, over the real store, with a clock and an executor that the test
// moves.

#include <filesystem>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "server/base/fake_clock.h"
#include "server/base/inline_executor.h"
#include "server/base/random.h"
#include "server/core/cursor.h"
#include "server/core/error.h"
#include "server/core/names.h"
#include "server/store/sqlite/sqlite_store.h"
#include "server/stream/event_hub.h"
#include "server/stream/log_reader.h"
#include "server/stream/watch_session.h"

namespace sluice::stream {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

EventDraft Draft(const std::string& merchant, const std::string& order,
                 const std::string& type = "order.paid") {
  EventDraft draft;
  draft.type = type;
  draft.merchant = merchant;
  draft.resource_name = OrderName(merchant, order);
  draft.provider = "payby";
  draft.body = "{}";
  draft.create_time = absl::FromUnixSeconds(1767225600);
  return draft;
}

class StreamTest : public ::testing::Test {
 protected:
  StreamTest() {
    path_ = absl::StrCat(::testing::TempDir(), "/stream_", ::getpid(), "_",
                         ::testing::UnitTest::GetInstance()->current_test_info()->name());
    std::filesystem::remove_all(path_);
    std::filesystem::create_directories(path_);
    store::SqliteStoreOptions options;
    options.path = path_ + "/sluice.db";
    auto store = store::OpenSqliteStore(options);
    EXPECT_TRUE(store.ok()) << store.status();
    store_ = *std::move(store);
    StartHub({});
    store_->OnEvents([this](const std::vector<EventPtr>& events) { hub_->Publish(events); });
  }

  ~StreamTest() override {
    sessions_.clear();
    executor_.RunAll();
    store_->Close();
    std::filesystem::remove_all(path_);
  }

  void StartHub(HubOptions options) {
    const store::LogBounds bounds = *store_->Bounds();
    hub_ = std::make_unique<EventHub>(options, &clock_, &executor_, bounds.oldest_position,
                                      bounds.newest_position);
    reader_ = std::make_unique<LogReader>(store_.get(), &executor_);
  }

  // Commits and waits until it is durable and published.
  void Commit(std::vector<EventDraft> drafts) {
    store::Transaction transaction;
    transaction.events = std::move(drafts);
    Mutex mutex;
    CondVar changed;
    bool done = false;
    store_->Commit(std::move(transaction), [&](store::Committed committed) {
      EXPECT_TRUE(committed.status.ok()) << committed.status;
      MutexLock lock(&mutex);
      done = true;
      changed.Signal();
    });
    MutexLock lock(&mutex);
    while (!done) changed.Wait(&mutex);
  }

  std::shared_ptr<WatchSession> Open(WatchRequest request) {
    auto session =
        WatchSession::Open(hub_.get(), reader_.get(), std::move(request), [this] { ++ready_; });
    EXPECT_TRUE(session.ok()) << session.status();
    sessions_.push_back(*session);
    return *session;
  }

  // Everything that can be had now, as "order:position" words; "progress@n", "closing:WHY@n".
  std::vector<std::string> Drain(WatchSession& session) {
    std::vector<std::string> words;
    for (;;) {
      std::optional<Delivery> delivery = session.Poll();
      if (!delivery.has_value()) {
        if (executor_.RunAll() == 0) return words;
        continue;
      }
      last_position_ = delivery->position;
      switch (delivery->kind) {
        case Delivery::Kind::kEvents:
          for (const EventRef& ref : delivery->events) {
            words.push_back(
                absl::StrCat(ref->event().resource_name.substr(12), "@", ref->event().position));
          }
          break;
        case Delivery::Kind::kProgress:
          words.push_back(absl::StrCat("progress@", delivery->position));
          break;
        case Delivery::Kind::kClosing:
          words.push_back(absl::StrCat("closing:", delivery->closing, "@", delivery->position));
          return words;
        case Delivery::Kind::kFailed:
          words.push_back(delivery->status.ToString());
          return words;
      }
    }
  }

  FakeClock clock_{absl::FromUnixSeconds(1767225600)};
  ManualExecutor executor_;
  std::string path_;
  std::unique_ptr<store::Store> store_;
  std::unique_ptr<EventHub> hub_;
  std::unique_ptr<LogReader> reader_;
  std::vector<std::shared_ptr<WatchSession>> sessions_;
  int64_t last_position_ = 0;
  int ready_ = 0;
};

TEST_F(StreamTest, DeliversWhatIsCommittedAfterwards) {
  auto session = Open({.merchant = "m"});
  EXPECT_THAT(Drain(*session), IsEmpty());
  Commit({Draft("m", "a"), Draft("m", "b")});
  EXPECT_EQ(ready_, 0);
  executor_.RunAll();
  EXPECT_EQ(ready_, 1);
  EXPECT_THAT(Drain(*session), ElementsAre("orders/a@1", "orders/b@2"));
}

TEST_F(StreamTest, WakesOnlyWhomItConcerns) {
  auto mine = Open({.merchant = "m", .filter = {.resource_prefix = "merchants/m/orders/a"}});
  auto other = Open({.merchant = "n"});
  EXPECT_FALSE(mine->Poll().has_value());
  EXPECT_FALSE(other->Poll().has_value());
  Commit({Draft("m", "a2")});
  executor_.RunAll();
  EXPECT_EQ(ready_, 0);
  Commit({Draft("m", "a")});
  executor_.RunAll();
  EXPECT_EQ(ready_, 1);
  EXPECT_THAT(Drain(*mine), ElementsAre("orders/a@2"));
}

TEST_F(StreamTest, OperatorsSeeAllMerchants) {
  auto session = Open({.merchant = "-"});
  Commit({Draft("m", "a")});
  Commit({Draft("n", "b")});
  EXPECT_THAT(Drain(*session), ElementsAre("orders/a@1", "orders/b@2"));
}

TEST_F(StreamTest, ReadsTheLogWhenTheRingHasMovedOn) {
  StartHub({.ring_bytes = 1});
  for (int i = 0; i < 20; ++i) Commit({Draft("m", absl::StrCat("o", i))});
  auto session = Open({.merchant = "m", .after_position = 3});
  const std::vector<std::string> words = Drain(*session);
  ASSERT_EQ(words.size(), 17u);
  EXPECT_EQ(words.front(), "orders/o3@4");
  EXPECT_EQ(words.back(), "orders/o19@20");
  EXPECT_EQ(last_position_, 20);
}

TEST_F(StreamTest, ProgressMovesTheCursorWhenNothingMatches) {
  auto session = Open({.merchant = "m", .filter = {.types = {"order.failed"}}});
  EXPECT_THAT(Drain(*session), IsEmpty());
  Commit({Draft("m", "a"), Draft("m", "b")});
  EXPECT_THAT(Drain(*session), IsEmpty());
  clock_.Advance(absl::Seconds(15));
  hub_->Sweep();
  EXPECT_THAT(Drain(*session), ElementsAre("progress@2"));
  hub_->Sweep();
  EXPECT_THAT(Drain(*session), IsEmpty()) << "a heartbeat just went out";
}

TEST_F(StreamTest, ProgressNeverOvertakesAnEvent) {
  auto session = Open({.merchant = "m"});
  EXPECT_THAT(Drain(*session), IsEmpty());
  clock_.Advance(absl::Seconds(15));
  hub_->Sweep();
  Commit({Draft("m", "a")});
  EXPECT_THAT(Drain(*session).front(), "orders/a@1");
}

TEST_F(StreamTest, ClosesWithItsCursor) {
  auto session = Open({.merchant = "m"});
  Commit({Draft("m", "a")});
  EXPECT_THAT(Drain(*session), ElementsAre("orders/a@1"));
  hub_->CloseAll("DRAINING");
  EXPECT_THAT(Drain(*session), ElementsAre("closing:DRAINING@1"));
  auto late = WatchSession::Open(hub_.get(), reader_.get(), {.merchant = "m"}, [] {});
  EXPECT_EQ(late.status().code(), absl::StatusCode::kUnavailable);
}

TEST_F(StreamTest, ClosesAStreamThatIsTooOld) {
  StartHub({.max_age = absl::Minutes(1)});
  auto session = Open({.merchant = "m"});
  EXPECT_THAT(Drain(*session), IsEmpty());
  clock_.Advance(absl::Minutes(1));
  hub_->Sweep();
  EXPECT_THAT(Drain(*session), ElementsAre("closing:MAX_AGE@0"));
}

TEST_F(StreamTest, RefusesACursorFromTheFuture) {
  Commit({Draft("m", "a")});
  auto session =
      WatchSession::Open(hub_.get(), reader_.get(), {.merchant = "m", .after_position = 2}, [] {});
  EXPECT_EQ(session.status().code(), absl::StatusCode::kInvalidArgument);
  EXPECT_EQ(GetErrorDetails(session.status())->reason, reason::kCursorInvalid);
}

TEST_F(StreamTest, RefusesACursorWhoseEventsAreGone) {
  for (int i = 0; i < 9; ++i) Commit({Draft("m", "a")});
  hub_->SetOldest(5);
  auto session =
      WatchSession::Open(hub_.get(), reader_.get(), {.merchant = "m", .after_position = 3}, [] {});
  EXPECT_EQ(session.status().code(), absl::StatusCode::kOutOfRange);
  ErrorDetails details = *GetErrorDetails(session.status());
  EXPECT_EQ(DecodeCursor(details.metadata["oldest_cursor"])->position, 4);
  EXPECT_TRUE(
      WatchSession::Open(hub_.get(), reader_.get(), {.merchant = "m", .after_position = 4}, [] {
      }).ok());
}

TEST_F(StreamTest, AReaderOvertakenByPruningIsToldSo) {
  StartHub({.ring_bytes = 1});
  for (int i = 0; i < 9; ++i) Commit({Draft("m", "a")});
  auto session = Open({.merchant = "m", .after_position = 1});
  hub_->SetOldest(5);
  EXPECT_THAT(Drain(*session), ElementsAre(::testing::HasSubstr("OUT_OF_RANGE")));
}

TEST_F(StreamTest, RefusesMoreSessionsThanItMayHold) {
  StartHub({.max_sessions = 1});
  auto session = Open({.merchant = "m"});
  auto second = WatchSession::Open(hub_.get(), reader_.get(), {.merchant = "m"}, [] {});
  EXPECT_EQ(second.status().code(), absl::StatusCode::kResourceExhausted);
}

TEST_F(StreamTest, AHerdThatResumesReadsEachPageOnce) {
  StartHub({.ring_bytes = 1});
  std::vector<EventDraft> many(600, Draft("m", "a"));
  Commit(many);
  Commit({Draft("m", "b")});
  std::vector<std::shared_ptr<WatchSession>> herd;
  for (int i = 0; i < 50; ++i) herd.push_back(Open({.merchant = "m"}));
  for (auto& session : herd) EXPECT_FALSE(session->Poll().has_value());
  EXPECT_EQ(executor_.RunAll(), 1) << "one read for all that wait at the same place";
  for (auto& session : herd) EXPECT_EQ(Drain(*session).size(), 601u);
}

// Random commits, readers, disconnects and ring sizes: each reader gets what its filter matches,
// once, in order, and no cursor runs ahead.
TEST_F(StreamTest, EveryReaderGetsEverythingOnceInOrder) {
  const uint64_t seed = 20261121;
  SCOPED_TRACE(absl::StrCat("seed ", seed));
  SeededRandom random(seed);
  StartHub({.ring_bytes = 20'000});
  struct Reader {
    WatchRequest request;
    std::shared_ptr<WatchSession> session;
    std::vector<int64_t> seen;
  };
  std::vector<Reader> readers;
  for (int i = 0; i < 12; ++i) {
    WatchRequest request{.merchant = i % 3 == 0 ? "-" : (i % 3 == 1 ? "m" : "n")};
    if (i % 4 == 1) request.filter.resource_prefix = absl::StrCat("merchants/", "m", "/orders/o1");
    if (i % 4 == 2) request.filter.types = {"order.failed"};
    readers.push_back({request, Open(request), {}});
  }
  std::vector<EventDraft> log;
  const auto poll = [&](Reader& reader) {
    std::optional<Delivery> delivery = reader.session->Poll();
    if (!delivery.has_value()) return false;
    for (const EventRef& ref : delivery->events) reader.seen.push_back(ref->event().position);
    if (!reader.seen.empty()) EXPECT_GE(delivery->position, reader.seen.back());
    reader.request.after_position = delivery->position;
    return true;
  };
  for (int round = 0; round < 400; ++round) {
    std::vector<EventDraft> batch;
    for (uint64_t i = random.Next() % 12; i > 0; --i) {
      batch.push_back(Draft(random.Next() % 2 ? "m" : "n", absl::StrCat("o", random.Next() % 5),
                            random.Next() % 3 ? "order.paid" : "order.failed"));
    }
    log.insert(log.end(), batch.begin(), batch.end());
    Commit(std::move(batch));
    for (uint64_t i = random.Next() % 20; i > 0; --i) {
      Reader& reader = readers[random.Next() % readers.size()];
      if (random.Next() % 10 == 0) reader.session = Open(reader.request);
      poll(reader);
      if (random.Next() % 2) executor_.RunOne();
    }
    clock_.Advance(absl::Seconds(1));
    if (round % 7 == 0) hub_->Sweep();
  }
  for (Reader& reader : readers) {
    do {
      while (poll(reader)) {
      }
    } while (executor_.RunAll() > 0);
    std::vector<int64_t> expected;
    for (size_t i = 0; i < log.size(); ++i) {
      Event event;
      static_cast<EventDraft&>(event) = log[i];
      if (reader.request.merchant != "-" && event.merchant != reader.request.merchant) continue;
      if (reader.request.filter.Matches(event)) expected.push_back(i + 1);
    }
    EXPECT_EQ(reader.seen, expected) << reader.request.merchant;
  }
}

}  // namespace
}  // namespace sluice::stream
