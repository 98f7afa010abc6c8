// The states of a refund. Final states stay.
//
// Threads: pure, constexpr. Ownership: none.

#pragma once

#include <array>
#include <optional>

#include "server/core/resources.h"
#include "server/core/state_machine.h"

namespace sluice {

enum class RefundEvent {
  kAccepted = 1,  // The provider has taken it; the money is on its way.
  kSucceeded = 2,
  kFailed = 3,  // Certain: no money was given back.
};

inline constexpr std::array<Transition<RefundState, RefundEvent>, 5> kRefundTransitions = {{
    {RefundState::kSubmitting, RefundEvent::kAccepted, RefundState::kPending},
    {RefundState::kSubmitting, RefundEvent::kSucceeded, RefundState::kSucceeded},
    {RefundState::kSubmitting, RefundEvent::kFailed, RefundState::kFailed},
    {RefundState::kPending, RefundEvent::kSucceeded, RefundState::kSucceeded},
    {RefundState::kPending, RefundEvent::kFailed, RefundState::kFailed},
}};

constexpr std::optional<RefundState> Next(RefundState state, RefundEvent event) {
  return FindTransition(kRefundTransitions, state, event);
}

}  // namespace sluice
