#include "server/rpc/watch_start.h"

#include <utility>

namespace sluice::rpc {

absl::StatusOr<int64_t> CursorPosition(std::string_view text, const std::string& store_id,
                                       const std::string& merchant, const EventFilter& filter) {
  absl::StatusOr<Cursor> cursor = DecodeCursor(text);
  if (!cursor.ok()) return cursor.status();
  absl::Status bound = CheckCursor(*cursor, store_id, merchant, filter.Hash());
  if (!bound.ok()) return bound;
  return cursor->position;
}

absl::StatusOr<std::shared_ptr<stream::WatchSession>> OpenSession(
    const WatchDependencies& dependencies, stream::WatchRequest request,
    const std::shared_ptr<WatchStream>& watch) {
  return stream::WatchSession::Open(dependencies.hub, dependencies.reader, std::move(request),
                                    [watch] { watch->OnReady(); });
}

}  // namespace sluice::rpc
