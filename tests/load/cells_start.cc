// From nothing to the first answer.

#include <filesystem>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "server/base/clock.h"
#include "server/base/stopwatch.h"
#include "server/base/strings.h"
#include "server/core/codec.h"
#include "server/core/names.h"
#include "server/store/sqlite/sqlite_store.h"
#include "sluice/v1/order.pb.h"
#include "tests/load/bench_provider.h"
#include "tests/load/cells.h"
#include "tests/load/serve.h"
#include "tests/load/store_load.h"

namespace sluice::bench {
namespace {

constexpr int64_t kManyOrders = 1'000'000;
constexpr int kFillInFlight = 4'096;
constexpr absl::Duration kFillTimeout = absl::Minutes(10);

struct FirstAnswer {
  absl::Duration took;
  std::unique_ptr<ServerProcess> server;
};

// From the start of the process until it has answered a GetOrder, with the order or NOT_FOUND.
absl::StatusOr<FirstAnswer> StartAndAsk(const std::string& folder, const std::string& order) {
  FirstAnswer answer;
  const Stopwatch watch;
  auto server = ServerProcess::Start(kModeAccept, folder);
  if (!server.ok()) return server.status();
  answer.server = *std::move(server);
  sluice::v1::GetOrderRequest request;
  request.set_name(OrderName(kMerchant, order));
  sluice::v1::Order found;
  const absl::Status asked =
      answer.server->connections().Call("/sluice.v1.OrderService/GetOrder", request, &found);
  answer.took = watch.Elapsed();
  if (!asked.ok() && !absl::IsNotFound(asked)) return asked;
  return answer;
}

std::string ManyId(int64_t number) {
  return absl::StrCat(
      "ORD-", absl::Hex(static_cast<uint64_t>(number) * 0x9E3779B97F4A7C15u, absl::kZeroPad16));
}

// A paid order as it lies in the store, with its event. What is over is not looked at again.
store::Transaction PaidOrder(int64_t number) {
  Order order;
  order.merchant = kMerchant;
  order.id = ManyId(number);
  order.provider = "bench";
  order.provider_account = kAccount;
  order.wallet = kWallet;
  order.amount = order.paid = Money{"AED", 1234};
  order.description = "A bag of coffee and two cups";
  order.state = OrderState::kPaid;
  order.revision = 1;
  order.create_time = order.update_time = absl::FromUnixSeconds(1'700'000'000 + number);
  store::Put put;
  put.record.name = order.Name();
  put.record.merchant = kMerchant;
  put.record.parent = MerchantName(kMerchant);
  put.record.state = "PAID";
  put.record.provider_account = kAccount;
  put.record.revision = 1;
  put.record.create_time = order.create_time;
  put.record.update_time = order.update_time;
  put.record.body = EncodeBody(order);
  EventDraft event;
  event.type = "order.paid";
  event.resource_name = order.Name();
  event.merchant = kMerchant;
  event.provider = "bench";
  event.body = EncodePublic(order);
  event.create_time = order.create_time;
  store::Transaction transaction;
  transaction.puts.push_back(std::move(put));
  transaction.events = {std::move(event)};
  return transaction;
}

absl::Status Fill(const std::string& folder) {
  std::error_code error;
  std::filesystem::create_directories(folder, error);
  store::SqliteStoreOptions options;
  options.path = folder + "/sluice.db";
  auto store = store::OpenSqliteStore(options);
  if (!store.ok()) return store.status();
  const auto filled =
      CommitsPerSecond(**store, PaidOrder, 1, kFillInFlight, kFillTimeout, kManyOrders);
  (*store)->Close();
  return filled.status();
}

}  // namespace

absl::Status MeasureStart(Bench& bench) {
  std::vector<double> seconds, megabytes;
  for (int i = 0; i < bench.options.rounds; ++i) {
    auto answer = StartAndAsk(bench.NewFolder(), "ORD-1");
    if (!answer.ok()) return answer.status();
    auto stats = StatsOf(*answer->server);
    if (!stats.ok()) return stats.status();
    seconds.push_back(absl::ToDoubleSeconds(answer->took));
    megabytes.push_back(static_cast<double>(stats->resident_bytes()) / 1e6);
  }
  bench.Add({.what = "start to first answer, empty store",
             .floor = "0.3 s",
             .excellent = "0.12 s",
             .seen = Show(SpreadOf(seconds), 2, " s"),
             .note = "a new process on an empty folder, until GetOrder is answered"});
  bench.Add({.what = "idle RSS",
             .floor = "60 MB",
             .excellent = "35 MB",
             .seen = Show(SpreadOf(megabytes), 0, " MB"),
             .note = ""});
  return absl::OkStatus();
}

absl::Status MeasureStartMillion(Bench& bench) {
  const std::string folder = bench.NewFolder();
  const absl::Status filled = Fill(folder);
  if (!filled.ok()) return filled;
  auto answer = StartAndAsk(folder, ManyId(kManyOrders / 2));
  if (!answer.ok()) return answer.status();
  bench.Add({.what = "start to first answer, 1 M orders",
             .floor = "2 s",
             .excellent = "1 s",
             .seen = absl::StrFormat("%.2f s", absl::ToDoubleSeconds(answer->took)),
             .note = "one start; the first answer is one of the orders"});
  return absl::OkStatus();
}

}  // namespace sluice::bench
