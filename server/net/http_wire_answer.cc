#include "server/net/http_wire_answer.h"

#include <algorithm>
#include <boost/beast/http/status.hpp>
#include <string_view>

#include "absl/strings/ascii.h"
#include "server/base/strings.h"

namespace sluice::net {
namespace {

namespace http = boost::beast::http;

// A slow body goes out in so many pieces at most, so that a fault with a long pause still ends.
constexpr size_t kSlowBodyPieces = 8;

// Framing is ours to say.
bool IsFraming(std::string_view name) {
  return EqualsIgnoreCase(name, "content-length") || EqualsIgnoreCase(name, "connection") ||
         EqualsIgnoreCase(name, "transfer-encoding") || EqualsIgnoreCase(name, "date");
}

bool IsSafe(std::string_view text) {
  return std::none_of(text.begin(), text.end(), [](char c) {
    return absl::ascii_iscntrl(static_cast<unsigned char>(c)) && c != '\t';
  });
}

std::string Head(const HttpReply& reply, int status, bool has_body, bool close, absl::Time now) {
  const auto reason = http::obsolete_reason(static_cast<http::status>(status));
  std::string head =
      StrCat("HTTP/1.1 ", status, " ", std::string_view(reason.data(), reason.size()), "\r\n");
  absl::StrAppend(&head,
                  "Date: ", absl::FormatTime("%a, %d %b %Y %H:%M:%S GMT", now, absl::UTCTimeZone()),
                  "\r\n");
  for (const auto& [name, value] : reply.headers) {
    const bool named = !name.empty() && name.find_first_of(": \t") == std::string::npos;
    if (!named || IsFraming(name) || !IsSafe(name) || !IsSafe(value)) continue;
    absl::StrAppend(&head, name, ": ", value, "\r\n");
  }
  if (has_body) absl::StrAppend(&head, "Content-Length: ", reply.body.size(), "\r\n");
  absl::StrAppend(&head, "Connection: ", close ? "close" : "keep-alive", "\r\n\r\n");
  return head;
}

}  // namespace

WireAnswer ToWire(const HttpAnswer& answer, bool head_only, bool keep_alive, absl::Time now) {
  const HttpReply& reply = answer.reply;
  const int status = reply.status >= 200 && reply.status <= 999 ? reply.status : 500;
  const bool has_body = status != 204 && status != 304;
  const bool sends_body = has_body && !head_only;
  const std::string_view body = sends_body ? std::string_view(reply.body) : std::string_view();
  size_t sent_body = body.size();
  if (answer.truncate_body_at >= 0) {
    sent_body = std::min(sent_body, static_cast<size_t>(answer.truncate_body_at));
  }

  WireAnswer wire;
  wire.close = !keep_alive || answer.truncate_body_at >= 0;
  wire.bytes = Head(reply, status, has_body, wire.close, now);
  const size_t head_size = wire.bytes.size();
  wire.bytes.append(body);
  if (answer.chunk_delay > absl::ZeroDuration() && sent_body > 0) {
    const size_t piece = std::max<size_t>(1, (sent_body + kSlowBodyPieces - 1) / kSlowBodyPieces);
    for (size_t end = 0; end < sent_body; end += piece) wire.ends.push_back(head_size + end);
  }
  wire.ends.push_back(head_size + sent_body);
  return wire;
}

}  // namespace sluice::net
