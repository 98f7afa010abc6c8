// What the *_service.cc files share. Included by them alone.
//
// Threads: see services.h.
// Ownership: see services.h.

#pragma once

#include <grpcpp/grpcpp.h>

#include <string>
#include <string_view>
#include <utility>

#include "server/rpc/convert.h"
#include "server/rpc/list.h"
#include "server/rpc/services.h"
#include "server/rpc/unary.h"

namespace sluice::rpc {

using Context = grpc::CallbackServerContext;
using Unary = grpc::ServerUnaryReactor*;

// The plain conversion, as the last argument of Answer::As.
inline constexpr auto kShow = [](const auto& value, auto* out) { return ToProto(value, out); };

// A call on one resource by its name: `act(call, name)`, once the caller may touch it.
template <typename Request, typename Act>
absl::Status ActOnName(const Caller& caller, const Request& request, ResourceKind kind, Act act) {
  absl::StatusOr<ResourceName> name = CallersName(caller.principal, request.name(), kind);
  if (!name.ok()) return name.status();
  absl::StatusOr<app::Call> call = MakeCall(caller, name->merchant, request.request_id());
  if (!call.ok()) return call.status();
  act(*std::move(call), *name);
  return absl::OkStatus();
}

// The rights of a stream's caller, as the watch functions ask for them: by the keys of the moment.
// Both arguments stay where they are until the stream is done.
inline MayRead MayReadAs(const Environment& environment, const Context& context) {
  return [&environment, &context](const std::string& merchant) -> absl::Status {
    const auto principal = Authenticate(*environment.authenticator, context);
    if (!principal.ok()) return principal.status();
    if (principal->MayTouch(merchant)) return absl::OkStatus();
    return PermissionDenied("these credentials are of another merchant");
  };
}

}  // namespace sluice::rpc
