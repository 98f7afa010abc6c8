#include "server/rpc/unary.h"

#include "server/rpc/error_mapping.h"

namespace sluice::rpc {

UnaryCall::UnaryCall(const Environment* environment, std::string_view method)
    : environment_(environment), method_(method), start_time_(environment->clock->Now()) {}

void UnaryCall::End(absl::Status status) {
  status_ = std::move(status);
  Finish(ToGrpcStatus(status_));
}

void UnaryCall::OnCancel() {
  // The caller sees its own CANCELLED or DEADLINE_EXCEEDED; this one is for the metrics.
  if (Claim()) {
    status_ = absl::CancelledError("the caller has gone");
    Finish(grpc::Status(grpc::StatusCode::CANCELLED, "the caller has gone"));
  }
}

void UnaryCall::OnDone() {
  Finished(*environment_, method_, status_, environment_->clock->Now() - start_time_);
  Release();
}

void UnaryCall::Release() {
  if (references_.fetch_sub(1, std::memory_order_acq_rel) == 1) delete this;
}

}  // namespace sluice::rpc
