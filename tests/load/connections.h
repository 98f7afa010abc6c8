// Connections to the server, each a TCP connection of its own, and calls on them as raw bytes: what
// the driver does not parse costs it no time that the server could use.
//
// Threads: safe from any thread.
// Ownership: owns its channels.

#pragma once

#include <google/protobuf/message_lite.h>
#include <grpcpp/generic/generic_stub.h>
#include <grpcpp/grpcpp.h>

#include <memory>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/time/time.h"

namespace sluice::bench {

using Bytes = grpc::ByteBuffer;

Bytes ToBytes(const google::protobuf::MessageLite& message);
bool FromBytes(const Bytes& bytes, google::protobuf::MessageLite* message);

class Connections {
 public:
  Connections(const std::string& address, int count);

  int count() const { return static_cast<int>(stubs_.size()); }
  grpc::GenericStub& stub(int index) { return *stubs_[static_cast<size_t>(index) % stubs_.size()]; }

  // One call, waited for. The status is the call's.
  absl::Status Call(const std::string& method, const google::protobuf::MessageLite& request,
                    google::protobuf::MessageLite* response,
                    absl::Duration timeout = absl::Seconds(60));

 private:
  std::vector<std::unique_ptr<grpc::GenericStub>> stubs_;
};

// A new call's context: the driver's key and a deadline.
void Prepare(grpc::ClientContext* context, absl::Duration timeout);

}  // namespace sluice::bench
