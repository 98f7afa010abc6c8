// A sluiced of its own: started as a child process on free ports, stopped by SIGTERM.
//
// Threads: one.
// Ownership: owns the process; the destructor ends it. The child also ends when this process dies.

#pragma once

#include <sys/types.h>

#include <memory>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"

namespace sluice::demo {

struct ServerCommand {
  std::string program;   // Path of sluiced.
  std::string data_dir;  // Kept over restarts.
  std::string log_file;  // The server's log is added to it.
};

class ServerProcess {
 public:
  // Returns when the server has printed its addresses. DEADLINE_EXCEEDED, or UNAVAILABLE when it
  // ended instead.
  static absl::StatusOr<std::unique_ptr<ServerProcess>> Start(const ServerCommand& command,
                                                              absl::Duration timeout);
  ~ServerProcess();
  ServerProcess(const ServerProcess&) = delete;
  ServerProcess& operator=(const ServerProcess&) = delete;

  // "127.0.0.1:41234" of the line that the server prints: grpc, notify, admin, simulator.
  std::string Address(const std::string& which) const;

  // SIGTERM, and waits for exit code 0. Kills after `timeout`: DEADLINE_EXCEEDED.
  absl::Status Stop(absl::Duration timeout);

 private:
  ServerProcess(pid_t pid, int output) : pid_(pid), output_(output) {}

  absl::Status ReadAddresses(absl::Time deadline);

  pid_t pid_;
  int output_;
  std::string addresses_;
};

}  // namespace sluice::demo
