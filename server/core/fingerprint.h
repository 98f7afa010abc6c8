// Fingerprints of requests: which content a request_id stands for.
//
// A fingerprint is text, one line per field that was given: its path in the request and a stable
// 128-bit hash of its value. It says whether two requests are the same and which fields differ, and
// holds no value, so no personal data either. The same on every build and machine.
//
// Threads: pure functions. Ownership: values.

#pragma once

#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "server/core/resources.h"

namespace sluice {

// Of what the caller gave (`as_given`: before the engine fills in anything): id, wallet, amount,
// ... ; the other fields are not looked at. Paths are those of the request: "order_id",
// "order.amount.minor_units", "order.labels.cart", "order.line_items[0]", a refund's "parent".
// A field that holds its default counts as not given.
std::string Fingerprint(const Order& as_given);
std::string Fingerprint(const Refund& as_given);
std::string Fingerprint(const Payout& as_given);
std::string Fingerprint(const AccountLink& as_given);

// For requests without a resource: pairs of path and value:
// Fingerprint(FieldValues{{"name", name}}).
// The order of the pairs does not matter; an empty value counts as not given.
using FieldValues = std::vector<std::pair<std::string, std::string>>;
std::string Fingerprint(const FieldValues& fields);

// The paths whose values differ or that only one of the two has, sorted; empty when both
// fingerprints are of the same content.
std::vector<std::string> DifferingFields(std::string_view stored, std::string_view given);

// INVALID_ARGUMENT REQUEST_ID_REUSED naming the differing fields; OK when there are none.
absl::Status CheckFingerprint(std::string_view stored, std::string_view given);

}  // namespace sluice
