// What the client costs over its bare stub: sluice_client_bench_cpp ENDPOINT. Rounds of client and
// stub alternate, so that a restless machine disturbs both; prints one JSON object with medians.

#include <spawn.h>
#include <sys/wait.h>

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <iostream>
#include <memory>
#include <string>
#include <vector>

#include "sluice/client/client.h"

namespace {

namespace v1 = sluice::v1;
using Clock = std::chrono::steady_clock;
using sluice::client::Client;

constexpr int kRounds = 7;
constexpr int kCallsPerRound = 2000;
constexpr int kStarts = 15;
constexpr int kOrders = 300;  // Each makes two events or more for the streams to deliver.
constexpr char kMerchant[] = "merchants/demo";

double Seconds(Clock::duration time) { return std::chrono::duration<double>(time).count(); }

double Median(std::vector<double> values) {
  std::nth_element(values.begin(), values.begin() + values.size() / 2, values.end());
  return values[values.size() / 2];
}

// How many a second, by a round that says how many it did.
double Rate(const std::function<int64_t()>& round) {
  const auto start = Clock::now();
  const int64_t done = round();
  return static_cast<double>(done) / Seconds(Clock::now() - start);
}

int64_t GetByClient(Client& client, const std::string& name) {
  v1::GetOrderRequest request;
  request.set_name(name);
  int64_t done = 0;
  for (int i = 0; i < kCallsPerRound; ++i) done += client.GetOrder(request).ok() ? 1 : 0;
  return done;
}

int64_t GetByStub(Client& client, const std::string& name) {
  v1::GetOrderRequest request;
  request.set_name(name);
  int64_t done = 0;
  for (int i = 0; i < kCallsPerRound; ++i) {
    grpc::ClientContext context;
    v1::Order order;
    done += client.stub<v1::OrderService::Stub>().GetOrder(&context, request, &order).ok() ? 1 : 0;
  }
  return done;
}

v1::WatchEventsRequest FromTheBeginning() {
  v1::WatchEventsRequest request;
  request.set_parent(kMerchant);
  request.mutable_beginning();
  return request;
}

int64_t WatchByClient(Client& client, int64_t events) {
  auto watch = client.WatchEvents(FromTheBeginning());
  int64_t seen = 0;
  while (seen < events && watch.Next().has_value()) ++seen;
  return seen;
}

int64_t WatchByStub(Client& client, int64_t events) {
  grpc::ClientContext context;
  const auto reader =
      client.stub<v1::EventService::Stub>().WatchEvents(&context, FromTheBeginning());
  v1::WatchEventsResponse message;
  int64_t seen = 0;
  while (seen < events && reader->Read(&message)) seen += message.batch().events_size();
  context.TryCancel();
  return seen;
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

}  // namespace

int main(int argc, char** argv) {
  sluice::client::Options options;
  options.endpoint = argc > 1 ? argv[1] : "127.0.0.1:50051";
  const auto created = Client::Create(options);
  if (!created.ok()) return 1;
  Client& client = **created;
  const double start_ms = StartMs("sluice_client_start_cpp", options.endpoint);
  const double start_ms_bare = StartMs("sluice_client_start_bare_cpp", options.endpoint);
  if (start_ms < 0 || start_ms_bare < 0) return 1;

  const auto begun = Clock::now();
  std::string name;
  for (int i = 0; i < kOrders; ++i) {
    v1::CreateOrderRequest request;
    request.set_parent(kMerchant);
    request.set_order_id("cpp-bench-" + std::to_string(begun.time_since_epoch().count()) + "-" +
                         std::to_string(i));
    request.mutable_order()->set_wallet("botim");
    request.mutable_order()->set_description("bench");
    request.mutable_order()->mutable_amount()->set_currency_code("AED");
    request.mutable_order()->mutable_amount()->set_minor_units(100);
    const auto order = client.CreateOrder(request);
    if (!order.ok()) return 1;
    name = order->name();
  }
  const int64_t events = EventsSoFar(client);
  std::vector<double> get, get_stub, watch, watch_stub;
  for (int round = 0; round < kRounds; ++round) {
    get.push_back(Rate([&] { return GetByClient(client, name); }));
    get_stub.push_back(Rate([&] { return GetByStub(client, name); }));
    watch.push_back(Rate([&] { return WatchByClient(client, events); }));
    watch_stub.push_back(Rate([&] { return WatchByStub(client, events); }));
  }
  std::cout << "{\"start_ms\":" << start_ms << ",\"start_ms_bare\":" << start_ms_bare
            << ",\"get_order_per_second\":" << Median(get)
            << ",\"get_order_per_second_bare\":" << Median(get_stub)
            << ",\"watch_events_per_second\":" << Median(watch)
            << ",\"watch_events_per_second_bare\":" << Median(watch_stub) << "}" << std::endl;
  return 0;
}
