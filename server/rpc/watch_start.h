// What the watch RPCs share before they stream: reading the request, placing the start.
//
// Threads: pure functions, but for OpenSession, which is safe from any thread.
// Ownership: values; dependencies are borrowed.

#pragma once

#include <memory>
#include <string>
#include <string_view>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "server/core/cursor.h"
#include "server/rpc/raw_request.h"
#include "server/rpc/watch_reactors.h"

namespace sluice::rpc {

// The position behind a cursor that was made for the same store, merchant and filter.
absl::StatusOr<int64_t> CursorPosition(std::string_view text, const std::string& store_id,
                                       const std::string& merchant, const EventFilter& filter);

// The session of `watch`, which wakes it.
absl::StatusOr<std::shared_ptr<stream::WatchSession>> OpenSession(
    const WatchDependencies& dependencies, stream::WatchRequest request,
    const std::shared_ptr<WatchStream>& watch);

}  // namespace sluice::rpc
