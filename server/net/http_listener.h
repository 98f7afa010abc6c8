// Receives HTTP requests: notifications, return pages, the simulators, metrics.
//
// Threads: the handler runs on the listener's one thread and must not block: it keeps the responder
// and answers from any thread. Every responder is answered exactly once; one dropped unanswered
// sends 500.
// Ownership: the listener owns connections; Stop() stops accepting, waits for answers under way up
// to a bound (not for those that a fault holds back), then closes. Not to be called by the handler.
//
// Plain HTTP/1.1: GET, HEAD and POST. TLS ends before it, in a proxy (Asio's TLS wants OpenSSL's
// headers, which do not go with BoringSSL's).

#pragma once

#include <cstddef>
#include <functional>
#include <memory>
#include <string>

#include "absl/functional/any_invocable.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "server/base/clock.h"
#include "server/wire/http.h"

namespace sluice::net {

// An answer, with the faults that a simulator may ask of the transport. A plain answer leaves all
// but `reply` alone.
struct HttpAnswer {
  HttpReply reply;
  absl::Duration delay;          // Before the first byte.
  absl::Duration chunk_delay;    // Between pieces of the body (a slow body); zero: all at once.
  long truncate_body_at = -1;    // Close the connection after so many body bytes; -1: whole.
  bool drop_connection = false;  // Close without a byte.
};

using HttpResponder = absl::AnyInvocable<void(HttpAnswer)>;
using HttpHandler = std::function<void(RawRequest, HttpResponder)>;

struct HttpListenerOptions {
  std::string address = "127.0.0.1:0";  // host:port; port 0 picks a free one.
  size_t max_body_bytes = 1 << 20;      // Larger: 413. Provider messages are a few KiB.
  size_t max_header_bytes = 16 << 10;   // Larger: 431.
  int max_connections = 1024;           // More: the oldest idle one is closed, else refused.
  absl::Duration idle_timeout = absl::Seconds(30);  // Also bounds a slow sender.
  absl::Duration stop_timeout = absl::Seconds(5);   // How long Stop() waits for answers under way.
  const Clock* clock = nullptr;  // For receive_time and Date; null: the system's.
};

class HttpListener {
 public:
  virtual ~HttpListener() = default;
  virtual int port() const = 0;
  virtual std::string address() const = 0;  // "host:port" with the port chosen.
  virtual void Stop() = 0;                  // Idempotent.
};

// Binds and starts to serve. UNAVAILABLE when the address is taken, INVALID_ARGUMENT when it is not
// an address.
absl::StatusOr<std::unique_ptr<HttpListener>> StartHttpListener(HttpListenerOptions options,
                                                                HttpHandler handler);

}  // namespace sluice::net
