// Hashes that never change: the same bytes give the same number on every build and machine, so they
// may be stored and given to callers. (absl::Hash differs from process to process.)
//
// SipHash-2-4 under a fixed, public key: well spread and fast on short text; no protection against
// a peer who looks for collisions on purpose, and not a signature.
//
// Threads: pure functions. Ownership: none.

#pragma once

#include <array>
#include <cstdint>
#include <string_view>

namespace sluice {

// 64 bits: cursors, page tokens, strands.
uint64_t StableHash64(std::string_view bytes);

// 128 bits, for where two contents must not be taken for the same.
struct Hash128 {
  uint64_t low = 0;
  uint64_t high = 0;
  friend bool operator==(const Hash128&, const Hash128&) = default;
};
Hash128 StableHash128(std::string_view bytes);

// SipHash-2-4 itself (Aumasson and Bernstein), under any key; published vectors test it.
using SipKey = std::array<uint64_t, 2>;
uint64_t SipHash64(const SipKey& key, std::string_view bytes);
Hash128 SipHash128(const SipKey& key, std::string_view bytes);

}  // namespace sluice
