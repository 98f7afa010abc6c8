// sluice_bench: measures a Sluice server. See options.cc for its arguments, cells.cc for what is
// measured.

#include <stdlib.h>

#include <cstdio>
#include <filesystem>
#include <string>
#include <vector>

#include "absl/strings/str_format.h"
#include "absl/synchronization/mutex.h"
#include "server/base/stopwatch.h"
#include "server/base/strings.h"
#include "tests/load/cells.h"
#include "tests/load/machine.h"
#include "tests/load/options.h"
#include "tests/load/report.h"
#include "tests/load/serve.h"

namespace sluice::bench {
namespace {

// A folder of the bench's own, removed at the end.
class OwnFolder {
 public:
  explicit OwnFolder(const std::string& under) : path_(StrCat(under, "/sluice-bench-XXXXXX")) {
    std::error_code ignored;
    std::filesystem::create_directories(under, ignored);
    ok_ = mkdtemp(path_.data()) != nullptr;
    if (ok_) path_ = std::filesystem::absolute(path_, ignored).string();
  }
  ~OwnFolder() {
    std::error_code ignored;
    if (ok_) std::filesystem::remove_all(path_, ignored);
  }
  bool ok() const { return ok_; }
  const std::string& path() const { return path_; }

 private:
  std::string path_;
  bool ok_ = false;
};

int List() {
  for (const Cell& cell : AllCells()) {
    std::printf("%-18s %s%s\n", std::string(cell.name).c_str(), std::string(cell.about).c_str(),
                cell.is_long ? " (--long)" : "");
  }
  return 0;
}

bool Wanted(const Options& options, const Cell& cell) {
  if (options.cells.empty()) return options.long_cells || !cell.is_long;
  for (const std::string& name : options.cells) {
    if (name == cell.name) return true;
  }
  return false;
}

// The number of cells that failed.
int RunCells(Bench& bench) {
  int failed = 0;
  const Stopwatch watch;
  for (const Cell& cell : AllCells()) {
    if (!Wanted(bench.options, cell)) continue;
    std::printf("[%3.0f s] %s\n", absl::ToDoubleSeconds(watch.Elapsed()),
                std::string(cell.about).c_str());
    std::fflush(stdout);
    const absl::Status status = cell.run(bench);
    if (status.ok()) continue;
    ++failed;
    bench.Add({.what = std::string(cell.name),
               .floor = "",
               .excellent = "",
               .seen = "FAILED",
               .note = std::string(StdView(status.message()))});
  }
  return failed;
}

int Drive(const Options& options) {
  // As the server does: see server/main/grpc_server.cc.
  absl::SetMutexDeadlockDetectionMode(absl::OnDeadlockCycle::kIgnore);
  const OwnFolder folder(options.data_dir);
  if (!folder.ok()) {
    std::fprintf(stderr, "sluice_bench: --data-dir: cannot write in %s\n",
                 options.data_dir.c_str());
    return 1;
  }
  std::string machine = DescribeMachine(folder.path());
  const auto sync = MeasureSync(folder.path(), 200);
  if (sync.ok()) {
    machine += absl::StrFormat("- its fdatasync of 4 KiB: p50 %.0f us, p99 %.0f us\n",
                               absl::ToDoubleMicroseconds(sync->At(50)),
                               absl::ToDoubleMicroseconds(sync->At(99)));
  }
  machine += absl::StrFormat("- %d rounds of %.1f s\n", options.rounds,
                             absl::ToDoubleSeconds(options.seconds));
  if (IsInMemory(folder.path())) {
    machine += "- the data lies in memory: durable writes cost nothing here; see --data-dir\n";
  }
  std::printf("%s\n", machine.c_str());
  Bench bench(options, folder.path());
  const int failed = RunCells(bench);
  std::printf("\n%s", Table(bench.rows).c_str());
  if (options.out.empty()) return failed == 0 ? 0 : 1;
  std::string written;
  const absl::Status wrote = WriteReport(options.out, Today(), machine, bench.rows, &written);
  std::printf("\n%s %s\n", wrote.ok() ? "written to" : "not written:",
              wrote.ok() ? written.c_str() : wrote.ToString().c_str());
  return failed == 0 && wrote.ok() ? 0 : 1;
}

int Main(const std::vector<std::string>& arguments) {
  if (!arguments.empty() && arguments[0] == "serve") {
    return Serve({arguments.begin() + 1, arguments.end()});
  }
  const absl::StatusOr<Options> options = ParseOptions(arguments);
  if (!options.ok()) {
    std::fprintf(stderr, "sluice_bench: %s\n",
                 std::string(StdView(options.status().message())).c_str());
    return 2;
  }
  if (options->help) {
    std::printf("%s", HelpText().c_str());
    return 0;
  }
  if (options->list) return List();
  return Drive(*options);
}

}  // namespace
}  // namespace sluice::bench

int main(int argc, char** argv) {
  return sluice::bench::Main(std::vector<std::string>(argv + 1, argv + argc));
}
