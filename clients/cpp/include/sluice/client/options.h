// How a client connects and how patient it is. The largest duration means: no limit.
//
// Threads: plain values. Ownership: values.

#pragma once

#include <chrono>
#include <functional>
#include <optional>
#include <stop_token>
#include <string>

namespace sluice::client {

// TLS to the server. All three are PEM texts.
struct Tls {
  std::string root_certificates;   // Empty: the system's.
  std::string client_certificate;  // With client_key: mutual TLS. Empty: none.
  std::string client_key;
};

// When a unary call is sent again: only where the error says that nothing happened, and reads also
// after a broken connection. The wait before the n-th retry is random between 0 and
// min(max_backoff, initial_backoff * 2^(n-1)), after what the server asks for in RetryInfo.
struct RetryPolicy {
  int max_attempts = 4;  // Sends in all, from 1 (never again) on.
  std::chrono::milliseconds initial_backoff{100};
  std::chrono::milliseconds max_backoff{5000};
};

// Time and chance, so that a test can hold them. Unset: the real ones.
struct Seams {
  std::function<std::chrono::steady_clock::time_point()> now;
  // Returns early when a stop is requested.
  std::function<void(std::chrono::milliseconds, const std::stop_token&)> sleep;
  std::function<double()> random;  // From 0 to below 1.
};

struct Options {
  std::string endpoint;    // "host:port".
  std::optional<Tls> tls;  // Unset: plaintext.
  std::string api_key;  // Sent as "authorization: Bearer". Empty: none. Plaintext: loopback only.
  std::chrono::milliseconds deadline{10000};  // Of a unary call, over all its sends.
  RetryPolicy retry;
  // A stream that is silent for longer than this is opened again: three heartbeats.
  std::chrono::milliseconds silence{45000};
  // A connection that is silent for so long is asked by a ping whether it lives, and is given up
  // when no answer comes within half of that: a firewall that has forgotten it says nothing. The
  // server allows a ping every 10 s.
  std::chrono::milliseconds keepalive{20000};
  Seams seams;
};

// What one call wants otherwise.
struct CallOptions {
  std::optional<std::chrono::milliseconds> deadline;
  // A requested stop gives the call up at once, with CANCELLED. It drops the answer, never the
  // operation: an effect is possible.
  std::stop_token stop = {};
};

}  // namespace sluice::client
