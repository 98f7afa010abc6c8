// One open stream: reads one message at a time, so that a reader that stops stops the server too.
// Each message has an arena of its own, where an event costs two thirds of what it does on the
// heap; whoever shares a part of the message keeps the arena.
//
// Threads: Wait by one thread, Cancel from any; gRPC's callbacks on its own.
// Ownership: the destructor cancels and waits until gRPC is done with it. It must not be gRPC's own
// thread that drops the last reference to a channel: gRPC 1.51 then ends that thread under itself.

#pragma once

#include <google/protobuf/arena.h>
#include <grpcpp/grpcpp.h>
#include <grpcpp/support/client_callback.h>

#include <chrono>
#include <condition_variable>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <utility>

namespace sluice::client {

template <typename Response>
class Connection final : public grpc::ClientReadReactor<Response> {
 public:
  ~Connection() override {
    Cancel();
    std::unique_lock lock(mutex_);
    changed_.wait(lock, [this] { return ended_.has_value(); });
  }

  struct Outcome {
    std::shared_ptr<const Response> message;
    std::optional<grpc::Status> ended;  // With neither: time is up.
  };

  template <typename Open>
  void Start(const std::string& api_key, const Open& open) {
    if (!api_key.empty()) context_.AddMetadata("authorization", "Bearer " + api_key);
    open(&context_, this);
    this->AddHold();  // For the reads that Wait starts, outside of gRPC's reactions.
    PrepareRead();
    this->StartRead(incoming_.get());
    this->StartCall();
  }

  Outcome Wait(std::chrono::steady_clock::duration time) {
    std::unique_lock lock(mutex_);
    changed_.wait_for(lock, time, [this] { return arrived_ || ended_.has_value(); });
    if (!arrived_) return {.message = nullptr, .ended = ended_};
    arrived_ = false;
    Outcome outcome{.message = std::move(incoming_), .ended = std::nullopt};
    if (stopping_) return outcome;
    PrepareRead();
    lock.unlock();
    this->StartRead(incoming_.get());
    return outcome;
  }

  void Cancel() {
    context_.TryCancel();
    bool idle = false;
    {
      const std::lock_guard lock(mutex_);
      stopping_ = true;
      idle = !reading_;
    }
    if (idle) Release();
  }

  void OnReadDone(bool ok) override {
    bool last = !ok;  // OnDone follows.
    {
      const std::lock_guard lock(mutex_);
      reading_ = false;
      arrived_ = ok;
      last = last || stopping_;
    }
    // Not under the mutex, which the reader would wake up to wait for; this outlives the reaction.
    changed_.notify_all();
    if (last) Release();
  }

  void OnDone(const grpc::Status& status) override {
    const std::lock_guard lock(mutex_);
    ended_ = status;
    changed_.notify_all();
  }

 private:
  // Before StartRead, and before any other thread or under the mutex.
  void PrepareRead() {
    auto arena = std::make_shared<google::protobuf::Arena>();
    auto* const message = google::protobuf::Arena::CreateMessage<Response>(arena.get());
    incoming_ = {std::move(arena), message};
    reading_ = true;
  }

  // No read is under way, and none will be started any more: gRPC may end the call.
  void Release() {
    {
      const std::lock_guard lock(mutex_);
      if (released_) return;
      released_ = true;
    }
    this->RemoveHold();
  }

  grpc::ClientContext context_;
  std::mutex mutex_;
  std::condition_variable changed_;
  std::shared_ptr<Response> incoming_;  // What the read that is under way fills, or has filled.
  bool reading_ = false;
  bool stopping_ = false;
  bool released_ = false;
  bool arrived_ = false;
  std::optional<grpc::Status> ended_;
};

}  // namespace sluice::client
