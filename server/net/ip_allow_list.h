// A list of IP addresses and networks that may call.
//
// Threads: immutable; safe from any thread.
// Ownership: a plain value.

#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/statusor.h"

namespace sluice::net {

class IpAllowList {
 public:
  // Reads addresses ("203.0.113.7", "2001:db8::1") and networks ("203.0.113.0/24").
  // INVALID_ARGUMENT names the entry that is neither, or whose bits beyond the prefix are set.
  static absl::StatusOr<IpAllowList> Parse(const std::vector<std::string>& entries);

  // Whether `ip` (without port) is in one of them. IPv4 mapped into IPv6 counts as IPv4. False for
  // text that is no IP address, and for every address when the list is empty.
  bool Contains(std::string_view ip) const;

  bool empty() const { return networks_.empty(); }

 private:
  // Every address as 16 bytes, IPv4 in its mapped form.
  struct Network {
    std::array<uint8_t, 16> prefix;
    int prefix_bits;
  };
  std::vector<Network> networks_;
};

}  // namespace sluice::net
