// Comparison of signatures, digests and tokens.
//
// Threads: a pure function.
// Ownership: none.

#pragma once

#include <string_view>

namespace sluice::crypto {

// Whether the bytes are equal, in a time that depends on their lengths only.
bool ConstantTimeEqual(std::string_view a, std::string_view b);

}  // namespace sluice::crypto
