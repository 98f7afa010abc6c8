#include "src/retry.h"

#include <algorithm>

namespace sluice::client {
namespace {

// 2^20 times any sensible backoff is above any sensible maximum; more would overflow.
constexpr int kMaxDoublings = 20;

bool NothingHappened(const Error& error, bool is_read) {
  const bool passing = error.code == grpc::StatusCode::UNAVAILABLE ||
                       error.code == grpc::StatusCode::RESOURCE_EXHAUSTED;
  if (passing && error.side_effect == SideEffect::kNone) return true;
  // A read has no effect, so a broken connection cannot have hidden one.
  return is_read && error.code == grpc::StatusCode::UNAVAILABLE && error.reason.empty();
}

}  // namespace

std::chrono::milliseconds FullJitter(const RetryPolicy& policy, int tries_made, double random) {
  const int doublings = std::clamp(tries_made - 1, 0, kMaxDoublings);
  const int factor = 1 << doublings;
  const auto ceiling = policy.initial_backoff > policy.max_backoff / factor
                           ? policy.max_backoff
                           : policy.initial_backoff * factor;
  return std::chrono::milliseconds(
      static_cast<int64_t>(static_cast<double>(ceiling.count()) * random));
}

std::optional<std::chrono::milliseconds> WaitBeforeRetry(const Error& error, bool is_read,
                                                         const RetryPolicy& policy, int tries_made,
                                                         std::chrono::milliseconds time_left,
                                                         double random) {
  if (tries_made >= policy.max_attempts || !NothingHappened(error, is_read)) return std::nullopt;
  const auto asked = error.retry_after.value_or(std::chrono::milliseconds(0));
  const auto jitter = FullJitter(policy, tries_made, random);
  // Each by itself first: their sum may be too large for a number.
  if (asked >= time_left || jitter >= time_left || asked + jitter >= time_left) return std::nullopt;
  return asked + jitter;
}

bool StreamGoesOn(grpc::StatusCode code) {
  return code == grpc::StatusCode::OK || code == grpc::StatusCode::UNAVAILABLE ||
         code == grpc::StatusCode::RESOURCE_EXHAUSTED;
}

}  // namespace sluice::client
