// What the cells of watchers share: a burst of events, and requests for them.
//
// Threads: used by one thread.
// Ownership: values.

#pragma once

#include <string>

#include "tests/load/cells.h"
#include "tests/load/watch_streams.h"

namespace sluice::bench {

// Half of what the server takes on one connection.
inline constexpr int kStreamsPerConnection = 500;

// Commits events that tell of `order`, of the bench's merchant, `in_flight` at a time (0: as many
// as the store takes); returns when they are durable.
absl::StatusOr<v1::BurstResponse> Burst(ServerProcess& server, const std::string& order, int events,
                                        int in_flight = 0);

// Everything of the bench's merchant, from now on.
sluice::v1::WatchEventsRequest WatchMerchant();

int ConnectionsFor(int streams);

}  // namespace sluice::bench
