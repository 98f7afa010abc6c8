// What the simulated EPAY answers a call with.
//
// EPAY documents `code` 1 alone. The others are this simulator's own, for a person to read: nothing
// may be made to depend on them.
//
// Threads: plain values and pure functions. Ownership: values.

#pragma once

#include <string>
#include <string_view>

namespace sluice::epay::simulator {

inline constexpr int kSuccess = 1;
inline constexpr int kBadParameter = 1001;
inline constexpr int kBadSign = 1002;
inline constexpr int kUnknownAccount = 1003;
inline constexpr int kIpNotAllowed = 1004;
inline constexpr int kDuplicateOrderNo = 1005;
inline constexpr int kOrderNotFound = 1006;
inline constexpr int kOutOfLimits = 1007;
inline constexpr int kBalanceTooLow = 1008;
inline constexpr int kUnsupported = 1009;
inline constexpr int kBadVersion = 1010;
inline constexpr int kSystemError = 1099;

struct Outcome {
  int code = kSuccess;
  std::string message = "success";

  bool ok() const { return code == kSuccess; }
};

// With the code's usual message.
Outcome Refused(int code);

// 1001: `rule` names the field and what it must be.
Outcome BadParameter(std::string_view rule);

}  // namespace sluice::epay::simulator
