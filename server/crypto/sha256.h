// SHA-256.
//
// Threads: pure functions.
// Ownership: none.

#pragma once

#include <string>
#include <string_view>

namespace sluice::crypto {

inline constexpr size_t kSha256Bytes = 32;

std::string Sha256(std::string_view data);  // 32 raw bytes.
std::string Sha256HexLower(std::string_view data);
std::string Sha256HexUpper(std::string_view data);

}  // namespace sluice::crypto
