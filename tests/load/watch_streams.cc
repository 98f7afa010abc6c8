#include "tests/load/watch_streams.h"

#include <algorithm>
#include <utility>

#include "server/base/strings.h"
#include "tests/load/process_stats.h"
#include "tests/load/watch_scan.h"

namespace sluice::bench {
namespace {

constexpr char kMethod[] = "/sluice.v1.EventService/WatchEvents";
constexpr absl::Duration kLongestStream = absl::Minutes(30);

}  // namespace

class WatchStream final : public grpc::ClientBidiReactor<Bytes, Bytes> {
 public:
  WatchStream(WatchStreams& all, int index) : all_(all), last_sequence_(all.plan_.first_sequence) {
    if (last_sequence_ != 0) --last_sequence_;
    Prepare(&context_, kLongestStream);
    request_ = ToBytes(all.plan_.request(index));
    all.connections_.stub(index).PrepareBidiStreamingCall(&context_, kMethod, {}, this);
    StartWriteLast(&request_, {});
    if (all.plan_.reads) StartRead(&message_);
    StartCall();
  }

  void Cancel() { context_.TryCancel(); }
  const std::string& cursor() const { return cursor_; }

 private:
  void OnReadInitialMetadataDone(bool ok) override {
    if (ok) all_.OnOpen();
  }

  void OnReadDone(bool ok) override {
    if (!ok) return;
    const WatchScan scan = ScanWatchEvents(message_);
    if (!scan.ok) ++all_.gaps_;
    if (scan.events > 0) {
      if (all_.plan_.contiguous) CheckSequence(scan);
      all_.messages_.fetch_add(1, std::memory_order_relaxed);
      all_.event_bytes_.fetch_add(scan.event_bytes, std::memory_order_relaxed);
    }
    cursor_ = scan.cursor;
    message_.Clear();
    StartRead(&message_);
    if (scan.events > 0) all_.OnEvents(scan.events);
  }

  void OnDone(const grpc::Status& status) override { all_.OnEnd(status); }

  void CheckSequence(const WatchScan& scan) {
    all_.gaps_ += scan.breaks;
    if (last_sequence_ != 0 && scan.first_sequence != last_sequence_ + 1) ++all_.gaps_;
    last_sequence_ = scan.last_sequence;
  }

  WatchStreams& all_;
  grpc::ClientContext context_;
  Bytes request_, message_;
  int64_t last_sequence_;
  std::string cursor_;
};

WatchStreams::WatchStreams(WatchPlan plan)
    : plan_(std::move(plan)), connections_(plan_.address, plan_.connections) {}

WatchStreams::~WatchStreams() {
  {
    std::lock_guard<std::mutex> lock(mutex_);
    closing_ = true;
  }
  for (const auto& stream : streams_) stream->Cancel();
  std::unique_lock<std::mutex> lock(mutex_);
  changed_.wait(lock, [this] { return ended_ == static_cast<int>(streams_.size()); });
}

absl::Status WatchStreams::Open(absl::Duration timeout) {
  for (int i = 0; i < plan_.streams; ++i) {
    streams_.push_back(std::make_unique<WatchStream>(*this, i));
  }
  return WaitUntil([this] { return open_ == plan_.streams; }, timeout, "to open");
}

void WatchStreams::Expect(int64_t events) {
  events_ = 0;
  expected_ns_ = 0;
  target_ = events;
}

absl::Status WatchStreams::WaitForExpected(absl::Duration timeout) {
  return WaitUntil([this] { return expected_ns_ != 0; }, timeout, "for their events");
}

std::string WatchStreams::cursor(int stream) const {
  return streams_[static_cast<size_t>(stream)]->cursor();
}

void WatchStreams::OnOpen() {
  std::lock_guard<std::mutex> lock(mutex_);
  ++open_;
  changed_.notify_one();
}

void WatchStreams::OnEvents(int64_t events) {
  const int64_t before = events_.fetch_add(events);
  const int64_t target = target_.load();
  if (before >= target || before + events < target) return;
  expected_ns_ = MonotonicNanos();
  std::lock_guard<std::mutex> lock(mutex_);
  changed_.notify_one();
}

void WatchStreams::OnEnd(const grpc::Status& status) {
  std::lock_guard<std::mutex> lock(mutex_);
  if (!closing_ && first_end_.ok()) {
    first_end_ = status.ok() ? grpc::Status(grpc::StatusCode::ABORTED, "ended") : status;
  }
  ++ended_;
  changed_.notify_one();
}

absl::Status WatchStreams::WaitUntil(const std::function<bool()>& condition, absl::Duration timeout,
                                     const std::string& what) {
  std::unique_lock<std::mutex> lock(mutex_);
  const bool held = changed_.wait_for(lock, absl::ToChronoMilliseconds(timeout),
                                      [&] { return condition() || !first_end_.ok(); });
  if (!first_end_.ok()) {
    return absl::UnavailableError(StrCat("a stream ended: ", first_end_.error_message()));
  }
  if (!held) {
    return absl::DeadlineExceededError(StrCat("streams waited too long ", what, ": ", open_, " of ",
                                              plan_.streams, " are open, ", events_.load(),
                                              " events came"));
  }
  return absl::OkStatus();
}

}  // namespace sluice::bench
