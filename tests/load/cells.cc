#include "tests/load/cells.h"

#include <cstdio>
#include <utility>

#include "absl/strings/str_format.h"
#include "server/base/strings.h"
#include "tests/load/echo_service.h"

namespace sluice::bench {

const std::vector<Cell>& AllCells() {
  static const auto* const kCells = new std::vector<Cell>{
      {"start", "start to the first answer on an empty store, and memory when idle", false,
       MeasureStart},
      {"get_order", "GetOrder against the RPC that does nothing", false, MeasureGetOrder},
      {"create_accept", "CreateOrder up to its durable acceptance, 256 in flight", false,
       MeasureCreateAccept},
      {"create_whole", "CreateOrder with a provider that answers at once, 256 in flight", false,
       MeasureCreateWhole},
      {"create_one_client", "CreateOrder one at a time, counted in fdatasyncs of the disk", false,
       MeasureCreateOneClient},
      {"group_commit", "the store with and without group commit", false, MeasureGroupCommit},
      {"create_sandbox", "CreateOrder through PayBy's backend and simulator over HTTP", false,
       MeasureCreateSandbox},
      {"added_time", "what Sluice adds to the time of the provider", false, MeasureAddedTime},
      {"overload", "creates at twice the rate that the server can do", false, MeasureOverload},
      {"watch_burst", "bursts of events to many watchers of one merchant", false,
       MeasureWatchBurst},
      {"watch_one_of_many", "commit to the one watcher that it concerns", false,
       MeasureWatchOneOfMany},
      {"watch_memory", "memory of an idle watcher", false, MeasureWatchMemory},
      {"watch_stalled", "watchers that never read, and what others notice of them", false,
       MeasureWatchStalled},
      {"watch_resume", "all watchers come back at once, a little behind", false,
       MeasureWatchResume},
      {"start_million", "start to the first answer with a million orders", true,
       MeasureStartMillion},
  };
  return *kCells;
}

const Cell* FindCell(std::string_view name) {
  for (const Cell& cell : AllCells()) {
    if (cell.name == name) return &cell;
  }
  return nullptr;
}

std::string Bench::NewFolder() { return StrCat(folder, "/", ++folders_); }

absl::StatusOr<std::unique_ptr<ServerProcess>> Bench::Fresh(const std::string& mode) {
  return ServerProcess::Start(mode, NewFolder());
}

absl::StatusOr<ServerProcess*> Bench::Shared(const std::string& mode) {
  std::unique_ptr<ServerProcess>& server = shared_[mode];
  if (server == nullptr) {
    auto started = Fresh(mode);
    if (!started.ok()) return started.status();
    server = *std::move(started);
  }
  return server.get();
}

void Bench::Add(Row row) {
  std::printf("  %s: %s\n", row.what.c_str(), row.seen.c_str());
  if (!row.note.empty()) std::printf("    %s\n", row.note.c_str());
  std::fflush(stdout);
  rows.push_back(std::move(row));
}

absl::StatusOr<v1::StatsResponse> StatsOf(ServerProcess& server) {
  v1::StatsResponse stats;
  const absl::Status status = server.connections().Call(StrCat("/", kEchoServiceName, "/Stats"),
                                                        v1::StatsRequest(), &stats);
  if (!status.ok()) return status;
  return stats;
}

Work Echoes() {
  v1::EchoRequest request;
  request.set_payload(std::string(32, 'e'));
  return {.method = StrCat("/", kEchoServiceName, "/Echo"),
          .request = [bytes = ToBytes(request)](int64_t) { return bytes; },
          .traceparent = nullptr};
}

std::string Rounds::Note() const {
  const auto latency = [this](double percent) {
    return absl::ToDoubleMilliseconds(cell_latencies.At(percent));
  };
  return absl::StrFormat(
      "%s beside %s calls/s; p50 %.1f, p90 %.1f, p99 %.1f, max %.0f ms; CPU of the server per call "
      "%.0f beside %.0f us",
      WithCommas(cell.median), WithCommas(echo.median), latency(50), latency(90), latency(99),
      latency(100), cell_cpu_us.median, echo_cpu_us.median);
}

namespace {

// One kind of work, over its rounds.
class Side {
 public:
  Side(Bench& bench, ServerProcess& server, const Work& work, int in_flight)
      : bench_(bench), server_(server), work_(work), in_flight_(in_flight) {}

  absl::Status Run() {
    const auto before = StatsOf(server_);
    if (!before.ok()) return before.status();
    const LoadResult result =
        RunClosed(server_.connections(), work_, in_flight_, bench_.options.seconds);
    const auto after = StatsOf(server_);
    if (!after.ok()) return after.status();
    if (!result.status().ok()) return result.status();
    latencies.Add(result.latencies);
    per_second.push_back(result.PerSecond());
    cpu_us.push_back(static_cast<double>(after->cpu_us() - before->cpu_us()) /
                     static_cast<double>(result.calls));
    return absl::OkStatus();
  }

  // The first of each warms up: connections, caches, the memory of both sides.
  void Forget() {
    latencies = {};
    per_second.clear();
    cpu_us.clear();
  }

  Latencies latencies;
  std::vector<double> per_second, cpu_us;

 private:
  Bench& bench_;
  ServerProcess& server_;
  const Work& work_;
  const int in_flight_;
};

}  // namespace

absl::StatusOr<Rounds> RunRounds(Bench& bench, ServerProcess& server, const Work& work,
                                 int in_flight) {
  const Work echoes = Echoes();
  Side echo(bench, server, echoes, in_flight), cell(bench, server, work, in_flight);
  absl::Status status = echo.Run();
  if (status.ok()) status = cell.Run();
  if (!status.ok()) return status;
  echo.Forget();
  cell.Forget();
  std::vector<double> ratio;
  status = echo.Run();
  for (int i = 0; i < bench.options.rounds && status.ok(); ++i) {
    status = cell.Run();
    if (status.ok()) status = echo.Run();
    if (!status.ok()) break;
    const double beside =
        (echo.per_second[echo.per_second.size() - 2] + echo.per_second.back()) / 2;
    ratio.push_back(cell.per_second.back() / beside);
  }
  if (!status.ok()) return status;
  return Rounds{.ratio = SpreadOf(ratio),
                .echo = SpreadOf(echo.per_second),
                .cell = SpreadOf(cell.per_second),
                .echo_cpu_us = SpreadOf(echo.cpu_us),
                .cell_cpu_us = SpreadOf(cell.cpu_us),
                .echo_latencies = echo.latencies,
                .cell_latencies = cell.latencies};
}

}  // namespace sluice::bench
