// Money through a server that is killed again and again.

#include <iostream>

#include "absl/strings/str_cat.h"
#include "gtest/gtest.h"
#include "tests/crash/load.h"
#include "tests/crash/oracle.h"
#include "tests/crash/world.h"

namespace sluice::crash {
namespace {

constexpr uint64_t kSeed = 20261121;
constexpr int kThreads = 4;
constexpr int kOrdersPerThread = 12;
// A create that was lost before it was sent is given up on only after the provider's grace of a
// minute; then it goes out again.
constexpr absl::Duration kPatience = absl::Seconds(150);

// Every edge that is named, early in a load and in the midst of it.
std::vector<CrashPoint> Points() {
  std::vector<CrashPoint> points;
  for (const char* edge :
       {"commit.before", "commit.after", "callbacks.before", "callbacks.after", "intent.committed",
        "send.before", "reply.received", "result.committed", "answer.before",
        "notification.committed", "ack.before"}) {
    for (int pass : {1, 7, 23}) points.push_back({edge, pass});
  }
  points.push_back({"checkpoint.before", 1});
  points.push_back({"checkpoint.after", 1});
  points.push_back({"", 0});  // Killed when the load is done.
  return points;
}

TEST(CrashTest, NothingIsLostOrDoubledWhereverTheServerDies) {
  SCOPED_TRACE(absl::StrCat("seed ", kSeed));
  auto world = World::Make(kSeed);
  ASSERT_TRUE(world.ok()) << world.status();
  ASSERT_TRUE((*world)->StartServer({}).ok()) << (*world)->StartServer({}).status();
  Load load(&(*world)->payby());
  int cycles = 0, died = 0;
  for (const CrashPoint& point : Points()) {
    auto victim = (*world)->StartServer(point);
    ++cycles;
    if (!victim.ok()) {
      ASSERT_EQ(victim.status().code(), absl::StatusCode::kUnavailable) << victim.status();
      ++died;  // At its start, with what the last one had left.
      continue;
    }
    load.Retry((*victim)->grpc_address());
    load.Run((*victim)->grpc_address(), absl::StrCat("c", cycles), kSeed + cycles, kThreads,
             kOrdersPerThread);
    if (!(*victim)->Alive()) ++died;
    (*victim)->Kill();
  }
  auto server = (*world)->StartServer({});
  ASSERT_TRUE(server.ok()) << server.status();
  EXPECT_EQ(load.Retry((*server)->grpc_address()), 0);
  const Findings found =
      Judge((*server)->grpc_address(), load, (*world)->payby(), kPatience);
  std::cout << cycles << " cycles, " << died << " died at their edge; " << load.requests().size()
            << " calls; " << found.ToString() << std::endl;
  EXPECT_EQ(found.violations(), 0) << found.ToString();
  EXPECT_GT(died, cycles / 2) << "the edges are hardly reached";
  EXPECT_GT(found.orders, 0);
  EXPECT_GT(found.refunds, 0);
}

}  // namespace
}  // namespace sluice::crash
