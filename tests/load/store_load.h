// Commits straight into a store, as a create of an order makes them: one record of 900 bytes, a
// request id, a reference and two events.
//
// Threads: used by one thread; it blocks.
// Ownership: borrows the store.

#pragma once

#include <cstdint>
#include <functional>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "server/store/store.h"

namespace sluice::bench {

store::Transaction CreateTransaction(int64_t number);

// Keeps `in_flight` commits waiting for `duration`, or until `most` were given (0: no bound);
// returns how many a second were committed. `first` is the number of the first.
absl::StatusOr<double> CommitsPerSecond(store::Store& store,
                                        const std::function<store::Transaction(int64_t)>& make,
                                        int64_t first, int in_flight, absl::Duration duration,
                                        int64_t most = 0);

}  // namespace sluice::bench
