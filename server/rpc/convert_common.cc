#include "server/rpc/convert_common.h"

#include <memory>
#include <utility>

namespace sluice::rpc {
namespace {

// The API's enums have the numbers of core's: a cast converts. What differs does not compile.
#define SLUICE_SAME(core_value, proto_value) \
  static_assert(static_cast<int>(core_value) == static_cast<int>(proto_value))
SLUICE_SAME(Verb::kCreateOrder, v1::VERB_CREATE_ORDER);
SLUICE_SAME(Verb::kCreateRefund, v1::VERB_CREATE_REFUND);
SLUICE_SAME(Verb::kCreatePayout, v1::VERB_CREATE_PAYOUT);
SLUICE_SAME(Verb::kGetPayoutLimits, v1::VERB_GET_PAYOUT_LIMITS);
SLUICE_SAME(Verb::kRevokeAccountLink, v1::VERB_REVOKE_ACCOUNT_LINK);
SLUICE_SAME(Verb::kRevokeAccountLink, v1::Verb_MAX);
SLUICE_SAME(AttemptState::kSending, v1::Attempt::STATE_SENDING);
SLUICE_SAME(AttemptState::kConfirmed, v1::Attempt::STATE_CONFIRMED);
SLUICE_SAME(AttemptState::kRejected, v1::Attempt::STATE_REJECTED);
SLUICE_SAME(AttemptState::kUnknown, v1::Attempt::State_MAX);
SLUICE_SAME(FailureReason::kDeclinedByProvider, v1::Failure::REASON_DECLINED_BY_PROVIDER);
SLUICE_SAME(FailureReason::kExpired, v1::Failure::REASON_EXPIRED);
SLUICE_SAME(FailureReason::kNotSubmitted, v1::Failure::REASON_NOT_SUBMITTED);
SLUICE_SAME(FailureReason::kOther, v1::Failure::Reason_MAX);
#undef SLUICE_SAME

}  // namespace

void ToProto(const Money& money, v1::Money* out) {
  out->set_currency_code(money.currency_code);
  out->set_minor_units(money.minor_units);
}

void ToProto(absl::Time time, google::protobuf::Timestamp* out) {
  const int64_t seconds = absl::ToUnixSeconds(time);
  out->set_seconds(seconds);
  out->set_nanos(
      static_cast<int32_t>(absl::ToInt64Nanoseconds(time - absl::FromUnixSeconds(seconds))));
}

void ToProto(absl::Duration duration, google::protobuf::Duration* out) {
  out->set_seconds(absl::IDivDuration(duration, absl::Seconds(1), &duration));
  out->set_nanos(static_cast<int32_t>(absl::ToInt64Nanoseconds(duration)));
}

void ToProto(const Failure& failure, v1::Failure* out) {
  out->set_reason(static_cast<v1::Failure::Reason>(failure.reason));
  out->set_message(failure.message);
  out->set_provider_code(failure.provider_code);
  out->set_provider_message(failure.provider_message);
}

void ToProto(const Attempt& attempt, v1::Attempt* out) {
  out->set_number(attempt.number);
  out->set_verb(static_cast<v1::Verb>(attempt.verb));
  out->set_state(static_cast<v1::Attempt::State>(attempt.state));
  out->set_provider_key(attempt.provider_key);
  out->set_abandoned(attempt.abandoned);
  out->set_sends(attempt.sends);
  ToProto(attempt.start_time, out->mutable_start_time());
  if (attempt.sends > 0) ToProto(attempt.send_time, out->mutable_send_time());
  OptionalToProto(attempt.end_time, [out] { return out->mutable_end_time(); });
  if (!attempt.failure.empty()) ToProto(attempt.failure, out->mutable_failure());
  out->set_traceparent(attempt.traceparent);
  const Resolution& resolution = attempt.resolution;
  if (resolution == Resolution()) return;
  out->mutable_resolution()->set_resolved_by(resolution.resolved_by);
  out->mutable_resolution()->set_evidence(resolution.evidence);
  OptionalToProto(resolution.time,
                  [out] { return out->mutable_resolution()->mutable_resolve_time(); });
}

void ToProto(const NextAction& next_action, v1::NextAction* out) {
  switch (next_action.kind) {
    case NextAction::Kind::kNone:
      return;
    case NextAction::Kind::kRedirect:
      out->mutable_redirect()->set_url(next_action.url);
      out->mutable_redirect()->set_app_deep_link(next_action.app_deep_link);
      return;
    case NextAction::Kind::kQrCode:
      out->mutable_qr_code()->set_payload(next_action.payload);
      return;
    case NextAction::Kind::kAwaitPush:
      out->mutable_await_push();
      return;
  }
}

absl::StatusOr<absl::Time> TimeFromProto(const google::protobuf::Timestamp& time,
                                         std::string_view field) {
  // 0001-01-01 to 9999-12-31, as google.protobuf.Timestamp says.
  constexpr int64_t kOldest = -62135596800, kNewest = 253402300799;
  if (time.seconds() < kOldest || time.seconds() > kNewest || time.nanos() < 0 ||
      time.nanos() > 999'999'999) {
    return InvalidField(field, "must be a time of the years 1 to 9999 with 0 to 999999999 nanos");
  }
  return absl::FromUnixSeconds(time.seconds()) + absl::Nanoseconds(time.nanos());
}

absl::StatusOr<absl::Duration> DurationFromProto(const google::protobuf::Duration& duration,
                                                 std::string_view field) {
  // 10 000 years, as google.protobuf.Duration says.
  constexpr int64_t kMostSeconds = 315576000000;
  const int64_t seconds = duration.seconds();
  const int32_t nanos = duration.nanos();
  if (seconds < -kMostSeconds || seconds > kMostSeconds || nanos < -999'999'999 ||
      nanos > 999'999'999 || (seconds > 0 && nanos < 0) || (seconds < 0 && nanos > 0)) {
    return InvalidField(field, "must be a valid google.protobuf.Duration");
  }
  return absl::Seconds(seconds) + absl::Nanoseconds(nanos);
}

Money MoneyFromProto(const v1::Money& money) {
  return {.currency_code = money.currency_code(), .minor_units = money.minor_units()};
}

Customer CustomerFromProto(const v1::Customer& customer) {
  return {.display_name = customer.display_name(),
          .email = customer.email(),
          .phone = customer.phone(),
          .address = customer.address(),
          .city = customer.city(),
          .state = customer.state(),
          .postal_code = customer.postal_code(),
          .country = customer.country(),
          .ip_address = customer.ip_address()};
}

absl::StatusOr<std::string> ProviderAccountFromProto(std::string_view merchant,
                                                     std::string_view name,
                                                     std::string_view field) {
  if (name.empty()) return std::string();
  absl::StatusOr<ResourceName> parsed = ParseName(name, ResourceKind::kProviderAccount, field);
  if (!parsed.ok()) return parsed.status();
  if (parsed->merchant != merchant) {
    return PermissionDenied(StrCat(field, ": is of another merchant than the parent"));
  }
  return std::move(parsed)->id;
}

}  // namespace sluice::rpc
