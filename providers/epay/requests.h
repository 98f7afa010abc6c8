// The requests of EPAY's payout API: what is sent for each verb, signed.
//
// Room for more: bank and cash payouts are further paths here (createTransaction, confirm, cancel)
// with the same envelope, signature, query and callback.
//
// Threads: pure functions. Ownership: arguments are borrowed for the call.

#pragma once

#include <string_view>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "providers/api/operation.h"
#include "providers/epay/account.h"
#include "server/wire/http.h"

namespace sluice::epay {

inline constexpr char kVersion[] = "V2.0.0";
inline constexpr char kCategory[] = "EWALLET";

// EPAY documents no lengths: what its simulator and ours take.
inline constexpr size_t kMaxNumberLength = 64;
inline constexpr size_t kMaxReceiverLength = 128;

// The number under which EPAY knows the payout: the merchant's own. Empty when the operation has
// no payout.
std::string_view NumberOf(const Operation& operation);

// 1 to kMaxNumberLength printable ASCII characters without spaces.
bool IsOrderNumber(std::string_view text);

// The rules of `operation`. INVALID_ARGUMENT naming the fields.
absl::Status ValidateFields(const Account& account, const Operation& operation);

// The request. FAILED_PRECONDITION CAPABILITY_MISSING for a verb that EPAY does not have here,
// INVALID_ARGUMENT for what could not be signed or paid.
absl::StatusOr<HttpRequest> BuildRequest(const Account& account, const Operation& operation,
                                         const CallContext& context);

}  // namespace sluice::epay
