#include "tests/streams/log_under_load.h"

#include <algorithm>
#include <filesystem>
#include <utility>

#include "gtest/gtest.h"
#include "server/base/strings.h"
#include "server/core/names.h"
#include "server/store/sqlite/sqlite_store.h"

namespace sluice::streams {
namespace {

constexpr int kMaxCommitting = 32;
constexpr int kEventsPerGrowth = 1000;
constexpr int kMaxEventsPerTransaction = 120;
// An event takes a millisecond, and a beat a quarter of a minute.
constexpr absl::Duration kKeep = absl::Seconds(20);
// More than comes after the last look at how many there are.
constexpr size_t kSlack = 50'000;
// Of so many transactions one changes a resource, whose event then carries the revision.
constexpr uint64_t kChangesOneIn = 8;

}  // namespace

LogUnderLoad::LogUnderLoad(std::string folder, int64_t events, uint64_t seed)
    : folder_(std::move(folder)),
      planned_(events),
      random_(seed),
      truth_(static_cast<size_t>(events) + kSlack),
      revisions_(kOrders, 0) {
  std::filesystem::remove_all(folder_);
  std::filesystem::create_directories(folder_);
  Start();
}

LogUnderLoad::~LogUnderLoad() {
  Stop();
  std::filesystem::remove_all(folder_);
}

void LogUnderLoad::Start() {
  executor_ = std::make_unique<ThreadPool>("app", 2, 100'000);
  readers_ = std::make_unique<ThreadPool>("readers", 2, 100'000);
  auto opened = store::OpenSqliteStore({.path = folder_ + "/log.db"});
  ASSERT_TRUE(opened.ok()) << opened.status();
  store_ = *std::move(opened);
  const store::LogBounds bounds = *store_->Bounds();
  EXPECT_EQ(bounds.newest_position, truth_.size()) << "a restart lost or made events";
  EXPECT_EQ(bounds.oldest_position, oldest_) << "what readers were told to be gone is not";
  // From next to nothing to more than is ever behind.
  const size_t ring_bytes = size_t{1} << (10 + random_.Next() % 14);
  hub_ = std::make_unique<stream::EventHub>(stream::HubOptions{.ring_bytes = ring_bytes}, &clock_,
                                            executor_.get(), bounds.oldest_position,
                                            bounds.newest_position);
  reader_ = std::make_unique<stream::LogReader>(store_.get(), readers_.get());
  store_->OnEvents([this](const std::vector<EventPtr>& events) {
    const absl::Status status = truth_.Append(events);
    EXPECT_TRUE(status.ok()) << status;
    hub_->Publish(events);
  });
  pruner_ = std::make_unique<stream::Pruner>(stream::Retention{.events = kKeep}, store_.get(),
                                             hub_.get(), &clock_, readers_.get());
  ++number_;
  MutexLock lock(&mutex_);
  open_ = true;
  cut_off_.store(false);
  changed_.SignalAll();
}

void LogUnderLoad::Stop() {
  {
    MutexLock lock(&mutex_);
    open_ = false;
    while (inside_ > 0) changed_.Wait(&mutex_);
  }
  AwaitCommits();
  executor_->Shutdown();
  readers_->Shutdown();
  store_->Close();
  oldest_ = hub_->oldest();
  pruner_.reset();
  hub_.reset();
  reader_.reset();
  store_.reset();
}

void LogUnderLoad::Restart(bool orderly) {
  if (orderly) {
    hub_->CloseAll("DRAINING");
  } else {
    cut_off_.store(true);
  }
  // Commits go on while the streams end.
  Grow();
  Stop();
  Start();
}

EventDraft LogUnderLoad::Draft() {
  static constexpr const char* kTypes[] = {"order.paid", "order.created", "order.failed",
                                           "payout.succeeded"};
  EventDraft draft;
  draft.merchant = kMerchants[random_.Next() % 3];
  const uint64_t dice = random_.Next() % 1000;
  draft.type = dice == 0 ? "order.settled" : kTypes[dice % 4];
  const std::string id = StrCat("o", random_.Next() % kOrders);
  const bool payout = draft.type == "payout.succeeded";
  draft.kind = payout ? ResourceKind::kPayout : ResourceKind::kOrder;
  draft.resource_name = payout ? StrCat("merchants/", draft.merchant, "/payouts/", id)
                               : OrderName(draft.merchant, id);
  draft.provider = random_.Next() % 2 == 0 ? "payby" : "epay";
  draft.body = "{}";
  clock_.Advance(absl::Milliseconds(1));
  draft.create_time = clock_.Now();
  return draft;
}

store::Transaction LogUnderLoad::Next() {
  store::Transaction transaction;
  const uint64_t count = random_.Next() % 4 == 0 ? 1 + random_.Next() % kMaxEventsPerTransaction
                                                 : 1 + random_.Next() % 4;
  for (uint64_t i = 0; i < count; ++i) transaction.events.push_back(Draft());
  drafted_ += static_cast<int64_t>(count);
  if (random_.Next() % kChangesOneIn != 0) return transaction;
  const size_t which = random_.Next() % revisions_.size();
  EventDraft& told = transaction.events.back();
  told.kind = ResourceKind::kOrder;
  told.type = "order.paid";
  told.merchant = "m";
  told.resource_name = OrderName("m", StrCat("o", which));
  store::Put put;
  put.expected_revision = revisions_[which]++;
  put.record.name = told.resource_name;
  put.record.merchant = "m";
  put.record.parent = "merchants/m";
  put.record.state = "PAID";
  put.record.provider_account = "demo";
  put.record.revision = revisions_[which];
  put.record.create_time = put.record.update_time = told.create_time;
  put.record.body = "{}";
  told.body = StrCat("revision ", put.record.revision);
  transaction.puts.push_back(std::move(put));
  return transaction;
}

void LogUnderLoad::Grow() {
  const int64_t end = drafted_ + kEventsPerGrowth;
  while (drafted_ < end) {
    {
      MutexLock lock(&mutex_);
      while (committing_ >= kMaxCommitting) changed_.Wait(&mutex_);
      ++committing_;
    }
    store_->Commit(Next(), [this](store::Committed committed) {
      EXPECT_TRUE(committed.status.ok()) << committed.status;
      MutexLock lock(&mutex_);
      --committing_;
      changed_.SignalAll();
    });
  }
}

void LogUnderLoad::AwaitCommits() {
  MutexLock lock(&mutex_);
  while (committing_ > 0) changed_.Wait(&mutex_);
}

void LogUnderLoad::Prune() { pruner_->Sweep(); }

void LogUnderLoad::Beat() {
  clock_.Advance(absl::Seconds(15));
  hub_->Sweep();
}

void LogUnderLoad::Finish() {
  AwaitCommits();
  finished_.store(true);
}

void LogUnderLoad::Enter(Incarnation* incarnation) {
  MutexLock lock(&mutex_);
  while (!open_ || cut_off_.load()) changed_.Wait(&mutex_);
  ++inside_;
  *incarnation = {number_, store_.get(), hub_.get(), reader_.get()};
}

void LogUnderLoad::Leave() {
  MutexLock lock(&mutex_);
  --inside_;
  changed_.SignalAll();
}

}  // namespace sluice::streams
