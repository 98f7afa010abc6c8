// The streaming RPCs: WatchEvents, WatchOrder, WatchPayout, WatchAccountLink.
//
// They are served as raw bytes (WithRawCallbackMethod), so that an encoded event can be sent to any
// number of watchers. Each function parses and checks the request, and gives gRPC its reactor; what
// fails ends the stream with a status that carries details.
//
// Threads: called by gRPC on its threads; nothing blocks.
// Ownership: gRPC owns the reactors (they delete themselves); everything else is borrowed.

#pragma once

#include <grpcpp/support/byte_buffer.h>

#include <functional>
#include <string>

#include "absl/status/status.h"
#include "server/app/engine.h"
#include "server/rpc/call.h"
#include "server/rpc/watch_stream.h"
#include "server/stream/event_hub.h"
#include "server/stream/log_reader.h"

namespace sluice::rpc {

struct WatchDependencies {
  stream::EventHub* hub = nullptr;
  stream::LogReader* reader = nullptr;
  app::Engine* engine = nullptr;
  const Environment* environment = nullptr;
};

// OK when the caller of this RPC may read `merchant` ("-": all merchants) now. Asked again when
// keys have changed; to be called only until the stream has ended.
using MayRead = std::function<absl::Status(const std::string& merchant)>;

WatchReactor* StartWatchEvents(const WatchDependencies& dependencies, const MayRead& may_read,
                               const grpc::ByteBuffer& request);
WatchReactor* StartWatchOrder(const WatchDependencies& dependencies, const MayRead& may_read,
                              const grpc::ByteBuffer& request);
WatchReactor* StartWatchPayout(const WatchDependencies& dependencies, const MayRead& may_read,
                               const grpc::ByteBuffer& request);
WatchReactor* StartWatchAccountLink(const WatchDependencies& dependencies, const MayRead& may_read,
                                    const grpc::ByteBuffer& request);

}  // namespace sluice::rpc
