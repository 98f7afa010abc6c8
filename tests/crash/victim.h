// A crash_server as a child process.
//
// Threads: one.
// Ownership: owns the process; the destructor kills it.

#pragma once

#include <sys/types.h>

#include <memory>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/time/time.h"

namespace sluice::crash {

// Where the server kills itself; an empty edge: nowhere.
struct CrashPoint {
  std::string edge;
  int pass = 1;
};

class Victim {
 public:
  // Returns when the server has printed its addresses. UNAVAILABLE when it died before that, which
  // is what some crash points are for.
  // `words` are the program and its arguments, to which the point is added.
  static absl::StatusOr<std::unique_ptr<Victim>> Start(std::vector<std::string> words,
                                                       const CrashPoint& point,
                                                       const std::string& log_file);
  ~Victim();
  Victim(const Victim&) = delete;
  Victim& operator=(const Victim&) = delete;

  const std::string& grpc_address() const { return grpc_address_; }
  bool Alive();
  void Kill();  // SIGKILL, and waits.

 private:
  Victim(pid_t pid, std::string grpc_address);

  pid_t pid_;  // 0: reaped.
  const std::string grpc_address_;
};

}  // namespace sluice::crash
