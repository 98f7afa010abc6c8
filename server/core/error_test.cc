#include "server/core/error.h"

#include <gtest/gtest.h>

#include "absl/strings/cord.h"

namespace sluice {
namespace {

TEST(ErrorTest, CarriesAllDetails) {
  ErrorDetails details;
  details.reason = "R";
  details.side_effect_possible = true;
  details.fields = {{"order.amount", "must \"be\" more"}, {"", ""}};
  details.metadata = {{"k", "v"}, {"\n", "é"}};
  details.retry_after = absl::Milliseconds(1500);
  details.resource_type = "sluice.v1/Order";
  details.resource_name = "merchants/m/orders/o";
  details.precondition_subject = "subject";
  const absl::Status status = MakeError(absl::StatusCode::kAborted, "message", details);
  EXPECT_EQ(status.code(), absl::StatusCode::kAborted);
  EXPECT_EQ(status.message(), "message");
  // A copy, as statuses travel.
  const absl::Status copy = status;
  const auto read = GetErrorDetails(copy);
  ASSERT_TRUE(read.has_value());
  EXPECT_EQ(read->reason, "R");
  EXPECT_TRUE(read->side_effect_possible);
  ASSERT_EQ(read->fields.size(), 2u);
  EXPECT_EQ(read->fields[0].field, "order.amount");
  EXPECT_EQ(read->fields[0].description, "must \"be\" more");
  EXPECT_EQ(read->fields[1].field, "");
  EXPECT_EQ(read->metadata, details.metadata);
  EXPECT_EQ(read->retry_after, absl::Milliseconds(1500));
  EXPECT_EQ(read->resource_type, "sluice.v1/Order");
  EXPECT_EQ(read->resource_name, "merchants/m/orders/o");
  EXPECT_EQ(read->precondition_subject, "subject");
}

TEST(ErrorTest, ZeroRetryIsNotAbsent) {
  EXPECT_EQ(GetErrorDetails(Overloaded("x", absl::ZeroDuration()))->retry_after,
            absl::ZeroDuration());
  EXPECT_FALSE(GetErrorDetails(Internal("x"))->retry_after.has_value());
}

TEST(ErrorTest, OtherStatusesHaveNoDetails) {
  EXPECT_FALSE(GetErrorDetails(absl::OkStatus()).has_value());
  EXPECT_FALSE(GetErrorDetails(absl::InternalError("x")).has_value());
  absl::Status broken = Internal("x");
  broken.ForEachPayload([&](absl::string_view url, const absl::Cord&) {
    absl::Status other = absl::InternalError("y");
    other.SetPayload(url, absl::Cord("not json"));
    EXPECT_FALSE(GetErrorDetails(other).has_value());
  });
}

void ExpectError(const absl::Status& status, absl::StatusCode code, std::string_view reason) {
  EXPECT_EQ(status.code(), code);
  const auto details = GetErrorDetails(status);
  ASSERT_TRUE(details.has_value());
  EXPECT_EQ(details->reason, reason);
}

TEST(ErrorTest, Shorthands) {
  ExpectError(InvalidField("a.b", "is required"), absl::StatusCode::kInvalidArgument,
              reason::kFieldInvalid);
  EXPECT_EQ(InvalidField("a.b", "is required").message(), "a.b: is required");
  EXPECT_EQ(InvalidFields({{"a", "x"}, {"b", "y"}}).message(), "a: x; b: y");
  ExpectError(NotFound("sluice.v1/Order", "merchants/m/orders/o"), absl::StatusCode::kNotFound,
              reason::kNotFound);
  EXPECT_EQ(GetErrorDetails(NotFound("T", "n"))->resource_type, "T");
  EXPECT_EQ(GetErrorDetails(NotFound("T", "n"))->resource_name, "n");
  ExpectError(AlreadyExists("T", "n"), absl::StatusCode::kAlreadyExists, reason::kAlreadyExists);
  ExpectError(StateForbids("n", "m"), absl::StatusCode::kFailedPrecondition, reason::kStateForbids);
  EXPECT_EQ(GetErrorDetails(StateForbids("n", "m"))->precondition_subject, "n");
  ExpectError(CapabilityMissing("m"), absl::StatusCode::kFailedPrecondition,
              reason::kCapabilityMissing);
  ExpectError(Overloaded("the writer", absl::Seconds(1)), absl::StatusCode::kResourceExhausted,
              reason::kOverloaded);
  ExpectError(StoreUnavailable("m", true), absl::StatusCode::kUnavailable,
              reason::kStoreUnavailable);
  EXPECT_TRUE(GetErrorDetails(StoreUnavailable("m", true))->side_effect_possible);
  EXPECT_FALSE(GetErrorDetails(StoreUnavailable("m", false))->side_effect_possible);
  ExpectError(Internal("m"), absl::StatusCode::kInternal, reason::kInternal);
  EXPECT_TRUE(GetErrorDetails(Internal("m"))->side_effect_possible);
}

}  // namespace
}  // namespace sluice
