// The store alone: what sharing an fsync is worth.

#include <filesystem>

#include "absl/strings/str_format.h"
#include "server/base/strings.h"
#include "server/store/sqlite/sqlite_store.h"
#include "tests/load/cells.h"
#include "tests/load/store_load.h"

namespace sluice::bench {
namespace {

constexpr int kInFlight = 256;
constexpr int64_t kFarApart = 1'000'000'000;  // So that rounds never make the same order.

absl::StatusOr<std::unique_ptr<store::Store>> OpenStore(Bench& bench, int max_batch) {
  const std::string folder = bench.NewFolder();
  std::error_code error;
  std::filesystem::create_directories(folder, error);
  if (error) return absl::UnavailableError(StrCat("cannot make ", folder));
  store::SqliteStoreOptions options;
  options.path = folder + "/sluice.db";
  if (max_batch != 0) options.max_batch = max_batch;
  return store::OpenSqliteStore(options);
}

}  // namespace

absl::Status MeasureGroupCommit(Bench& bench) {
  auto alone = OpenStore(bench, 1), grouped = OpenStore(bench, 0);
  if (!alone.ok()) return alone.status();
  if (!grouped.ok()) return grouped.status();
  std::vector<double> gains, alone_rates, grouped_rates;
  for (int round = 0; round < bench.options.rounds; ++round) {
    const int64_t first = (round + 1) * kFarApart;
    const auto one =
        CommitsPerSecond(**alone, CreateTransaction, first, kInFlight, bench.options.seconds);
    if (!one.ok()) return one.status();
    const auto many =
        CommitsPerSecond(**grouped, CreateTransaction, first, kInFlight, bench.options.seconds);
    if (!many.ok()) return many.status();
    alone_rates.push_back(*one);
    grouped_rates.push_back(*many);
    gains.push_back(*many / *one);
  }
  const store::StoreStats stats = (*grouped)->Stats();
  bench.Add({.what = "group-commit gain over one commit per call, 256 in flight",
             .floor = "6 x",
             .excellent = "9 x",
             .seen = Show(SpreadOf(gains), 1, " x"),
             .note = absl::StrFormat("%s creates/s grouped (%.0f in a group), %s one by one",
                                     WithCommas(SpreadOf(grouped_rates).median),
                                     static_cast<double>(stats.transactions) /
                                         static_cast<double>(std::max<int64_t>(stats.commits, 1)),
                                     WithCommas(SpreadOf(alone_rates).median))});
  (*alone)->Close();
  (*grouped)->Close();
  return absl::OkStatus();
}

}  // namespace sluice::bench
