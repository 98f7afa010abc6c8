#include "server/app/admission.h"

#include <algorithm>

namespace sluice::app {
namespace {

// So many are always let on the way: less is no load, whatever the disk does for a moment.
constexpr int64_t kAlwaysEntering = 512;

}  // namespace

bool Admission::Enter(int64_t max_unanswered, absl::Duration longest_entry) {
  const bool fits = unanswered_.fetch_add(1) < max_unanswered;
  const int64_t entering = entering_.fetch_add(1);
  if (entering == 0) {
    last_took_us_.store(0, std::memory_order_relaxed);
    last_seen_us_.store(absl::ToUnixMicros(clock_->Now()), std::memory_order_relaxed);
  }
  if (!fits || entering < kAlwaysEntering) return fits;
  // Nobody has come through for so long: a disk that hangs does not tell how long it will.
  const int64_t silent_us = absl::ToUnixMicros(clock_->Now()) - last_seen_us_.load();
  return std::max(silent_us, last_took_us_.load()) < absl::ToInt64Microseconds(longest_entry);
}

void Admission::Entered(absl::Time since) {
  const absl::Time now = clock_->Now();
  entering_.fetch_sub(1);
  last_took_us_.store(absl::ToInt64Microseconds(now - since), std::memory_order_relaxed);
  last_seen_us_.store(absl::ToUnixMicros(now), std::memory_order_relaxed);
}

}  // namespace sluice::app
