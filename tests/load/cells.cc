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
  return StrCat(WithCommas(cell.median), " beside ", WithCommas(echo.median), " calls/s; p50 ",
                absl::FormatDuration(cell_latencies.At(50)), ", p90 ",
                absl::FormatDuration(cell_latencies.At(90)), ", p99 ",
                absl::FormatDuration(cell_latencies.At(99)), ", max ",
                absl::FormatDuration(cell_latencies.At(100)));
}

absl::StatusOr<Rounds> RunRounds(Bench& bench, ServerProcess& server, const Work& work,
                                 int in_flight) {
  const Work echoes = Echoes();
  Rounds rounds;
  std::vector<double> echo, cell, ratio;
  const auto run = [&](const Work& some, Latencies* latencies, std::vector<double>* rates) {
    const LoadResult result =
        RunClosed(server.connections(), some, in_flight, bench.options.seconds);
    latencies->Add(result.latencies);
    rates->push_back(result.PerSecond());
    return result.status();
  };
  // The first of each warms up: connections, caches, the memory of both sides.
  Latencies warming;
  std::vector<double> ignored;
  absl::Status status = run(echoes, &warming, &ignored);
  if (status.ok()) status = run(work, &warming, &ignored);
  if (status.ok()) status = run(echoes, &rounds.echo_latencies, &echo);
  for (int i = 0; i < bench.options.rounds && status.ok(); ++i) {
    status = run(work, &rounds.cell_latencies, &cell);
    if (status.ok()) status = run(echoes, &rounds.echo_latencies, &echo);
    if (!status.ok()) break;
    ratio.push_back(cell.back() / ((echo[echo.size() - 2] + echo.back()) / 2));
  }
  if (!status.ok()) return status;
  rounds.echo = SpreadOf(echo);
  rounds.cell = SpreadOf(cell);
  rounds.ratio = SpreadOf(ratio);
  return rounds;
}

}  // namespace sluice::bench
