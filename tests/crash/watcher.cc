#include "tests/crash/watcher.h"

#include <utility>

#include "absl/time/clock.h"
#include "tests/crash/world.h"

namespace sluice::crash {

void Watcher::Follow(const std::string& address) {
  Leave();
  stub_ =
      v1::EventService::NewStub(grpc::CreateChannel(address, grpc::InsecureChannelCredentials()));
  context_ = std::make_unique<grpc::ClientContext>();
  v1::WatchEventsRequest request;
  request.set_parent(kMerchant);
  if (cursor_.empty()) {
    request.mutable_beginning();
  } else {
    request.set_cursor(cursor_);
  }
  thread_ = std::thread([this, request = std::move(request)] { Read(request); });
}

void Watcher::Read(v1::WatchEventsRequest request) {
  const auto stream = stub_->WatchEvents(context_.get(), request);
  v1::WatchEventsResponse message;
  while (stream->Read(&message)) {
    MutexLock lock(&mutex_);
    for (const v1::Event& event : message.batch().events()) {
      told_.push_back({event.sequence(), event.type(), event.resource()});
    }
    cursor_ = message.cursor();
    changed_.SignalAll();
  }
  (void)stream->Finish();
}

void Watcher::Leave() {
  if (!thread_.joinable()) return;
  context_->TryCancel();
  thread_.join();
}

bool Watcher::Await(int64_t sequence, absl::Duration patience) {
  const absl::Time deadline = absl::Now() + patience;
  MutexLock lock(&mutex_);
  const auto there = [&] { return !told_.empty() && told_.back().sequence >= sequence; };
  while (!there() && absl::Now() < deadline) changed_.WaitFor(&mutex_, deadline - absl::Now());
  return there();
}

}  // namespace sluice::crash
