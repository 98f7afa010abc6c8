#include "server/rpc/error_mapping.h"

#include <string>
#include <utility>

#include "google/rpc/error_details.pb.h"
#include "google/rpc/status.pb.h"
#include "server/core/error.h"

namespace sluice::rpc {
namespace {

constexpr char kSideEffect[] = "side_effect";

void AddDuration(absl::Duration duration, google::protobuf::Duration* out) {
  out->set_seconds(absl::IDivDuration(duration, absl::Seconds(1), &duration));
  out->set_nanos(static_cast<int32_t>(absl::ToInt64Nanoseconds(duration)));
}

void AddInfo(const ErrorDetails& details, google::rpc::Status* out) {
  google::rpc::ErrorInfo info;
  info.set_reason(details.reason);
  info.set_domain(kErrorDomain);
  for (const auto& [key, value] : details.metadata) (*info.mutable_metadata())[key] = value;
  (*info.mutable_metadata())[kSideEffect] = details.side_effect_possible ? "possible" : "none";
  out->add_details()->PackFrom(info);
}

void AddFields(const ErrorDetails& details, google::rpc::Status* out) {
  if (details.fields.empty()) return;
  google::rpc::BadRequest bad;
  for (const FieldViolation& field : details.fields) {
    auto* violation = bad.add_field_violations();
    violation->set_field(field.field);
    violation->set_description(field.description);
  }
  out->add_details()->PackFrom(bad);
}

void AddPrecondition(const absl::Status& status, const ErrorDetails& details,
                     google::rpc::Status* out) {
  if (status.code() != absl::StatusCode::kFailedPrecondition) return;
  google::rpc::PreconditionFailure failure;
  auto* violation = failure.add_violations();
  violation->set_type(details.reason);
  violation->set_subject(details.precondition_subject);
  violation->set_description(std::string(status.message()));
  out->add_details()->PackFrom(failure);
}

void AddRetry(const ErrorDetails& details, google::rpc::Status* out) {
  if (!details.retry_after.has_value()) return;
  google::rpc::RetryInfo retry;
  AddDuration(*details.retry_after, retry.mutable_retry_delay());
  out->add_details()->PackFrom(retry);
}

void AddResource(const ErrorDetails& details, google::rpc::Status* out) {
  if (details.resource_name.empty()) return;
  google::rpc::ResourceInfo resource;
  resource.set_resource_type(details.resource_type);
  resource.set_resource_name(details.resource_name);
  out->add_details()->PackFrom(resource);
}

}  // namespace

grpc::Status ToGrpcStatus(const absl::Status& status) {
  if (status.ok()) return grpc::Status::OK;
  absl::Status shown = status;
  std::optional<ErrorDetails> details = GetErrorDetails(status);
  if (!details.has_value()) {
    shown = absl::InternalError("internal error: see the server's log");
    details = ErrorDetails{.reason = std::string(reason::kInternal), .side_effect_possible = true};
  }
  google::rpc::Status out;
  out.set_code(static_cast<int>(shown.code()));
  out.set_message(std::string(shown.message()));
  AddInfo(*details, &out);
  AddFields(*details, &out);
  AddPrecondition(shown, *details, &out);
  AddRetry(*details, &out);
  AddResource(*details, &out);
  return grpc::Status(static_cast<grpc::StatusCode>(shown.code()), out.message(),
                      out.SerializeAsString());
}

}  // namespace sluice::rpc
