// What is left of a server that is asked for twice as much as it can do.

#include <algorithm>
#include <string>
#include <vector>

#include "absl/strings/str_format.h"
#include "server/base/strings.h"
#include "sluice/v1/order.pb.h"
#include "tests/load/cells.h"
#include "tests/load/report.h"
#include "tests/load/serve.h"

namespace sluice::bench {
namespace {

// More than a provider account has places, and less than would ever be refused.
constexpr int kInFlight = 96;
// Longer than a call waits for its provider: an answer that comes later is of no use to anybody.
constexpr absl::Duration kUseful = absl::Milliseconds(2500);

// The provider has it, and the payer can be sent on.
bool IsWhole(const Bytes& response) {
  sluice::v1::Order order;
  return FromBytes(response, &order) && order.state() == sluice::v1::Order::STATE_AWAITING_PAYER;
}

// Who got what they asked for, in time.
int64_t Useful(const OpenResult& open) {
  return std::count_if(open.by_number.begin(), open.by_number.end(), [](absl::Duration took) {
    return took > absl::ZeroDuration() && took <= kUseful;
  });
}

// What all rounds have seen.
struct Seen {
  std::vector<double> ratios, saturations, goodputs, asked;
  int64_t late = 0, refused = 0, failed = 0;
  Latencies refusals;

  void Add(double saturation, int per_second, const OpenResult& open) {
    const int64_t useful = Useful(open);
    const double goodput = static_cast<double>(useful) / absl::ToDoubleSeconds(open.load.took);
    ratios.push_back(goodput / saturation);
    saturations.push_back(saturation);
    goodputs.push_back(goodput);
    asked.push_back(per_second);
    late += open.load.calls - useful + open.not_good;
    refused += static_cast<int64_t>(open.refused.count());
    failed += open.load.failures - static_cast<int64_t>(open.refused.count());
    refusals.Add(open.refused);
  }
};

// At saturation, and at once after it at twice that rate.
absl::Status RunRound(Bench& bench, ServerProcess& server, const Work& creates, Seen& seen) {
  const LoadResult closed =
      RunClosed(server.connections(), creates, kInFlight, 2 * bench.options.seconds);
  if (!closed.status().ok()) return closed.status();
  const int asked = std::max(1, static_cast<int>(2 * closed.PerSecond()));
  Work judged = creates;
  judged.good = IsWhole;
  const OpenResult open =
      RunOpen(server.connections(), judged, asked, absl::Seconds(bench.Count(8, 1)));
  if (open.refused_without_retry_info > 0) {
    return absl::InternalError("calls were refused without RetryInfo");
  }
  seen.Add(closed.PerSecond(), asked, open);
  return absl::OkStatus();
}

double Mebibytes(int64_t bytes) { return static_cast<double>(bytes) / (1 << 20); }

}  // namespace

absl::Status MeasureOverload(Bench& bench) {
  auto server = bench.Fresh(kModeSandbox);
  if (!server.ok()) return server.status();
  const Work creates = CreateOrders("demo", "botim");
  const LoadResult warm = RunClosed((*server)->connections(), creates, kInFlight, absl::Seconds(1));
  if (!warm.status().ok()) return warm.status();
  const auto before = StatsOf(**server);
  if (!before.ok()) return before.status();
  Seen seen;
  for (int round = 0; round < bench.options.rounds; ++round) {
    const absl::Status ran = RunRound(bench, **server, creates, seen);
    if (!ran.ok()) return ran;
  }
  const auto after = StatsOf(**server);
  if (!after.ok()) return after.status();
  const std::string refusals =
      seen.refused == 0
          ? "none refused"
          : absl::StrFormat("%.1f / %.1f ms", absl::ToDoubleMilliseconds(seen.refusals.At(50)),
                            absl::ToDoubleMilliseconds(seen.refusals.At(99)));
  bench.Add(
      {.what = "goodput at twice the saturation rate / at saturation",
       .floor = "0.80",
       .excellent = "0.95",
       .seen = Show(SpreadOf(seen.ratios), 2),
       .note = absl::StrFormat(
           "%.0f beside %.0f creates/s whole within 2.5 s, asked %.0f/s; %d answered later or "
           "without the provider, %d refused, %d failed otherwise; memory %.0f to %.0f MiB",
           SpreadOf(seen.goodputs).median, SpreadOf(seen.saturations).median,
           SpreadOf(seen.asked).median, seen.late, seen.refused, seen.failed,
           Mebibytes(before->resident_bytes()), Mebibytes(after->resident_bytes()))});
  bench.Add({.what = "time of a refusal at that rate, p50 / p99",
             .floor = "20 ms",
             .excellent = "5 ms",
             .seen = refusals,
             .note = "as the caller sees it; each carries RetryInfo"});
  return absl::OkStatus();
}

}  // namespace sluice::bench
