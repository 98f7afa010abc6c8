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
  const auto ceiling = std::min(policy.max_backoff, policy.initial_backoff * (1 << doublings));
  return std::chrono::milliseconds(
      static_cast<int64_t>(static_cast<double>(ceiling.count()) * random));
}

std::optional<std::chrono::milliseconds> WaitBeforeRetry(const Error& error, bool is_read,
                                                         const RetryPolicy& policy, int tries_made,
                                                         std::chrono::milliseconds time_left,
                                                         double random) {
  if (tries_made >= policy.max_attempts || !NothingHappened(error, is_read)) return std::nullopt;
  const auto wait = error.retry_after.value_or(std::chrono::milliseconds(0)) +
                    FullJitter(policy, tries_made, random);
  if (wait >= time_left) return std::nullopt;
  return wait;
}

bool StreamGoesOn(grpc::StatusCode code) {
  return code == grpc::StatusCode::OK || code == grpc::StatusCode::UNAVAILABLE ||
         code == grpc::StatusCode::RESOURCE_EXHAUSTED;
}

}  // namespace sluice::client
