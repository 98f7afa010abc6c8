#include "tests/demo/event_stream.h"

#include <utility>

#include "absl/strings/str_cat.h"

namespace sluice::demo {

absl::Status EventStream::Follow(const std::shared_ptr<grpc::Channel>& channel,
                                 const std::string& merchant, absl::Duration timeout) {
  End();
  v1::WatchEventsRequest request;
  request.set_parent(merchant);
  std::unique_lock lock(mutex_);
  if (cursor_.empty()) {
    request.mutable_beginning();
  } else {
    request.set_cursor(cursor_);
  }
  accepted_ = closing_ = ended_ = false;
  stub_ = v1::EventService::NewStub(channel);
  context_ = std::make_unique<grpc::ClientContext>();
  reader_ = stub_->WatchEvents(context_.get(), request);
  thread_ = std::thread([this] { Read(); });
  changed_.wait_for(lock, absl::ToChronoMilliseconds(timeout), [&] { return accepted_ || ended_; });
  if (accepted_ && !ended_) return absl::OkStatus();
  return absl::UnavailableError(
      absl::StrCat("the event stream was not accepted: ", end_.error_message()));
}

void EventStream::End() {
  if (context_ != nullptr) context_->TryCancel();
  if (thread_.joinable()) thread_.join();
  reader_.reset();
  context_.reset();
}

void EventStream::Read() {
  reader_->WaitForInitialMetadata();  // The server sends it when the stream is open.
  {
    const std::lock_guard lock(mutex_);
    accepted_ = true;
    changed_.notify_all();
  }
  v1::WatchEventsResponse message;
  while (reader_->Read(&message)) Take(message);
  grpc::Status status = reader_->Finish();
  const std::lock_guard lock(mutex_);
  ended_ = true;
  end_ = std::move(status);
  changed_.notify_all();
}

void EventStream::Take(const v1::WatchEventsResponse& message) {
  const std::lock_guard lock(mutex_);
  for (const v1::Event& event : message.batch().events()) {
    if (event.sequence() != last_sequence_ + 1) {
      ++gaps_;
      narrator_.Trouble(absl::StrCat("GAP: event ", event.sequence(), " after ", last_sequence_));
    }
    last_sequence_ = event.sequence();
    narrator_.Show(event);
    events_.push_back(event);
  }
  if (message.has_closing()) closing_ = true;
  cursor_ = message.cursor();
  changed_.notify_all();
}

absl::StatusOr<v1::Event> EventStream::WaitFor(const std::function<bool(const v1::Event&)>& wanted,
                                               const std::string& what, absl::Duration timeout) {
  std::unique_lock lock(mutex_);
  size_t next = 0;
  const v1::Event* found = nullptr;
  const auto search = [&] {
    for (; next < events_.size() && found == nullptr; ++next) {
      if (wanted(events_[next])) found = &events_[next];
    }
    return found != nullptr || ended_;
  };
  changed_.wait_for(lock, absl::ToChronoMilliseconds(timeout), search);
  if (found != nullptr) return *found;
  if (ended_) {
    return absl::UnavailableError(
        absl::StrCat("the event stream ended before ", what, ": ", end_.error_message()));
  }
  return absl::DeadlineExceededError(absl::StrCat("the event stream did not show ", what,
                                                  " within ", absl::FormatDuration(timeout)));
}

absl::Status EventStream::WaitForClosing(absl::Duration timeout) {
  std::unique_lock lock(mutex_);
  changed_.wait_for(lock, absl::ToChronoMilliseconds(timeout), [&] { return ended_; });
  if (!ended_) return absl::DeadlineExceededError("the stream did not end with the server");
  if (!closing_) return absl::InternalError("the stream ended without its closing message");
  if (!end_.ok()) {
    return absl::InternalError(
        absl::StrCat("the stream did not end with OK but: ", end_.error_message()));
  }
  return absl::OkStatus();
}

std::string EventStream::cursor() const {
  const std::lock_guard lock(mutex_);
  return cursor_;
}

int64_t EventStream::last_sequence() const {
  const std::lock_guard lock(mutex_);
  return last_sequence_;
}

int64_t EventStream::gaps() const {
  const std::lock_guard lock(mutex_);
  return gaps_;
}

std::vector<v1::Event> EventStream::events() const {
  const std::lock_guard lock(mutex_);
  return events_;
}

}  // namespace sluice::demo
