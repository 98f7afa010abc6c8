// The engine on real threads over the real store, against a provider that loses requests and
// answers: every order ends, no money moves twice, the event log has no gap. Run it under TSan.
#include <gtest/gtest.h>

#include <map>
#include <set>
#include <string>
#include <thread>
#include <vector>

#include "server/base/clock.h"
#include "server/base/strings.h"
#include "server/base/timers.h"
#include "server/store/sqlite/sqlite_store.h"
#include "tests/fakes/engine_harness.h"

namespace sluice {
namespace {

// What the provider truly did. Words as of FakeProvider.
class LossyBank {
 public:
  HttpReply Answer(const HttpRequest& request) {
    MutexLock lock(&mutex_);
    const std::string verb = Word(request.body, "verb=");
    const std::string key = Word(request.body, "key=");
    const int dice = static_cast<int>(random_.Next() % 10);
    // Before any effect; not so often that the engine rightly gives up.
    if (dice == 0 && ++lost_[StrCat(verb, key)] <= kMostLost) return Failed(Transport::kTimedOut);
    HttpReply reply = Act(verb, key);
    if (dice == 1) return Failed(Transport::kBroken);  // After it.
    if (dice == 2) return Status(502);
    return reply;
  }

  void Pay(const std::string& key) {
    MutexLock lock(&mutex_);
    auto it = orders_.find(key);
    if (it != orders_.end() && it->second == "open") it->second = "paid";
  }

  std::string StateOf(const std::string& key) {
    MutexLock lock(&mutex_);
    const auto it = orders_.find(key);
    return it == orders_.end() ? "none" : it->second;
  }
  size_t refunds() {
    MutexLock lock(&mutex_);
    return refunds_.size();
  }

 private:
  static std::string Word(const std::string& text, const std::string& name) {
    const size_t start = text.find(name) + name.size();
    return text.substr(start, text.find(' ', start) - start);
  }

  HttpReply Report(const std::string& key) {
    const auto it = orders_.find(key);
    if (it == orders_.end()) return Said("accepted report=not_found");
    return Said(StrCat("accepted report=", it->second, " amount=1234.AED number=P-", key));
  }

  HttpReply Act(const std::string& verb, const std::string& key) SLUICE_REQUIRES(mutex_) {
    if (verb == "create_order") {
      orders_.try_emplace(key, "open");
      return Report(key);
    }
    if (verb == "query_order") return Report(key);
    if (verb == "create_refund") {
      refunds_.insert(key);
      return Said("accepted report=succeeded");
    }
    if (verb == "query_refund") {
      return Said(refunds_.count(key) > 0 ? "accepted report=succeeded"
                                          : "accepted report=not_found");
    }
    auto it = orders_.find(key);
    if (it == orders_.end()) return Said("declined code=NONE report=not_found");
    if (verb == "cancel_order") {
      if (it->second != "open" && it->second != "closed") return Said("declined code=STATE");
      it->second = "closed";
    } else {
      it->second = it->second == "paid" || it->second == "returned" ? "returned" : "closed";
    }
    return Report(key);
  }

  Mutex mutex_;
  static constexpr int kMostLost = 3;
  SeededRandom random_{11};
  std::map<std::string, int> lost_ SLUICE_GUARDED_BY(mutex_);
  std::map<std::string, std::string> orders_ SLUICE_GUARDED_BY(mutex_);
  std::set<std::string> refunds_ SLUICE_GUARDED_BY(mutex_);
};

class ThreadsTest : public ::testing::Test {
 protected:
  static constexpr int kOrders = 120;

  void SetUp() override {
    const std::string path =
        StrCat(::testing::TempDir(), "threads_test-", SystemRandom().Hex(8), ".db");
    store::SqliteStoreOptions store_options;
    store_options.path = path;
    auto opened = store::OpenSqliteStore(store_options);
    ASSERT_TRUE(opened.ok()) << opened.status();
    store_ = *std::move(opened);
    http_.SetResponder([this](const HttpRequest& request) { return bank_.Answer(request); });
    provider_->mutable_descriptor().not_found_grace = absl::Milliseconds(30);
    app::EngineDependencies deps;
    deps.store = store_.get();
    deps.http = &http_;
    deps.clock = &clock_;
    deps.timers = &timers_;
    deps.random = &random_;
    deps.executor = &executor_;
    deps.signing = &signing_;
    deps.readers = &readers_;
    deps.sealer = &sealer_;
    auto account = std::make_shared<app::ProviderAccount>();
    account->account = "demo";
    account->merchant = "m";
    account->provider = provider_;
    account->max_in_flight = 8;
    app::EngineOptions options;
    options.merchants = {{"m", {"https://shop.example/"}}};
    options.accounts = {account};
    options.query_schedule = {absl::Milliseconds(5), absl::Milliseconds(20)};
    options.cached_resources = 40;  // So that much is read again.
    engine_ = app::MakeEngine(std::move(deps), options);
    ASSERT_TRUE(engine_->Start().ok());
  }

  void TearDown() override {
    engine_->Stop(absl::Seconds(5));
    executor_.Shutdown();
    signing_.Shutdown();
    readers_.Shutdown();
    store_->Close();
    engine_.reset();
  }

  // Looks until `condition`, at most half a minute.
  bool Eventually(const std::function<bool()>& condition) {
    Mutex mutex;
    CondVar never;
    for (int looks = 0; looks < 3000; ++looks) {
      if (condition()) return true;
      MutexLock lock(&mutex);
      never.WaitFor(&mutex, absl::Milliseconds(10));
    }
    return false;
  }

  Order Get(const std::string& id) {
    struct Shared {
      Mutex mutex;
      CondVar ready;
      std::optional<absl::StatusOr<Order>> value;
    };
    auto shared = std::make_shared<Shared>();
    engine_->orders().Get(OrderName("m", id), [shared](absl::StatusOr<Order> order) {
      MutexLock lock(&shared->mutex);
      shared->value = std::move(order);
      shared->ready.Signal();
    });
    MutexLock lock(&shared->mutex);
    while (!shared->value.has_value()) shared->ready.Wait(&shared->mutex);
    return shared->value->ok() ? **shared->value : Order{};
  }

  // One order's life, its kind by its number; answers are left to come when they like.
  void Live(int number) {
    const std::string id = StrCat("o-", number);
    app::Call call = EngineHarness::MakeCall(StrCat("req-", number));
    call.provider_wait = number % 2 == 0 ? absl::ZeroDuration() : absl::Milliseconds(50);
    for (int i = 0; i < 2; ++i) {  // Twice: the second joins or is a replay.
      engine_->orders().Create(call, EngineHarness::MakeOrder(id), [](auto) {});
    }
    if (number % 4 == 1) engine_->orders().Cancel(EngineHarness::MakeCall(), Name(id), [](auto) {});
    if (number % 4 == 2) engine_->orders().Revoke(EngineHarness::MakeCall(), Name(id), [](auto) {});
    if (number % 4 != 3) return;
    if (!Eventually([&] { return bank_.StateOf(id) == "open"; })) return;
    bank_.Pay(id);
    for (int i = 0; i < 3; ++i) {
      RawRequest notice;
      notice.method = "POST";
      notice.body =
          StrCat("kind=order key=", id, " dedup=d-", id, " sign=ok report=paid amount=1234.AED");
      engine_->notifications().Receive("fake", "demo", notice, [](HttpReply) {});
    }
    if (!Eventually([&] { return Get(id).state == OrderState::kPaid; })) return;
    for (int i = 0; i < 5; ++i) {  // Together more than was paid: two fit.
      Refund refund;
      refund.order_id = id;
      refund.id = StrCat("r-", i);
      refund.amount = {"AED", 600};
      CreateRefund(refund);
    }
  }

  // Again when it is refused for a queue that is full.
  void CreateRefund(const Refund& refund) {
    engine_->refunds().Create(
        EngineHarness::MakeCall(), refund, [this, refund](const absl::StatusOr<Refund>& result) {
          if (!absl::IsResourceExhausted(result.status())) return;
          timers_.After(absl::Milliseconds(20), [this, refund] { CreateRefund(refund); });
        });
  }

  static std::string Name(const std::string& id) { return OrderName("m", id); }

  bool HasEnded(int number) {
    const Order order = Get(StrCat("o-", number));
    switch (number % 4) {
      case 0:
        return order.state == OrderState::kAwaitingPayer;
      // A cancel or revoke that came before the order was durable was told so; the order is open.
      case 1:
        return order.state == OrderState::kCanceled || order.state == OrderState::kAwaitingPayer;
      case 2:
        return order.state == OrderState::kRevoked || order.state == OrderState::kAwaitingPayer;
      default:
        return order.refunded.minor_units == 1200 && order.refund_pending.minor_units == 0;
    }
  }

  SystemClock clock_;
  TimerThread timers_;
  SystemRandom random_;
  FakeSealer sealer_;
  ThreadPool executor_{"app", 2, 10000};
  ThreadPool signing_{"sign", 2, 10000};
  ThreadPool readers_{"read", 2, 10000};
  LossyBank bank_;
  net::FakeHttpClient http_;
  std::shared_ptr<FakeProvider> provider_ = std::make_shared<FakeProvider>();
  std::unique_ptr<store::Store> store_;
  std::unique_ptr<app::Engine> engine_;
};

TEST_F(ThreadsTest, EveryOrderEndsAsTheProviderHasIt) {
  std::vector<std::thread> callers;
  for (int caller = 0; caller < 4; ++caller) {
    callers.emplace_back([this, caller] {
      for (int number = caller; number < kOrders; number += 4) {
        // Each caller lives orders of all kinds.
        Live((number / 4) * 4 + (number + number / 4) % 4);
      }
    });
  }
  for (std::thread& caller : callers) caller.join();
  for (int number = 0; number < kOrders; ++number) {
    EXPECT_TRUE(Eventually([&] { return HasEnded(number); }))
        << number << " is " << StateName(Get(StrCat("o-", number)).state) << ", there "
        << bank_.StateOf(StrCat("o-", number));
    const Order order = Get(StrCat("o-", number));
    const std::string there = bank_.StateOf(order.id);
    if (order.state == OrderState::kPaid) {
      EXPECT_EQ(there, "paid");
    } else if (order.state == OrderState::kCanceled || order.state == OrderState::kRevoked) {
      EXPECT_TRUE(there == "closed" || there == "none" || there == "returned") << there;
    }
    EXPECT_EQ(order.attention, "") << order.id;
  }
  EXPECT_EQ(bank_.refunds(), static_cast<size_t>(kOrders / 4 * 2));

  const auto events = store_->ReadEvents({"", 0, 100000});
  ASSERT_TRUE(events.ok());
  int64_t expected = 0;
  std::map<std::string, int> paid;
  for (const EventPtr& event : *events) {
    EXPECT_EQ(event->position, ++expected);
    if (event->type == "order.paid") ++paid[event->resource_name];
  }
  for (const auto& [name, count] : paid) EXPECT_EQ(count, 1) << name;
}

}  // namespace
}  // namespace sluice
