#include "server/main/simulator_convert.h"

#include <string>

#include "server/base/strings.h"
#include "server/core/error.h"
#include "server/core/validate.h"
#include "server/rpc/convert.h"

namespace sluice {
namespace {

namespace sim = simulator::v1;

constexpr int kAlways = 1000;  // Permille.
constexpr int kInternalServerError = 500;

// The proto's kinds are core's, one higher (0 is UNSPECIFIED).
static_assert(static_cast<int>(FaultKind::kTimeoutBeforeEffect) + 1 ==
              sim::FAULT_KIND_TIMEOUT_BEFORE_EFFECT);
static_assert(static_cast<int>(FaultKind::kHttpStatus) + 1 == sim::FAULT_KIND_HTTP_STATUS);
static_assert(static_cast<int>(FaultKind::kTruncatedBody) + 1 == sim::FAULT_KIND_TRUNCATED_BODY);
static_assert(static_cast<int>(FaultKind::kProviderCode) + 1 == sim::FAULT_KIND_PROVIDER_CODE);
static_assert(static_cast<int>(FaultKind::kClockSkew) + 1 == sim::FAULT_KIND_CLOCK_SKEW);
static_assert(static_cast<int>(FaultKind::kClockSkew) + 1 == sim::FaultKind_MAX);

}  // namespace

absl::StatusOr<Fault> FaultFromProto(const sim::Fault& in) {
  Violations violations;
  if (in.kind() == sim::FAULT_KIND_UNSPECIFIED || !sim::FaultKind_IsValid(in.kind())) {
    violations.Add("fault.kind", "must be a kind of fault");
  }
  Fault fault{
      .kind = static_cast<FaultKind>(static_cast<int>(in.kind()) - 1),
      .operation = in.operation(),
      .count = in.has_count() ? in.count() : 1,
      .probability_permille = in.has_probability_permille() ? in.probability_permille() : kAlways,
      .status = in.status() == 0 ? kInternalServerError : in.status(),
      .code = in.code()};
  if (fault.count < 0) violations.Add("fault.count", "must not be less than 0");
  if (fault.probability_permille < 0 || fault.probability_permille > kAlways) {
    violations.Add("fault.probability_permille", "must be from 0 to 1000");
  }
  if (fault.status < 100 || fault.status > 599) {
    violations.Add("fault.status", "must be an HTTP status, from 100 to 599");
  }
  absl::StatusOr<absl::Duration> delay = rpc::DurationFromProto(in.delay(), "fault.delay");
  if (delay.ok()) fault.delay = *delay;
  violations.Add(delay.status());
  if (!violations.ok()) return violations.ToStatus();
  return fault;
}

void LedgerToProto(std::string_view provider, const LedgerEntry& entry, sim::LedgerEntry* out) {
  out->set_provider(std::string(provider));
  out->set_index(entry.index);
  rpc::ToProto(entry.time, out->mutable_time());
  out->set_account(entry.account);
  out->set_operation(entry.operation);
  out->set_key(entry.provider_key);
  out->set_provider_number(entry.provider_number);
  if (!entry.currency_code.empty()) {
    out->mutable_amount()->set_currency_code(entry.currency_code);
    out->mutable_amount()->set_minor_units(entry.minor_units);
  }
  out->set_state(entry.state);
}

absl::Status FromSimulator(const absl::Status& status) {
  if (status.ok() || GetErrorDetails(status).has_value()) return status;
  const std::string_view message = StdView(status.message());
  switch (status.code()) {
    case absl::StatusCode::kNotFound:
      return MakeError(status.code(), message, {.reason = std::string(reason::kNotFound)});
    case absl::StatusCode::kFailedPrecondition:
      return MakeError(status.code(), message, {.reason = std::string(reason::kStateForbids)});
    case absl::StatusCode::kInvalidArgument:
      return MakeError(status.code(), message, {.reason = std::string(reason::kFieldInvalid)});
    case absl::StatusCode::kUnimplemented:
      return CapabilityMissing(message);
    default:
      return Internal(message);
  }
}

}  // namespace sluice
