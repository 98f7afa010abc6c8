// Pruning over the real store: what goes, in which order, and who learns of it before.

#include "server/stream/pruner.h"

#include <unistd.h>

#include <filesystem>
#include <memory>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "server/base/fake_clock.h"
#include "server/base/inline_executor.h"
#include "server/core/error.h"
#include "server/core/names.h"
#include "server/store/sqlite/sqlite_store.h"
#include "server/stream/event_log.h"

namespace sluice::stream {
namespace {

const absl::Time kStart = absl::FromUnixSeconds(1767225600);

class PrunerTest : public ::testing::Test {
 protected:
  PrunerTest()
      : folder_(absl::StrCat(::testing::TempDir(), "/pruner_", ::getpid(), "_",
                             ::testing::UnitTest::GetInstance()->current_test_info()->name())) {
    std::filesystem::create_directories(folder_);
    store::SqliteStoreOptions options;
    options.path = folder_ + "/sluice.db";
    auto store = store::OpenSqliteStore(options);
    EXPECT_TRUE(store.ok()) << store.status();
    store_ = *std::move(store);
    hub_ = std::make_unique<EventHub>(HubOptions{}, &clock_, &executor_, 1, 0);
    store_->OnEvents([this](const std::vector<EventPtr>& events) { hub_->Publish(events); });
  }

  ~PrunerTest() override {
    store_->Close();
    std::filesystem::remove_all(folder_);
  }

  void Keep(Retention retention) {
    pruner_ = std::make_unique<Pruner>(retention, store_.get(), hub_.get(), &clock_, &executor_);
  }

  // Commits and waits: by then every commit before it has been answered.
  void Commit(store::Transaction transaction) {
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

  void AddEvents(int count, absl::Time create_time) {
    store::Transaction transaction;
    for (int i = 0; i < count; ++i) {
      EventDraft draft;
      draft.type = "order.paid";
      draft.merchant = "m";
      draft.resource_name = OrderName("m", "o");
      draft.provider = "payby";
      draft.body = "{}";
      draft.create_time = create_time;
      transaction.events.push_back(draft);
    }
    Commit(std::move(transaction));
  }

  void AddNotification(const std::string& id, absl::Time receive_time) {
    store::Transaction transaction;
    store::NotificationRow row;
    row.merchant = "m";
    row.id = id;
    row.provider = "payby";
    row.provider_account = "a";
    row.state = store::NotificationState::kProcessed;
    row.receive_time = receive_time;
    transaction.notifications.push_back(row);
    Commit(std::move(transaction));
  }

  // One sweep and all the steps that follow from it. How many steps there were.
  int Sweep() {
    pruner_->Sweep();
    int steps = 0;
    while (executor_.RunAll() > 0) {
      ++steps;
      store::Transaction marker;
      marker.settings = {{"marker", absl::StrCat(steps)}};
      Commit(std::move(marker));
    }
    return steps;
  }

  int64_t Oldest() { return store_->Bounds()->oldest_position; }

  const std::string folder_;
  FakeClock clock_{kStart};
  ManualExecutor executor_;
  std::unique_ptr<store::Store> store_;
  std::unique_ptr<EventHub> hub_;
  std::unique_ptr<Pruner> pruner_;
};

TEST_F(PrunerTest, EventsGoWhenTheirTimeIsOverTheOldestFirst) {
  Keep({.events = absl::Hours(1)});
  AddEvents(3, kStart);
  AddEvents(3, kStart + absl::Minutes(30));
  Sweep();
  EXPECT_EQ(Oldest(), 1);
  clock_.Advance(absl::Minutes(60));
  Sweep();
  EXPECT_EQ(Oldest(), 1) << "exactly an hour old is not too old";
  clock_.Advance(absl::Seconds(1));
  Sweep();
  EXPECT_EQ(Oldest(), 4);
  EXPECT_EQ(hub_->oldest(), 4);
  clock_.Advance(absl::Hours(1));
  Sweep();
  EXPECT_EQ(Oldest(), 7);
  EXPECT_EQ(store_->Stats().pruned_events, 6);
}

TEST_F(PrunerTest, ManyGoInSmallSteps) {
  Keep({.events = absl::Hours(1)});
  AddEvents(1000, kStart);
  AddEvents(1, kStart + absl::Hours(9));
  clock_.Advance(absl::Hours(2));
  EXPECT_GE(Sweep(), 4);
  EXPECT_EQ(Oldest(), 1001);
}

TEST_F(PrunerTest, AnEventFromAClockThatWasAheadKeepsThoseAfterIt) {
  Keep({.events = absl::Hours(1)});
  AddEvents(1, kStart);
  AddEvents(1, kStart + absl::Hours(5));
  AddEvents(1, kStart);
  clock_.Advance(absl::Hours(2));
  Sweep();
  EXPECT_EQ(Oldest(), 2) << "a hole in the log would be worse than an event too many";
}

TEST_F(PrunerTest, NotificationsGoByTheirOwnTime) {
  Keep({.notifications = absl::Hours(1)});
  AddEvents(1, kStart);
  for (int i = 0; i < 300; ++i) AddNotification(absl::StrCat("old-", i), kStart);
  AddNotification("young", kStart + absl::Hours(2));
  clock_.Advance(absl::Hours(2));
  Sweep();
  EXPECT_EQ(store_->Stats().pruned_notifications, 300);
  EXPECT_TRUE(store_->GetNotification("m", "young")->has_value());
  EXPECT_EQ(Oldest(), 1) << "events are kept for ever here";
}

TEST_F(PrunerTest, WithoutARetentionNothingIsTouched) {
  Keep({});
  AddEvents(1, kStart - absl::Hours(24 * 365));
  AddNotification("old", kStart - absl::Hours(24 * 365));
  EXPECT_EQ(Sweep(), 0);
  EXPECT_EQ(Oldest(), 1);
}

TEST_F(PrunerTest, TheHubLearnsBeforeTheEventsGo) {
  Keep({.events = absl::Hours(1)});
  AddEvents(3, kStart);
  clock_.Advance(absl::Hours(2));
  pruner_->Sweep();
  executor_.RunOne();  // The step: the hub knows, the commit is on its way.
  EXPECT_EQ(hub_->oldest(), 4);
  Commit({});  // Answered after the step.
  EXPECT_EQ(Oldest(), 4);
}

TEST_F(PrunerTest, AListOfWhatIsGoneIsExpired) {
  Keep({.events = absl::Hours(1)});
  AddEvents(3, kStart);
  AddEvents(2, kStart + absl::Hours(2));
  clock_.Advance(absl::Hours(2));
  Sweep();
  EventLog log(store_.get(), &executor_);
  const auto list = [&](int64_t position) {
    absl::StatusOr<EventPage> result = absl::UnknownError("not answered");
    log.List("m", {}, position, 10, [&](absl::StatusOr<EventPage> page) { result = page; });
    executor_.RunAll();
    return result;
  };
  EXPECT_EQ(list(0)->events.size(), 2u);
  EXPECT_EQ(list(3)->events.size(), 2u);
  const auto expired = list(2);
  EXPECT_EQ(expired.status().code(), absl::StatusCode::kOutOfRange);
  EXPECT_EQ(GetErrorDetails(expired.status())->reason, reason::kCursorExpired);
}

}  // namespace
}  // namespace sluice::stream
