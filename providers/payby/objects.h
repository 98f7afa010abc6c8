// `acquireOrder` and `refundOrder` as replies and notifications carry them, and what they say in
// neutral words.
//
// Threads: pure functions, plain values. Ownership: values.

#pragma once

#include <optional>
#include <string>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "server/core/facts.h"
#include "server/wire/json.h"

namespace sluice::payby {

struct AcquireOrder {
  std::string merchant_order_no;
  std::string order_no;  // PayBy's own; opaque.
  std::string status;    // As sent, in upper case: "PAID_SUCCESS".
  Money total;
  std::string payee_mid;  // Empty: not said.
  bool revoked = false;   // The text "true"; absent is "false".
  Money paid;             // Of paymentInfo. Empty: not said.
  std::optional<absl::Time> pay_time, expire_time;
  std::string fail_code, fail_description;
};

struct RefundOrder {
  std::string refund_merchant_order_no;
  std::string order_no;
  std::string origin_merchant_order_no;  // Empty: not said.
  std::string status;
  Money amount;
  std::string fail_code, fail_description;
};

// INVALID_ARGUMENT naming the member that is missing or cannot be read, never its value. Unknown
// members, and values that are not documented, are no error.
absl::StatusOr<AcquireOrder> ReadAcquireOrder(const Json& order);
absl::StatusOr<RefundOrder> ReadRefundOrder(const Json& refund);

// What the order's state says. PayBy has one word for canceled and expired, so both are kClosed.
// INVALID_ARGUMENT when the object contradicts itself (ended, with a payment, not revoked).
absl::StatusOr<Facts> FactsOf(const AcquireOrder& order);
Facts FactsOf(const RefundOrder& refund);

}  // namespace sluice::payby
