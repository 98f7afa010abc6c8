// The same call a thousand times at once.
//
// Threads: the test's thread; answers come on gRPC's.
// Ownership: owns the connections and the calls under way; Await before the end.

#pragma once

#include <grpcpp/grpcpp.h>

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "server/base/mutex.h"
#include "tests/crash/stubs.h"

namespace sluice::crash {

// A connection carries a thousand calls at once (limits.max_concurrent_streams).
inline constexpr int kConnections = 4;
inline constexpr absl::Duration kBurstPatience = absl::Seconds(60);

template <typename Response>
class Burst {
 public:
  using Done = std::function<void(grpc::Status)>;
  // Starts one call.
  using Start = std::function<void(Stubs&, grpc::ClientContext*, Response*, Done)>;

  Burst(const std::string& address, int calls, const Start& start) : calls_(calls) {
    for (int i = 0; i < kConnections; ++i) {
      grpc::ChannelArguments arguments;
      arguments.SetInt("sluice.connection", i);  // Or gRPC would make one of them.
      arguments.SetInt(GRPC_ARG_USE_LOCAL_SUBCHANNEL_POOL, 1);
      stubs_.push_back(std::make_unique<Stubs>(
          grpc::CreateCustomChannel(address, grpc::InsecureChannelCredentials(), arguments)));
    }
    const auto deadline = absl::ToChronoTime(absl::Now() + kBurstPatience);
    for (size_t i = 0; i < calls_.size(); ++i) {
      calls_[i] = std::make_unique<Call>();
      calls_[i]->context.set_deadline(deadline);
      start(*stubs_[i % kConnections], &calls_[i]->context, &calls_[i]->response,
            [this, i](grpc::Status status) {
              MutexLock lock(&mutex_);
              calls_[i]->status = std::move(status);
              ++ended_;
              changed_.SignalAll();
            });
    }
  }
  ~Burst() { Await(calls_.size()); }

  // Until so many calls have ended, one way or another.
  void Await(size_t count) {
    MutexLock lock(&mutex_);
    while (ended_ < count) changed_.Wait(&mutex_);
  }
  void AwaitAll() { Await(calls_.size()); }

  // Those that were answered OK.
  std::vector<Response> Answers() const {
    std::vector<Response> answers;
    for (const auto& call : calls_) {
      if (call->status.ok()) answers.push_back(call->response);
    }
    return answers;
  }

 private:
  struct Call {
    grpc::ClientContext context;
    Response response;
    grpc::Status status;
  };
  std::vector<std::unique_ptr<Stubs>> stubs_;
  std::vector<std::unique_ptr<Call>> calls_;
  Mutex mutex_;
  CondVar changed_;
  size_t ended_ = 0;
};

}  // namespace sluice::crash
