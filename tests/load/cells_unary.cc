// Unary calls that no provider takes part in.

#include <unistd.h>

#include <atomic>
#include <cstdint>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "server/base/strings.h"
#include "server/core/names.h"
#include "sluice/v1/order.pb.h"
#include "tests/load/bench_provider.h"
#include "tests/load/cells.h"
#include "tests/load/machine.h"
#include "tests/load/serve.h"

namespace sluice::bench {
namespace {

constexpr int kReadsInFlight = 64;
constexpr int kCreatesInFlight = 256;
constexpr int kOrders = 1'000;

// Order numbers of many callers are in no order: a multiplication scatters them.
std::string NewOrderId() {
  static std::atomic<uint64_t> next{1};
  static const auto salt = static_cast<uint64_t>(getpid());
  const uint64_t number = (next.fetch_add(1) + (salt << 40)) * 0x9E3779B97F4A7C15u;
  return absl::StrCat("ORD-", absl::Hex(number, absl::kZeroPad16));
}

absl::StatusOr<Bytes> GetRequestOf(ServerProcess& server, const Work& creates, int64_t number) {
  sluice::v1::CreateOrderRequest create;
  sluice::v1::Order order;
  if (!FromBytes(creates.request(number), &create)) return absl::InternalError("not our request");
  const absl::Status created = server.connections().Call(creates.method, create, &order);
  if (!created.ok()) return created;
  sluice::v1::GetOrderRequest get;
  get.set_name(order.name());
  return ToBytes(get);
}

// A Work that reads orders, which it creates first.
absl::StatusOr<Work> GetOrders(ServerProcess& server) {
  const Work creates = CreateOrders(kMerchant, kWallet);
  auto requests = std::make_shared<std::vector<Bytes>>();
  for (int i = 0; i < kOrders; ++i) {
    absl::StatusOr<Bytes> request = GetRequestOf(server, creates, i);
    if (!request.ok()) return request.status();
    requests->push_back(*std::move(request));
  }
  return Work{.method = "/sluice.v1.OrderService/GetOrder",
              .request =
                  [requests](int64_t number) {
                    return (*requests)[static_cast<size_t>(number) % requests->size()];
                  },
              .traceparent = nullptr};
}

absl::StatusOr<double> AllocationsPer(ServerProcess& server, const Work& work) {
  const absl::StatusOr<v1::StatsResponse> before = StatsOf(server);
  if (!before.ok()) return before.status();
  const LoadResult load = RunClosed(server.connections(), work, 1, absl::Milliseconds(200));
  const absl::StatusOr<v1::StatsResponse> after = StatsOf(server);
  if (!after.ok()) return after.status();
  return static_cast<double>(after->allocations() - before->allocations()) /
         static_cast<double>(std::max<int64_t>(load.calls, 1));
}

absl::Status AddAllocations(Bench& bench, ServerProcess& server, const Work& work,
                            std::string what) {
  const auto echo = AllocationsPer(server, Echoes());
  const auto seen = AllocationsPer(server, work);
  if (!echo.ok()) return echo.status();
  if (!seen.ok()) return seen.status();
  if (*seen > 0) {
    bench.Add({.what = std::move(what),
               .floor = "",
               .excellent = "",
               .seen = absl::StrFormat("%.0f", *seen),
               .note = absl::StrFormat("a no-op: %.0f", *echo)});
  }
  return absl::OkStatus();
}

}  // namespace

Work CreateOrders(std::string merchant, std::string wallet) {
  sluice::v1::CreateOrderRequest request;
  request.set_parent(MerchantName(merchant));
  sluice::v1::Order& order = *request.mutable_order();
  order.set_wallet(wallet);
  order.mutable_amount()->set_currency_code("AED");
  order.mutable_amount()->set_minor_units(12'34);
  order.set_description("A bag of coffee and two cups");
  (*order.mutable_labels())["shop"] = "dubai-1";
  return {.method = "/sluice.v1.OrderService/CreateOrder",
          .request =
              [request](int64_t) {
                sluice::v1::CreateOrderRequest next = request;
                next.set_order_id(NewOrderId());
                next.set_request_id(StrCat("request-", next.order_id()));
                return ToBytes(next);
              },
          .traceparent = nullptr};
}

absl::Status MeasureGetOrder(Bench& bench) {
  auto server = bench.Shared(kModeInstant);
  if (!server.ok()) return server.status();
  auto work = GetOrders(**server);
  if (!work.ok()) return work.status();
  auto rounds = RunRounds(bench, **server, *work, kReadsInFlight);
  if (!rounds.ok()) return rounds.status();
  bench.Add({.what = "GetOrder QPS / no-op",
             .floor = "0.90",
             .excellent = "0.95",
             .seen = Show(rounds->ratio, 2),
             .note = rounds->Note()});
  return AddAllocations(bench, **server, *work, "allocations of a GetOrder");
}

absl::Status MeasureCreateAccept(Bench& bench) {
  auto server = bench.Shared(kModeAccept);
  if (!server.ok()) return server.status();
  auto before = StatsOf(**server);
  if (!before.ok()) return before.status();
  auto rounds = RunRounds(bench, **server, CreateOrders(kMerchant, kWallet), kCreatesInFlight);
  if (!rounds.ok()) return rounds.status();
  auto after = StatsOf(**server);
  if (!after.ok()) return after.status();
  bench.Add({.what = "durable CreateOrder accept QPS / no-op, 256 in flight",
             .floor = "0.35",
             .excellent = "0.47",
             .seen = Show(rounds->ratio, 2),
             .note = rounds->Note()});
  const auto transactions = static_cast<double>(after->transactions() - before->transactions());
  const auto groups = static_cast<double>(std::max<int64_t>(after->groups() - before->groups(), 1));
  const auto syncs = static_cast<double>(std::max<int64_t>(after->syncs() - before->syncs(), 1));
  bench.Add({.what = "creates per group commit",
             .floor = "",
             .excellent = "",
             .seen = absl::StrFormat("%.1f", transactions / groups),
             .note = absl::StrFormat("%.2f fsyncs per group, %.1f creates per fsync",
                                     syncs / groups, transactions / syncs)});
  const auto written = static_cast<double>(after->written_bytes() - before->written_bytes());
  bench.Add({.what = "bytes written to the disk per accepted create",
             .floor = "",
             .excellent = "",
             .seen = absl::StrFormat("%.0f", written / transactions),
             .note = "the log, and what is copied from it into the database"});
  return AddAllocations(bench, **server, CreateOrders(kMerchant, kWallet),
                        "allocations of an accepted create");
}

absl::Status MeasureCreateWhole(Bench& bench) {
  auto server = bench.Shared(kModeInstant);
  if (!server.ok()) return server.status();
  auto rounds = RunRounds(bench, **server, CreateOrders(kMerchant, kWallet), kCreatesInFlight);
  if (!rounds.ok()) return rounds.status();
  bench.Add(
      {.what = "CreateOrder with an instant provider (two commits) QPS / no-op, 256 in flight",
       .floor = "",
       .excellent = "",
       .seen = Show(rounds->ratio, 2),
       .note = rounds->Note()});
  return absl::OkStatus();
}

absl::Status MeasureCreateOneClient(Bench& bench) {
  auto server = bench.Shared(kModeInstant);
  if (!server.ok()) return server.status();
  const Work creates = CreateOrders(kMerchant, kWallet), echoes = Echoes();
  std::vector<double> syncs;
  std::vector<double> create_us, echo_us, sync_us;
  for (int i = 0; i < bench.options.rounds; ++i) {
    Connections& connections = (*server)->connections();
    const LoadResult echo = RunClosed(connections, echoes, 1, bench.options.seconds / 3);
    const LoadResult create = RunClosed(connections, creates, 1, bench.options.seconds / 3);
    if (!echo.status().ok()) return echo.status();
    if (!create.status().ok()) return create.status();
    const auto sync = MeasureSync((*server)->data_dir(), bench.Count(500, 150));
    if (!sync.ok()) return sync.status();
    echo_us.push_back(absl::ToDoubleMicroseconds(echo.latencies.At(50)));
    create_us.push_back(absl::ToDoubleMicroseconds(create.latencies.At(50)));
    sync_us.push_back(absl::ToDoubleMicroseconds(sync->At(50)));
    syncs.push_back((create_us.back() - echo_us.back()) / sync_us.back());
  }
  bench.Add({.what = "CreateOrder, one client, p50: no-op + k fdatasync (two commits)",
             .floor = "k = 3",
             .excellent = "2",
             .seen = StrCat("k = ", Show(SpreadOf(syncs), 1)),
             .note = StrCat("p50: create ", Show(SpreadOf(create_us), 0, " us"), ", no-op ",
                            Show(SpreadOf(echo_us), 0, " us"), ", fdatasync of the disk ",
                            Show(SpreadOf(sync_us), 0, " us"))});
  return absl::OkStatus();
}

}  // namespace sluice::bench
