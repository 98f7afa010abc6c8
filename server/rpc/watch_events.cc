#include <utility>

#include "server/core/error.h"
#include "server/core/names.h"
#include "server/rpc/convert.h"
#include "server/rpc/watch_messages.h"
#include "server/rpc/watch_reactors.h"
#include "server/rpc/watch_start.h"
#include "sluice/v1/event.pb.h"

namespace sluice::rpc {
namespace {

absl::StatusOr<int64_t> StartPosition(const WatchDependencies& dependencies,
                                      const v1::WatchEventsRequest& request,
                                      const stream::WatchRequest& watch) {
  switch (request.start_case()) {
    case v1::WatchEventsRequest::kCursor:
      return CursorPosition(request.cursor(), dependencies.reader->store_id(), watch.merchant,
                            watch.filter);
    case v1::WatchEventsRequest::kFromNow:
      return dependencies.hub->head();
    case v1::WatchEventsRequest::kBeginning:
      return dependencies.hub->oldest() - 1;
    case v1::WatchEventsRequest::START_NOT_SET:
      break;
  }
  return InvalidField("start", "one of cursor, from_now and beginning must be set");
}

absl::StatusOr<stream::WatchRequest> ReadRequest(const WatchDependencies& dependencies,
                                                 const MayRead& may_read,
                                                 const grpc::ByteBuffer& bytes) {
  v1::WatchEventsRequest request;
  if (absl::Status status = ParseRequest(bytes, &request); !status.ok()) return status;
  absl::StatusOr<std::string> merchant = ParseMerchantName(request.parent(), "parent", true);
  if (!merchant.ok()) return merchant.status();
  if (absl::Status status = may_read(*merchant); !status.ok()) return status;
  absl::StatusOr<EventFilter> filter = FilterFromProto(request.filter(), "filter");
  if (!filter.ok()) return filter.status();
  stream::WatchRequest watch{.merchant = *std::move(merchant), .filter = *std::move(filter)};
  absl::StatusOr<int64_t> position = StartPosition(dependencies, request, watch);
  if (!position.ok()) return position.status();
  watch.after_position = *position;
  return watch;
}

// The cursors of one stream differ in their position only.
WatchStream::Encoder MakeEncoder(const WatchDependencies& dependencies,
                                 const stream::WatchRequest& watch) {
  Cursor cursor{.store_id = dependencies.reader->store_id(),
                .merchant = watch.merchant,
                .filter_hash = watch.filter.Hash()};
  const Clock* const clock = dependencies.environment->clock;
  return [cursor, clock](const stream::Delivery& delivery) mutable {
    cursor.position = delivery.position;
    std::deque<grpc::ByteBuffer> messages;
    messages.push_back(EncodeWatchEvents(delivery, EncodeCursor(cursor), clock->Now()));
    return messages;
  };
}

}  // namespace

WatchReactor* StartWatchEvents(const WatchDependencies& dependencies, const MayRead& may_read,
                               const grpc::ByteBuffer& request) {
  std::shared_ptr<WatchStream> watch =
      WatchStream::Make(dependencies.environment, "sluice.v1.EventService/WatchEvents");
  WatchReactor* const reactor = watch->reactor();
  absl::StatusOr<stream::WatchRequest> read = ReadRequest(dependencies, may_read, request);
  if (!read.ok()) {
    watch->Fail(read.status());
    return reactor;
  }
  WatchStream::Encoder encoder = MakeEncoder(dependencies, *read);
  auto may_go_on = [may_read, merchant = read->merchant] { return may_read(merchant); };
  auto session = OpenSession(dependencies, *std::move(read), watch);
  if (!session.ok()) {
    watch->Fail(session.status());
  } else {
    watch->Begin(*std::move(session), std::move(encoder), {}, std::move(may_go_on));
  }
  return reactor;
}

}  // namespace sluice::rpc
