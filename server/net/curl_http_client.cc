#include "server/net/curl_http_client.h"

#include <curl/curl.h>
#include <pthread.h>

#include <algorithm>
#include <deque>
#include <map>
#include <mutex>
#include <thread>
#include <utility>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "absl/status/status.h"
#include "server/base/log.h"
#include "server/base/mutex.h"
#include "server/base/stopwatch.h"
#include "server/net/curl_transfer.h"

namespace sluice::net {
namespace {

// While requests wait for their turn the thread looks this often for those whose time is up.
constexpr int kQueueCheckMs = 100;
constexpr int kIdleWaitMs = 10'000;  // A wake-up ends it at once.

HttpReply NotSent(std::string error) {
  HttpReply reply;
  reply.transport = Transport::kNotSent;
  reply.error = std::move(error);
  return reply;
}

bool StartLibcurl() {
  static const bool started = curl_global_init(CURL_GLOBAL_DEFAULT) == CURLE_OK;
  return started;
}

}  // namespace

class CurlHttpClient::Worker {
 public:
  Worker(CurlHttpClientOptions options, CURLM* multi);
  ~Worker();

  void Send(HttpRequest request, HttpDone done);
  void Shutdown();

 private:
  struct Waiting {
    HttpRequest request;
    HttpDone done;
    std::string origin;
    Stopwatch since_send;  // The total time-out counts the wait.
  };
  // A server that we talk to.
  struct Origin {
    size_t in_flight = 0;
    std::deque<Waiting> waiting;
  };
  struct InFlight {
    std::unique_ptr<CurlTransfer> transfer;
    std::string origin;
  };

  void Run();
  bool TakeInbox();
  void StartTransfers();
  void Start(Waiting waiting);
  bool FinishTransfers();
  void ExpireWaiting();
  void EndAll();
  void Ended(const std::string& origin);

  const CurlHttpClientOptions options_;
  CURLM* const multi_;

  Mutex mutex_;
  std::deque<Waiting> inbox_ SLUICE_GUARDED_BY(mutex_);
  size_t queued_ SLUICE_GUARDED_BY(mutex_) = 0;  // In the inbox or waiting at an origin.
  bool stopping_ SLUICE_GUARDED_BY(mutex_) = false;

  // Of the thread alone. Origins with nothing to do are forgotten.
  std::map<std::string, Origin> origins_;
  absl::flat_hash_map<CURL*, InFlight> in_flight_;
  size_t waiting_ = 0;
  std::string last_started_;  // The origin that had the last turn.

  std::once_flag joined_;
  std::thread thread_;
};

CurlHttpClient::Worker::Worker(CurlHttpClientOptions options, CURLM* multi)
    : options_(std::move(options)), multi_(multi) {
  curl_multi_setopt(multi_, CURLMOPT_PIPELINING, CURLPIPE_NOTHING);
  curl_multi_setopt(multi_, CURLMOPT_MAXCONNECTS, static_cast<long>(options_.max_in_flight));
  thread_ = std::thread([this] { Run(); });
  pthread_setname_np(thread_.native_handle(), "http-client");
}

CurlHttpClient::Worker::~Worker() {
  Shutdown();
  // Only now: a Send that was refused late may still have been about to wake the thread.
  curl_multi_cleanup(multi_);
}

void CurlHttpClient::Worker::Send(HttpRequest request, HttpDone done) {
  absl::StatusOr<std::string> origin = OriginOf(request.url);
  const absl::Status valid = origin.ok() ? CheckRequest(request) : origin.status();
  if (!valid.ok()) {
    done(NotSent(std::string(valid.message())));
    return;
  }
  const char* refusal = nullptr;
  {
    MutexLock lock(&mutex_);
    if (stopping_) {
      refusal = "the HTTP client is shut down";
    } else if (queued_ >= options_.max_queued) {
      refusal = "the HTTP client's queue is full";
    } else {
      ++queued_;
      inbox_.push_back({std::move(request), std::move(done), *std::move(origin), Stopwatch()});
    }
  }
  if (refusal != nullptr) {
    done(NotSent(refusal));
  } else {
    curl_multi_wakeup(multi_);
  }
}

void CurlHttpClient::Worker::Shutdown() {
  {
    MutexLock lock(&mutex_);
    stopping_ = true;
  }
  curl_multi_wakeup(multi_);
  std::call_once(joined_, [this] { thread_.join(); });
}

void CurlHttpClient::Worker::Run() {
  while (TakeInbox()) {
    ExpireWaiting();
    StartTransfers();
    int running = 0;
    CURLMcode code = curl_multi_perform(multi_, &running);
    // A transfer that ended makes room for one that waits: no pause then.
    const bool some_ended = FinishTransfers();
    if (code == CURLM_OK && !(some_ended && waiting_ > 0)) {
      const int longest_ms = waiting_ > 0 ? kQueueCheckMs : kIdleWaitMs;
      code = curl_multi_poll(multi_, nullptr, 0, longest_ms, nullptr);
    }
    if (code != CURLM_OK) LogError("http_client_failed", {{"error", curl_multi_strerror(code)}});
  }
  EndAll();
}

// False when the client is stopping.
bool CurlHttpClient::Worker::TakeInbox() {
  MutexLock lock(&mutex_);
  for (Waiting& waiting : inbox_) {
    Origin& origin = origins_[waiting.origin];
    origin.waiting.push_back(std::move(waiting));
    ++waiting_;
  }
  inbox_.clear();
  return !stopping_;
}

// Takes the origins in turn, so that a busy one does not use up all places.
void CurlHttpClient::Worker::StartTransfers() {
  size_t passed = 0;
  while (waiting_ > 0 && in_flight_.size() < options_.max_in_flight && passed < origins_.size()) {
    auto next = origins_.upper_bound(last_started_);
    if (next == origins_.end()) next = origins_.begin();
    last_started_ = next->first;
    Origin& origin = next->second;
    if (origin.waiting.empty() || origin.in_flight >= options_.max_per_host) {
      ++passed;
      continue;
    }
    passed = 0;
    Waiting waiting = std::move(origin.waiting.front());
    origin.waiting.pop_front();
    --waiting_;
    ++origin.in_flight;
    Start(std::move(waiting));
  }
}

void CurlHttpClient::Worker::Start(Waiting waiting) {
  {
    MutexLock lock(&mutex_);
    --queued_;
  }
  const absl::Duration left = waiting.request.total_timeout - waiting.since_send.Elapsed();
  auto transfer = std::make_unique<CurlTransfer>(&options_, std::move(waiting.request),
                                                 std::move(waiting.done));
  const absl::Status prepared = transfer->Prepare(left);
  if (!prepared.ok() || curl_multi_add_handle(multi_, transfer->handle()) != CURLM_OK) {
    transfer->Abandon("libcurl did not take the request");
    Ended(waiting.origin);
    return;
  }
  CURL* const handle = transfer->handle();
  in_flight_.emplace(handle, InFlight{std::move(transfer), std::move(waiting.origin)});
}

// True when any ended.
bool CurlHttpClient::Worker::FinishTransfers() {
  bool some_ended = false;
  int more = 0;
  while (const CURLMsg* const message = curl_multi_info_read(multi_, &more)) {
    if (message->msg != CURLMSG_DONE) continue;
    const CURLcode code = message->data.result;  // The message dies with the handle's removal.
    const auto found = in_flight_.find(message->easy_handle);
    InFlight ended = std::move(found->second);
    in_flight_.erase(found);
    curl_multi_remove_handle(multi_, ended.transfer->handle());
    Ended(ended.origin);
    ended.transfer->Finish(code);
    some_ended = true;
  }
  return some_ended;
}

void CurlHttpClient::Worker::Ended(const std::string& name) {
  const auto found = origins_.find(name);
  --found->second.in_flight;
  if (found->second.in_flight == 0 && found->second.waiting.empty()) origins_.erase(found);
}

void CurlHttpClient::Worker::ExpireWaiting() {
  if (waiting_ == 0) return;
  std::vector<HttpDone> expired;
  for (auto entry = origins_.begin(); entry != origins_.end();) {
    Origin& origin = entry->second;
    const auto is_late = [&expired](Waiting& waiting) {
      if (waiting.since_send.Elapsed() < waiting.request.total_timeout) return false;
      expired.push_back(std::move(waiting.done));
      return true;
    };
    origin.waiting.erase(std::remove_if(origin.waiting.begin(), origin.waiting.end(), is_late),
                         origin.waiting.end());
    const bool unused = origin.waiting.empty() && origin.in_flight == 0;
    entry = unused ? origins_.erase(entry) : std::next(entry);
  }
  waiting_ -= expired.size();
  {
    MutexLock lock(&mutex_);
    queued_ -= expired.size();
  }
  for (HttpDone& done : expired) done(NotSent("time ran out in the HTTP client's queue"));
}

void CurlHttpClient::Worker::EndAll() {
  TakeInbox();
  for (auto& [name, origin] : origins_) {
    for (Waiting& waiting : origin.waiting) waiting.done(NotSent("the HTTP client shuts down"));
  }
  origins_.clear();
  for (auto& [handle, ended] : in_flight_) {
    curl_multi_remove_handle(multi_, handle);
    ended.transfer->Abandon("the HTTP client shuts down");
  }
  in_flight_.clear();
}

absl::StatusOr<std::unique_ptr<CurlHttpClient>> CurlHttpClient::Create(
    CurlHttpClientOptions options) {
  if (options.max_in_flight == 0 || options.max_per_host == 0 || options.max_queued == 0 ||
      options.max_reply_bytes == 0 || options.max_reply_header_bytes == 0) {
    return absl::InvalidArgumentError("a bound of the HTTP client is zero");
  }
  CURLM* const multi = StartLibcurl() ? curl_multi_init() : nullptr;
  if (multi == nullptr) return absl::InternalError("libcurl cannot start");
  return std::unique_ptr<CurlHttpClient>(
      new CurlHttpClient(std::make_unique<Worker>(std::move(options), multi)));
}

CurlHttpClient::CurlHttpClient(std::unique_ptr<Worker> worker) : worker_(std::move(worker)) {}

CurlHttpClient::~CurlHttpClient() = default;

void CurlHttpClient::Send(HttpRequest request, HttpDone done) {
  worker_->Send(std::move(request), std::move(done));
}

void CurlHttpClient::Shutdown() { worker_->Shutdown(); }

}  // namespace sluice::net
