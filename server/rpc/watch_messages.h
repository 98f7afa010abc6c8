// Messages of the watch streams as bytes, put together from events that are already encoded: an
// event that a thousand watchers get is encoded once.
//
// Threads: pure functions, but for the encoders' own.
// Ownership: values.

#pragma once

#include <google/protobuf/message_lite.h>
#include <grpcpp/support/byte_buffer.h>

#include <string>
#include <string_view>

#include "absl/time/time.h"
#include "server/stream/watch_session.h"

namespace sluice::rpc {

// sluice.v1.Event on the wire.
std::string EncodeEvent(const Event& event);

// sluice.v1.WatchEventsResponse of a delivery that is not kFailed. `now` is the time of progress.
grpc::ByteBuffer EncodeWatchEvents(const stream::Delivery& delivery, std::string_view cursor,
                                   absl::Time now);

// Any message as bytes.
grpc::ByteBuffer Serialize(const google::protobuf::MessageLite& message);

// "DRAINING" or "MAX_AGE" to sluice.v1.Closing.Reason.
int ClosingReason(std::string_view word);

}  // namespace sluice::rpc
