#include "sluice/client/client.h"

#include <algorithm>
#include <condition_variable>
#include <mutex>
#include <random>

#include "src/channel.h"
#include "src/retry.h"
#include "src/time.h"
#include "src/uuid.h"

namespace sluice::client {
namespace {

using std::chrono::milliseconds;
using std::chrono::steady_clock;

// Its half is one of the milliseconds that gRPC counts in.
constexpr milliseconds kShortestKeepalive{2};

double SystemRandom() {
  thread_local std::mt19937_64 engine{std::random_device{}()};
  return std::uniform_real_distribution<double>(0, 1)(engine);
}

void SystemSleep(milliseconds time, const std::stop_token& stop) {
  std::mutex mutex;
  std::unique_lock lock(mutex);
  std::condition_variable_any never;
  never.wait_for(lock, stop, time, [] { return false; });
}

void FillSeams(Seams* seams) {
  if (!seams->now) seams->now = [] { return steady_clock::now(); };
  if (!seams->sleep) seams->sleep = SystemSleep;
  if (!seams->random) seams->random = SystemRandom;
}

// Given up between two sends, the earlier of which did nothing.
Error GivenUp(const std::string& request_id) {
  Error error = RefusedHere("the call was given up");
  error.code = grpc::StatusCode::CANCELLED;
  error.request_id = request_id;
  return error;
}

const google::protobuf::FieldDescriptor* RequestIdField(const google::protobuf::Message& request) {
  return request.GetDescriptor()->FindFieldByName("request_id");
}

// The start of a stream, by the stub's method that opens it.
template <typename Watch, typename Stub, typename Method>
Watch MakeWatch(std::shared_ptr<const Options> options, std::shared_ptr<grpc::Channel> channel,
                const typename Watch::Request& request, Method open) {
  std::shared_ptr<Stub> stub(new Stub(std::move(channel)));
  return Watch(std::move(options), request,
               [stub = std::move(stub), open](grpc::ClientContext* context,
                                              const typename Watch::Request& start, auto* reactor) {
                 open(stub->async(), context, start, reactor);
               });
}

}  // namespace

Result<std::unique_ptr<Client>> Client::Create(Options options) {
  if (options.endpoint.empty()) return RefusedHere("endpoint is required: host:port");
  if (options.retry.max_attempts < 1) return RefusedHere("retry.max_attempts must be at least 1");
  if (!options.api_key.empty() && !options.tls.has_value() && !IsLoopback(options.endpoint)) {
    return RefusedHere("an API key is sent over plaintext to loopback only: set tls");
  }
  if (options.tls.has_value() &&
      options.tls->client_certificate.empty() != options.tls->client_key.empty()) {
    return RefusedHere("tls.client_certificate and tls.client_key belong together");
  }
  if (options.keepalive < kShortestKeepalive) {
    return RefusedHere("keepalive must be at least 2 ms");
  }
  FillSeams(&options.seams);
  auto channel = ConnectTo(options);
  return std::unique_ptr<Client>(new Client(std::move(options), std::move(channel)));
}

Client::Client(Options options, std::shared_ptr<grpc::Channel> channel)
    : options_(std::make_shared<const Options>(std::move(options))),
      channel_(std::move(channel)),
      stubs_(v1::OrderService::NewStub(channel_), v1::RefundService::NewStub(channel_),
             v1::PayoutService::NewStub(channel_), v1::AccountLinkService::NewStub(channel_),
             v1::EventService::NewStub(channel_), v1::NotificationService::NewStub(channel_),
             v1::ProviderService::NewStub(channel_), v1::ReconciliationService::NewStub(channel_)) {
}

std::string Client::FillRequestId(google::protobuf::Message* request) {
  const auto* const field = RequestIdField(*request);
  if (field == nullptr) return "";
  const auto* const reflection = request->GetReflection();
  std::string id = reflection->GetString(*request, field);
  if (id.empty()) {
    id = RandomUuid();
    reflection->SetString(request, field, id);
  }
  return id;
}

bool Client::IsRead(const google::protobuf::Message& request) {
  const std::string& name = request.GetDescriptor()->name();
  return name.starts_with("Get") || name.starts_with("List");
}

std::optional<Error> Client::SendWithRetries(bool is_read, const std::string& request_id,
                                             const CallOptions& call, const Send& send) {
  const Seams& seams = options_->seams;
  const auto deadline = After(seams.now(), call.deadline.value_or(options_->deadline));
  for (int tries = 1;; ++tries) {
    const auto left = std::chrono::duration_cast<milliseconds>(deadline - seams.now());
    grpc::ClientContext context;
    context.set_deadline(std::chrono::system_clock::now() + std::max(left, milliseconds(0)));
    if (!options_->api_key.empty()) {
      context.AddMetadata("authorization", "Bearer " + options_->api_key);
    }
    const std::stop_callback give_up(call.stop, [&context] { context.TryCancel(); });
    const grpc::Status status = send(&context);
    if (status.ok()) return std::nullopt;
    Error error = ErrorFrom(status, request_id);
    const auto time_left = std::chrono::duration_cast<milliseconds>(deadline - seams.now());
    const auto wait =
        WaitBeforeRetry(error, is_read, options_->retry, tries, time_left, seams.random());
    if (!wait.has_value() || call.stop.stop_requested()) return error;
    seams.sleep(*wait, call.stop);
    if (call.stop.stop_requested()) return GivenUp(request_id);
  }
}

EventWatch Client::WatchEvents(const v1::WatchEventsRequest& request) {
  return MakeWatch<EventWatch, v1::EventService::Stub>(
      options_, channel_, request,
      [](auto* async, auto* context, const auto& start, auto* reactor) {
        async->WatchEvents(context, &start, reactor);
      });
}

OrderWatch Client::WatchOrder(const v1::WatchOrderRequest& request) {
  return MakeWatch<OrderWatch, v1::OrderService::Stub>(
      options_, channel_, request,
      [](auto* async, auto* context, const auto& start, auto* reactor) {
        async->WatchOrder(context, &start, reactor);
      });
}

PayoutWatch Client::WatchPayout(const v1::WatchPayoutRequest& request) {
  return MakeWatch<PayoutWatch, v1::PayoutService::Stub>(
      options_, channel_, request,
      [](auto* async, auto* context, const auto& start, auto* reactor) {
        async->WatchPayout(context, &start, reactor);
      });
}

AccountLinkWatch Client::WatchAccountLink(const v1::WatchAccountLinkRequest& request) {
  return MakeWatch<AccountLinkWatch, v1::AccountLinkService::Stub>(
      options_, channel_, request,
      [](auto* async, auto* context, const auto& start, auto* reactor) {
        async->WatchAccountLink(context, &start, reactor);
      });
}

}  // namespace sluice::client
