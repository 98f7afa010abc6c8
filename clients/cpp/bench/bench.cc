// What the client costs over its bare stub: sluice_client_bench_cpp ENDPOINT. Rounds of client and
// stub alternate, so that a restless machine disturbs both, and each round has a connection of its
// own: the threads that gRPC keeps for the client's streams do not stand in the stub's way. Prints
// one JSON object with what each round has seen.

#include <spawn.h>
#include <sys/resource.h>
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
// As the client's own: no call should be made without one.
constexpr std::chrono::seconds kDeadline{10};
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
      context.set_deadline(std::chrono::system_clock::now() + kDeadline);
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

// What the rounds of one side have seen.
struct Seen {
  std::vector<double> per_second, cpu_us;
};

// What this process has used, on all its threads.
double CpuSeconds() {
  rusage usage = {};
  getrusage(RUSAGE_SELF, &usage);
  const auto seconds = [](const timeval& time) {
    return static_cast<double>(time.tv_sec) + static_cast<double>(time.tv_usec) / 1e6;
  };
  return seconds(usage.ru_utime) + seconds(usage.ru_stime);
}

// `work` does something so many times.
template <typename Work>
void Measure(Work work, Seen* seen) {
  const double cpu = CpuSeconds();
  const auto start = Clock::now();
  const auto done = static_cast<double>(work());
  seen->per_second.push_back(done / Seconds(Clock::now() - start));
  seen->cpu_us.push_back((CpuSeconds() - cpu) * 1e6 / done);
}

template <typename Side>
void MeasureGets(const Task& task, Seen* seen) {
  Side side(task.endpoint);
  side.Get(task.order, 1);  // Connects.
  Measure([&] { return side.Get(task.order, kCallsPerRound); }, seen);
}

// One number for each watch.
template <typename Side>
void MeasureWatches(const Task& task, Seen* seen) {
  Side side(task.endpoint);
  side.Get(task.order, 1);
  for (int i = 0; i < kWatchesPerRound; ++i) Measure([&] { return side.Watch(task.events); }, seen);
}

// "name":[1,2,3]
std::string List(const std::string& name, const std::vector<double>& values) {
  std::string text = "\"" + name + "\":[";
  for (const double value : values) text += (text.back() == '[' ? "" : ",") + std::to_string(value);
  return text + "]";
}

std::string Lists(const std::string& what, const Seen& client, const Seen& stub) {
  return "," + List(what + "_per_second", client.per_second) + "," +
         List(what + "_per_second_bare", stub.per_second) + "," +
         List(what + "_cpu_us", client.cpu_us) + "," + List(what + "_cpu_us_bare", stub.cpu_us);
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
  Seen get, get_stub, watch, watch_stub;
  for (int round = 0; round < kRounds; ++round) {
    MeasureGets<ByClient>(*task, &get);
    MeasureGets<ByStub>(*task, &get_stub);
    MeasureWatches<ByClient>(*task, &watch);
    MeasureWatches<ByStub>(*task, &watch_stub);
  }
  std::cout << "{\"start_ms\":" << start_ms << ",\"start_ms_bare\":" << start_ms_bare
            << Lists("get_order", get, get_stub) << Lists("watch_events", watch, watch_stub) << "}"
            << std::endl;
  return 0;
}
