// Bytes as text: hexadecimal and Base64. Decoding is strict: what an encoder would not have
// written is refused, so that two texts never mean the same bytes (except upper and lower case
// hexadecimal digits).
//
// Threads: pure functions.
// Ownership: none.

#pragma once

#include <string>
#include <string_view>

#include "absl/status/statusor.h"

namespace sluice {

std::string HexEncode(std::string_view bytes);  // Lower case.
std::string HexEncodeUpper(std::string_view bytes);

// INVALID_ARGUMENT for an odd length or a character that is no digit.
absl::StatusOr<std::string> HexDecode(std::string_view text);

std::string Base64Encode(std::string_view bytes);     // RFC 4648 section 4, with padding.
std::string Base64UrlEncode(std::string_view bytes);  // RFC 4648 section 5, without padding.

// INVALID_ARGUMENT for white space, missing padding, foreign characters or stray trailing bits.
absl::StatusOr<std::string> Base64Decode(std::string_view text);
absl::StatusOr<std::string> Base64UrlDecode(std::string_view text);  // Padding is refused.

}  // namespace sluice
