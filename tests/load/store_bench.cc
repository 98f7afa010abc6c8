// How many durable creates a second the SQLite store takes: each one record of 900 bytes, a request
// id, a reference and two events; `in_flight` of them wait at a time.
//
//   store_bench FOLDER [creates] [in_flight]...
//
// One line of JSON for each number in flight. Run it on the disk that matters: on a RAM disk an
// fsync costs nothing.

#include <algorithm>
#include <cstdio>
#include <filesystem>
#include <memory>
#include <string>
#include <vector>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "server/base/mutex.h"
#include "server/store/sqlite/sqlite_store.h"

namespace sluice::store {
namespace {

Transaction CreateOrder(int64_t number) {
  // Request ids and order numbers of many callers are in no order: a multiplication scatters them.
  const std::string id = absl::StrCat(
      "ORD-", absl::Hex(static_cast<uint64_t>(number) * 0x9E3779B97F4A7C15u, absl::kZeroPad16));
  const std::string name = OrderName("acme", id);
  Transaction transaction;
  Put put;
  put.record.name = name;
  put.record.merchant = "acme";
  put.record.parent = MerchantName("acme");
  put.record.state = "SUBMITTING";
  put.record.provider_account = "payby-main";
  put.record.revision = 1;
  put.record.create_time = put.record.update_time = absl::FromUnixMicros(number);
  put.record.in_flight = true;
  put.record.body = std::string(900, 'b');
  transaction.puts.push_back(std::move(put));
  EventDraft event;
  event.type = "order.submitting";
  event.resource_name = name;
  event.merchant = "acme";
  event.provider = "payby";
  event.body = std::string(300, 'e');
  transaction.events = {event, event};
  transaction.request = RequestKey{"acme", "CreateOrder", "request-" + id, "fingerprint", name};
  transaction.references = {{"payby-main", "create_order:" + id, name}};
  return transaction;
}

// Keeps `in_flight` commits waiting until `creates` are answered.
class Load {
 public:
  Load(Store& store, int64_t creates, int in_flight)
      : store_(store), creates_(creates), in_flight_(in_flight) {}

  absl::Duration Run() {
    const absl::Time start = absl::Now();
    for (int64_t i = 0; i < creates_; ++i) {
      {
        MutexLock lock(&mutex_);
        while (i - answered_ >= in_flight_) changed_.Wait(&mutex_);
      }
      store_.Commit(CreateOrder(i), [this](const Committed& committed) {
        MutexLock lock(&mutex_);
        if (!committed.status.ok()) ++failed_;
        ++answered_;
        changed_.SignalAll();
      });
    }
    MutexLock lock(&mutex_);
    while (answered_ < creates_) changed_.Wait(&mutex_);
    return absl::Now() - start;
  }

  int64_t failed() const { return failed_; }

 private:
  Store& store_;
  const int64_t creates_;
  const int in_flight_;
  Mutex mutex_;
  CondVar changed_;
  int64_t answered_ SLUICE_GUARDED_BY(mutex_) = 0;
  int64_t failed_ = 0;
};

int Measure(const std::string& folder, int64_t creates, int in_flight) {
  SqliteStoreOptions options;
  options.path = folder + "/store_bench.db";
  auto store = OpenSqliteStore(options);
  if (!store.ok()) {
    std::fprintf(stderr, "%s\n", store.status().ToString().c_str());
    return 1;
  }
  Load load(**store, creates, in_flight);
  const absl::Duration taken = load.Run();
  const StoreStats stats = (*store)->Stats();
  (*store)->Close();
  for (const char* suffix : {"", "-wal", "-shm", ".lock"}) {
    std::filesystem::remove(options.path + suffix);
  }
  std::printf(
      "{\"in_flight\":%d,\"creates\":%lld,\"failed\":%lld,\"creates_per_s\":%lld,"
      "\"groups\":%lld,\"syncs\":%lld}\n",
      in_flight, static_cast<long long>(creates), static_cast<long long>(load.failed()),
      static_cast<long long>(creates / absl::ToDoubleSeconds(taken)),
      static_cast<long long>(stats.commits), static_cast<long long>(stats.syncs));
  return load.failed() == 0 ? 0 : 1;
}

int Main(int argc, char** argv) {
  int64_t creates = 100'000;
  if (argc < 2 || (argc > 2 && !absl::SimpleAtoi(argv[2], &creates)) || creates <= 0) {
    std::fprintf(stderr, "usage: store_bench FOLDER [creates] [in_flight]...\n");
    return 2;
  }
  std::vector<int> in_flight;
  for (int i = 3; i < argc; ++i) {
    int value = 0;
    if (!absl::SimpleAtoi(argv[i], &value) || value <= 0) return 2;
    in_flight.push_back(value);
  }
  if (in_flight.empty()) in_flight = {1, 256, 1'024};
  for (const int value : in_flight) {
    // One at a time waits for the disk each time: fewer say as much.
    const int64_t count = value == 1 ? std::max<int64_t>(1, creates / 50) : creates;
    if (Measure(argv[1], count, value) != 0) return 1;
  }
  return 0;
}

}  // namespace
}  // namespace sluice::store

int main(int argc, char** argv) { return sluice::store::Main(argc, argv); }
