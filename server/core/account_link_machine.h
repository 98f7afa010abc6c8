// The states of an account link.
//
// A link that the payer approves after it EXPIRED or FAILED becomes ACTIVE all the same: no money
// has moved, and the provider holds a valid handle.
//
// Threads: pure, constexpr. Ownership: none.

#pragma once

#include <array>
#include <optional>

#include "server/core/resources.h"
#include "server/core/state_machine.h"

namespace sluice {

enum class AccountLinkEvent {
  kAccepted = 1,  // The provider waits for the payer's approval.
  kActivated = 2,
  kFailed = 3,  // Refused, or certain that it never began.
  kExpired = 4,
  kUnlinked = 5,  // The provider no longer honours it.
  kRevokeRequested = 6,
  kRevokeRefused = 7,  // The provider refused, and the link stands.
};

inline constexpr std::array<Transition<AccountLinkState, AccountLinkEvent>, 17>
    kAccountLinkTransitions = {{
        {AccountLinkState::kSubmitting, AccountLinkEvent::kAccepted,
         AccountLinkState::kAwaitingPayer},
        {AccountLinkState::kSubmitting, AccountLinkEvent::kActivated, AccountLinkState::kActive},
        {AccountLinkState::kSubmitting, AccountLinkEvent::kFailed, AccountLinkState::kFailed},
        {AccountLinkState::kSubmitting, AccountLinkEvent::kExpired, AccountLinkState::kExpired},
        {AccountLinkState::kSubmitting, AccountLinkEvent::kUnlinked, AccountLinkState::kRevoked},

        {AccountLinkState::kAwaitingPayer, AccountLinkEvent::kActivated, AccountLinkState::kActive},
        {AccountLinkState::kAwaitingPayer, AccountLinkEvent::kFailed, AccountLinkState::kFailed},
        {AccountLinkState::kAwaitingPayer, AccountLinkEvent::kExpired, AccountLinkState::kExpired},
        {AccountLinkState::kAwaitingPayer, AccountLinkEvent::kUnlinked, AccountLinkState::kRevoked},

        {AccountLinkState::kActive, AccountLinkEvent::kUnlinked, AccountLinkState::kRevoked},
        {AccountLinkState::kActive, AccountLinkEvent::kRevokeRequested,
         AccountLinkState::kRevoking},

        {AccountLinkState::kRevoking, AccountLinkEvent::kUnlinked, AccountLinkState::kRevoked},
        {AccountLinkState::kRevoking, AccountLinkEvent::kFailed, AccountLinkState::kRevoked},
        {AccountLinkState::kRevoking, AccountLinkEvent::kExpired, AccountLinkState::kRevoked},
        {AccountLinkState::kRevoking, AccountLinkEvent::kRevokeRefused, AccountLinkState::kActive},

        // Approved late.
        {AccountLinkState::kExpired, AccountLinkEvent::kActivated, AccountLinkState::kActive},
        {AccountLinkState::kFailed, AccountLinkEvent::kActivated, AccountLinkState::kActive},
    }};

constexpr std::optional<AccountLinkState> Next(AccountLinkState state, AccountLinkEvent event) {
  return FindTransition(kAccountLinkTransitions, state, event);
}

}  // namespace sluice
