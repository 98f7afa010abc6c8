// Many WatchEvents streams at once. Messages are looked at only as far as counting needs: how many
// events, and whether their sequences follow each other.
//
// Threads: used by one thread; the streams' own reactions come on gRPC's threads.
// Ownership: owns its streams and connections; the destructor cancels and waits for them all.

#pragma once

#include <atomic>
#include <condition_variable>
#include <cstdint>
#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/time/time.h"
#include "sluice/v1/event.pb.h"
#include "tests/load/connections.h"

namespace sluice::bench {

class WatchStream;

struct WatchPlan {
  std::string address;
  int streams = 1;
  int connections = 1;
  std::function<sluice::v1::WatchEventsRequest(int stream)> request;
  bool contiguous = true;      // Every event of the merchant is wanted: a gap is one.
  int64_t first_sequence = 0;  // Not 0: what each stream must begin with.
  bool reads = true;           // False: opens, and never reads a message.
};

class WatchStreams {
 public:
  explicit WatchStreams(WatchPlan plan);
  ~WatchStreams();

  // Opens all; waits until the server has said that each is open.
  absl::Status Open(absl::Duration timeout);

  // Waits until all streams together have had so many events since the last Expect.
  void Expect(int64_t events);
  absl::Status WaitForExpected(absl::Duration timeout);
  // When the last expected event came, by the machine's monotonic clock.
  int64_t expected_ns() const { return expected_ns_.load(); }

  int64_t events() const { return events_.load(); }
  int64_t messages() const { return messages_.load(); }
  int64_t event_bytes() const { return event_bytes_.load(); }
  int64_t gaps() const { return gaps_.load(); }
  // The cursor of the last message of a stream; only while nothing is sent.
  std::string cursor(int stream) const;

 private:
  friend class WatchStream;

  void OnOpen();
  void OnEvents(int64_t events);
  void OnEnd(const grpc::Status& status);
  absl::Status WaitUntil(const std::function<bool()>& condition, absl::Duration timeout,
                         const std::string& what);

  const WatchPlan plan_;
  Connections connections_;
  std::vector<std::unique_ptr<WatchStream>> streams_;
  std::atomic<int64_t> events_ = 0, messages_ = 0, event_bytes_ = 0, gaps_ = 0;
  std::atomic<int64_t> target_ = INT64_MAX, expected_ns_ = 0;

  std::mutex mutex_;
  std::condition_variable changed_;
  int open_ = 0, ended_ = 0;
  bool closing_ = false;
  grpc::Status first_end_;
};

}  // namespace sluice::bench
