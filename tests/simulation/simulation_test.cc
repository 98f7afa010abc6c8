// The engine under thousands of seeds: see run.h. `./dev test simulation --long` takes a hundred
// thousand.

#include <algorithm>
#include <atomic>
#include <iostream>
#include <string>
#include <thread>
#include <vector>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "gtest/gtest.h"
#include "server/base/environment.h"
#include "server/base/log.h"
#include "tests/simulation/run.h"

namespace sluice::simulation_run {
namespace {

constexpr uint64_t kFirstSeed = 1;
constexpr uint64_t kSeeds = 2'000, kLongSeeds = 100'000;
// Of so many seeds one is played twice.
constexpr uint64_t kTwiceEvery = 50;
// More than the short run has: a run at length shows where it is.
constexpr uint64_t kShownEvery = 5'000;
constexpr int kMaxThreads = 4;

std::string Join(const std::vector<std::string>& lines) {
  std::string text;
  for (const std::string& line : lines) absl::StrAppend(&text, line, "\n");
  return text;
}

struct Played {
  std::vector<std::string> wrong, log;
  uint64_t hash = 0;
  size_t events = 0;
  int crashes = 0, unasked = 0, disk_faults = 0, disk_refusals = 0, failed_starts = 0;
};

Played Play(const Plan& plan) {
  SimulatedRun run(plan);
  run.Play();
  Played played;
  played.wrong = run.Judge();
  played.log = run.log();
  played.hash = run.TraceHash();
  played.events = run.events();
  played.crashes = run.crashes();
  played.unasked = run.unasked();
  played.disk_faults = run.disk_faults();
  played.disk_refusals = run.disk_refusals();
  played.failed_starts = run.failed_starts();
  return played;
}

// The same failure by fewer steps: parts are left out as long as it still fails, half of them first
// and one by one at last.
Plan Shrink(Plan plan) {
  for (size_t part = plan.steps.size() / 2; part > 0; part /= 2) {
    for (size_t at = 0; at < plan.steps.size();) {
      Plan less = plan;
      const auto from = less.steps.begin() + static_cast<long>(at);
      less.steps.erase(from, from + static_cast<long>(std::min(part, plan.steps.size() - at)));
      if (Play(less).wrong.empty()) {
        at += part;
      } else {
        plan = std::move(less);
      }
    }
  }
  return plan;
}

std::string Explain(uint64_t seed) {
  const Plan plan = Shrink(MakePlan(seed));
  const Played played = Play(plan);
  return absl::StrCat("seed ", seed, plan.on_disk ? " (on disk)" : "", " is wrong:\n",
                      Join(played.wrong), "minimal trace, ", plan.steps.size(), " steps:\n",
                      Join(played.log));
}

struct Totals {
  std::atomic<uint64_t> next = kFirstSeed;
  std::atomic<uint64_t> failed = 0;  // A seed.
  std::atomic<uint64_t> events = 0, crashes = 0, disk_faults = 0, on_disk = 0, twice = 0;
  std::atomic<uint64_t> disk_refusals = 0, failed_starts = 0, unasked = 0;
  std::atomic<uint64_t> differing = 0;
};

void Work(uint64_t end, Totals& totals) {
  while (totals.failed == 0 && totals.differing == 0) {
    const uint64_t seed = totals.next.fetch_add(1);
    if (seed >= end) return;
    if (seed % kShownEvery == 0) std::cout << absl::StrCat("at seed ", seed, "\n") << std::flush;
    const Plan plan = MakePlan(seed);
    const Played played = Play(plan);
    totals.events += played.events;
    totals.crashes += static_cast<uint64_t>(played.crashes);
    totals.unasked += static_cast<uint64_t>(played.unasked);
    totals.disk_faults += static_cast<uint64_t>(played.disk_faults);
    totals.disk_refusals += static_cast<uint64_t>(played.disk_refusals);
    totals.failed_starts += static_cast<uint64_t>(played.failed_starts);
    if (plan.on_disk) ++totals.on_disk;
    if (!played.wrong.empty()) totals.failed = seed;
    if (seed % kTwiceEvery != 0 && seed % kTwiceEvery != 1) continue;
    ++totals.twice;
    if (Play(plan).hash != played.hash) totals.differing = seed;
  }
}

class SimulationTest : public ::testing::Test {
 protected:
  // Faults are all there is to log here.
  SimulationTest() { SetLogLevel(LogLevel::kOff); }
};

TEST_F(SimulationTest, WhatTheEngineSaysIsWhatTheProviderDid) {
  uint64_t seeds = GetEnvironment("SLUICE_LONG").has_value() ? kLongSeeds : kSeeds;
  if (const auto some = GetEnvironment("SLUICE_SEEDS"))
    ASSERT_TRUE(absl::SimpleAtoi(*some, &seeds));
  Totals totals;
  std::vector<std::thread> threads;
  const int count =
      std::clamp(static_cast<int>(std::thread::hardware_concurrency()), 1, kMaxThreads);
  for (int i = 0; i < count; ++i) {
    threads.emplace_back([&] { Work(kFirstSeed + seeds, totals); });
  }
  for (std::thread& thread : threads) thread.join();
  std::cout << std::min(totals.next.load(), kFirstSeed + seeds) - kFirstSeed << " seeds from "
            << kFirstSeed << ", " << totals.on_disk << " of them on disk; " << totals.events
            << " events, " << totals.crashes << " crashes, " << totals.disk_faults
            << " faults of the disk, which refused " << totals.disk_refusals << " calls and "
            << totals.failed_starts << " starts; " << totals.unasked
            << " orders paid after their end or taken back; " << totals.twice << " played twice"
            << std::endl;
  EXPECT_EQ(totals.differing, 0u) << "the same seed gave another trace";
  if (totals.failed != 0) FAIL() << Explain(totals.failed);
  EXPECT_GT(totals.events, 10u * seeds) << "hardly anything happens";
  EXPECT_GT(totals.unasked, seeds / 20) << "hardly anything happens unasked";
}

// For the seed that a failure names: SLUICE_SEED=77 simulation_run_test.
TEST_F(SimulationTest, OneSeed) {
  uint64_t seed = kFirstSeed;
  if (const auto one = GetEnvironment("SLUICE_SEED")) ASSERT_TRUE(absl::SimpleAtoi(*one, &seed));
  const Played played = Play(MakePlan(seed));
  if (GetEnvironment("SLUICE_SEED").has_value()) std::cout << Join(played.log);
  if (!played.wrong.empty()) FAIL() << Explain(seed);
  EXPECT_EQ(Play(MakePlan(seed)).hash, played.hash);
}

}  // namespace
}  // namespace sluice::simulation_run
