// Our errors as gRPC sends them: a code, a message, and google.rpc details that grpcurl and stock
// libraries decode (ErrorInfo with domain "sluice.v1" and side_effect, BadRequest,
// PreconditionFailure, RetryInfo, ResourceInfo).
//
// Threads: pure functions.
// Ownership: values.

#pragma once

#include <grpcpp/support/status.h>

#include "absl/status/status.h"

namespace sluice::rpc {

inline constexpr char kErrorDomain[] = "sluice.v1";

// A status without ErrorDetails is a defect: it becomes INTERNAL, with side_effect=possible and
// without its text, which may hold what callers must not see.
grpc::Status ToGrpcStatus(const absl::Status& status);

}  // namespace sluice::rpc
