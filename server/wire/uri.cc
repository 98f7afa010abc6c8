#include "server/wire/uri.h"

#include <algorithm>
#include <optional>

#include "absl/status/status.h"
#include "absl/strings/ascii.h"
#include "server/base/address.h"
#include "server/base/strings.h"
#include "server/wire/percent.h"

namespace sluice {
namespace {

constexpr std::string_view kUnreserved = "-._~";
// RFC 3986: what may stand in a path, query or fragment beside letters, digits and escapes.
constexpr std::string_view kUrlCharacters = "-._~:/?#[]@!$&'()*+,;=%";

absl::Status BadUrl(std::string_view rule) {
  return absl::InvalidArgumentError(StrCat("a URL ", rule));
}

// Whether every character is one of a URL's and every '%' starts an escape.
bool IsUrlText(std::string_view text) {
  const bool allowed = std::all_of(text.begin(), text.end(), [](char c) {
    return absl::ascii_isalnum(static_cast<unsigned char>(c)) ||
           kUrlCharacters.find(c) != std::string_view::npos;
  });
  return allowed && percent::Decode(text, percent::Space::kPercent).has_value();
}

// Cuts `text` at the first of `separators` and returns what stood from there on.
std::string_view CutAt(std::string_view* text, std::string_view separators) {
  const size_t at = std::min(text->find_first_of(separators), text->size());
  const std::string_view rest = text->substr(at);
  *text = text->substr(0, at);
  return rest;
}

// Reads "host", "host:port", "[::1]" or "[::1]:port".
absl::Status ReadAuthority(std::string_view authority, Url* url) {
  if (authority.find('@') != std::string_view::npos) {
    return BadUrl("must not hold user information");
  }
  const bool has_port = authority.find(':', authority.rfind(']') + 1) != std::string_view::npos;
  const int default_port = url->scheme == "https" ? 443 : 80;
  const absl::StatusOr<HostPort> parsed =
      ParseHostPort(has_port ? std::string(authority) : StrCat(authority, ":", default_port));
  if (!parsed.ok()) return BadUrl("must have a valid host and port");
  if (parsed->port == 0) return BadUrl("must not have port 0");
  url->host = absl::AsciiStrToLower(parsed->host);
  url->port = parsed->port;
  return absl::OkStatus();
}

}  // namespace

std::string PercentEncode(std::string_view text) {
  return percent::Encode(text, kUnreserved, percent::Space::kPercent);
}

absl::StatusOr<std::string> PercentDecode(std::string_view text) {
  std::optional<std::string> decoded = percent::Decode(text, percent::Space::kPercent);
  if (!decoded) return absl::InvalidArgumentError("bad percent escape");
  return *std::move(decoded);
}

std::string BuildQuery(const QueryParams& params) {
  std::string query;
  for (const auto& [name, value] : params) {
    if (!query.empty()) query.push_back('&');
    query.append(PercentEncode(name)).append("=").append(PercentEncode(value));
  }
  return query;
}

absl::StatusOr<QueryParams> ParseQuery(std::string_view query) {
  QueryParams params;
  while (!query.empty()) {
    std::string_view piece = query;
    query = CutAt(&piece, "&");
    if (!query.empty()) query.remove_prefix(1);
    if (piece.empty()) continue;
    std::string_view value = CutAt(&piece, "=");
    if (!value.empty()) value.remove_prefix(1);
    std::optional<std::string> name = percent::Decode(piece, percent::Space::kPlus);
    std::optional<std::string> decoded = percent::Decode(value, percent::Space::kPlus);
    if (!name || !decoded) return absl::InvalidArgumentError("bad percent escape in a query");
    params.emplace_back(*std::move(name), *std::move(decoded));
  }
  return params;
}

const std::string* FindParam(const QueryParams& params, std::string_view name) {
  for (const auto& [key, value] : params) {
    if (key == name) return &value;
  }
  return nullptr;
}

absl::StatusOr<Url> ParseUrl(std::string_view text) {
  if (text.size() > kMaxUrlBytes) return BadUrl(StrCat("must be at most ", kMaxUrlBytes, " bytes"));
  if (!IsUrlText(text)) return BadUrl("must hold nothing but the characters of RFC 3986");
  Url url;
  const size_t colon = text.find("://");
  if (colon != std::string_view::npos) {
    url.scheme = absl::AsciiStrToLower(AbslView(text.substr(0, colon)));
  }
  if (url.scheme != "http" && url.scheme != "https") {
    return BadUrl("must start with http:// or https://");
  }
  std::string_view authority = text.substr(colon + 3);
  std::string_view path = CutAt(&authority, "/?#");
  std::string_view fragment = CutAt(&path, "#");
  std::string_view query = CutAt(&path, "?");
  if (fragment.find('#', 1) != std::string_view::npos) return BadUrl("must have one '#' at most");
  if (absl::Status status = ReadAuthority(authority, &url); !status.ok()) return status;
  url.path = std::string(path);
  if (!query.empty()) url.query = std::string(query.substr(1));
  if (!fragment.empty()) url.fragment = std::string(fragment.substr(1));
  return url;
}

absl::StatusOr<std::string> AddQueryParams(std::string_view url, const QueryParams& params) {
  if (absl::StatusOr<Url> parsed = ParseUrl(url); !parsed.ok()) return parsed.status();
  if (params.empty()) return std::string(url);
  const std::string_view fragment = CutAt(&url, "#");
  std::string_view separator = "?";
  if (url.find('?') != std::string_view::npos) {
    separator = url.ends_with('?') || url.ends_with('&') ? "" : "&";
  }
  return StrCat(url, separator, BuildQuery(params), fragment);
}

std::string JoinUrl(std::string_view base, std::string_view path) {
  while (base.ends_with('/')) base.remove_suffix(1);
  while (path.starts_with('/')) path.remove_prefix(1);
  return StrCat(base, "/", path);
}

}  // namespace sluice
