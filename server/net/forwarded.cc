#include "server/net/forwarded.h"

#include <boost/asio/ip/address.hpp>
#include <optional>
#include <string_view>
#include <vector>

#include "absl/strings/ascii.h"
#include "absl/strings/str_split.h"
#include "server/base/strings.h"

namespace sluice::net {
namespace {

constexpr std::string_view kHeader = "X-Forwarded-For";

// Several headers of the name are one list, in their order (RFC 9110, section 5.3).
std::vector<std::string> Hops(const HttpHeaders& headers) {
  std::vector<std::string> hops;
  for (const auto& [name, value] : headers) {
    if (!EqualsIgnoreCase(name, kHeader)) continue;
    for (absl::string_view hop : absl::StrSplit(value, ',')) {
      hops.emplace_back(absl::StripAsciiWhitespace(hop));
    }
  }
  return hops;
}

// In its usual form: it is stored, and shown.
std::optional<std::string> IpText(const std::string& text) {
  boost::system::error_code error;
  const boost::asio::ip::address address = boost::asio::ip::make_address(text, error);
  if (error) return std::nullopt;
  return address.to_string();
}

}  // namespace

Caller FindCaller(const IpAllowList& trusted, const std::string& peer, const HttpHeaders& headers) {
  if (!trusted.Contains(peer)) return {.address = peer};
  const std::vector<std::string> hops = Hops(headers);
  Caller caller{.address = peer};
  // What lies beyond the first untrusted hop is the caller's own word, and not looked at.
  for (auto hop = hops.rbegin(); hop != hops.rend(); ++hop) {
    const std::optional<std::string> address = IpText(*hop);
    if (!address.has_value()) return {.address = peer, .known = false};
    caller.address = *address;
    if (!trusted.Contains(caller.address)) break;
  }
  return caller;
}

}  // namespace sluice::net
