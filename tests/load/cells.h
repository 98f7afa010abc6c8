// What is measured: one cell after the other, each adds rows to the table.
//
// Threads: used by one thread.
// Ownership: Bench owns the servers that cells share.

#pragma once

#include <functional>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "tests/load/echo.pb.h"
#include "tests/load/load.h"
#include "tests/load/options.h"
#include "tests/load/report.h"
#include "tests/load/server_process.h"

namespace sluice::bench {

class Bench {
 public:
  // `folder` exists and is the bench's own.
  Bench(Options options, std::string folder)
      : options(std::move(options)), folder(std::move(folder)) {}

  // A number of samples or events: `many`, or `few` with --quick.
  int Count(int many, int few) const { return options.quick ? few : many; }

  // The server of this mode that cells share.
  absl::StatusOr<ServerProcess*> Shared(const std::string& mode);
  // A server on an empty store of its own.
  absl::StatusOr<std::unique_ptr<ServerProcess>> Fresh(const std::string& mode);
  std::string NewFolder();

  void Add(Row row);

  const Options options;
  const std::string folder;
  std::vector<Row> rows;

 private:
  std::map<std::string, std::unique_ptr<ServerProcess>> shared_;
  int folders_ = 0;
};

struct Cell {
  std::string_view name;
  std::string_view about;
  bool is_long;
  absl::Status (*run)(Bench& bench);
};

// In the order of measuring.
const std::vector<Cell>& AllCells();
const Cell* FindCell(std::string_view name);  // nullptr: none.

absl::Status MeasureGetOrder(Bench& bench);  // cells_unary.cc
absl::Status MeasureCreateAccept(Bench& bench);
absl::Status MeasureCreateWhole(Bench& bench);
absl::Status MeasureCreateOneClient(Bench& bench);
absl::Status MeasureCreateSandbox(Bench& bench);  // cells_provider.cc
absl::Status MeasureAddedTime(Bench& bench);
absl::Status MeasureOverload(Bench& bench);     // cells_overload.cc
absl::Status MeasureGroupCommit(Bench& bench);  // cells_store.cc
absl::Status MeasureStart(Bench& bench);        // cells_start.cc
absl::Status MeasureStartMillion(Bench& bench);
absl::Status MeasureWatchBurst(Bench& bench);  // cells_watch.cc
absl::Status MeasureWatchOneOfMany(Bench& bench);
absl::Status MeasureWatchMemory(Bench& bench);  // cells_watch_memory.cc
absl::Status MeasureWatchStalled(Bench& bench);
absl::Status MeasureWatchResume(Bench& bench);

// What cells ask of the server.
absl::StatusOr<v1::StatsResponse> StatsOf(ServerProcess& server);

// Rounds that take turns: echo, cell, echo, ..., echo.
struct Rounds {
  Spread ratio;                     // Of the cell's calls to those of the echo rounds beside it.
  Spread echo, cell;                // Calls a second.
  Spread echo_cpu_us, cell_cpu_us;  // CPU time of the server's process per call.
  Latencies echo_latencies, cell_latencies;

  std::string Note() const;  // "21,300 beside 22,900 calls/s; ..."
};
absl::StatusOr<Rounds> RunRounds(Bench& bench, ServerProcess& server, const Work& work,
                                 int in_flight);

// The work of creating orders that were never there before, of this merchant and wallet.
Work CreateOrders(std::string merchant, std::string wallet);
Work Echoes();

}  // namespace sluice::bench
