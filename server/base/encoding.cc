#include "server/base/encoding.h"

#include <algorithm>

#include "absl/status/status.h"
#include "absl/strings/ascii.h"
#include "absl/strings/escaping.h"
#include "server/base/strings.h"

namespace sluice {

std::string HexEncode(std::string_view bytes) { return absl::BytesToHexString(AbslView(bytes)); }

std::string HexEncodeUpper(std::string_view bytes) {
  return absl::AsciiStrToUpper(absl::BytesToHexString(AbslView(bytes)));
}

absl::StatusOr<std::string> HexDecode(std::string_view text) {
  // Abseil's decoder expects clean input.
  const bool all_digits = std::all_of(text.begin(), text.end(),
                                      [](unsigned char c) { return absl::ascii_isxdigit(c); });
  if (text.size() % 2 != 0 || !all_digits) {
    return absl::InvalidArgumentError("not hexadecimal text");
  }
  return absl::HexStringToBytes(AbslView(text));
}

std::string Base64Encode(std::string_view bytes) { return absl::Base64Escape(AbslView(bytes)); }

std::string Base64UrlEncode(std::string_view bytes) {
  return absl::WebSafeBase64Escape(AbslView(bytes));
}

// Abseil's decoders forgive white space, padding and trailing bits: only the text that the encoder
// gives back is accepted.
absl::StatusOr<std::string> Base64Decode(std::string_view text) {
  std::string bytes;
  if (!absl::Base64Unescape(AbslView(text), &bytes) || Base64Encode(bytes) != text) {
    return absl::InvalidArgumentError("not Base64 text");
  }
  return bytes;
}

absl::StatusOr<std::string> Base64UrlDecode(std::string_view text) {
  std::string bytes;
  if (!absl::WebSafeBase64Unescape(AbslView(text), &bytes) || Base64UrlEncode(bytes) != text) {
    return absl::InvalidArgumentError("not URL-safe Base64 text");
  }
  return bytes;
}

}  // namespace sluice
