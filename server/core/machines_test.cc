// The tables of the state machines, each state with each event.
#include <gtest/gtest.h>

#include <map>
#include <string>
#include <utility>
#include <vector>

#include "server/core/account_link_machine.h"
#include "server/core/attempt_machine.h"
#include "server/core/order_machine.h"
#include "server/core/payout_machine.h"
#include "server/core/refund_machine.h"

namespace sluice {
namespace {

// A row for each state: the next state's name for each event in turn, "-" where nothing happens.
template <typename State, typename Event>
void CheckTable(int events, const std::vector<std::pair<State, std::vector<std::string>>>& rows) {
  for (const auto& [state, expected] : rows) {
    ASSERT_EQ(static_cast<int>(expected.size()), events) << StateName(state);
    for (int event = 1; event <= events; ++event) {
      const auto next = Next(state, static_cast<Event>(event));
      EXPECT_EQ(next.has_value() ? std::string(StateName(*next)) : "-", expected[event - 1])
          << StateName(state) << " on event " << event;
    }
  }
}

TEST(MachinesTest, Attempt) {
  using S = AttemptState;
  // kConfirmed, kRejected, kLost, kResent
  CheckTable<S, AttemptEvent>(4, {{S::kSending, {"CONFIRMED", "REJECTED", "UNKNOWN", "-"}},
                                  {S::kUnknown, {"CONFIRMED", "REJECTED", "-", "SENDING"}},
                                  {S::kConfirmed, {"-", "-", "-", "-"}},
                                  {S::kRejected, {"-", "-", "-", "-"}}});
}

TEST(MachinesTest, Order) {
  using S = OrderState;
  // kAccepted, kPaid, kClosed, kExpired, kReturned, kCancelRequested, kCancelRefused,
  // kRevokeRequested, kRevokeRefusedPaid, kRevokeRefusedOpen
  CheckTable<S, OrderEvent>(
      10, {{S::kSubmitting,
            {"AWAITING_PAYER", "PAID", "FAILED", "EXPIRED", "REVOKED", "CANCELING", "-", "REVOKING",
             "-", "-"}},
           {S::kAwaitingPayer,
            {"-", "PAID", "FAILED", "EXPIRED", "REVOKED", "CANCELING", "-", "REVOKING", "-", "-"}},
           {S::kPaid, {"-", "-", "-", "-", "REVOKED", "-", "-", "REVOKING", "-", "-"}},
           {S::kCanceling,
            {"-", "PAID", "CANCELED", "CANCELED", "REVOKED", "-", "AWAITING_PAYER", "REVOKING", "-",
             "-"}},
           {S::kCanceled, {"-", "PAID", "-", "-", "-", "-", "-", "-", "-", "-"}},
           {S::kRevoking,
            {"-", "-", "REVOKED", "REVOKED", "REVOKED", "-", "-", "-", "PAID", "AWAITING_PAYER"}},
           {S::kRevoked, {"-", "-", "-", "-", "-", "-", "-", "-", "-", "-"}},
           {S::kExpired, {"-", "PAID", "-", "-", "-", "-", "-", "-", "-", "-"}},
           {S::kFailed, {"-", "PAID", "-", "-", "-", "-", "-", "-", "-", "-"}}});
}

TEST(MachinesTest, Refund) {
  using S = RefundState;
  // kAccepted, kSucceeded, kFailed
  CheckTable<S, RefundEvent>(3, {{S::kSubmitting, {"PENDING", "SUCCEEDED", "FAILED"}},
                                 {S::kPending, {"-", "SUCCEEDED", "FAILED"}},
                                 {S::kSucceeded, {"-", "-", "-"}},
                                 {S::kFailed, {"-", "-", "-"}}});
}

TEST(MachinesTest, Payout) {
  using S = PayoutState;
  // kAccepted, kSucceeded, kFailed, kCanceled
  CheckTable<S, PayoutEvent>(4, {{S::kSubmitting, {"PENDING", "SUCCEEDED", "FAILED", "CANCELED"}},
                                 {S::kPending, {"-", "SUCCEEDED", "FAILED", "CANCELED"}},
                                 {S::kSucceeded, {"-", "-", "-", "-"}},
                                 {S::kFailed, {"-", "-", "-", "-"}},
                                 {S::kCanceled, {"-", "-", "-", "-"}}});
}

TEST(MachinesTest, AccountLink) {
  using S = AccountLinkState;
  // kAccepted, kActivated, kFailed, kExpired, kUnlinked, kRevokeRequested, kRevokeRefused
  CheckTable<S, AccountLinkEvent>(
      7, {{S::kSubmitting, {"AWAITING_PAYER", "ACTIVE", "FAILED", "EXPIRED", "REVOKED", "-", "-"}},
          {S::kAwaitingPayer, {"-", "ACTIVE", "FAILED", "EXPIRED", "REVOKED", "-", "-"}},
          {S::kActive, {"-", "-", "-", "-", "REVOKED", "REVOKING", "-"}},
          {S::kRevoking, {"-", "-", "REVOKED", "REVOKED", "REVOKED", "-", "ACTIVE"}},
          {S::kRevoked, {"-", "-", "-", "-", "-", "-", "-"}},
          {S::kExpired, {"-", "ACTIVE", "-", "-", "-", "-", "-"}},
          {S::kFailed, {"-", "ACTIVE", "-", "-", "-", "-", "-"}}});
}

}  // namespace
}  // namespace sluice
