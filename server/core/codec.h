// Resources as JSON text: what the store keeps, and what an event carries.
//
// Two forms of one schema. The full form holds every field. The public form leaves out internal
// fields and personal data (the customer, provider data, a provider's carry; a receiver's account
// is masked) and is valid UTF-8; it decodes to the resource without those fields.
//
// Members that hold the default are not written; times are int64 microseconds since 1970, enums
// their names. Reading ignores members it does not know and takes the default for missing ones. A
// member of the wrong type, or a state or verb that this build does not know, is an error: money
// must not be moved on half a reading.
//
// Threads: pure functions. Ownership: values.

#pragma once

#include <string>
#include <string_view>

#include "absl/status/statusor.h"
#include "server/core/resources.h"

namespace sluice {

// The full form. Contains personal data: for the store alone.
std::string EncodeBody(const Order& order);
std::string EncodeBody(const Refund& refund);
std::string EncodeBody(const Payout& payout);
std::string EncodeBody(const AccountLink& link);

// The public form: EventDraft::body.
std::string EncodePublic(const Order& order);
std::string EncodePublic(const Refund& refund);
std::string EncodePublic(const Payout& payout);
std::string EncodePublic(const AccountLink& link);

// Read either form. INTERNAL, naming the member but no value, for anything that is not such text.
absl::StatusOr<Order> DecodeOrder(std::string_view body);
absl::StatusOr<Refund> DecodeRefund(std::string_view body);
absl::StatusOr<Payout> DecodePayout(std::string_view body);
absl::StatusOr<AccountLink> DecodeAccountLink(std::string_view body);

// The same, for code that is generic over the resource: DecodeBody<Order>(body).
template <typename Resource>
absl::StatusOr<Resource> DecodeBody(std::string_view body);
template <>
absl::StatusOr<Order> DecodeBody<Order>(std::string_view body);
template <>
absl::StatusOr<Refund> DecodeBody<Refund>(std::string_view body);
template <>
absl::StatusOr<Payout> DecodeBody<Payout>(std::string_view body);
template <>
absl::StatusOr<AccountLink> DecodeBody<AccountLink>(std::string_view body);

}  // namespace sluice
