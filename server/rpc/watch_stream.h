// One server stream of a watch: from the session's deliveries to messages on the wire.
//
// The reactor belongs to gRPC and is deleted in OnDone. What lives longer (a wake-up that is on its
// way) holds the WatchStream, never the reactor. At any moment at most one thread is at work on a
// stream: the one that made it busy. Only that one polls, writes and finishes, so that a write and
// Finish never overlap, and the reactor cannot be gone while it works.
//
// Threads: Begin, OnReady and the reactor's reactions may come from any thread.
// Ownership: shared by the reactor, the session's OnReady and work under way.

#pragma once

#include <grpcpp/grpcpp.h>
#include <grpcpp/support/byte_buffer.h>

#include <cstdint>
#include <deque>
#include <functional>
#include <memory>
#include <optional>
#include <string_view>

#include "absl/status/status.h"
#include "absl/time/time.h"
#include "server/base/mutex.h"
#include "server/rpc/call.h"
#include "server/stream/watch_session.h"

namespace sluice::rpc {

using WatchReactor = grpc::ServerWriteReactor<grpc::ByteBuffer>;

class WatchStream final : public std::enable_shared_from_this<WatchStream> {
 public:
  // Makes messages of a delivery, in order. Called by one thread at a time.
  using Encoder = std::function<std::deque<grpc::ByteBuffer>(const stream::Delivery&)>;

  // A stream and its reactor, which is given to gRPC. Busy until Begin or Fail. `method` is a
  // literal, for the count and the log.
  static std::shared_ptr<WatchStream> Make(const Environment* environment, std::string_view method);
  WatchReactor* reactor();

  // Sends `first`, then what the session brings. The session's OnReady must call OnReady.
  // `may_go_on` is asked when the authenticator's answers have changed since Make, before anything
  // further is sent: the stream ends with what it says, if that is not OK.
  void Begin(std::shared_ptr<stream::WatchSession> session, Encoder encoder,
             std::deque<grpc::ByteBuffer> first, std::function<absl::Status()> may_go_on);

  // Ends the stream before it began.
  void Fail(const absl::Status& status);

  // The session has something. From any thread, as often as it likes.
  void OnReady();

 private:
  class Reactor;

  WatchStream(const Environment* environment, std::string_view method);
  void OnWriteDone(bool ok);
  void OnCancel();
  void OnDone();
  void Pump();
  void Take(stream::Delivery delivery);
  absl::Status CheckRights();
  bool StayBusy();
  void Finish(absl::Status status);

  const Environment* const environment_;
  const std::string_view method_;
  const absl::Time start_time_;

  // Whoever is busy.
  Reactor* reactor_ = nullptr;
  std::shared_ptr<stream::WatchSession> session_;
  Encoder encoder_;
  std::function<absl::Status()> may_go_on_;
  uint64_t rights_version_;  // Authenticator::version before the rights were looked at.
  std::deque<grpc::ByteBuffer> out_;
  grpc::ByteBuffer writing_;
  std::optional<absl::Status> end_;  // After out_ is empty.

  Mutex mutex_;
  bool busy_ SLUICE_GUARDED_BY(mutex_) = true;
  bool ready_ SLUICE_GUARDED_BY(mutex_) = false;  // OnReady came while busy.
  bool canceled_ SLUICE_GUARDED_BY(mutex_) = false;
};

}  // namespace sluice::rpc
