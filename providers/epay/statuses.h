// EPAY's order status chart in neutral words.
//
// Threads: constant. Ownership: static.

#pragma once

#include <array>
#include <string_view>

#include "server/core/facts.h"

namespace sluice::epay {

struct Status {
  std::string_view number;  // As EPAY writes it: text.
  Report report = Report::kNone;
  bool fee_kept = false;
  FailureReason reason = FailureReason::kNone;  // Of those that ended without success.
  std::string_view message;                     // Ours, for people.
};

// Every documented number. testdata/order_status.txt is the documents' chart; a test compares.
inline constexpr std::array<Status, 10> kStatuses = {{
    // Of the cashier; a payout would merely be waiting.
    {"0", Report::kOpen, false, FailureReason::kNone, ""},
    {"1", Report::kOpen, false, FailureReason::kNone, ""},
    {"5", Report::kCanceled, false, FailureReason::kCanceled, "EPAY canceled the payout"},
    {"6", Report::kFailed, false, FailureReason::kOther, "EPAY reports the payout as failed"},
    {"7", Report::kSucceeded, false, FailureReason::kNone, ""},
    {"8", Report::kExpired, false, FailureReason::kExpired, "EPAY closed the payout: time ran out"},
    // Waits for a confirmation that e-wallet payouts do not have: EPAY still holds the money.
    {"9", Report::kOpen, false, FailureReason::kNone, ""},
    {"11", Report::kException, false, FailureReason::kNone, ""},
    {"19", Report::kOpen, false, FailureReason::kNone, ""},
    {"20", Report::kFailed, true, FailureReason::kOther,
     "EPAY reports the payout as failed and kept its fee"},
}};

// nullptr for a number that is not documented: nothing is said of the state then.
constexpr const Status* FindStatus(std::string_view number) {
  for (const Status& status : kStatuses) {
    if (status.number == number) return &status;
  }
  return nullptr;
}

}  // namespace sluice::epay
