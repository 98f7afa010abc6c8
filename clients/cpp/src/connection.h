// One open stream: reads ahead by a few messages and no more, so that a reader that stops stops the
// server too. Each message has an arena of its own, which makes an event cheaper than on the heap;
// whoever shares a part of the message keeps the arena.
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
#include <cstddef>
#include <deque>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <utility>

namespace sluice::client {

// Messages that wait for the reader. With two gRPC's thread reads on while the reader wakes up.
inline constexpr size_t kReadAhead = 2;

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

  Outcome Wait(std::chrono::steady_clock::time_point until) {
    std::unique_lock lock(mutex_);
    changed_.wait_until(lock, until, [this] { return !arrived_.empty() || ended_.has_value(); });
    if (arrived_.empty()) return {.message = nullptr, .ended = ended_};
    Outcome outcome{.message = std::move(arrived_.front()), .ended = std::nullopt};
    arrived_.pop_front();
    if (reading_ || over_) return outcome;
    PrepareRead();
    lock.unlock();
    this->StartRead(incoming_.get());
    return outcome;
  }

  // What has arrived and was not handed over is dropped.
  void Cancel() {
    context_.TryCancel();
    std::deque<std::shared_ptr<const Response>> dropped;
    bool idle = false;
    {
      const std::lock_guard lock(mutex_);
      over_ = true;
      idle = !reading_;
      dropped.swap(arrived_);
    }
    if (idle) Release();
  }

  void OnReadDone(bool ok) override {
    const Then then = TakeIn(ok);
    if (then == Then::kRead) this->StartRead(incoming_.get());
    if (then == Then::kEnd) Release();
  }

  void OnDone(const grpc::Status& status) override {
    const std::lock_guard lock(mutex_);
    ended_ = status;
    changed_.notify_all();
  }

 private:
  enum class Then { kRead, kPause, kEnd };

  Then TakeIn(bool ok) {
    const std::lock_guard lock(mutex_);
    reading_ = false;
    if (!ok) over_ = true;  // OnDone follows.
    if (over_) return Then::kEnd;
    arrived_.push_back(std::move(incoming_));
    changed_.notify_all();
    if (arrived_.size() == kReadAhead) return Then::kPause;  // Wait reads on.
    PrepareRead();
    return Then::kRead;
  }

  // Under the mutex, or before any other thread: StartRead follows.
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
  std::shared_ptr<Response> incoming_;  // What a read that is under way fills.
  std::deque<std::shared_ptr<const Response>> arrived_;
  bool reading_ = false;
  bool over_ = false;  // No further read.
  bool released_ = false;
  std::optional<grpc::Status> ended_;
};

}  // namespace sluice::client
