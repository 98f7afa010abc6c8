// What every RPC stands on: the caller, the trace, the measure.
//
// Threads: Environment is constant and shared; Caller is a value.
// Ownership: Environment borrows what it points to, which outlives the server.

#pragma once

#include <grpcpp/server_context.h>

#include <string>
#include <string_view>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "server/app/call.h"
#include "server/base/clock.h"
#include "server/rpc/auth.h"

namespace sluice::rpc {

// Counts RPCs; main exports it. Safe from any thread. `method` is a literal:
// "sluice.v1.OrderService/GetOrder".
class RpcMetrics {
 public:
  virtual ~RpcMetrics() = default;
  virtual void Finished(std::string_view method, grpc::StatusCode code, absl::Duration took) = 0;
};

struct Environment {
  const Clock* clock = nullptr;
  const Authenticator* authenticator = nullptr;
  RpcMetrics* metrics = nullptr;  // May be null.
  // How long the answer of a mutating call may wait for the provider.
  absl::Duration provider_wait = absl::Seconds(2);
};

struct Caller {
  Principal principal;
  std::string traceparent;       // W3C; empty when none, or not well-formed.
  absl::Duration provider_wait;  // Short enough for the caller's deadline.
};

// Who calls. UNAUTHENTICATED.
absl::StatusOr<Caller> Identify(const Environment& environment,
                                const grpc::ServerContextBase& context);

// Whether `text` is a W3C traceparent of version 00 that is not all zeros.
bool IsTraceparent(std::string_view text);

// The call as the app sees it. INVALID_ARGUMENT for a malformed request id.
absl::StatusOr<app::Call> MakeCall(const Caller& caller, std::string_view merchant,
                                   std::string_view request_id);

// One RPC is over: counts it, and logs it (at debug level; defects at error level).
void Finished(const Environment& environment, std::string_view method, const absl::Status& status,
              absl::Duration took);

}  // namespace sluice::rpc
