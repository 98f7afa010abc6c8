// The inquiry's answer (E3): the only word on a payment's state that is believed.
//
// Threads: pure functions, plain values. Ownership: values.

#pragma once

#include <optional>
#include <string>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "providers/nicepay/account.h"
#include "server/core/facts.h"
#include "server/wire/json.h"

namespace sluice::nicepay {

struct Inquiry {
  std::string txid, reference_no;
  std::string i_mid, mitra_code;  // Empty: not said.
  Money amount;
  std::string status;              // "0"
  std::optional<Money> cancelled;  // Sum so far (cancelAmt). Nullopt: not said.
  std::optional<absl::Time> transaction_time;
};

// INVALID_ARGUMENT naming the member that is missing or cannot be read, never its value.
absl::StatusOr<Inquiry> ReadInquiry(const Json& reply);

// INVALID_ARGUMENT unless it is about this order of this merchant, and its amount.
absl::Status CheckIsAbout(const Account& account, const Order& order, const Inquiry& inquiry);

// What the status says of the order. An unknown status says nothing (Report::kNone).
Outcome OrderOutcome(const Order& order, const Inquiry& inquiry, absl::Time now);

// What the sum given back so far says of the refund: NICEPAY has no word on a single one.
Outcome RefundOutcome(const Order& order, const Refund& refund, const Inquiry& inquiry);

}  // namespace sluice::nicepay
