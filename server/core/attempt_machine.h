// The states of an attempt: what is known of one mutating call to a provider.
//
// UNKNOWN is left only by evidence (a query's answer or a notification), or by sending the same
// call again where the provider's own key makes that safe.
//
// Threads: pure, constexpr. Ownership: none.

#pragma once

#include <array>
#include <optional>

#include "server/core/resources.h"
#include "server/core/state_machine.h"

namespace sluice {

enum class AttemptEvent {
  kConfirmed = 1,  // Verified: the provider has done it.
  kRejected = 2,   // Certain: the provider has not done it, and will not.
  kLost = 3,       // No answer, or none that proves anything; also SENDING found at start.
  kResent = 4,     // The same call, under the same key, goes out once more.
};

inline constexpr std::array<Transition<AttemptState, AttemptEvent>, 6> kAttemptTransitions = {{
    {AttemptState::kSending, AttemptEvent::kConfirmed, AttemptState::kConfirmed},
    {AttemptState::kSending, AttemptEvent::kRejected, AttemptState::kRejected},
    {AttemptState::kSending, AttemptEvent::kLost, AttemptState::kUnknown},
    {AttemptState::kUnknown, AttemptEvent::kConfirmed, AttemptState::kConfirmed},
    {AttemptState::kUnknown, AttemptEvent::kRejected, AttemptState::kRejected},
    {AttemptState::kUnknown, AttemptEvent::kResent, AttemptState::kSending},
}};

constexpr std::optional<AttemptState> Next(AttemptState state, AttemptEvent event) {
  return FindTransition(kAttemptTransitions, state, event);
}

}  // namespace sluice
