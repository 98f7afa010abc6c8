// A subscriber who follows every event of the merchant and resumes with the last cursor when the
// server is back. Every event that it was told of stays told.
//
// Threads: Follow starts a thread, Leave ends it; both for the test's thread, as what was told.
// Ownership: values; owns its thread.

#pragma once

#include <grpcpp/grpcpp.h>

#include <cstdint>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include "server/base/mutex.h"
#include "sluice/v1/event.grpc.pb.h"

namespace sluice::crash {

class Watcher {
 public:
  Watcher() = default;
  ~Watcher() { Leave(); }

  void Follow(const std::string& address);
  void Leave();
  // Until the event of this sequence has been told; false: it was not, in time.
  bool Await(int64_t sequence, absl::Duration patience);

  struct Told {
    int64_t sequence = 0;
    std::string type, resource;
  };
  // In the order in which they came, over all connections.
  const std::vector<Told>& told() const { return told_; }

 private:
  void Read(v1::WatchEventsRequest request);

  std::unique_ptr<v1::EventService::Stub> stub_;
  std::unique_ptr<grpc::ClientContext> context_;
  std::thread thread_;
  Mutex mutex_;
  CondVar changed_;
  std::string cursor_;
  std::vector<Told> told_;
};

}  // namespace sluice::crash
