// Watchers: how many events reach them, and how soon.

#include <algorithm>

#include "absl/strings/str_format.h"
#include "server/base/strings.h"
#include "server/core/names.h"
#include "tests/load/bench_provider.h"
#include "tests/load/cells.h"
#include "tests/load/cells_watch.h"
#include "tests/load/process_stats.h"
#include "tests/load/serve.h"

namespace sluice::bench {
namespace {

// For one event, or one burst, to come. What takes longer has failed.
constexpr absl::Duration kWait = absl::Seconds(60);

struct BurstResult {
  double per_core_second = 0, per_second = 0, bytes_per_event = 0, events_per_message = 0;
};

absl::StatusOr<BurstResult> OneBurst(ServerProcess& server, WatchStreams& streams, int count,
                                     int events, int in_flight) {
  const int64_t deliveries = int64_t{count} * events;
  const int64_t bytes = streams.event_bytes(), messages = streams.messages();
  auto before = StatsOf(server);
  if (!before.ok()) return before.status();
  streams.Expect(deliveries);
  const int64_t start_ns = MonotonicNanos();
  auto burst = Burst(server, "burst", events, in_flight);
  if (!burst.ok()) return burst.status();
  if (absl::Status came = streams.WaitForExpected(kWait); !came.ok()) return came;
  auto after = StatsOf(server);
  if (!after.ok()) return after.status();
  const auto made = static_cast<double>(deliveries);
  BurstResult result;
  result.per_second = made / (static_cast<double>(streams.expected_ns() - start_ns) / 1e9);
  result.per_core_second = made / (static_cast<double>(after->cpu_us() - before->cpu_us()) / 1e6);
  result.bytes_per_event = static_cast<double>(streams.event_bytes() - bytes) / made;
  result.events_per_message = made / static_cast<double>(streams.messages() - messages);
  return result;
}

}  // namespace

absl::StatusOr<v1::BurstResponse> Burst(ServerProcess& server, const std::string& order, int events,
                                        int in_flight) {
  v1::BurstRequest request;
  request.set_merchant(kMerchant);
  request.set_order(order);
  request.set_events(events);
  request.set_in_flight(in_flight);
  v1::BurstResponse response;
  const absl::Status status =
      server.connections().Call("/sluice.bench.v1.EchoService/Burst", request, &response);
  if (!status.ok()) return status;
  return response;
}

sluice::v1::WatchEventsRequest WatchMerchant() {
  sluice::v1::WatchEventsRequest request;
  request.set_parent(MerchantName(kMerchant));
  request.mutable_from_now();
  return request;
}

int ConnectionsFor(int streams) { return std::max(4, streams / kStreamsPerConnection); }

namespace {

// Bursts of one kind. `in_flight` as in Burst.
absl::Status AddBursts(Bench& bench, ServerProcess& server, WatchStreams& streams, int count,
                       int events, int in_flight, const std::string& how) {
  std::vector<double> per_core, per_second;
  BurstResult last;
  for (int i = 0; i <= bench.options.rounds; ++i) {
    auto burst = OneBurst(server, streams, count, events, in_flight);
    if (!burst.ok()) return burst.status();
    last = *burst;
    if (i == 0) continue;  // Warms up.
    per_core.push_back(last.per_core_second);
    per_second.push_back(last.per_second);
  }
  if (streams.gaps() != 0) return absl::DataLossError("there was a gap in a stream");
  bench.Add(
      {.what = StrCat("Watch, ", WithCommas(count), " streams, ", how,
                      ": deliveries/s per server core"),
       .floor = "120,000",
       .excellent = "250,000",
       .seen = Show(SpreadOf(per_core), 0),
       .note = absl::StrFormat("by the server's CPU time; %s/s by the clock, the driver on the "
                               "same cores; bursts of %d events of %.0f bytes; %.1f events a "
                               "message at the end",
                               WithCommas(SpreadOf(per_second).median), events,
                               last.bytes_per_event, last.events_per_message)});
  return absl::OkStatus();
}

}  // namespace

absl::Status MeasureWatchBurst(Bench& bench) {
  auto server = bench.Fresh(kModeAccept);
  if (!server.ok()) return server.status();
  const int count = std::max(1, bench.options.streams / 10);
  WatchStreams streams({.address = (*server)->address(),
                        .streams = count,
                        .connections = ConnectionsFor(count),
                        .request = [](int) { return WatchMerchant(); }});
  if (absl::Status open = streams.Open(kWait); !open.ok()) return open;
  // The hard case: each commit wakes every watcher anew. And the kind one: what comes together is
  // sent together.
  const absl::Status single =
      AddBursts(bench, **server, streams, count, bench.Count(200, 100), 1, "committed one by one");
  if (!single.ok()) return single;
  return AddBursts(bench, **server, streams, count, bench.Count(500, 200), 0, "committed together");
}

absl::Status MeasureWatchOneOfMany(Bench& bench) {
  auto server = bench.Fresh(kModeAccept);
  if (!server.ok()) return server.status();
  const int count = bench.options.streams;
  WatchStreams streams({.address = (*server)->address(),
                        .streams = count,
                        .connections = ConnectionsFor(count),
                        .request =
                            [](int stream) {
                              auto request = WatchMerchant();
                              request.mutable_filter()->set_resource_prefix(
                                  OrderName(kMerchant, StrCat("o-", stream)));
                              return request;
                            },
                        .contiguous = false});
  if (absl::Status open = streams.Open(kWait); !open.ok()) return open;
  Latencies latencies;
  const int samples = bench.Count(3'000, 500);
  for (int i = 0; i < samples; ++i) {
    streams.Expect(1);
    // A prime step visits the streams in no order.
    auto burst = Burst(**server, StrCat("o-", int64_t{i} * 7919 % count), 1);
    if (!burst.ok()) return burst.status();
    if (absl::Status came = streams.WaitForExpected(kWait); !came.ok()) return came;
    latencies.Add(absl::Nanoseconds(streams.expected_ns() - burst->commit_ns()));
  }
  bench.Add(
      {.what = StrCat("commit to the one matching subscriber among ", WithCommas(count),
                      " streams, p99"),
       .floor = "15 ms",
       .excellent = "5 ms",
       .seen = absl::StrFormat("%.1f ms", absl::ToDoubleMilliseconds(latencies.At(99))),
       .note = absl::StrFormat("%d events, one at a time; p50 %.2f ms, p90 %.2f ms, max %.1f ms",
                               samples, absl::ToDoubleMilliseconds(latencies.At(50)),
                               absl::ToDoubleMilliseconds(latencies.At(90)),
                               absl::ToDoubleMilliseconds(latencies.At(100)))});
  return absl::OkStatus();
}

}  // namespace sluice::bench
