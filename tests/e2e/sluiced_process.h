// A sluiced of its own, as a child process: for what only a process has (signals, limits, an exit
// code).
//
// Threads: one.
// Ownership: owns the process; the destructor kills it. The child also ends when this process dies.

#pragma once

#include <sys/types.h>

#include <memory>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/time/time.h"

namespace sluice::e2e {

class SluicedProcess {
 public:
  struct Options {
    std::string program;  // Path of sluiced.
    std::vector<std::string> arguments;
    std::string log_file;  // Its standard error is added to it.
    int max_files = 0;     // RLIMIT_NOFILE; 0: as this process.
  };

  // On free ports, which are appended to the arguments. Returns when it has printed its addresses.
  static absl::StatusOr<std::unique_ptr<SluicedProcess>> Start(const Options& options);
  ~SluicedProcess();

  std::string Address(const std::string& which) const;  // "grpc", "notify", "admin".
  pid_t pid() const { return pid_; }
  void Signal(int signal) const;
  // The exit code; -1: it did not end by itself in time.
  int WaitForExit(absl::Duration timeout);
  // Waits until its log has `text` for the `count`-th time.
  bool WaitForLog(const std::string& text, int count = 1) const;
  int OpenFiles() const;

 private:
  SluicedProcess(pid_t pid, int output, std::string log_file)
      : pid_(pid), output_(output), log_file_(std::move(log_file)) {}
  bool ReadAddresses();

  pid_t pid_;
  const int output_;
  const std::string log_file_;
  std::string addresses_;
};

}  // namespace sluice::e2e
