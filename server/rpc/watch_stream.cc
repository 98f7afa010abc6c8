#include "server/rpc/watch_stream.h"

#include <utility>

#include "server/rpc/error_mapping.h"

namespace sluice::rpc {

class WatchStream::Reactor final : public WatchReactor {
 public:
  explicit Reactor(std::shared_ptr<WatchStream> stream) : stream_(std::move(stream)) {}

  void OnWriteDone(bool ok) override { stream_->OnWriteDone(ok); }
  void OnCancel() override { stream_->OnCancel(); }
  void OnDone() override {
    stream_->OnDone();
    delete this;
  }

 private:
  const std::shared_ptr<WatchStream> stream_;
};

WatchStream::WatchStream(const Environment* environment, std::string_view method)
    : environment_(environment),
      method_(method),
      start_time_(environment->clock->Now()),
      rights_version_(environment->authenticator->version()) {}

std::shared_ptr<WatchStream> WatchStream::Make(const Environment* environment,
                                               std::string_view method) {
  std::shared_ptr<WatchStream> stream(new WatchStream(environment, method));
  stream->reactor_ = new Reactor(stream);
  return stream;
}

WatchReactor* WatchStream::reactor() { return reactor_; }

void WatchStream::Begin(std::shared_ptr<stream::WatchSession> session, Encoder encoder,
                        std::deque<grpc::ByteBuffer> first,
                        std::function<absl::Status()> may_go_on) {
  session_ = std::move(session);
  encoder_ = std::move(encoder);
  may_go_on_ = std::move(may_go_on);
  out_ = std::move(first);
  // Tells the caller that the stream stands: what is committed from now on will come.
  reactor_->StartSendInitialMetadata();
  Pump();
}

void WatchStream::Fail(const absl::Status& status) { Finish(status); }

void WatchStream::OnReady() {
  {
    MutexLock lock(&mutex_);
    ready_ = true;
    if (busy_) return;
    busy_ = true;
  }
  Pump();
}

void WatchStream::OnWriteDone(bool ok) {
  if (!ok) return Finish(absl::CancelledError());
  Pump();
}

void WatchStream::OnCancel() {
  {
    MutexLock lock(&mutex_);
    canceled_ = true;
    if (busy_) return;
    busy_ = true;
  }
  Pump();
}

void WatchStream::OnDone() {
  if (session_ != nullptr) session_->Close();
  session_.reset();
  Finished(*environment_, method_, *end_, environment_->clock->Now() - start_time_);
}

// The busy thread's work: until a write is under way, the stream has ended, or there is nothing to
// do for now.
void WatchStream::Pump() {
  for (;;) {
    {
      MutexLock lock(&mutex_);
      ready_ = false;
      if (canceled_) {
        lock.Unlock();
        return Finish(absl::CancelledError());
      }
    }
    if (absl::Status rights = CheckRights(); !rights.ok()) return Finish(std::move(rights));
    if (!out_.empty()) {
      writing_ = std::move(out_.front());
      out_.pop_front();
      return reactor_->StartWrite(&writing_);
    }
    if (end_.has_value()) return Finish(*end_);
    std::optional<stream::Delivery> delivery = session_->Poll();
    if (delivery.has_value()) {
      Take(*std::move(delivery));
    } else if (!StayBusy()) {
      return;
    }
  }
}

void WatchStream::Take(stream::Delivery delivery) {
  if (delivery.kind == stream::Delivery::Kind::kFailed) {
    end_ = std::move(delivery.status);
    return;
  }
  if (delivery.kind == stream::Delivery::Kind::kClosing) end_ = absl::OkStatus();
  out_ = encoder_(delivery);
}

absl::Status WatchStream::CheckRights() {
  const uint64_t version = environment_->authenticator->version();
  if (version == rights_version_) return absl::OkStatus();
  rights_version_ = version;
  return may_go_on_();
}

// There was nothing to send. False: idle from here on, and whoever comes next is busy. Keys that
// change after this look at their version wake the session, which waits by now.
bool WatchStream::StayBusy() {
  MutexLock lock(&mutex_);
  busy_ = ready_ || canceled_ || environment_->authenticator->version() != rights_version_;
  return busy_;
}

// Stays busy for ever, so that nobody touches the reactor again: it may be gone when this returns.
void WatchStream::Finish(absl::Status status) {
  end_ = status;
  reactor_->Finish(absl::IsCancelled(status) ? grpc::Status::CANCELLED : ToGrpcStatus(status));
}

}  // namespace sluice::rpc
