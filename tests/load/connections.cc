#include "tests/load/connections.h"

#include <grpcpp/support/proto_buffer_reader.h>

#include <chrono>
#include <condition_variable>
#include <mutex>

#include "server/base/strings.h"
#include "tests/load/serve.h"

namespace sluice::bench {

Bytes ToBytes(const google::protobuf::MessageLite& message) {
  const std::string text = message.SerializeAsString();
  const grpc::Slice slice(text);
  return Bytes(&slice, 1);
}

bool FromBytes(const Bytes& bytes, google::protobuf::MessageLite* message) {
  Bytes copy = bytes;  // Shares the slices; reading a buffer consumes it.
  grpc::ProtoBufferReader reader(&copy);
  return message->ParseFromZeroCopyStream(&reader);
}

Connections::Connections(const std::string& address, int count) {
  for (int i = 0; i < count; ++i) {
    grpc::ChannelArguments arguments;
    // Channels that are alike would share one connection.
    arguments.SetInt(GRPC_ARG_USE_LOCAL_SUBCHANNEL_POOL, 1);
    arguments.SetMaxReceiveMessageSize(-1);
    stubs_.push_back(std::make_unique<grpc::GenericStub>(
        grpc::CreateCustomChannel(address, grpc::InsecureChannelCredentials(), arguments)));
  }
}

void Prepare(grpc::ClientContext* context, absl::Duration timeout) {
  static const auto* const kAuthorization = new std::string(StrCat("Bearer ", kApiKey));
  context->AddMetadata("authorization", *kAuthorization);
  context->set_deadline(std::chrono::system_clock::now() + absl::ToChronoMilliseconds(timeout));
  // A server that has just started may refuse the first try.
  context->set_wait_for_ready(true);
}

absl::Status Connections::Call(const std::string& method,
                               const google::protobuf::MessageLite& request,
                               google::protobuf::MessageLite* response, absl::Duration timeout) {
  grpc::ClientContext context;
  Prepare(&context, timeout);
  const Bytes sent = ToBytes(request);
  Bytes received;
  grpc::Status status;
  std::mutex mutex;
  std::condition_variable changed;
  bool done = false;
  stub(0).UnaryCall(&context, method, {}, &sent, &received, [&](grpc::Status result) {
    std::lock_guard<std::mutex> lock(mutex);
    status = std::move(result);
    done = true;
    changed.notify_one();
  });
  std::unique_lock<std::mutex> lock(mutex);
  changed.wait(lock, [&] { return done; });
  if (!status.ok()) {
    return absl::Status(static_cast<absl::StatusCode>(status.error_code()),
                        StrCat(method, ": ", status.error_message()));
  }
  if (response != nullptr && !FromBytes(received, response)) {
    return absl::InternalError(StrCat(method, ": the answer cannot be read"));
  }
  return absl::OkStatus();
}

}  // namespace sluice::bench
