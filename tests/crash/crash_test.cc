// Money through a server that is killed again and again: some dozen times in `./dev test`, a
// thousand times in `./dev test crash`.

#include <algorithm>
#include <atomic>
#include <iostream>
#include <iterator>
#include <map>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "gtest/gtest.h"
#include "server/base/environment.h"
#include "server/base/log.h"
#include "tests/crash/load.h"
#include "tests/crash/oracle.h"
#include "tests/crash/watcher.h"
#include "tests/crash/world.h"

namespace sluice::crash {
namespace {

constexpr uint64_t kSeed = 20261121;
constexpr int kThreads = 4;
constexpr int kFresh = 20;         // Stories that each server's life begins with.
constexpr int kChapter = 56;       // Servers over one store.
constexpr int kLongChapters = 18;  // 18 x 56 = 1,008 cycles.
// A chapter mostly waits.
constexpr int kTellers = 3;
// From death to birth, so that the provider's grace for what was never answered (30 s, 60 s) passes
// within some lives.
constexpr int64_t kLeapS = 25;
// At the end: twice that grace, and then the longest that a provider waits before it tells again of
// what a dead server did not hear (NICEPAY: 1, 5, 30 minutes).
constexpr int64_t kLastLeapsS[] = {75, 75, 310, 310, 1810, 1810, 75};
constexpr absl::Duration kPatience = absl::Seconds(4);
constexpr absl::Duration kLook = absl::Milliseconds(100);
// Most kills at a random time hit a load at work.
constexpr int kShortestLifeMs = 20, kLongestLifeMs = 500;

// Where the engine and the store can be told to die; "kill" is from outside, at any time.
constexpr const char* kEdges[] = {"commit.before",
                                  "commit.after",
                                  "callbacks.before",
                                  "callbacks.after",
                                  "intent.committed",
                                  "send.before",
                                  "send.after",
                                  "reply.received",
                                  "result.committed",
                                  "answer.before",
                                  "ack.before",
                                  "notification.committed",
                                  "log.write",
                                  "log.sync",
                                  "checkpoint.write",
                                  "checkpoint.before",
                                  "checkpoint.sync",
                                  "checkpoint.after",
                                  "kill"};
constexpr size_t kEdgeCount = sizeof(kEdges) / sizeof(kEdges[0]);
constexpr int kPasses[] = {1, 7, 23};
constexpr int kMostPasses = 40;

// The first chapter takes every edge in turn, early and late in a load; the others by the seed.
CrashPoint PointOf(int chapter, int cycle, Random& random) {
  if (chapter == 0) {
    const size_t index = static_cast<size_t>(cycle);
    return {kEdges[index % kEdgeCount], kPasses[index / kEdgeCount % 3]};
  }
  return {kEdges[random.Next() % kEdgeCount], 1 + static_cast<int>(random.Next() % kMostPasses)};
}

struct Count {
  int cycles = 0, died = 0;
  int64_t calls = 0, repeated = 0;
  std::map<std::string, int> died_at;  // By edge.

  std::string Edges() const {
    std::string text = "deaths:";
    for (const char* edge : kEdges) {
      const auto found = died_at.find(edge);
      absl::StrAppend(&text, " ", edge, " ", found == died_at.end() ? 0 : found->second);
    }
    return text;
  }

  std::string ToString() const {
    return absl::StrCat(cycles, " cycles, ", died, " died at their point, ", calls, " calls, ",
                        repeated, " stories interrupted; ");
  }
};

class Chapter {
 public:
  Chapter(int number, World* world)
      : number_(number), world_(*world), random_(kSeed + number), load_(world) {}

  void Live(int cycles) {
    for (int cycle = 0; cycle < cycles; ++cycle) {
      CrashPoint point = PointOf(number_, cycle, random_);
      const std::string edge = point.edge;
      const bool outside = edge == "kill";
      if (outside) point.edge.clear();
      const absl::Duration life =
          absl::Milliseconds(kShortestLifeMs + random_.Next() % (kLongestLifeMs - kShortestLifeMs));
      auto victim = world_.StartServer(point, kLeapS);
      ++count_.cycles;
      if (!victim.ok()) {
        ASSERT_EQ(victim.status().code(), absl::StatusCode::kUnavailable) << victim.status();
        ++count_.died, ++count_.died_at[edge];  // At its start, with what the last one had left.
        continue;
      }
      subscriber_.Follow((*victim)->grpc_address());
      std::thread killer;
      if (outside) killer = std::thread([&] { KillAfter(life, **victim); });
      load_.Run((*victim)->grpc_address(), absl::StrCat("c", cycle), random_.Next(), kThreads,
                kFresh);
      if (killer.joinable()) killer.join();
      if (!(*victim)->Alive()) ++count_.died, ++count_.died_at[edge];
      (*victim)->Kill();
      subscriber_.Leave();
    }
  }

  // What it comes to when servers live: all stories end, and then the books are compared.
  Findings End() {
    Oracle oracle(world_, load_);
    Findings found;
    const size_t rounds = std::size(kLastLeapsS);
    for (size_t round = 0; round < rounds; ++round) {
      auto server = world_.StartServer({}, kLastLeapsS[round]);
      EXPECT_TRUE(server.ok()) << server.status();
      if (!server.ok()) return found;
      const std::string& address = (*server)->grpc_address();
      subscriber_.Follow(address);
      load_.Run(address, absl::StrCat("e", round), random_.Next(), kThreads, 0);
      Stubs stubs(address);
      const bool quiet = AwaitQuiet(oracle, stubs) && load_.Unfinished() == 0;
      if (!quiet && round + 1 < rounds) continue;
      subscriber_.Await(static_cast<int64_t>(ReadEvents(stubs).size()), kPatience);
      found = oracle.Judge(stubs, subscriber_);
      break;
    }
    EXPECT_EQ(load_.Unfinished(), 0);
    count_.calls = load_.calls();
    count_.repeated = load_.repeated();
    return found;
  }

  const Count& count() const { return count_; }

 private:
  static void KillAfter(absl::Duration life, Victim& victim) {
    Mutex mutex;
    CondVar never;
    MutexLock lock(&mutex);
    never.WaitFor(&mutex, life);
    victim.Kill();
  }

  static bool AwaitQuiet(Oracle& oracle, Stubs& stubs) {
    const absl::Time deadline = absl::Now() + kPatience;
    Mutex mutex;
    CondVar never;
    while (!oracle.Quiet(stubs)) {
      if (absl::Now() > deadline) return false;
      MutexLock lock(&mutex);
      never.WaitFor(&mutex, kLook);
    }
    return true;
  }

  const int number_;
  World& world_;
  SeededRandom random_;
  Load load_;
  Watcher subscriber_;
  Count count_;
};

// Of all chapters so far.
struct Totals {
  Mutex mutex;
  Count count;
  Findings found;
};

void Tell(int number, Totals& totals) {
  SCOPED_TRACE(absl::StrCat("chapter ", number, ", seed ", kSeed + number));
  auto world = World::Make(kSeed + number);
  ASSERT_TRUE(world.ok()) << world.status();
  Chapter chapter(number, world->get());
  chapter.Live(kChapter);
  const Findings found = chapter.End();
  const Count& count = chapter.count();
  EXPECT_GT(count.died, kChapter / 3) << "the edges are hardly reached";
  MutexLock lock(&totals.mutex);
  totals.count.cycles += count.cycles;
  totals.count.died += count.died;
  totals.count.calls += count.calls;
  totals.count.repeated += count.repeated;
  for (const auto& [edge, died] : count.died_at) totals.count.died_at[edge] += died;
  totals.found.Add(found);
  std::cout << "seed " << kSeed + number << ": " << count.ToString() << found.ToString() << "\n  "
            << count.Edges() << std::endl;
  if (found.violations() > 0) std::cout << (*world)->Log() << std::endl;
}

TEST(CrashTest, NothingIsLostOrDoubledWhereverTheServerDies) {
  SetLogLevel(LogLevel::kOff);
  const bool is_long = GetEnvironment("SLUICE_LONG").has_value();
  const int chapters = is_long ? kLongChapters : 1;
  Totals totals;
  std::atomic<int> next = 0;
  std::vector<std::thread> tellers;
  for (int i = 0; i < std::min(chapters, kTellers); ++i) {
    tellers.emplace_back([&] {
      for (int number = next++; number < chapters; number = next++) Tell(number, totals);
    });
  }
  for (std::thread& teller : tellers) teller.join();
  std::cout << "in all: " << totals.count.ToString() << totals.found.ToString() << "\n  "
            << totals.count.Edges() << std::endl;
  // Three tries of each may all miss a rare one.
  for (const char* edge : kEdges) {
    if (is_long || std::string_view(edge) == "send.after") {
      EXPECT_GT(totals.count.died_at[edge], 0) << edge;
    }
  }
  EXPECT_EQ(totals.found.violations(), 0) << totals.found.ToString();
  EXPECT_GT(totals.found.orders, 0);
  EXPECT_GT(totals.found.refunds, 0);
  EXPECT_GT(totals.found.payouts, 0);
  EXPECT_GT(totals.found.links, 0);
}

}  // namespace
}  // namespace sluice::crash
