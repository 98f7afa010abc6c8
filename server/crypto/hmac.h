// HMAC (RFC 2104) with SHA-256 and SHA-512.
//
// Threads: pure functions.
// Ownership: none.

#pragma once

#include <string>
#include <string_view>

namespace sluice::crypto {

std::string HmacSha256(std::string_view key, std::string_view data);  // 32 raw bytes.
std::string HmacSha512(std::string_view key, std::string_view data);  // 64 raw bytes.

}  // namespace sluice::crypto
