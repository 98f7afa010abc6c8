#include "tests/load/load.h"

#include <algorithm>
#include <atomic>
#include <condition_variable>
#include <memory>
#include <mutex>
#include <optional>
#include <thread>

#include "server/base/stopwatch.h"
#include "server/base/strings.h"

namespace sluice::bench {
namespace {

// A call that takes longer has failed; it also bounds how long a run can hang.
constexpr absl::Duration kCallTimeout = absl::Seconds(20);
constexpr size_t kExpectedPerSlot = 4096;
// The calls of an open loop that are due within one go out together, as those of many callers do:
// to wake for each would take from the server what is to be measured.
constexpr absl::Duration kTick = absl::Milliseconds(1);

// What all calls of a run share.
struct Run {
  Run(Connections& connections, const Work& work) : connections(connections), work(work) {}

  void Failed(const grpc::Status& status) {
    std::lock_guard<std::mutex> lock(mutex);
    if (failures++ == 0) first_failure = status.error_message();
  }
  // The last one out wakes who waits.
  void Leave() {
    std::lock_guard<std::mutex> lock(mutex);
    if (--running == 0) ended.notify_one();
  }
  void Wait() {
    std::unique_lock<std::mutex> lock(mutex);
    ended.wait(lock, [this] { return running == 0; });
  }

  Connections& connections;
  const Work& work;
  const Stopwatch watch;
  std::atomic<int64_t> next{0};
  std::mutex mutex;
  std::condition_variable ended;
  int running = 0;
  int64_t failures = 0;
  std::string first_failure;
};

// One call, of which the next begins when it ends.
class Slot {
 public:
  Slot(Run& run, int index, absl::Duration duration)
      : run_(run), stub_(run.connections.stub(index)), duration_(duration) {
    latencies_.Reserve(kExpectedPerSlot);
  }

  void Start() {
    const int64_t number = run_.next.fetch_add(1, std::memory_order_relaxed);
    context_.emplace();
    Prepare(&*context_, kCallTimeout);
    if (run_.work.traceparent) {
      context_->AddMetadata("traceparent", run_.work.traceparent(number));
    }
    request_ = run_.work.request(number);
    start_ = run_.watch.Elapsed();
    stub_.UnaryCall(&*context_, run_.work.method, {}, &request_, &response_,
                    [this](const grpc::Status& status) { OnDone(status); });
  }

  const Latencies& latencies() const { return latencies_; }

 private:
  void OnDone(const grpc::Status& status) {
    const absl::Duration now = run_.watch.Elapsed();
    if (status.ok()) {
      latencies_.Add(now - start_);
    } else {
      run_.Failed(status);
    }
    if (now < duration_) return Start();
    run_.Leave();
  }

  Run& run_;
  grpc::GenericStub& stub_;
  const absl::Duration duration_;
  std::optional<grpc::ClientContext> context_;
  Bytes request_, response_;
  absl::Duration start_;
  Latencies latencies_;
};

// One call of an open loop.
struct Shot {
  grpc::ClientContext context;
  Bytes request, response;
  absl::Duration intended, sent;
};

void OnEnd(Run& run, const Shot& shot, int64_t number, const grpc::Status& status,
           OpenResult& result) {
  const absl::Duration now = run.watch.Elapsed();
  if (status.ok()) {
    const bool good = !run.work.good || run.work.good(shot.response);
    if (good) result.by_number[static_cast<size_t>(number)] = now - shot.intended;
    std::lock_guard<std::mutex> lock(run.mutex);
    result.not_good += good ? 0 : 1;
    return;
  }
  run.Failed(status);
  if (status.error_code() != grpc::StatusCode::RESOURCE_EXHAUSTED) return;
  const bool says_when = status.error_details().find("google.rpc.RetryInfo") != std::string::npos;
  std::lock_guard<std::mutex> lock(run.mutex);
  result.refused.Add(now - shot.sent);
  result.refused_without_retry_info += says_when ? 0 : 1;
}

void Fire(Run& run, int64_t number, absl::Duration intended, OpenResult& result) {
  auto* const shot = new Shot;
  Prepare(&shot->context, kCallTimeout);
  if (run.work.traceparent) {
    shot->context.AddMetadata("traceparent", run.work.traceparent(number));
  }
  shot->request = run.work.request(number);
  shot->intended = intended;
  shot->sent = run.watch.Elapsed();
  run.connections.stub(static_cast<int>(number))
      .UnaryCall(&shot->context, run.work.method, {}, &shot->request, &shot->response,
                 [&run, &result, shot, number](const grpc::Status& status) {
                   OnEnd(run, *shot, number, status, result);
                   delete shot;
                   run.Leave();
                 });
}

void Collect(Run& run, LoadResult& result) {
  result.took = run.watch.Elapsed();
  result.failures = run.failures;
  result.first_failure = run.first_failure;
  result.calls = static_cast<int64_t>(result.latencies.count());
}

}  // namespace

absl::Status LoadResult::status() const {
  if (failures > 0) {
    return absl::UnavailableError(
        StrCat(failures, " of ", calls + failures, " calls failed: ", first_failure));
  }
  if (calls == 0) return absl::UnavailableError("no call ended in time");
  return absl::OkStatus();
}

LoadResult RunClosed(Connections& connections, const Work& work, int in_flight,
                     absl::Duration duration) {
  Run run(connections, work);
  run.running = in_flight;
  std::vector<std::unique_ptr<Slot>> slots;
  for (int i = 0; i < in_flight; ++i) slots.push_back(std::make_unique<Slot>(run, i, duration));
  for (const auto& slot : slots) slot->Start();
  run.Wait();
  LoadResult result;
  for (const auto& slot : slots) result.latencies.Add(slot->latencies());
  Collect(run, result);
  return result;
}

OpenResult RunOpen(Connections& connections, const Work& work, int per_second,
                   absl::Duration duration) {
  Run run(connections, work);
  const auto shots =
      static_cast<int64_t>(absl::ToDoubleSeconds(duration) * static_cast<double>(per_second));
  OpenResult result;
  result.by_number.resize(static_cast<size_t>(shots));
  run.running = static_cast<int>(shots);
  for (int64_t number = 0; number < shots; ++number) {
    const absl::Duration intended = absl::Seconds(1) * number / per_second;
    const absl::Duration early = intended - run.watch.Elapsed();
    if (early > absl::ZeroDuration()) {
      std::this_thread::sleep_for(absl::ToChronoNanoseconds(std::max(early, kTick)));
    }
    Fire(run, number, intended, result);
  }
  if (shots > 0) run.Wait();
  for (const absl::Duration took : result.by_number) {
    if (took > absl::ZeroDuration()) result.load.latencies.Add(took);
  }
  Collect(run, result.load);
  return result;
}

}  // namespace sluice::bench
