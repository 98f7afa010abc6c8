#include "tests/e2e/call_result.h"

#include "google/rpc/error_details.pb.h"
#include "google/rpc/status.pb.h"

namespace sluice::e2e {

Problem Explain(const grpc::Status& status) {
  Problem problem{.code = status.error_code(), .message = status.error_message()};
  google::rpc::Status details;
  if (!details.ParseFromString(status.error_details())) return problem;
  for (const google::protobuf::Any& any : details.details()) {
    google::rpc::ErrorInfo info;
    google::rpc::BadRequest bad;
    google::rpc::ResourceInfo resource;
    google::rpc::PreconditionFailure failure;
    if (any.UnpackTo(&info)) {
      problem.reason = info.reason();
      problem.domain = info.domain();
      problem.metadata = {info.metadata().begin(), info.metadata().end()};
    } else if (any.UnpackTo(&bad)) {
      for (const auto& violation : bad.field_violations()) {
        problem.fields.push_back(violation.field());
      }
    } else if (any.UnpackTo(&resource)) {
      problem.resource = resource.resource_name();
    } else if (any.UnpackTo(&failure)) {
      if (failure.violations_size() > 0) problem.precondition = failure.violations(0).subject();
    } else if (any.Is<google::rpc::RetryInfo>()) {
      problem.has_retry_info = true;
    }
  }
  return problem;
}

std::ostream& operator<<(std::ostream& out, const Problem& problem) {
  out << "code " << problem.code << ", reason " << problem.reason << ", side_effect "
      << problem.side_effect() << ": " << problem.message;
  for (const std::string& field : problem.fields) out << " [" << field << "]";
  return out;
}

}  // namespace sluice::e2e
