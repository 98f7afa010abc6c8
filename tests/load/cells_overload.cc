// What is left of a server that is asked for twice as much as it can do.

#include <algorithm>
#include <string>

#include "absl/strings/str_format.h"
#include "server/base/strings.h"
#include "sluice/v1/order.pb.h"
#include "tests/load/cells.h"
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

double Mebibytes(int64_t bytes) { return static_cast<double>(bytes) / (1 << 20); }

}  // namespace

absl::Status MeasureOverload(Bench& bench) {
  auto server = bench.Fresh(kModeSandbox);
  if (!server.ok()) return server.status();
  Work creates = CreateOrders("demo", "botim");
  double peak = 0;
  for (int round = 0; round < 3; ++round) {
    const LoadResult closed =
        RunClosed((*server)->connections(), creates, kInFlight, 2 * bench.options.seconds);
    if (!closed.status().ok()) return closed.status();
    peak = std::max(peak, closed.PerSecond());
  }
  const auto before = StatsOf(**server);
  if (!before.ok()) return before.status();
  creates.good = IsWhole;
  const int asked = std::max(1, static_cast<int>(2 * peak));
  const OpenResult open =
      RunOpen((*server)->connections(), creates, asked, absl::Seconds(bench.Count(15, 1)));
  const auto after = StatsOf(**server);
  if (!after.ok()) return after.status();
  if (open.refused_without_retry_info > 0) {
    return absl::InternalError("calls were refused without RetryInfo");
  }
  int64_t useful = 0;
  for (const absl::Duration took : open.by_number) {
    useful += took > absl::ZeroDuration() && took <= kUseful ? 1 : 0;
  }
  const double goodput = static_cast<double>(useful) / absl::ToDoubleSeconds(open.load.took);
  const auto refused = static_cast<int64_t>(open.refused.count());
  const std::string slowest =
      refused == 0
          ? "none refused"
          : absl::StrFormat("%.1f / %.1f ms", absl::ToDoubleMilliseconds(open.refused.At(50)),
                            absl::ToDoubleMilliseconds(open.refused.At(99)));
  bench.Add({.what = "goodput at twice the saturation rate / peak",
             .floor = "0.80",
             .excellent = "0.95",
             .seen = absl::StrFormat("%.2f", goodput / peak),
             .note = absl::StrFormat(
                 "%.0f beside %.0f creates/s whole within 2.5 s, asked %d/s; %d answered later or "
                 "without the provider, %d refused, %d failed otherwise; memory %.0f to %.0f MiB",
                 goodput, peak, asked, open.load.calls - useful + open.not_good, refused,
                 open.load.failures - refused, Mebibytes(before->resident_bytes()),
                 Mebibytes(after->resident_bytes()))});
  bench.Add({.what = "time of a refusal at that rate, p50 / p99",
             .floor = "20 ms",
             .excellent = "5 ms",
             .seen = slowest,
             .note = "as the caller sees it; each carries RetryInfo"});
  return absl::OkStatus();
}

}  // namespace sluice::bench
