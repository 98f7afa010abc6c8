#include "server/rpc/error_mapping.h"

#include <gtest/gtest.h>

#include <string>

#include "google/rpc/error_details.pb.h"
#include "google/rpc/status.pb.h"
#include "server/core/error.h"
#include "server/core/names.h"
#include "sluice/v1/error_reason.pb.h"

namespace sluice::rpc {
namespace {

google::rpc::Status Decode(const grpc::Status& status) {
  google::rpc::Status decoded;
  EXPECT_TRUE(decoded.ParseFromString(status.error_details()));
  EXPECT_EQ(decoded.code(), static_cast<int>(status.error_code()));
  EXPECT_EQ(decoded.message(), status.error_message());
  return decoded;
}

// The one detail of this type.
template <typename Detail>
Detail Find(const google::rpc::Status& status) {
  Detail found;
  int count = 0;
  for (const auto& detail : status.details()) count += detail.UnpackTo(&found) ? 1 : 0;
  EXPECT_EQ(count, 1) << Detail::descriptor()->full_name();
  return found;
}

template <typename Detail>
bool Has(const google::rpc::Status& status) {
  for (const auto& detail : status.details()) {
    if (detail.Is<Detail>()) return true;
  }
  return false;
}

TEST(ErrorMappingTest, OkIsOk) { EXPECT_TRUE(ToGrpcStatus(absl::OkStatus()).ok()); }

TEST(ErrorMappingTest, FieldViolationsAreABadRequest) {
  const google::rpc::Status status = Decode(ToGrpcStatus(InvalidFields(
      {{"order.amount", "must be positive"}, {"order.wallet", "must not be empty"}})));
  EXPECT_EQ(status.code(), grpc::StatusCode::INVALID_ARGUMENT);
  const auto info = Find<google::rpc::ErrorInfo>(status);
  EXPECT_EQ(info.reason(), "FIELD_INVALID");
  EXPECT_EQ(info.domain(), "sluice.v1");
  EXPECT_EQ(info.metadata().at("side_effect"), "none");
  const auto bad = Find<google::rpc::BadRequest>(status);
  ASSERT_EQ(bad.field_violations_size(), 2);
  EXPECT_EQ(bad.field_violations(1).field(), "order.wallet");
  EXPECT_EQ(bad.field_violations(1).description(), "must not be empty");
  EXPECT_FALSE(Has<google::rpc::RetryInfo>(status));
}

TEST(ErrorMappingTest, OverloadSaysWhenToComeAgain) {
  const google::rpc::Status status =
      Decode(ToGrpcStatus(Overloaded("calls", absl::Milliseconds(1500))));
  EXPECT_EQ(status.code(), grpc::StatusCode::RESOURCE_EXHAUSTED);
  const auto retry = Find<google::rpc::RetryInfo>(status);
  EXPECT_EQ(retry.retry_delay().seconds(), 1);
  EXPECT_EQ(retry.retry_delay().nanos(), 500'000'000);
}

TEST(ErrorMappingTest, SideEffectsAreSaid) {
  const auto possible = Find<google::rpc::ErrorInfo>(
      Decode(ToGrpcStatus(StoreUnavailable("the disk is full", true))));
  EXPECT_EQ(possible.metadata().at("side_effect"), "possible");
  const auto none = Find<google::rpc::ErrorInfo>(
      Decode(ToGrpcStatus(StoreUnavailable("the disk is full", false))));
  EXPECT_EQ(none.metadata().at("side_effect"), "none");
}

TEST(ErrorMappingTest, ResourcesAndPreconditionsAreNamed) {
  const google::rpc::Status missing =
      Decode(ToGrpcStatus(NotFound("sluice.v1/Order", "merchants/m/orders/o")));
  EXPECT_EQ(Find<google::rpc::ResourceInfo>(missing).resource_name(), "merchants/m/orders/o");
  EXPECT_EQ(Find<google::rpc::ResourceInfo>(missing).resource_type(), "sluice.v1/Order");

  const google::rpc::Status forbidden =
      Decode(ToGrpcStatus(StateForbids("merchants/m/orders/o", "the order is paid")));
  EXPECT_EQ(forbidden.code(), grpc::StatusCode::FAILED_PRECONDITION);
  const auto failure = Find<google::rpc::PreconditionFailure>(forbidden);
  ASSERT_EQ(failure.violations_size(), 1);
  EXPECT_EQ(failure.violations(0).type(), "STATE_FORBIDS");
  EXPECT_EQ(failure.violations(0).subject(), "merchants/m/orders/o");
}

TEST(ErrorMappingTest, FurtherMetadataTravels) {
  const auto info = Find<google::rpc::ErrorInfo>(Decode(ToGrpcStatus(
      MakeError(absl::StatusCode::kOutOfRange, "too old",
                {.reason = "CURSOR_EXPIRED", .metadata = {{"oldest_cursor", "abc"}}}))));
  EXPECT_EQ(info.metadata().at("oldest_cursor"), "abc");
}

TEST(ErrorMappingTest, AStatusWithoutDetailsIsADefectAndSaysNothing) {
  const grpc::Status status =
      ToGrpcStatus(absl::NotFoundError("row 17 of /var/lib/secret was missing"));
  EXPECT_EQ(status.error_code(), grpc::StatusCode::INTERNAL);
  EXPECT_EQ(status.error_message().find("secret"), std::string::npos);
  const auto info = Find<google::rpc::ErrorInfo>(Decode(status));
  EXPECT_EQ(info.reason(), "INTERNAL");
  EXPECT_EQ(info.metadata().at("side_effect"), "possible");
}

// core/error.h and the published enum are one list.
TEST(ErrorMappingTest, EveryReasonIsPublishedAndEveryPublishedReasonIsOurs) {
  const std::vector<std::string_view> ours = {
      reason::kFieldInvalid,      reason::kRequestIdReused, reason::kAlreadyExists,
      reason::kNotFound,          reason::kStateForbids,    reason::kRefundExceedsPaid,
      reason::kCapabilityMissing, reason::kAccountPaused,   reason::kOverloaded,
      reason::kStoreUnavailable,  reason::kShuttingDown,    reason::kUnauthenticated,
      reason::kPermissionDenied,  reason::kCursorInvalid,   reason::kCursorExpired,
      reason::kInternal};
  for (const std::string_view reason : ours) {
    v1::ErrorReason published;
    EXPECT_TRUE(v1::ErrorReason_Parse("ERROR_REASON_" + std::string(reason), &published)) << reason;
  }
  EXPECT_EQ(static_cast<int>(ours.size()), v1::ErrorReason_MAX);
}

}  // namespace
}  // namespace sluice::rpc
