#include "server/net/ip_allow_list.h"

#include <algorithm>
#include <boost/asio/ip/address.hpp>
#include <boost/asio/ip/network_v4.hpp>
#include <boost/asio/ip/network_v6.hpp>
#include <optional>

#include "absl/status/status.h"
#include "server/base/strings.h"

namespace sluice::net {
namespace {

namespace ip = boost::asio::ip;
using Bytes = std::array<uint8_t, 16>;

constexpr int kMappedPrefixBits = 96;  // ::ffff:0:0/96 holds IPv4.

Bytes ToBytes(const ip::address_v6& address) { return address.to_bytes(); }

Bytes ToBytes(const ip::address_v4& address) {
  return ToBytes(ip::make_address_v6(ip::v4_mapped, address));
}

std::optional<Bytes> ParseIp(std::string_view text) {
  boost::system::error_code error;
  const ip::address address = ip::make_address(std::string(text), error);
  if (error) return std::nullopt;
  return address.is_v4() ? ToBytes(address.to_v4()) : ToBytes(address.to_v6());
}

// Whether the first `bits` bits agree.
bool SamePrefix(const Bytes& a, const Bytes& b, int bits) {
  const auto whole = static_cast<size_t>(bits / 8);
  if (!std::equal(a.begin(), a.begin() + bits / 8, b.begin())) return false;
  const int rest = bits % 8;
  return rest == 0 || ((a[whole] ^ b[whole]) >> (8 - rest)) == 0;
}

}  // namespace

absl::StatusOr<IpAllowList> IpAllowList::Parse(const std::vector<std::string>& entries) {
  IpAllowList list;
  for (const std::string& entry : entries) {
    if (const std::optional<Bytes> address = ParseIp(entry)) {
      list.networks_.push_back({*address, 128});
      continue;
    }
    boost::system::error_code not_v4;
    boost::system::error_code not_v6;
    const ip::network_v4 v4 = ip::make_network_v4(entry, not_v4);
    const ip::network_v6 v6 = ip::make_network_v6(entry, not_v6);
    if (!not_v4 && v4 == v4.canonical()) {
      list.networks_.push_back({ToBytes(v4.address()), kMappedPrefixBits + v4.prefix_length()});
    } else if (!not_v6 && v6 == v6.canonical()) {
      list.networks_.push_back({ToBytes(v6.address()), v6.prefix_length()});
    } else {
      return absl::InvalidArgumentError(
          StrCat("\"", entry, "\" must be an IP address, or a network like 203.0.113.0/24"));
    }
  }
  return list;
}

bool IpAllowList::Contains(std::string_view ip) const {
  const std::optional<Bytes> address = ParseIp(ip);
  return address && std::any_of(networks_.begin(), networks_.end(), [&](const Network& network) {
           return SamePrefix(*address, network.prefix, network.prefix_bits);
         });
}

}  // namespace sluice::net
