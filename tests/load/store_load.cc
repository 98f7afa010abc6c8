#include "tests/load/store_load.h"

#include <string>
#include <utility>

#include "absl/strings/str_cat.h"
#include "server/base/mutex.h"
#include "server/base/stopwatch.h"
#include "server/core/names.h"

namespace sluice::bench {
namespace {

class Load {
 public:
  Load(store::Store& store, int in_flight) : store_(store), in_flight_(in_flight) {}

  void Give(store::Transaction transaction) {
    {
      MutexLock lock(&mutex_);
      while (given_ - answered_ >= in_flight_) changed_.Wait(&mutex_);
      ++given_;
    }
    store_.Commit(std::move(transaction), [this](const store::Committed& committed) {
      MutexLock lock(&mutex_);
      if (!committed.status.ok()) failure_ = committed.status;
      ++answered_;
      changed_.Signal();
    });
  }

  absl::StatusOr<int64_t> Finish() {
    MutexLock lock(&mutex_);
    while (answered_ < given_) changed_.Wait(&mutex_);
    if (!failure_.ok()) return failure_;
    return answered_;
  }

 private:
  store::Store& store_;
  const int in_flight_;
  Mutex mutex_;
  CondVar changed_;
  int64_t given_ SLUICE_GUARDED_BY(mutex_) = 0;
  int64_t answered_ SLUICE_GUARDED_BY(mutex_) = 0;
  absl::Status failure_ SLUICE_GUARDED_BY(mutex_);
};

}  // namespace

store::Transaction CreateTransaction(int64_t number) {
  // Request ids and order numbers of many callers are in no order: a multiplication scatters them.
  const std::string id = absl::StrCat(
      "ORD-", absl::Hex(static_cast<uint64_t>(number) * 0x9E3779B97F4A7C15u, absl::kZeroPad16));
  const std::string name = OrderName("acme", id);
  store::Transaction transaction;
  store::Put put;
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
  transaction.request =
      store::RequestKey{"acme", "CreateOrder", "request-" + id, "fingerprint", name};
  transaction.references = {{"payby-main", "create_order:" + id, name}};
  return transaction;
}

absl::StatusOr<double> CommitsPerSecond(store::Store& store,
                                        const std::function<store::Transaction(int64_t)>& make,
                                        int64_t first, int in_flight, absl::Duration duration,
                                        int64_t most) {
  Load load(store, in_flight);
  const Stopwatch watch;
  int64_t number = first;
  while (watch.Elapsed() < duration && (most == 0 || number - first < most)) {
    load.Give(make(number++));
  }
  const absl::StatusOr<int64_t> committed = load.Finish();
  if (!committed.ok()) return committed.status();
  return static_cast<double>(*committed) / absl::ToDoubleSeconds(watch.Elapsed());
}

}  // namespace sluice::bench
