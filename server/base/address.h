// "host:port" as a value, and whether an address stays on this machine.
//
// Threads: plain values and pure functions.
// Ownership: none.

#pragma once

#include <string>
#include <string_view>

#include "absl/status/statusor.h"

namespace sluice {

struct HostPort {
  std::string host;  // A name or an IP address, without brackets.
  int port = 0;      // 0 to 65535.

  // "host:port", or "[host]:port" for IPv6.
  std::string ToString() const;

  friend bool operator==(const HostPort&, const HostPort&) = default;
};

// Reads "127.0.0.1:80", "localhost:0" or "[::1]:8080". INVALID_ARGUMENT when the host is empty, the
// port is missing or not a decimal number up to 65535, or an IPv6 address has no brackets.
absl::StatusOr<HostPort> ParseHostPort(std::string_view text);

// True for "localhost", 127.0.0.0/8, ::1 and 127.0.0.0/8 mapped into IPv6. Other names are not
// resolved: false.
bool IsLoopback(std::string_view host);

}  // namespace sluice
