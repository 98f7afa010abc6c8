#include "server/core/error.h"

#include <utility>

#include "absl/strings/cord.h"
#include "server/base/strings.h"
#include "server/core/json_fields.h"

namespace sluice {
namespace {

// The key under which a status carries its details inside this process; never on the wire.
constexpr char kPayload[] = "sluice.dev/error-details";

}  // namespace

absl::Status MakeError(absl::StatusCode code, std::string_view message, ErrorDetails details) {
  absl::Status status(code, AbslView(message));
  status.SetPayload(kPayload, absl::Cord(WriteJson(details, Form::kFull)));
  return status;
}

std::optional<ErrorDetails> GetErrorDetails(const absl::Status& status) {
  const auto payload = status.GetPayload(kPayload);
  if (!payload.has_value()) return std::nullopt;
  ErrorDetails details;
  if (!ReadJson(std::string(*payload), details).empty()) return std::nullopt;
  return details;
}

absl::Status InvalidField(std::string_view field, std::string_view rule) {
  return InvalidFields({{std::string(field), std::string(rule)}});
}

absl::Status InvalidFields(std::vector<FieldViolation> fields) {
  std::string message;
  for (const FieldViolation& violation : fields) {
    if (!message.empty()) message += "; ";
    message += StrCat(violation.field, ": ", violation.description);
  }
  return MakeError(absl::StatusCode::kInvalidArgument, message,
                   {.reason = std::string(reason::kFieldInvalid), .fields = std::move(fields)});
}

absl::Status NotFound(std::string_view resource_type, std::string_view resource_name) {
  return MakeError(absl::StatusCode::kNotFound, StrCat(resource_name, " does not exist"),
                   {.reason = std::string(reason::kNotFound),
                    .resource_type = std::string(resource_type),
                    .resource_name = std::string(resource_name)});
}

absl::Status AlreadyExists(std::string_view resource_type, std::string_view resource_name) {
  return MakeError(absl::StatusCode::kAlreadyExists, StrCat(resource_name, " exists already"),
                   {.reason = std::string(reason::kAlreadyExists),
                    .resource_type = std::string(resource_type),
                    .resource_name = std::string(resource_name)});
}

absl::Status StateForbids(std::string_view resource_name, std::string_view message) {
  return MakeError(absl::StatusCode::kFailedPrecondition, message,
                   {.reason = std::string(reason::kStateForbids),
                    .precondition_subject = std::string(resource_name)});
}

absl::Status CapabilityMissing(std::string_view message, std::string_view field) {
  ErrorDetails details;
  details.reason = std::string(reason::kCapabilityMissing);
  if (!field.empty()) details.fields.push_back({std::string(field), std::string(message)});
  return MakeError(absl::StatusCode::kFailedPrecondition,
                   field.empty() ? std::string(message) : StrCat(field, ": ", message),
                   std::move(details));
}

absl::Status Overloaded(std::string_view what, absl::Duration retry_after) {
  return MakeError(absl::StatusCode::kResourceExhausted, StrCat(what, ": try again later"),
                   {.reason = std::string(reason::kOverloaded), .retry_after = retry_after});
}

absl::Status StoreUnavailable(std::string_view message, bool side_effect_possible) {
  return MakeError(absl::StatusCode::kUnavailable, message,
                   {.reason = std::string(reason::kStoreUnavailable),
                    .side_effect_possible = side_effect_possible});
}

absl::Status Internal(std::string_view message) {
  return MakeError(absl::StatusCode::kInternal, message,
                   {.reason = std::string(reason::kInternal), .side_effect_possible = true});
}

}  // namespace sluice
