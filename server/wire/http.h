// HTTP messages as values: what a provider backend builds, what it gets back, what our listener
// hands on. No I/O.
//
// Threads: plain values.
// Ownership: each message owns its bytes.

#pragma once

#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "absl/time/time.h"

namespace sluice {

// In the order sent or received; names compare case-insensitively (see FindHeader).
using HttpHeaders = std::vector<std::pair<std::string, std::string>>;

// The first value of `name`, or nullptr.
const std::string* FindHeader(const HttpHeaders& headers, std::string_view name);

// A request that we send.
struct HttpRequest {
  std::string method = "POST";
  std::string url;  // Absolute, already encoded.
  HttpHeaders headers;
  std::string body;
  absl::Duration connect_timeout = absl::Seconds(5);
  absl::Duration total_timeout = absl::Seconds(30);
  // Must be on the wire at most once: goes out on a fresh connection, because an HTTP library sends
  // a request again by itself when a kept connection turns out to be dead.
  bool at_most_once = false;
};

// What became of a request that we sent.
enum class Transport {
  kReplied,   // A complete HTTP reply was read: status, headers and body are set.
  kNotSent,   // Proof that no byte of the request reached the peer (refused, unresolved, queue
              // full).
  kTimedOut,  // Sent or perhaps sent; no complete reply in time.
  kBroken,    // Sent or perhaps sent; the connection failed, or the reply broke off or was too
              // large.
};

std::string_view TransportName(Transport transport);

struct HttpReply {
  Transport transport = Transport::kReplied;
  std::string error;  // For people, when transport != kReplied. Never holds message content.
  int status = 0;
  HttpHeaders headers;
  std::string body;
};

// A request that our listener received: the bytes as they came.
struct RawRequest {
  std::string method;
  std::string path;   // Without query, not decoded, e.g. "/notify/payby/demo-payby".
  std::string query;  // Without '?', not decoded.
  HttpHeaders headers;
  std::string body;
  std::string remote_address;  // IP without port.
  // False: a proxy called for somebody, and did not say for whom; remote_address is the proxy's.
  bool caller_known = true;
  absl::Time receive_time;
};

}  // namespace sluice
