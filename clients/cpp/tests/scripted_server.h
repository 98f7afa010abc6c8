// A gRPC server on loopback that does what a test wrote down, and keeps what it was asked.
//
// Threads: gRPC calls it on its own threads; a test reads after the calls.
// Ownership: owns its server; the destructor ends it.

#pragma once

#include <grpcpp/grpcpp.h>

#include <condition_variable>
#include <deque>
#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <utility>
#include <vector>

#include "google/rpc/error_details.pb.h"
#include "google/rpc/status.pb.h"
#include "sluice/v1/event.grpc.pb.h"
#include "sluice/v1/order.grpc.pb.h"

namespace sluice::client {

// A status with the details that Sluice sends.
inline grpc::Status Refusal(grpc::StatusCode code, const std::string& reason,
                            const std::string& side_effect, int retry_ms = 0) {
  google::rpc::Status status;
  status.set_code(code);
  google::rpc::ErrorInfo info;
  info.set_reason(reason);
  info.set_domain("sluice.v1");
  (*info.mutable_metadata())["side_effect"] = side_effect;
  status.add_details()->PackFrom(info);
  if (retry_ms > 0) {
    google::rpc::RetryInfo retry;
    retry.mutable_retry_delay()->set_nanos(retry_ms * 1'000'000);
    status.add_details()->PackFrom(retry);
  }
  return {code, "scripted", status.SerializeAsString()};
}

// What one stream sends before it ends with `status`, or stays open.
struct Stream {
  std::vector<v1::WatchEventsResponse> messages;
  grpc::Status status;
  bool stays_open = false;
};

class ScriptedServer final : public v1::OrderService::Service, public v1::EventService::Service {
 public:
  explicit ScriptedServer(const std::shared_ptr<grpc::ServerCredentials>& credentials =
                              grpc::InsecureServerCredentials()) {
    int port = 0;
    grpc::ServerBuilder builder;
    builder.AddListeningPort("127.0.0.1:0", credentials, &port);
    builder.RegisterService(static_cast<v1::OrderService::Service*>(this));
    builder.RegisterService(static_cast<v1::EventService::Service*>(this));
    server_ = builder.BuildAndStart();
    endpoint = "127.0.0.1:" + std::to_string(port);
  }
  ~ScriptedServer() override { server_->Shutdown(std::chrono::system_clock::now()); }

  grpc::Status CreateOrder(grpc::ServerContext* context, const v1::CreateOrderRequest* request,
                           v1::Order* response) override {
    const auto& metadata = context->client_metadata();
    const auto key = metadata.find("authorization");
    authorization =
        key == metadata.end() ? "" : std::string(key->second.data(), key->second.size());
    request_ids.push_back(request->request_id());
    response->set_name("merchants/demo/orders/" + request->order_id());
    return NextAnswer();
  }

  grpc::Status GetOrder(grpc::ServerContext*, const v1::GetOrderRequest* request,
                        v1::Order* response) override {
    response->set_name(request->name());
    response->set_description(description);
    ++gets;
    return NextAnswer();
  }

  grpc::Status WatchEvents(grpc::ServerContext* context, const v1::WatchEventsRequest* request,
                           grpc::ServerWriter<v1::WatchEventsResponse>* writer) override {
    cursors.push_back(request->cursor());
    if (streams.empty()) return Refusal(grpc::StatusCode::INVALID_ARGUMENT, "SCRIPT_OVER", "none");
    Stream stream = std::move(streams.front());
    streams.pop_front();
    for (const auto& message : stream.messages) writer->Write(message);
    // The client's cancellation is the end of such a stream.
    while (stream.stays_open && !context->IsCancelled()) std::this_thread::yield();
    return stream.status;
  }

  std::string endpoint;
  std::deque<grpc::Status> answers;  // One per unary call; when they are used up: OK.
  std::deque<Stream> streams;
  std::vector<std::string> request_ids;
  std::vector<std::string> cursors;
  std::string authorization;
  std::string description;  // Of the order that is got.
  int gets = 0;

 private:
  grpc::Status NextAnswer() {
    if (answers.empty()) return grpc::Status::OK;
    grpc::Status answer = std::move(answers.front());
    answers.pop_front();
    return answer;
  }

  std::unique_ptr<grpc::Server> server_;
};

// A batch of the demo merchant's events first..last.
inline v1::WatchEventsResponse Batch(int64_t first, int64_t last, const std::string& cursor) {
  v1::WatchEventsResponse message;
  for (int64_t sequence = first; sequence <= last; ++sequence) {
    v1::Event* const event = message.mutable_batch()->add_events();
    event->set_name("merchants/demo/events/" + std::to_string(sequence));
    event->set_sequence(sequence);
  }
  message.mutable_batch();
  message.set_cursor(cursor);
  return message;
}

}  // namespace sluice::client
