// Requests of methods that are served as bytes.
//
// Threads: pure functions. Ownership: values.

#pragma once

#include <grpcpp/support/byte_buffer.h>
#include <grpcpp/support/proto_buffer_reader.h>

#include "absl/status/status.h"
#include "server/core/error.h"

namespace sluice::rpc {

// INVALID_ARGUMENT when the bytes are not a message of this type.
template <typename Message>
absl::Status ParseRequest(const grpc::ByteBuffer& bytes, Message* message) {
  grpc::ByteBuffer copy = bytes;  // Shares the slices; reading a buffer consumes it.
  grpc::ProtoBufferReader reader(&copy);
  if (message->ParseFromZeroCopyStream(&reader)) return absl::OkStatus();
  return InvalidField("request", "must be a message of the type that the method takes");
}

}  // namespace sluice::rpc
