// Creates through PayBy's backend and simulator: real HTTP, real signatures on both sides. The
// simulator runs in the server's process and on its cores.

#include <cinttypes>
#include <map>
#include <string>

#include "absl/strings/str_format.h"
#include "server/base/strings.h"
#include "tests/load/cells.h"
#include "tests/load/echo_service.h"
#include "tests/load/serve.h"

namespace sluice::bench {
namespace {

constexpr char kSandboxMerchant[] = "demo";
constexpr char kSandboxWallet[] = "botim";
constexpr int kInFlight = 64;
// So many a second leave the machine mostly idle, whose own queues would otherwise be measured.
constexpr int kAddedPerSecond = 50;

std::string Traceparent(int64_t number) {
  return absl::StrFormat("00-%032x-%016x-01", number + 1, number + 1);
}

}  // namespace

absl::Status MeasureCreateSandbox(Bench& bench) {
  auto server = bench.Shared(kModeSandbox);
  if (!server.ok()) return server.status();
  auto rounds =
      RunRounds(bench, **server, CreateOrders(kSandboxMerchant, kSandboxWallet), kInFlight);
  if (!rounds.ok()) return rounds.status();
  bench.Add(
      {.what = "CreateOrder through PayBy's simulator QPS / no-op, 64 in flight",
       .floor = "",
       .excellent = "",
       .seen = Show(rounds->ratio, 2),
       .note = StrCat(rounds->Note(), "; both sides sign with RSA-2048 on the server's cores")});
  return absl::OkStatus();
}

absl::Status MeasureAddedTime(Bench& bench) {
  auto server = bench.Shared(kModeSandbox);
  if (!server.ok()) return server.status();
  Work creates = CreateOrders(kSandboxMerchant, kSandboxWallet);
  creates.traceparent = Traceparent;
  // What came before is over; its exchanges are not ours.
  const absl::Status reset = (*server)->connections().Call(StrCat("/", kEchoServiceName, "/Reset"),
                                                           v1::ResetRequest(), nullptr);
  if (!reset.ok()) return reset;
  const OpenResult result = RunOpen((*server)->connections(), creates, kAddedPerSecond,
                                    absl::Seconds(bench.Count(20, 6)));
  if (!result.load.status().ok()) return result.load.status();
  const auto stats = StatsOf(**server);
  if (!stats.ok()) return stats.status();
  std::map<std::string, absl::Duration> exchanges;
  for (const v1::Exchange& exchange : stats->exchanges()) {
    exchanges[exchange.traceparent()] += absl::Microseconds(exchange.took_us());
  }
  Latencies added, provider;
  for (size_t i = 0; i < result.by_number.size(); ++i) {
    const auto found = exchanges.find(Traceparent(static_cast<int64_t>(i)));
    if (found == exchanges.end()) continue;
    added.Add(result.by_number[i] - found->second);
    provider.Add(found->second);
  }
  if (added.count() * 2 < result.by_number.size()) {
    return absl::InternalError("most creates have no exchange by their traceparent");
  }
  bench.Add(
      {.what = "our added time per provider-backed create, p50 / p99",
       .floor = "5 / 20 ms",
       .excellent = "1.5 / 5 ms",
       .seen = absl::StrFormat("%.1f / %.1f ms", absl::ToDoubleMilliseconds(added.At(50)),
                               absl::ToDoubleMilliseconds(added.At(99))),
       .note = absl::StrFormat(
           "%d creates at %d/s; the provider's exchange took p50 %.1f, p99 %.1f ms; p90 of "
           "ours %.1f, max %.1f ms",
           added.count(), kAddedPerSecond, absl::ToDoubleMilliseconds(provider.At(50)),
           absl::ToDoubleMilliseconds(provider.At(99)), absl::ToDoubleMilliseconds(added.At(90)),
           absl::ToDoubleMilliseconds(added.At(100)))});
  return absl::OkStatus();
}

}  // namespace sluice::bench
