// Unary calls under load: so many at a time (closed loop), or so many a second whatever the server
// makes of it (open loop, where a late start counts as latency).
//
// Threads: Run functions block; Work's functions are called on gRPC's threads.
// Ownership: borrows connections and work for the run.

#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "absl/time/time.h"
#include "tests/load/connections.h"
#include "tests/load/statistics.h"

namespace sluice::bench {

struct Work {
  std::string method;                                      // "/sluice.v1.OrderService/GetOrder"
  std::function<Bytes(int64_t number)> request;            // `number` counts from 0 within a run.
  std::function<std::string(int64_t number)> traceparent;  // Null: none is sent.
  std::function<bool(const Bytes& response)> good;         // Null: every answer that is OK is.
};

struct LoadResult {
  int64_t calls = 0;
  int64_t failures = 0;
  std::string first_failure;
  absl::Duration took;
  Latencies latencies;

  double PerSecond() const { return static_cast<double>(calls) / absl::ToDoubleSeconds(took); }
  // OK, or what the first call that failed said.
  absl::Status status() const;
};

LoadResult RunClosed(Connections& connections, const Work& work, int in_flight,
                     absl::Duration duration);

struct OpenResult {
  LoadResult load;
  std::vector<absl::Duration> by_number;  // From the intended start; zero for one that failed.
  // Answered RESOURCE_EXHAUSTED, from when they were sent; those are failures as well.
  Latencies refused;
  int64_t refused_without_retry_info = 0;
  int64_t not_good = 0;  // OK, but not what Work::good asks for; their by_number is zero.
};

OpenResult RunOpen(Connections& connections, const Work& work, int per_second,
                   absl::Duration duration);

}  // namespace sluice::bench
