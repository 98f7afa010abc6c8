// Times that do not overflow: the largest duration is how callers write that there is no limit.
//
// Threads: pure functions. Ownership: values.

#pragma once

#include <algorithm>
#include <chrono>

namespace sluice::client {

// Far enough to be never, near enough that adding it to a time does not overflow.
constexpr std::chrono::milliseconds kForever = std::chrono::hours(24 * 365);

inline std::chrono::steady_clock::time_point After(std::chrono::steady_clock::time_point start,
                                                   std::chrono::milliseconds wait) {
  return start + std::clamp(wait, -kForever, kForever);
}

}  // namespace sluice::client
