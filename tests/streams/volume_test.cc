// A million events through store, hub and sessions on real threads, with readers that go away,
// starve, come back from old cursors, and are overtaken by pruning, over restarts and crashes of
// the process; the judge looks at every message.
#include <gtest/gtest.h>
#include <unistd.h>

#include <atomic>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include "server/base/strings.h"
#include "server/core/cursor.h"
#include "server/core/error.h"
#include "server/stream/watch_session.h"
#include "tests/streams/log_under_load.h"

namespace sluice::streams {
namespace {

using stream::Delivery;
using stream::WatchRequest;
using stream::WatchSession;

constexpr int64_t kEvents = 1'000'000;
constexpr uint64_t kSeed = 20261121;
// A reader that is stuck for so long is a hung test, not a slow machine.
constexpr absl::Duration kPatience = absl::Minutes(5);

struct Tally {
  int64_t delivered = 0, messages = 0, progress = 0, streams = 0, resumed_earlier = 0, expired = 0,
          closed = 0, refused_future = 0, refused_old = 0, atomic_reads = 0, durable_reads = 0,
          at_the_edge = 0;
};

// One subscriber for the whole test, over all its streams.
class Subscriber {
 public:
  Subscriber(LogUnderLoad* log, WatchRequest request, uint64_t seed)
      : log_(log),
        request_(std::move(request)),
        random_(seed),
        checker_(&log->truth(), request_.merchant, request_.filter, 0) {}

  void Run() {
    LogUnderLoad::Incarnation now;
    while (!done_ && failure_.ok()) {
      log_->Enter(&now);
      RunStream(now);
      log_->Leave();
    }
  }

  const absl::Status& failure() const { return failure_; }
  const Tally& tally() const { return tally_; }
  int64_t position() const { return checker_.position(); }

 private:
  // Wakes the thread from OnReady, which may come after the stream is gone.
  struct Bell {
    Mutex mutex;
    CondVar rung;
    bool ringing SLUICE_GUARDED_BY(mutex) = false;
  };

  void Fail(absl::Status status) {
    if (failure_.ok()) failure_ = std::move(status);
  }

  void RunStream(const LogUnderLoad::Incarnation& now) {
    TryWhatIsRefused(now);
    auto bell = std::make_shared<Bell>();
    request_.after_position = checker_.position();
    auto opened = WatchSession::Open(now.hub, now.reader, request_, [bell] {
      MutexLock lock(&bell->mutex);
      bell->ringing = true;
      bell->rung.Signal();
    });
    if (!opened.ok()) return OnRefused(now, opened.status());
    ++tally_.streams;
    const std::shared_ptr<WatchSession> session = *std::move(opened);
    while (!log_->cut_off() && failure_.ok()) {
      std::optional<Delivery> delivery = session->Poll();
      if (!delivery.has_value()) {
        if (log_->finished() && checker_.position() >= log_->truth().size()) {
          done_ = true;
          break;
        }
        Await(*bell);
        continue;
      }
      if (!OnDelivery(now, *delivery)) break;
      if (random_.Next() % 200 == 0) break;  // Goes away.
      if (random_.Next() % 300 == 0) Starve();
    }
    session->Close();
    const uint64_t dice = random_.Next() % 4;
    if (dice == 0) Forget();
    if (dice == 1) GoToTheEdge(now);
  }

  // False: the stream has ended.
  bool OnDelivery(const LogUnderLoad::Incarnation& now, const Delivery& delivery) {
    ++tally_.messages;
    if (delivery.kind == Delivery::Kind::kFailed) {
      OnRefused(now, delivery.status);
      return false;
    }
    std::vector<const Event*> events;
    for (const stream::EventRef& ref : delivery.events) events.push_back(&ref->event());
    if (delivery.kind == Delivery::Kind::kEvents && events.empty()) {
      Fail(absl::InternalError("a batch without events"));
    }
    if (absl::Status status = checker_.Take(events, delivery.position); !status.ok()) {
      Fail(std::move(status));
    }
    tally_.delivered += static_cast<int64_t>(events.size());
    tally_.progress += delivery.kind == Delivery::Kind::kProgress ? 1 : 0;
    for (const Event* event : events) Look(now, *event);
    if (random_.Next() % 16 == 0) cursors_[random_.Next() % kCursors] = delivery.position;
    if (delivery.kind != Delivery::Kind::kClosing) return true;
    ++tally_.closed;
    return false;
  }

  // Atomic: the resource shows the change or a later one. Durable: the store has the event.
  void Look(const LogUnderLoad::Incarnation& now, const Event& event) {
    constexpr std::string_view kRevision = "revision ";
    if (event.body.rfind(kRevision, 0) == 0 && random_.Next() % 8 == 0) {
      const auto record = now.store->Get(event.resource_name);
      const int64_t told = std::stoll(event.body.substr(kRevision.size()));
      if (!record.ok() || !record->has_value() || (*record)->revision < told) {
        Fail(absl::DataLossError(StrCat("an event before its change: ", event.Name())));
      }
      ++tally_.atomic_reads;
    }
    if (random_.Next() % 2048 == 0) {
      const auto stored = now.store->GetEvent(event.merchant, event.sequence);
      const bool kept = event.position >= now.hub->oldest();  // After it was looked for.
      if (!stored.ok() || (kept && (!stored->has_value() || (**stored)->type != event.type))) {
        Fail(absl::DataLossError(StrCat("an event that is not in the store: ", event.Name())));
      }
      ++tally_.durable_reads;
    }
  }

  // An end that is not OK: the place is no longer kept, or the process is going.
  void OnRefused(const LogUnderLoad::Incarnation& now, const absl::Status& status) {
    if (absl::IsUnavailable(status)) return;
    const auto details = GetErrorDetails(status);
    if (status.code() != absl::StatusCode::kOutOfRange || !details.has_value()) {
      return Fail(status);
    }
    if (checker_.position() + 1 >= now.hub->oldest()) {
      return Fail(absl::InternalError(StrCat("told to be expired at ", checker_.position())));
    }
    const auto cursor = DecodeCursor(details->metadata.at("oldest_cursor"));
    if (!cursor.ok() || cursor->position < checker_.position()) return Fail(cursor.status());
    ++tally_.expired;
    checker_.Resume(cursor->position);
  }

  void TryWhatIsRefused(const LogUnderLoad::Incarnation& now) {
    WatchRequest request = request_;
    request.after_position = log_->truth().size() + 10 * kEvents;
    const auto future = WatchSession::Open(now.hub, now.reader, request, [] {});
    if (absl::IsInvalidArgument(future.status())) ++tally_.refused_future;
    if (future.ok()) Fail(absl::InternalError("a cursor of the future was taken"));
    const int64_t oldest = now.hub->oldest();
    if (oldest < 3) return;
    request.after_position = random_.Next() % (oldest - 1);
    if (request.after_position + 1 >= oldest) return;
    const auto old = WatchSession::Open(now.hub, now.reader, request, [] {});
    if (old.status().code() == absl::StatusCode::kOutOfRange) ++tally_.refused_old;
    if (old.ok()) Fail(absl::InternalError("a cursor of what is pruned was taken"));
  }

  // Comes back from a cursor of before, as after a crash of its own.
  void Forget() {
    const int64_t earlier = cursors_[random_.Next() % kCursors];
    if (earlier == 0 || earlier >= checker_.position()) return;
    ++tally_.resumed_earlier;
    checker_.Resume(earlier);
  }

  // Comes back from where the pruner is at work just now: what it wants next is kept, or it is
  // refused, but nothing between is missing.
  void GoToTheEdge(const LogUnderLoad::Incarnation& now) {
    const int64_t edge = now.hub->oldest() - 1 + static_cast<int64_t>(random_.Next() % 64);
    if (edge >= checker_.position()) return;
    checker_.Resume(edge);
    ++tally_.at_the_edge;
  }

  // Takes nothing while the log moves on.
  void Starve() {
    const int64_t until = log_->truth().size() + static_cast<int64_t>(random_.Next() % 20'000);
    Bell nobody;
    for (int i = 0; i < 100 && log_->truth().size() < until && !log_->finished(); ++i) {
      MutexLock lock(&nobody.mutex);
      nobody.rung.WaitFor(&nobody.mutex, absl::Milliseconds(2));
    }
  }

  void Await(Bell& bell) {
    MutexLock lock(&bell.mutex);
    absl::Duration waited;
    while (!bell.ringing && !log_->cut_off()) {
      if (log_->finished() && checker_.position() >= log_->truth().size()) return;
      bell.rung.WaitFor(&bell.mutex, absl::Milliseconds(20));
      waited += absl::Milliseconds(20);
      if (waited < kPatience) continue;
      Fail(absl::DeadlineExceededError("a stream was never woken"));
      return;
    }
    bell.ringing = false;
  }

  static constexpr size_t kCursors = 16;

  LogUnderLoad* const log_;
  WatchRequest request_;
  SeededRandom random_;
  StreamChecker checker_;
  int64_t cursors_[kCursors] = {};
  Tally tally_;
  absl::Status failure_;
  bool done_ = false;
};

std::vector<WatchRequest> Requests() {
  return {
      {.merchant = "-"},
      {.merchant = "m"},
      {.merchant = "n", .filter = {.types = {"order.*"}}},
      {.merchant = "m", .filter = {.resource_prefix = "merchants/m/orders/o1"}},
      {.merchant = "shop", .filter = {.resource_prefix = "merchants/shop/payouts"}},
      {.merchant = "-", .filter = {.types = {"order.settled"}}},  // One in a thousand.
      {.merchant = "shop", .filter = {.types = {"order.paid"}, .provider = "epay"}},
      {.merchant = "nobody"},
  };
}

Tally Judge(const std::vector<std::unique_ptr<Subscriber>>& subscribers) {
  Tally all;
  for (size_t i = 0; i < subscribers.size(); ++i) {
    const Tally& tally = subscribers[i]->tally();
    EXPECT_TRUE(subscribers[i]->failure().ok())
        << "subscriber " << i << ", seed " << kSeed << ": " << subscribers[i]->failure();
    all.delivered += tally.delivered;
    all.messages += tally.messages;
    all.progress += tally.progress;
    all.streams += tally.streams;
    all.resumed_earlier += tally.resumed_earlier;
    all.expired += tally.expired;
    all.closed += tally.closed;
    all.refused_future += tally.refused_future;
    all.refused_old += tally.refused_old;
    all.atomic_reads += tally.atomic_reads;
    all.at_the_edge += tally.at_the_edge;
    all.durable_reads += tally.durable_reads;
  }
  return all;
}

void Print(const LogUnderLoad& log, const Tally& all) {
  printf(
      "    seed %llu: %lld events committed, %lld delivered in %lld messages (%lld progress, "
      "%lld closing) on %lld streams\n",
      static_cast<unsigned long long>(kSeed), static_cast<long long>(log.truth().size()),
      static_cast<long long>(all.delivered), static_cast<long long>(all.messages),
      static_cast<long long>(all.progress), static_cast<long long>(all.closed),
      static_cast<long long>(all.streams));
  printf(
      "    %d processes, %lld events pruned; resumed from an earlier cursor %lld times, from the "
      "edge "
      "%lld times, expired %lld times; refused: %lld of the future, %lld expired\n",
      log.incarnations(), static_cast<long long>(log.pruned()),
      static_cast<long long>(all.resumed_earlier), static_cast<long long>(all.at_the_edge),
      static_cast<long long>(all.expired), static_cast<long long>(all.refused_future),
      static_cast<long long>(all.refused_old));
  printf("    %lld resources and %lld events read back after their event\n",
         static_cast<long long>(all.atomic_reads), static_cast<long long>(all.durable_reads));
}

TEST(VolumeTest, AMillionEventsKeepEveryPromise) {
  const std::string folder = StrCat(::testing::TempDir(), "/streams_", ::getpid());
  LogUnderLoad log(folder, kEvents, kSeed);
  std::vector<std::unique_ptr<Subscriber>> subscribers;
  std::vector<std::thread> threads;
  std::atomic<int> running{0};
  for (WatchRequest& request : Requests()) {
    subscribers.push_back(
        std::make_unique<Subscriber>(&log, std::move(request), kSeed + 1 + subscribers.size()));
    ++running;
    threads.emplace_back([subscriber = subscribers.back().get(), &running] {
      subscriber->Run();
      --running;
    });
  }
  SeededRandom random(kSeed);
  while (log.truth().size() < kEvents) {
    log.Grow();
    const uint64_t dice = random.Next() % 100;
    if (dice < 3) log.Restart(/*orderly=*/dice != 0);
    if (dice >= 3 && dice < 18) log.Prune();
    if (dice >= 18 && dice < 38) log.Beat();
  }
  log.Finish();
  Mutex mutex;
  CondVar nobody;
  while (running.load() > 0) {  // Heartbeats take everybody to the end of the log.
    log.Beat();
    MutexLock lock(&mutex);
    nobody.WaitFor(&mutex, absl::Milliseconds(10));
  }
  for (std::thread& thread : threads) thread.join();
  log.Restart(/*orderly=*/true);  // Whose beginning finds what was taken away to be gone.

  const Tally all = Judge(subscribers);
  Print(log, all);
  EXPECT_GE(all.delivered, kEvents);
  EXPECT_GT(all.expired, 0);
  EXPECT_GT(all.at_the_edge, 0);
  EXPECT_GT(log.pruned(), kEvents / 10);
  EXPECT_GT(all.resumed_earlier, 0);
  EXPECT_GT(all.progress, 0);
  EXPECT_GT(all.atomic_reads, 0);
  EXPECT_GT(log.incarnations(), 5);
}

}  // namespace
}  // namespace sluice::streams
