// Reads a server stream in the background and lets a test wait for what it wants to see.
//
// Threads: the test's thread, and one of its own.
// Ownership: owns the call; the destructor cancels it.

#pragma once

#include <grpcpp/grpcpp.h>

#include <condition_variable>
#include <functional>
#include <memory>
#include <mutex>
#include <thread>
#include <utility>
#include <vector>

#include "absl/time/time.h"

namespace sluice::e2e {

// Far beyond what anything takes on a busy machine; nothing waits so long unless it is broken.
inline constexpr absl::Duration kPatience = absl::Seconds(30);

template <typename Message>
class StreamReader {
 public:
  using Reader = std::unique_ptr<grpc::ClientReader<Message>>;

  // `open` starts the call. Returns when the server has accepted or refused it.
  explicit StreamReader(const std::function<Reader(grpc::ClientContext*)>& open,
                        const std::string& api_key = "") {
    if (!api_key.empty()) context_.AddMetadata("authorization", "Bearer " + api_key);
    context_.set_deadline(absl::ToChronoTime(absl::Now() + 2 * kPatience));
    reader_ = open(&context_);
    thread_ = std::thread([this] { Read(); });
    std::unique_lock lock(mutex_);
    changed_.wait(lock, [&] { return accepted_; });
  }
  ~StreamReader() {
    context_.TryCancel();
    thread_.join();
  }
  StreamReader(const StreamReader&) = delete;
  StreamReader& operator=(const StreamReader&) = delete;

  // Until `wanted(messages)`; false: the stream ended, or patience did.
  bool WaitUntil(const std::function<bool(const std::vector<Message>&)>& wanted) {
    std::unique_lock lock(mutex_);
    changed_.wait_for(lock, absl::ToChronoMilliseconds(kPatience),
                      [&] { return wanted(messages_) || ended_; });
    return wanted(messages_);
  }

  // How the stream ended.
  grpc::Status WaitForEnd() {
    std::unique_lock lock(mutex_);
    const bool ended =
        changed_.wait_for(lock, absl::ToChronoMilliseconds(kPatience), [&] { return ended_; });
    return ended ? status_ : grpc::Status(grpc::StatusCode::UNKNOWN, "the stream did not end");
  }

  std::vector<Message> messages() const {
    const std::lock_guard lock(mutex_);
    return messages_;
  }

 private:
  void Read() {
    reader_->WaitForInitialMetadata();
    Change([&] { accepted_ = true; });
    Message message;
    while (reader_->Read(&message)) Change([&] { messages_.push_back(message); });
    grpc::Status status = reader_->Finish();
    Change([&] {
      status_ = std::move(status);
      ended_ = true;
    });
  }

  template <typename Action>
  void Change(Action action) {
    const std::lock_guard lock(mutex_);
    action();
    changed_.notify_all();
  }

  grpc::ClientContext context_;
  Reader reader_;
  mutable std::mutex mutex_;
  std::condition_variable changed_;
  std::vector<Message> messages_;
  bool accepted_ = false, ended_ = false;
  grpc::Status status_;
  std::thread thread_;
};

}  // namespace sluice::e2e
