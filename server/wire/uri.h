// Percent encoding, query strings and absolute http URLs (RFC 3986).
//
// Threads: pure functions and plain values.
// Ownership: values own their bytes.

#pragma once

#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "absl/status/statusor.h"

namespace sluice {

// In the order written. Names may repeat.
using QueryParams = std::vector<std::pair<std::string, std::string>>;

// Everything but letters, digits and "-._~" becomes %XX (upper case).
std::string PercentEncode(std::string_view text);

// The inverse. INVALID_ARGUMENT for '%' without two hexadecimal digits. '+' stays '+'.
absl::StatusOr<std::string> PercentDecode(std::string_view text);

// "a=1&b=x%20y"; empty for no parameters.
std::string BuildQuery(const QueryParams& params);

// Reads a query without its '?', as browsers write them ('+' is a space). A name without '=' has an
// empty value; empty pieces ("a=1&&b=2") are skipped. INVALID_ARGUMENT for a bad escape.
absl::StatusOr<QueryParams> ParseQuery(std::string_view query);

// The first value of `name`, or nullptr.
const std::string* FindParam(const QueryParams& params, std::string_view name);

// An absolute URL taken apart. Parts keep their encoding.
struct Url {
  std::string scheme;    // "http" or "https", lower case.
  std::string host;      // Lower case, IPv6 without brackets.
  int port = 0;          // Explicit, or the scheme's own.
  std::string path;      // "" or starts with '/'.
  std::string query;     // Without '?'.
  std::string fragment;  // Without '#'.
};

// Longest URL accepted: what common servers take, and far more than any provider writes.
inline constexpr size_t kMaxUrlBytes = 8192;

// INVALID_ARGUMENT unless `text` is an absolute http or https URL, of characters that RFC 3986
// allows, with a host, without user information, at most kMaxUrlBytes long.
absl::StatusOr<Url> ParseUrl(std::string_view text);

// `url` with `params` added after the parameters it has and before its fragment. What it has is
// kept byte for byte. INVALID_ARGUMENT as ParseUrl.
absl::StatusOr<std::string> AddQueryParams(std::string_view url, const QueryParams& params);

// `base` (scheme, host, port and perhaps a path, as in a configuration) and `path` ("/a/b"), with
// exactly one '/' between them.
std::string JoinUrl(std::string_view base, std::string_view path);

}  // namespace sluice
