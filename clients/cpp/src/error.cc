#include "sluice/client/error.h"

#include <algorithm>
#include <cstdint>

#include "google/rpc/error_details.pb.h"
#include "google/rpc/status.pb.h"

namespace sluice::client {
namespace {

constexpr char kDomain[] = "sluice.v1";
// The longest google.protobuf.Duration there is; a message may still say more.
constexpr int64_t kLongestSeconds = 315'576'000'000;

void TakeDetail(const google::protobuf::Any& any, Error* error) {
  google::rpc::ErrorInfo info;
  google::rpc::BadRequest bad;
  google::rpc::RetryInfo retry;
  if (any.UnpackTo(&info) && info.domain() == kDomain) {
    error->reason = info.reason();
    error->metadata.insert(info.metadata().begin(), info.metadata().end());
    const auto effect = error->metadata.find("side_effect");
    if (effect != error->metadata.end() && effect->second == "none") {
      error->side_effect = SideEffect::kNone;
    }
  } else if (any.UnpackTo(&bad)) {
    for (const auto& violation : bad.field_violations()) {
      error->field_violations.push_back({violation.field(), violation.description()});
    }
  } else if (any.UnpackTo(&retry)) {
    const int64_t seconds = std::clamp<int64_t>(retry.retry_delay().seconds(), 0, kLongestSeconds);
    error->retry_after =
        std::chrono::milliseconds(seconds * 1000 + retry.retry_delay().nanos() / 1'000'000);
  }
}

}  // namespace

Error ErrorFrom(const grpc::Status& status, std::string request_id) {
  Error error;
  error.code = status.error_code();
  error.message = status.error_message();
  error.request_id = std::move(request_id);
  google::rpc::Status details;
  if (details.ParseFromString(status.error_details())) {
    for (const auto& any : details.details()) TakeDetail(any, &error);
  }
  return error;
}

Error RefusedHere(std::string message) {
  Error error;
  error.code = grpc::StatusCode::INVALID_ARGUMENT;
  error.message = std::move(message);
  error.side_effect = SideEffect::kNone;
  return error;
}

std::string CodeName(grpc::StatusCode code) {
  static constexpr const char* kNames[] = {"OK",
                                           "CANCELLED",
                                           "UNKNOWN",
                                           "INVALID_ARGUMENT",
                                           "DEADLINE_EXCEEDED",
                                           "NOT_FOUND",
                                           "ALREADY_EXISTS",
                                           "PERMISSION_DENIED",
                                           "RESOURCE_EXHAUSTED",
                                           "FAILED_PRECONDITION",
                                           "ABORTED",
                                           "OUT_OF_RANGE",
                                           "UNIMPLEMENTED",
                                           "INTERNAL",
                                           "UNAVAILABLE",
                                           "DATA_LOSS",
                                           "UNAUTHENTICATED"};
  const auto index = static_cast<size_t>(code);
  return index < std::size(kNames) ? kNames[index] : "UNKNOWN";
}

}  // namespace sluice::client
