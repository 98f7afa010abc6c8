// UTF-8: whether text is, and making it so.
//
// Threads: pure functions.
// Ownership: none.

#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace sluice {

// Whether `text` is well-formed by RFC 3629 (no overlong forms, no surrogates, up to U+10FFFF).
bool IsValidUtf8(std::string_view text);

// `text` with each byte that is no part of a well-formed sequence replaced by U+FFFD, cut at a
// character boundary to at most `max_bytes`. For text of peers that people or protobuf will read.
std::string ToValidUtf8(std::string_view text, size_t max_bytes);

}  // namespace sluice
