// A server under measurement: a child process of this same program, on a data folder of its own.
//
// Threads: used by one thread.
// Ownership: owns the process, which ends with it, and its data folder.

#pragma once

#include <sys/types.h>

#include <memory>
#include <string>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "tests/load/connections.h"

namespace sluice::bench {

class ServerProcess {
 public:
  // Starts `serve mode` on `data_dir`, which is made when missing. UNAVAILABLE when it does not
  // serve in time; its log is data_dir/server.log.
  static absl::StatusOr<std::unique_ptr<ServerProcess>> Start(const std::string& mode,
                                                              const std::string& data_dir);
  ~ServerProcess();

  const std::string& address() const { return address_; }
  const std::string& data_dir() const { return data_dir_; }
  // Four connections that the unary cells share.
  Connections& connections() { return *connections_; }

 private:
  ServerProcess(pid_t pid, int input, int output, std::string data_dir)
      : pid_(pid), input_(input), output_(output), data_dir_(std::move(data_dir)) {}
  absl::Status ReadAddress(absl::Duration timeout);

  const pid_t pid_;
  const int input_, output_;
  const std::string data_dir_;
  std::string address_;
  std::unique_ptr<Connections> connections_;
};

}  // namespace sluice::bench
