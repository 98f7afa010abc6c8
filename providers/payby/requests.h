// The requests of PayBy's acquiring API: what is sent for each verb, serialised once and signed.
//
// Threads: pure functions. Ownership: arguments are borrowed for the call.

#pragma once

#include <string_view>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "providers/api/operation.h"
#include "providers/payby/account.h"
#include "server/wire/http.h"

namespace sluice::payby {

// PayBy's documented lengths, in characters.
inline constexpr size_t kMaxNumberLength = 64;
inline constexpr size_t kMaxSubjectLength = 64;
inline constexpr size_t kMaxRedirectUrlLength = 512;
inline constexpr size_t kMaxNotifyUrlLength = 200;
inline constexpr size_t kMaxReasonLength = 64;
inline constexpr absl::Duration kMaxExpiry = absl::Hours(48);
inline constexpr absl::Duration kDefaultExpiry = absl::Hours(2);
// Decimal(12,2): ten digits before the point.
inline constexpr int64_t kMaxAmountMinorUnits = 999'999'999'999;

// The number under which PayBy knows the resource: the merchant's own. Empty when the operation
// has no such resource.
std::string_view NumberOf(const Operation& operation);

// The rules above, for the resource of `operation`. INVALID_ARGUMENT naming the fields.
absl::Status ValidateFields(const Operation& operation);

// The request. Its bizContent depends on the resource and the account only, so that a repeat is
// recognised; requestTime is `context.now`. FAILED_PRECONDITION CAPABILITY_MISSING for a verb that
// PayBy does not have here, INVALID_ARGUMENT for what PayBy would refuse.
absl::StatusOr<HttpRequest> BuildRequest(const Account& account, const Operation& operation,
                                         const CallContext& context);

}  // namespace sluice::payby
