// Reads of a WatchEventsResponse what a counter of events needs, without making its messages.
//
// Threads: pure functions.
// Ownership: values.

#pragma once

#include <cstdint>
#include <string>

#include "tests/load/connections.h"

namespace sluice::bench {

struct WatchScan {
  bool ok = false;
  int64_t events = 0;
  int64_t event_bytes = 0;
  int64_t first_sequence = 0, last_sequence = 0;
  int64_t breaks = 0;  // Sequences within the message that do not follow the one before.
  std::string cursor;
};

WatchScan ScanWatchEvents(const Bytes& message);

}  // namespace sluice::bench
