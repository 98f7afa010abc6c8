// Follows WatchEvents in the background: shows every event and checks that none is missing.
//
// A stream can be followed, end with the server, and be followed again from its last cursor: the
// check goes on over the break.
//
// Threads: Follow and End are called by one thread; the rest is safe from any.
// Ownership: owns its thread; borrows the narrator.

#pragma once

#include <grpcpp/grpcpp.h>

#include <condition_variable>
#include <cstdint>
#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "sluice/v1/event.grpc.pb.h"
#include "tests/demo/narrator.h"

namespace sluice::demo {

class EventStream {
 public:
  explicit EventStream(Narrator* narrator) : narrator_(*narrator) {}
  ~EventStream() { End(); }

  // From the beginning the first time, then from the last cursor. Returns when the server has
  // accepted the stream.
  absl::Status Follow(const std::shared_ptr<grpc::Channel>& channel, const std::string& merchant,
                      absl::Duration timeout);
  // Ends it from our side.
  void End();

  // The first event, past or coming, for which `wanted` is true.
  absl::StatusOr<v1::Event> WaitFor(const std::function<bool(const v1::Event&)>& wanted,
                                    const std::string& what, absl::Duration timeout);

  // That the server has ended the stream as it promises: `closing` with a cursor, then OK.
  absl::Status WaitForClosing(absl::Duration timeout);

  std::string cursor() const;
  int64_t last_sequence() const;
  int64_t gaps() const;
  std::vector<v1::Event> events() const;

 private:
  void Read();
  void Take(const v1::WatchEventsResponse& message);

  Narrator& narrator_;
  std::unique_ptr<v1::EventService::Stub> stub_;
  std::unique_ptr<grpc::ClientContext> context_;
  std::unique_ptr<grpc::ClientReader<v1::WatchEventsResponse>> reader_;
  std::thread thread_;

  mutable std::mutex mutex_;
  std::condition_variable changed_;
  std::vector<v1::Event> events_;
  std::string cursor_;
  int64_t last_sequence_ = 0;
  int64_t gaps_ = 0;
  bool accepted_ = false;
  bool closing_ = false;
  bool ended_ = true;
  grpc::Status end_;
};

}  // namespace sluice::demo
