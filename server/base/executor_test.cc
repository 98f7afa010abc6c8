#include "server/base/executor.h"

#include <sys/resource.h>

#include <atomic>
#include <functional>
#include <future>
#include <memory>
#include <string>
#include <vector>

#include "gtest/gtest.h"
#include "server/base/inline_executor.h"
#include "server/base/mutex.h"

namespace sluice {
namespace {

TEST(ThreadPoolTest, RunsWhatItAccepted) {
  std::atomic<int> ran{0};
  ThreadPool pool("test", 3, 1000);
  for (int i = 0; i < 500; ++i) EXPECT_TRUE(pool.TryPost([&ran] { ++ran; }));
  pool.Shutdown();
  EXPECT_EQ(ran, 500);
}

TEST(ThreadPoolTest, RefusesWhenFullButPostIsNeverRefused) {
  std::promise<void> started;
  std::promise<void> release;
  std::atomic<int> ran{0};
  ThreadPool pool("test", 1, 2);
  ASSERT_TRUE(pool.TryPost([&] {
    started.set_value();
    release.get_future().wait();
  }));
  started.get_future().wait();
  EXPECT_TRUE(pool.TryPost([&ran] { ++ran; }));
  EXPECT_TRUE(pool.TryPost([&ran] { ++ran; }));
  EXPECT_FALSE(pool.TryPost([&ran] { ++ran; }));
  pool.Post([&ran] { ++ran; });
  EXPECT_EQ(pool.queued(), 3u);
  release.set_value();
  pool.Shutdown();
  EXPECT_EQ(ran, 3);
}

TEST(ThreadPoolTest, GivesWayAsFarAsItIsTold) {
  const int before = getpriority(PRIO_PROCESS, 0);
  std::promise<int> seen;
  ThreadPool pool("test", 1, 1, before + 3);
  pool.Post([&seen] { seen.set_value(getpriority(PRIO_PROCESS, 0)); });
  EXPECT_EQ(seen.get_future().get(), before + 3);
  EXPECT_EQ(getpriority(PRIO_PROCESS, 0), before) << "of its own threads only";
}

TEST(ThreadPoolTest, ShutdownRunsWhatQueuedWorkPosts) {
  std::atomic<int> depth{0};
  ThreadPool pool("test", 2, 10);
  std::function<void()> chain = [&] {
    if (++depth < 50) pool.Post([&] { chain(); });
  };
  ASSERT_TRUE(pool.TryPost([&] { chain(); }));
  pool.Shutdown();
  EXPECT_EQ(depth, 50);
}

TEST(ThreadPoolTest, AfterShutdownTasksAreDestroyedWithoutRunning) {
  ThreadPool pool("test", 1, 10);
  pool.Shutdown();
  pool.Shutdown();
  auto held = std::make_shared<int>(0);
  EXPECT_FALSE(pool.TryPost([held] { ++*held; }));
  pool.Post([held] { ++*held; });
  EXPECT_EQ(held.use_count(), 1);
  EXPECT_EQ(*held, 0);
}

TEST(StrandsTest, OneKeyKeepsItsOrderAndKeysInterleave) {
  ManualExecutor executor;
  Strands strands(&executor);
  std::vector<std::string> order;
  for (const char* name : {"a1", "a2", "a3"}) {
    strands.Post("a", [&order, name] { order.push_back(name); });
  }
  strands.Post("b", [&order] { order.push_back("b1"); });
  EXPECT_EQ(executor.queued(), 2u);  // A turn for each key.
  executor.RunAll();
  EXPECT_EQ(order, (std::vector<std::string>{"a1", "b1", "a2", "a3"}));
}

TEST(StrandsTest, RefusalLeavesNothingBehind) {
  ManualExecutor executor(1);
  Strands strands(&executor);
  int ran = 0;
  EXPECT_TRUE(strands.TryPost("a", [&ran] { ++ran; }));
  EXPECT_FALSE(strands.TryPost("b", [&ran] { ran += 100; }));
  EXPECT_TRUE(strands.TryPost("a", [&ran] { ++ran; }));  // Behind the first: needs no place.
  executor.RunAll();
  EXPECT_EQ(ran, 2);
  EXPECT_TRUE(strands.TryPost("b", [&ran] { ++ran; }));
  executor.RunAll();
  EXPECT_EQ(ran, 3);
}

TEST(StrandsTest, BoundsWhatOneKeyMayQueue) {
  ManualExecutor executor;
  Strands strands(&executor);
  int accepted = 0;
  while (strands.TryPost("a", [] {})) ASSERT_LT(++accepted, 10'000);
  EXPECT_GT(accepted, 100);
  bool ran = false;
  strands.Post("a", [&ran] { ran = true; });
  executor.RunAll();
  EXPECT_TRUE(ran);
}

TEST(StrandsTest, TasksMayPostToTheirOwnKey) {
  ManualExecutor executor;
  Strands strands(&executor);
  int ran = 0;
  strands.Post("a", [&] {
    ++ran;
    strands.Post("a", [&ran] { ++ran; });
  });
  executor.RunAll();
  EXPECT_EQ(ran, 2);
}

TEST(StrandsTest, TasksOfOneKeyNeverOverlapOnThreads) {
  constexpr int kKeys = 4;
  constexpr int kTasksPerKey = 500;
  struct Key {
    int ran = 0;  // Not atomic: a race is an overlap, which ThreadSanitizer sees.
    std::atomic<int> inside{0};
    bool overlapped = false;
  };
  Key keys[kKeys];
  {
    ThreadPool pool("test", 4, 10'000);
    Strands strands(&pool);
    for (int i = 0; i < kKeys * kTasksPerKey; ++i) {
      Key& key = keys[i % kKeys];
      strands.Post(std::to_string(i % kKeys), [&key, i] {
        if (key.inside.fetch_add(1) != 0 || key.ran != i / kKeys) key.overlapped = true;
        ++key.ran;
        --key.inside;
      });
    }
    pool.Shutdown();
  }
  for (const Key& key : keys) {
    EXPECT_EQ(key.ran, kTasksPerKey);
    EXPECT_FALSE(key.overlapped);
  }
}

TEST(ManualExecutorTest, RunsInTheOrderChosen) {
  ManualExecutor executor;
  std::string order;
  executor.Post([&order] { order += 'a'; });
  executor.Post([&order] { order += 'b'; });
  executor.Post([&order] { order += 'c'; });
  EXPECT_TRUE(executor.RunAt(1));
  EXPECT_FALSE(executor.RunAt(2));
  EXPECT_TRUE(executor.RunOne());
  EXPECT_EQ(executor.RunAll(), 1);
  EXPECT_FALSE(executor.RunOne());
  EXPECT_EQ(order, "bac");
}

TEST(MutexTest, WaitForEndsWithoutASignal) {
  Mutex mutex;
  CondVar condition;
  MutexLock lock(&mutex);
  EXPECT_FALSE(condition.WaitFor(&mutex, absl::Milliseconds(1)));
  lock.Unlock();
  lock.Lock();
}

}  // namespace
}  // namespace sluice
