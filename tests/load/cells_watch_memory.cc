// Watchers that are idle, asleep, or all back at once.

#include <algorithm>

#include "absl/strings/str_format.h"
#include "server/base/strings.h"
#include "tests/load/cells.h"
#include "tests/load/cells_watch.h"
#include "tests/load/process_stats.h"
#include "tests/load/serve.h"

namespace sluice::bench {
namespace {

constexpr absl::Duration kWait = absl::Seconds(120);

// Fills what every server keeps of the newest events (16 MiB), so that it is not counted as a
// watcher's memory.
constexpr int kFillRing = 100'000;
constexpr int kStalled = 50, kReaders = 50;

absl::StatusOr<double> ResidentOf(ServerProcess& server) {
  auto stats = StatsOf(server);
  if (!stats.ok()) return stats.status();
  return static_cast<double>(stats->resident_bytes());
}

WatchPlan Watchers(const ServerProcess& server, int streams, int connections) {
  return {.address = server.address(),
          .streams = streams,
          .connections = connections,
          .request = [](int) { return WatchMerchant(); }};
}

// Seconds until all readers have a burst.
absl::StatusOr<double> TimeBurst(ServerProcess& server, WatchStreams& readers, int events) {
  readers.Expect(int64_t{kReaders} * events);
  const int64_t start_ns = MonotonicNanos();
  auto burst = Burst(server, "burst", events);
  if (!burst.ok()) return burst.status();
  if (absl::Status came = readers.WaitForExpected(kWait); !came.ok()) return came;
  return static_cast<double>(readers.expected_ns() - start_ns) / 1e9;
}

struct Behind {
  std::string cursor;
  int64_t sequence = 0;  // Of the next event.
};

// A cursor with one event before it, as a watcher has it that was cut off there.
absl::StatusOr<Behind> TakeCursor(ServerProcess& server) {
  WatchStreams one(Watchers(server, 1, 1));
  if (absl::Status open = one.Open(kWait); !open.ok()) return open;
  one.Expect(1);
  auto burst = Burst(server, "before", 1);
  if (!burst.ok()) return burst.status();
  if (absl::Status came = one.WaitForExpected(kWait); !came.ok()) return came;
  return Behind{one.cursor(0), 2};  // The store was empty: that was the merchant's first event.
}

}  // namespace

absl::Status MeasureWatchMemory(Bench& bench) {
  auto server = bench.Fresh(kModeAccept);
  if (!server.ok()) return server.status();
  // The connections' own memory is not the streams': one stream opens each.
  const int connections = ConnectionsFor(bench.options.streams);
  WatchStreams first(Watchers(**server, connections, connections));
  if (absl::Status open = first.Open(kWait); !open.ok()) return open;
  auto before = ResidentOf(**server);
  if (!before.ok()) return before.status();
  WatchStreams streams(Watchers(**server, bench.options.streams, connections));
  if (absl::Status open = streams.Open(kWait); !open.ok()) return open;
  auto after = ResidentOf(**server);
  if (!after.ok()) return after.status();
  bench.Add({.what = "memory per idle Watch stream",
             .floor = "25 KB",
             .excellent = "20 KB",
             .seen = absl::StrFormat("%.1f KB", (*after - *before) / bench.options.streams / 1e3),
             .note = absl::StrFormat(
                 "%s streams over %d connections of their own, which are counted: RSS %.0f MB "
                 "before, %.0f MB after",
                 WithCommas(bench.options.streams), connections, *before / 1e6, *after / 1e6)});
  return absl::OkStatus();
}

absl::Status MeasureWatchStalled(Bench& bench) {
  auto server = bench.Fresh(kModeAccept);
  if (!server.ok()) return server.status();
  const int events = bench.Count(20'000, 10'000);
  WatchStreams readers(Watchers(**server, kReaders, 4));
  if (absl::Status open = readers.Open(kWait); !open.ok()) return open;
  auto filled = TimeBurst(**server, readers, kFillRing);
  if (!filled.ok()) return filled.status();
  std::vector<double> alone, beside;
  for (int i = 0; i < 3; ++i) {
    auto took = TimeBurst(**server, readers, events);
    if (!took.ok()) return took.status();
    alone.push_back(*took);
  }
  auto before = ResidentOf(**server);
  if (!before.ok()) return before.status();
  WatchPlan plan = Watchers(**server, kStalled, kStalled);
  plan.reads = false;
  WatchStreams stalled(std::move(plan));
  if (absl::Status open = stalled.Open(kWait); !open.ok()) return open;
  for (int i = 0; i < 3; ++i) {
    auto took = TimeBurst(**server, readers, events);
    if (!took.ok()) return took.status();
    beside.push_back(*took);
  }
  auto after = ResidentOf(**server);
  if (!after.ok()) return after.status();
  if (readers.gaps() != 0) return absl::DataLossError("there was a gap in a stream");
  bench.Add({.what = "memory of a subscriber that never reads",
             .floor = "512 KB",
             .excellent = "256 KB",
             .seen = absl::StrFormat("%.0f KB", std::max(0.0, *after - *before) / kStalled / 1e3),
             .note = absl::StrFormat("%d of them, each on its connection, while %s events passed",
                                     kStalled, WithCommas(3.0 * events))});
  bench.Add({.what = "time of a burst beside them / without them",
             .floor = "nobody delayed",
             .excellent = "",
             .seen = absl::StrFormat("%.2f", SpreadOf(beside).median / SpreadOf(alone).median),
             .note = absl::StrFormat(
                 "%d readers had %s events in %.2f s beside them, %.2f s without", kReaders,
                 WithCommas(events), SpreadOf(beside).median, SpreadOf(alone).median)});
  return absl::OkStatus();
}

absl::Status MeasureWatchResume(Bench& bench) {
  auto server = bench.Fresh(kModeAccept);
  if (!server.ok()) return server.status();
  auto behind = TakeCursor(**server);
  if (!behind.ok()) return behind.status();
  const int events = bench.Count(100, 20);
  auto burst = Burst(**server, "missed", events);
  if (!burst.ok()) return burst.status();
  const int count = bench.options.streams;
  WatchPlan plan = Watchers(**server, count, ConnectionsFor(count));
  plan.first_sequence = behind->sequence;
  plan.request = [cursor = behind->cursor](int) {
    auto request = WatchMerchant();
    request.set_cursor(cursor);
    return request;
  };
  WatchStreams streams(std::move(plan));
  streams.Expect(int64_t{count} * events);
  const int64_t start_ns = MonotonicNanos();
  if (absl::Status open = streams.Open(kWait); !open.ok()) return open;
  if (absl::Status came = streams.WaitForExpected(kWait); !came.ok()) return came;
  const double seconds = static_cast<double>(streams.expected_ns() - start_ns) / 1e9;
  bench.Add(
      {.what = StrCat(WithCommas(count), " streams resume at once"),
       .floor = "0 gaps, 30 s",
       .excellent = "0 gaps, 10 s",
       .seen = absl::StrFormat("%d gaps, %.1f s", streams.gaps(), seconds),
       .note = absl::StrFormat("each %d events behind; connections were opened as well", events)});
  return absl::OkStatus();
}

}  // namespace sluice::bench
