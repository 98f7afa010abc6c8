// What the client costs over its bare stub: sluice_client_bench_cpp ENDPOINT. Rounds of client and
// stub alternate, so that a restless machine disturbs both, and each round has a connection of its
// own: the threads that gRPC keeps for the client's streams do not stand in the stub's way. Prints
// one JSON object with medians.

#include <spawn.h>
#include <sys/wait.h>

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <filesystem>
#include <iostream>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "sluice/client/client.h"

namespace {

namespace v1 = sluice::v1;
using Clock = std::chrono::steady_clock;
using sluice::client::Client;

constexpr int kRounds = 7;
constexpr int kCallsPerRound = 2000;
// Each of the whole log: it takes two milliseconds, in which a restless machine does what it likes.
constexpr int kWatchesPerRound = 20;
constexpr int kStarts = 15;
constexpr int kOrders = 300;  // Each makes two events or more for the streams to deliver.
constexpr char kMerchant[] = "merchants/demo";

double Seconds(Clock::duration time) { return std::chrono::duration<double>(time).count(); }

double Median(std::vector<double> values) {
  std::nth_element(values.begin(), values.begin() + values.size() / 2, values.end());
  return values[values.size() / 2];
}

v1::WatchEventsRequest FromTheBeginning() {
  v1::WatchEventsRequest request;
  request.set_parent(kMerchant);
  request.mutable_beginning();
  return request;
}

// What a user writes with the client.
class ByClient {
 public:
  explicit ByClient(const std::string& endpoint)
      : client_(*Client::Create({.endpoint = endpoint})) {}

  int64_t Get(const std::string& name, int calls) {
    v1::GetOrderRequest request;
    request.set_name(name);
    int64_t done = 0;
    for (int i = 0; i < calls; ++i) done += client_->GetOrder(request).ok() ? 1 : 0;
    return done;
  }

  int64_t Watch(int64_t events) {
    auto watch = client_->WatchEvents(FromTheBeginning());
    int64_t seen = 0;
    while (seen < events && watch.Next().has_value()) ++seen;
    return seen;
  }

 private:
  const std::unique_ptr<Client> client_;
};

// What a user writes with the generated stubs.
class ByStub {
 public:
  explicit ByStub(const std::string& endpoint)
      : channel_(grpc::CreateChannel(endpoint, grpc::InsecureChannelCredentials())),
        orders_(v1::OrderService::NewStub(channel_)),
        events_(v1::EventService::NewStub(channel_)) {}

  int64_t Get(const std::string& name, int calls) {
    v1::GetOrderRequest request;
    request.set_name(name);
    int64_t done = 0;
    for (int i = 0; i < calls; ++i) {
      grpc::ClientContext context;
      v1::Order order;
      done += orders_->GetOrder(&context, request, &order).ok() ? 1 : 0;
    }
    return done;
  }

  int64_t Watch(int64_t events) {
    grpc::ClientContext context;
    const auto reader = events_->WatchEvents(&context, FromTheBeginning());
    v1::WatchEventsResponse message;
    int64_t seen = 0;
    while (seen < events && reader->Read(&message)) seen += message.batch().events_size();
    context.TryCancel();
    return seen;
  }

 private:
  const std::shared_ptr<grpc::Channel> channel_;
  const std::unique_ptr<v1::OrderService::Stub> orders_;
  const std::unique_ptr<v1::EventService::Stub> events_;
};

struct Task {
  std::string endpoint;
  std::string order;   // That is got.
  int64_t events = 0;  // In the log.
};

template <typename Side>
double GetsPerSecond(const Task& task) {
  Side side(task.endpoint);
  side.Get(task.order, 1);  // Connects.
  const auto start = Clock::now();
  const int64_t done = side.Get(task.order, kCallsPerRound);
  return static_cast<double>(done) / Seconds(Clock::now() - start);
}

// One number for each watch.
template <typename Side>
void EventsPerSecond(const Task& task, std::vector<double>* rates) {
  Side side(task.endpoint);
  side.Get(task.order, 1);
  for (int i = 0; i < kWatchesPerRound; ++i) {
    const auto start = Clock::now();
    const int64_t seen = side.Watch(task.events);
    rates->push_back(static_cast<double>(seen) / Seconds(Clock::now() - start));
  }
}

// How long a program beside this one takes from its start to its end. Below 0: it failed.
double StartMs(const std::string& program, const std::string& endpoint) {
  std::error_code unknown;
  const auto path =
      std::filesystem::read_symlink("/proc/self/exe", unknown).parent_path() / program;
  std::string words[] = {path.string(), endpoint};
  char* const arguments[] = {words[0].data(), words[1].data(), nullptr};
  std::vector<double> times;
  for (int i = 0; i < kStarts; ++i) {
    const auto start = Clock::now();
    pid_t child = 0;
    int status = 0;
    if (posix_spawn(&child, arguments[0], nullptr, nullptr, arguments, environ) != 0 ||
        waitpid(child, &status, 0) != child || status != 0) {
      return -1;
    }
    times.push_back(Seconds(Clock::now() - start) * 1000);
  }
  return Median(std::move(times));
}

// Orders of an unknown size of history already: the stream's length is asked for, not assumed.
int64_t EventsSoFar(Client& client) {
  auto watch = client.WatchEvents(FromTheBeginning());
  int64_t last = 0;
  while (const auto item = watch.Next(std::chrono::seconds(2))) last = item->event->sequence();
  return last;
}

// Fills the log. None: the server does not do what it is asked.
std::optional<Task> Prepare(const std::string& endpoint) {
  const auto client = Client::Create({.endpoint = endpoint});
  if (!client.ok()) return std::nullopt;
  Task task{.endpoint = endpoint};
  const std::string begun = std::to_string(Clock::now().time_since_epoch().count());
  for (int i = 0; i < kOrders; ++i) {
    v1::CreateOrderRequest request;
    request.set_parent(kMerchant);
    request.set_order_id("cpp-bench-" + begun + "-" + std::to_string(i));
    request.mutable_order()->set_wallet("botim");
    request.mutable_order()->set_description("bench");
    request.mutable_order()->mutable_amount()->set_currency_code("AED");
    request.mutable_order()->mutable_amount()->set_minor_units(100);
    const auto order = (*client)->CreateOrder(request);
    if (!order.ok()) return std::nullopt;
    task.order = order->name();
  }
  task.events = EventsSoFar(**client);
  return task;
}

}  // namespace

int main(int argc, char** argv) {
  const std::string endpoint = argc > 1 ? argv[1] : "127.0.0.1:50051";
  const double start_ms = StartMs("sluice_client_start_cpp", endpoint);
  const double start_ms_bare = StartMs("sluice_client_start_bare_cpp", endpoint);
  if (start_ms < 0 || start_ms_bare < 0) return 1;
  const std::optional<Task> task = Prepare(endpoint);
  if (!task.has_value()) return 1;
  std::vector<double> get, get_stub, watch, watch_stub;
  for (int round = 0; round < kRounds; ++round) {
    get.push_back(GetsPerSecond<ByClient>(*task));
    get_stub.push_back(GetsPerSecond<ByStub>(*task));
    EventsPerSecond<ByClient>(*task, &watch);
    EventsPerSecond<ByStub>(*task, &watch_stub);
  }
  std::cout << "{\"start_ms\":" << start_ms << ",\"start_ms_bare\":" << start_ms_bare
            << ",\"get_order_per_second\":" << Median(get)
            << ",\"get_order_per_second_bare\":" << Median(get_stub)
            << ",\"watch_events_per_second\":" << Median(watch)
            << ",\"watch_events_per_second_bare\":" << Median(watch_stub) << "}" << std::endl;
  return 0;
}
