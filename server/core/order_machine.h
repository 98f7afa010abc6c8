// The states of an order.
//
// A final state never moves back; the one way out of CANCELED, EXPIRED and FAILED is money that the
// provider says it has taken all the same (a late payment).
//
// Threads: pure, constexpr. Ownership: none.

#pragma once

#include <array>
#include <optional>

#include "server/core/resources.h"
#include "server/core/state_machine.h"

namespace sluice {

enum class OrderEvent {
  kAccepted = 1,  // The provider has it and waits for the payer.
  kPaid = 2,      // The payer's money has been taken.
  kClosed = 3,    // Certain: ended, or never begun, without payment.
  kExpired = 4,   // As kClosed, because time ran out.
  kReturned = 5,  // Was paid, and all of it was given back.
  kCancelRequested = 6,
  kCancelRefused = 7,  // The provider refused, and it still waits for the payer.
  kRevokeRequested = 8,
  kRevokeRefusedPaid = 9,   // The provider refused, and the payment stands.
  kRevokeRefusedOpen = 10,  // The provider refused, and it still waits for the payer.
};

inline constexpr std::array<Transition<OrderState, OrderEvent>, 29> kOrderTransitions = {{
    {OrderState::kSubmitting, OrderEvent::kAccepted, OrderState::kAwaitingPayer},
    {OrderState::kSubmitting, OrderEvent::kPaid, OrderState::kPaid},
    {OrderState::kSubmitting, OrderEvent::kClosed, OrderState::kFailed},
    {OrderState::kSubmitting, OrderEvent::kExpired, OrderState::kExpired},
    {OrderState::kSubmitting, OrderEvent::kReturned, OrderState::kRevoked},
    {OrderState::kSubmitting, OrderEvent::kCancelRequested, OrderState::kCanceling},
    {OrderState::kSubmitting, OrderEvent::kRevokeRequested, OrderState::kRevoking},

    {OrderState::kAwaitingPayer, OrderEvent::kPaid, OrderState::kPaid},
    {OrderState::kAwaitingPayer, OrderEvent::kClosed, OrderState::kFailed},
    {OrderState::kAwaitingPayer, OrderEvent::kExpired, OrderState::kExpired},
    {OrderState::kAwaitingPayer, OrderEvent::kReturned, OrderState::kRevoked},
    {OrderState::kAwaitingPayer, OrderEvent::kCancelRequested, OrderState::kCanceling},
    {OrderState::kAwaitingPayer, OrderEvent::kRevokeRequested, OrderState::kRevoking},

    {OrderState::kCanceling, OrderEvent::kPaid, OrderState::kPaid},
    {OrderState::kCanceling, OrderEvent::kClosed, OrderState::kCanceled},
    {OrderState::kCanceling, OrderEvent::kExpired, OrderState::kCanceled},
    {OrderState::kCanceling, OrderEvent::kReturned, OrderState::kRevoked},
    {OrderState::kCanceling, OrderEvent::kCancelRefused, OrderState::kAwaitingPayer},
    {OrderState::kCanceling, OrderEvent::kRevokeRequested, OrderState::kRevoking},

    {OrderState::kPaid, OrderEvent::kReturned, OrderState::kRevoked},
    {OrderState::kPaid, OrderEvent::kRevokeRequested, OrderState::kRevoking},

    {OrderState::kRevoking, OrderEvent::kClosed, OrderState::kRevoked},
    {OrderState::kRevoking, OrderEvent::kExpired, OrderState::kRevoked},
    {OrderState::kRevoking, OrderEvent::kReturned, OrderState::kRevoked},
    {OrderState::kRevoking, OrderEvent::kRevokeRefusedPaid, OrderState::kPaid},
    {OrderState::kRevoking, OrderEvent::kRevokeRefusedOpen, OrderState::kAwaitingPayer},

    // Late payments.
    {OrderState::kCanceled, OrderEvent::kPaid, OrderState::kPaid},
    {OrderState::kExpired, OrderEvent::kPaid, OrderState::kPaid},
    {OrderState::kFailed, OrderEvent::kPaid, OrderState::kPaid},
}};

constexpr std::optional<OrderState> Next(OrderState state, OrderEvent event) {
  return FindTransition(kOrderTransitions, state, event);
}

}  // namespace sluice
