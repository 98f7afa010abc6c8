// Sends HTTP requests. The interface of which the engine and the simulators see nothing but this.
//
// Threads: Send is safe from any thread and never blocks; `done` runs on the client's own thread
// (or the caller's, when refused at once) and must be short: post to an executor.
// Ownership: `done` is called exactly once for each Send, also at shutdown.

#pragma once

#include "absl/functional/any_invocable.h"
#include "server/wire/http.h"

namespace sluice::net {

using HttpDone = absl::AnyInvocable<void(HttpReply)>;

class HttpClient {
 public:
  virtual ~HttpClient() = default;
  virtual void Send(HttpRequest request, HttpDone done) = 0;
};

}  // namespace sluice::net
