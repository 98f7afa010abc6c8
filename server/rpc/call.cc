#include "server/rpc/call.h"

#include <algorithm>
#include <utility>

#include "absl/strings/ascii.h"
#include "server/base/log.h"
#include "server/core/error.h"
#include "server/core/names.h"

namespace sluice::rpc {
namespace {

// "00-" + 32 + "-" + 16 + "-" + 2, see W3C Trace Context.
constexpr size_t kTraceparentBytes = 55;
constexpr size_t kTraceIdAt = 3, kParentIdAt = 36, kFlagsAt = 53;

// Of what is left until the caller's deadline, four fifths may be spent waiting for the provider:
// the answer needs the rest to get there.
constexpr int kWaitNumerator = 4, kWaitDenominator = 5;

bool IsLowerHex(std::string_view text) {
  return std::all_of(text.begin(), text.end(), [](char c) {
    return absl::ascii_isdigit(static_cast<unsigned char>(c)) || (c >= 'a' && c <= 'f');
  });
}

bool IsZeros(std::string_view text) { return text.find_first_not_of('0') == text.npos; }

absl::Duration ProviderWait(absl::Duration longest, const grpc::ServerContextBase& context) {
  const absl::Time deadline = absl::FromChrono(context.deadline());
  // gRPC's deadlines are by the operating system's clock, whatever clock the engine lives by.
  const absl::Duration left = deadline - SystemClock().Now();
  return std::clamp(left * kWaitNumerator / kWaitDenominator, absl::ZeroDuration(), longest);
}

}  // namespace

bool IsTraceparent(std::string_view text) {
  if (text.size() != kTraceparentBytes || text.substr(0, kTraceIdAt) != "00-") return false;
  if (text[kParentIdAt - 1] != '-' || text[kFlagsAt - 1] != '-') return false;
  const std::string_view trace = text.substr(kTraceIdAt, 32), parent = text.substr(kParentIdAt, 16);
  return IsLowerHex(trace) && IsLowerHex(parent) && IsLowerHex(text.substr(kFlagsAt)) &&
         !IsZeros(trace) && !IsZeros(parent);
}

absl::StatusOr<Caller> Identify(const Environment& environment,
                                const grpc::ServerContextBase& context) {
  absl::StatusOr<Principal> principal = Authenticate(*environment.authenticator, context);
  if (!principal.ok()) return principal.status();
  Caller caller{.principal = *std::move(principal),
                .provider_wait = ProviderWait(environment.provider_wait, context)};
  const auto found = context.client_metadata().find("traceparent");
  if (found != context.client_metadata().end()) {
    const std::string_view value(found->second.data(), found->second.size());
    if (IsTraceparent(value)) caller.traceparent = value;
  }
  return caller;
}

absl::StatusOr<app::Call> MakeCall(const Caller& caller, std::string_view merchant,
                                   std::string_view request_id) {
  if (!request_id.empty()) {
    const absl::Status valid = ValidateRequestId(request_id, "request_id");
    if (!valid.ok()) return valid;
  }
  return app::Call{.merchant = std::string(merchant),
                   .request_id = std::string(request_id),
                   .traceparent = caller.traceparent,
                   .provider_wait = caller.provider_wait};
}

void Finished(const Environment& environment, std::string_view method, const absl::Status& status,
              absl::Duration took) {
  if (environment.metrics != nullptr) {
    environment.metrics->Finished(method, static_cast<grpc::StatusCode>(status.code()), took);
  }
  if (status.code() == absl::StatusCode::kInternal) {
    LogError("rpc_failed", {{"method", method}, {"took", took}, {"status", status}});
  } else if (LogEnabled(LogLevel::kDebug)) {
    LogDebug("rpc",
             {{"method", method}, {"took", took}, {"code", static_cast<int>(status.code())}});
  }
}

}  // namespace sluice::rpc
