// One open stream: reads one message at a time, so that a reader that stops stops the server too.
//
// Threads: Wait by one thread, Cancel from any; gRPC's callbacks on its own.
// Ownership: shared with itself until gRPC is done with it (it must outlive OnDone).

#pragma once

#include <grpcpp/grpcpp.h>
#include <grpcpp/support/client_callback.h>

#include <chrono>
#include <condition_variable>
#include <memory>
#include <mutex>
#include <optional>
#include <string>

namespace sluice::client {

template <typename Response>
class Connection final : public grpc::ClientReadReactor<Response>,
                         public std::enable_shared_from_this<Connection<Response>> {
 public:
  struct Outcome {
    std::optional<Response> message;
    std::optional<grpc::Status> ended;  // With neither: time is up.
  };

  template <typename Open>
  void Start(const std::string& api_key, const Open& open) {
    if (!api_key.empty()) context_.AddMetadata("authorization", "Bearer " + api_key);
    self_ = this->shared_from_this();
    open(&context_, this);
    this->AddHold();  // For the reads that Wait starts, outside of gRPC's reactions.
    reading_ = true;
    this->StartRead(&incoming_);
    this->StartCall();
  }

  Outcome Wait(std::chrono::steady_clock::time_point until) {
    std::unique_lock lock(mutex_);
    changed_.wait_until(lock, until, [this] { return arrived_ || ended_.has_value(); });
    if (!arrived_) return {.message = std::nullopt, .ended = ended_};
    arrived_ = false;
    Outcome outcome{.message = std::move(incoming_), .ended = std::nullopt};
    incoming_ = Response();
    reading_ = !released_;
    if (!reading_) return outcome;
    lock.unlock();
    this->StartRead(&incoming_);
    return outcome;
  }

  void Cancel() {
    context_.TryCancel();
    Release(/*unless_reading=*/true);
  }

  void OnReadDone(bool ok) override {
    if (!ok) return Release(/*unless_reading=*/false);  // OnDone follows.
    const std::lock_guard lock(mutex_);
    reading_ = false;
    arrived_ = true;
    changed_.notify_all();
  }

  void OnDone(const grpc::Status& status) override {
    std::shared_ptr<Connection> self = std::move(self_);
    const std::lock_guard lock(mutex_);
    ended_ = status;
    changed_.notify_all();
  }

 private:
  // No read will be started any more: gRPC may end the call. A read that is under way releases it
  // when it fails.
  void Release(bool unless_reading) {
    {
      const std::lock_guard lock(mutex_);
      if (released_ || (unless_reading && reading_)) return;
      released_ = true;
    }
    this->RemoveHold();
  }

  grpc::ClientContext context_;
  Response incoming_;
  std::mutex mutex_;
  std::condition_variable changed_;
  bool reading_ = false;
  bool released_ = false;
  bool arrived_ = false;
  std::optional<grpc::Status> ended_;
  std::shared_ptr<Connection> self_;
};

}  // namespace sluice::client
