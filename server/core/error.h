// Errors that reach a caller: a status, a reason from the published list, and what was wrong where.
//
// The details travel inside the absl::Status as a payload; rpc/ turns them into google.rpc.Status
// details (ErrorInfo, BadRequest, PreconditionFailure, RetryInfo, ResourceInfo).
//
// Threads: plain values, pure functions.
// Ownership: values.

#pragma once

#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/status.h"
#include "absl/time/time.h"

namespace sluice {

// `reason` of ErrorInfo: the names of sluice.v1.ErrorReason without its prefix. Never renamed.
namespace reason {
inline constexpr std::string_view kFieldInvalid = "FIELD_INVALID";
inline constexpr std::string_view kRequestIdReused = "REQUEST_ID_REUSED";
inline constexpr std::string_view kAlreadyExists = "ALREADY_EXISTS";
inline constexpr std::string_view kNotFound = "NOT_FOUND";
inline constexpr std::string_view kStateForbids = "STATE_FORBIDS";
inline constexpr std::string_view kRefundExceedsPaid = "REFUND_EXCEEDS_PAID";
inline constexpr std::string_view kCapabilityMissing = "CAPABILITY_MISSING";
inline constexpr std::string_view kAccountPaused = "PROVIDER_ACCOUNT_PAUSED";
inline constexpr std::string_view kOverloaded = "OVERLOADED";
inline constexpr std::string_view kStoreUnavailable = "STORE_UNAVAILABLE";
inline constexpr std::string_view kShuttingDown = "SHUTTING_DOWN";
inline constexpr std::string_view kUnauthenticated = "UNAUTHENTICATED";
inline constexpr std::string_view kPermissionDenied = "PERMISSION_DENIED";
inline constexpr std::string_view kCursorInvalid = "CURSOR_INVALID";
inline constexpr std::string_view kCursorExpired = "CURSOR_EXPIRED";
inline constexpr std::string_view kInternal = "INTERNAL";
}  // namespace reason

struct FieldViolation {
  std::string field;        // Path in the request: "order.amount.minor_units".
  std::string description;  // The rule, e.g. "must be greater than zero".
};

struct ErrorDetails {
  std::string reason;
  bool side_effect_possible = false;  // Metadata side_effect=none|possible.
  std::vector<FieldViolation> fields;
  std::map<std::string, std::string> metadata;  // Further ErrorInfo metadata.
  std::optional<absl::Duration> retry_after;    // RetryInfo.
  std::string resource_type;                    // ResourceInfo, with resource_name.
  std::string resource_name;
  std::string precondition_subject;  // PreconditionFailure, e.g. the order's name.
};

// A status that carries `details`.
absl::Status MakeError(absl::StatusCode code, std::string_view message, ErrorDetails details);

// The details carried, if any. A status without them is treated as INTERNAL by rpc/.
std::optional<ErrorDetails> GetErrorDetails(const absl::Status& status);

// Shorthands. The message names the field and the rule.
absl::Status InvalidField(std::string_view field, std::string_view rule);
absl::Status InvalidFields(std::vector<FieldViolation> fields);
absl::Status NotFound(std::string_view resource_type, std::string_view resource_name);
absl::Status AlreadyExists(std::string_view resource_type, std::string_view resource_name);
absl::Status StateForbids(std::string_view resource_name, std::string_view message);
// With a field when one of the request is what no account can serve.
absl::Status CapabilityMissing(std::string_view message, std::string_view field = "");
absl::Status Overloaded(std::string_view what, absl::Duration retry_after);
absl::Status StoreUnavailable(std::string_view message, bool side_effect_possible);
// A defect: nobody knows how far the call came, so a side effect is possible.
absl::Status Internal(std::string_view message);

}  // namespace sluice
