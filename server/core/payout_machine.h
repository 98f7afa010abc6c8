// The states of a payout. Final states stay.
//
// Threads: pure, constexpr. Ownership: none.

#pragma once

#include <array>
#include <optional>

#include "server/core/resources.h"
#include "server/core/state_machine.h"

namespace sluice {

enum class PayoutEvent {
  kAccepted = 1,  // The provider has taken it; the money is on its way.
  kSucceeded = 2,
  kFailed = 3,    // Certain: the receiver got nothing (a fee may have been kept).
  kCanceled = 4,  // Ended at the provider before any money moved.
};

inline constexpr std::array<Transition<PayoutState, PayoutEvent>, 7> kPayoutTransitions = {{
    {PayoutState::kSubmitting, PayoutEvent::kAccepted, PayoutState::kPending},
    {PayoutState::kSubmitting, PayoutEvent::kSucceeded, PayoutState::kSucceeded},
    {PayoutState::kSubmitting, PayoutEvent::kFailed, PayoutState::kFailed},
    {PayoutState::kSubmitting, PayoutEvent::kCanceled, PayoutState::kCanceled},
    {PayoutState::kPending, PayoutEvent::kSucceeded, PayoutState::kSucceeded},
    {PayoutState::kPending, PayoutEvent::kFailed, PayoutState::kFailed},
    {PayoutState::kPending, PayoutEvent::kCanceled, PayoutState::kCanceled},
}};

constexpr std::optional<PayoutState> Next(PayoutState state, PayoutEvent event) {
  return FindTransition(kPayoutTransitions, state, event);
}

}  // namespace sluice
