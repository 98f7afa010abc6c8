// Each fault on the calls of the API, and the codes that only faults bring about.

#include "providers/payby/simulator_test_client.h"

namespace sluice::payby::simulator_test {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

class SimulatorFaultTest : public SimulatorTest {};

TEST_F(SimulatorFaultTest, BeforeTheEffectNothingHappens) {
  PutFault(FaultKind::kTimeoutBeforeEffect, "place_order");
  Answered answer = Place("O1");
  EXPECT_TRUE(answer.raw.drop_connection);
  EXPECT_GT(answer.raw.delay, absl::Seconds(70));
  PutFault(FaultKind::kConnectionReset, "place_order");
  answer = Place("O1");
  EXPECT_TRUE(answer.raw.drop_connection);
  EXPECT_EQ(answer.raw.delay, absl::ZeroDuration());
  PutFault(FaultKind::kHttpStatus, "place_order");
  EXPECT_EQ(Place("O1").raw.reply.status, 503);
  EXPECT_THAT(simulator_->Ledger(), IsEmpty());
  EXPECT_EQ(Place("O1").code(), "0");
}

TEST_F(SimulatorFaultTest, AfterTheEffectItHasHappened) {
  PutFault(FaultKind::kTimeoutAfterEffect, "place_order", absl::Seconds(40));
  const Answered silent = Place("O1");
  EXPECT_TRUE(silent.raw.drop_connection);
  EXPECT_EQ(silent.raw.delay, absl::Seconds(40));
  EXPECT_EQ(Get("O1").status(), "CREATED");
  PutFault(FaultKind::kHttpStatusAfterEffect, "cancel_order");
  EXPECT_EQ(Cancel("O1").raw.reply.status, 503);
  EXPECT_EQ(Get("O1").status(), "FAILURE");
}

TEST_F(SimulatorFaultTest, SpoiltBodies) {
  PutFault(FaultKind::kHtmlBody, "place_order");
  const Answered html = Place("O1");
  EXPECT_EQ(html.raw.reply.status, 200);
  EXPECT_THAT(html.raw.reply.body, HasSubstr("<html>"));
  EXPECT_FALSE(html.is_signed);
  PutFault(FaultKind::kSlowBody, "get_order", absl::Seconds(2));
  EXPECT_EQ(Get("O1").raw.chunk_delay, absl::Seconds(2));
  PutFault(FaultKind::kTruncatedBody, "get_order");
  const Answered cut = Get("O1");
  EXPECT_GT(cut.raw.truncate_body_at, 0);
  EXPECT_LT(cut.raw.truncate_body_at, static_cast<long>(cut.raw.reply.body.size()));
}

TEST_F(SimulatorFaultTest, Signatures) {
  PutFault(FaultKind::kBadSignature, "place_order");
  const Answered bad = Place("O1");
  EXPECT_EQ(bad.code(), "0");
  EXPECT_TRUE(bad.is_signed);
  EXPECT_FALSE(bad.verified);
  PutFault(FaultKind::kMissingSignature, "get_order");
  EXPECT_FALSE(Get("O1").is_signed);
  // What goes out unsigned by itself gets a wrong signature, too.
  PutFault(FaultKind::kBadSignature, "get_order");
  const Answered refused = Call("getOrder", "{}");
  EXPECT_EQ(refused.code(), "400");
  EXPECT_TRUE(refused.is_signed);
  EXPECT_FALSE(refused.verified);
}

TEST_F(SimulatorFaultTest, ClockSkewMovesTheProvidersTime) {
  PutFault(FaultKind::kClockSkew, "place_order", absl::Minutes(20));
  EXPECT_EQ(Place("O1").msg(), "REQUESTTIME_TOO_EARLY");
  PutFault(FaultKind::kClockSkew, "place_order", -absl::Minutes(20));
  EXPECT_EQ(Place("O1").msg(), "REQUESTTIME_TOO_LATER");
  PutFault(FaultKind::kClockSkew, "place_order", absl::Minutes(10));
  EXPECT_EQ(Place("O1").order_no().substr(0, 15), absl::StrCat("13", kStartMs + 600000));
}

TEST_F(SimulatorFaultTest, EveryDocumentedCodeCanBeAsked) {
  const struct {
    const char* code;
    const char* msg;
    bool is_signed;
  } kCodes[] = {{"400", "INVALID_PARAMETER", false},
                {"402", "RATE_LIMIT_REJECT", false},
                {"403", "UNAUTHORIZED", false},
                {"404", "SERVICE_NOT_AVAILABLE", false},
                {"500", "SYSTEM_ERROR", false},
                {"504", "SERVICE_TIMEOUT", false},
                {"601", "RISK_FAIL", false},
                {"62018", "PAYERMID_NOT_EXIST", true},
                {"62020", "PAYERMID_PAYEEMID_ARE_SAME", true},
                {"62030", "ORDER_BANK_FAIL", true},
                {"62036", "MERCHANT_DEVICE_NOT_EXIST", true},
                {"62037", "DEVICE_ACCESS_FORBIDDEN", true},
                {"62038", "INVALID_SECONDARY_MERCHANT", true},
                {"62039", "REVOKE_FAILURE", true},
                {"62046", "REVOKE_REJECTED", true},
                {"62072", "MISSING_REDIRECT_URL", true},
                {"62087", "INVALID_TYPE", true},
                {"62088", "MISSING_UNIQUE_ID", true}};
  for (const auto& expected : kCodes) {
    Fault fault;
    fault.kind = FaultKind::kProviderCode;
    fault.operation = "revoke_order";
    fault.code = expected.code;
    ASSERT_TRUE(simulator_->PutFault(fault).ok());
    const Answered answer = Revoke("O1");
    EXPECT_EQ(answer.code(), expected.code);
    EXPECT_EQ(answer.msg(), expected.msg);
    EXPECT_EQ(answer.apply_status(), "FAIL");
    EXPECT_EQ(answer.is_signed, expected.is_signed) << expected.code;
    EXPECT_EQ(answer.verified, expected.is_signed) << expected.code;
  }
  Fault gateway;
  gateway.kind = FaultKind::kProviderCode;
  gateway.code = "58123";
  ASSERT_TRUE(simulator_->PutFault(gateway).ok());
  EXPECT_EQ(Revoke("O1").apply_status(), "ERROR");
}

TEST_F(SimulatorFaultTest, EachOperationHasItsName) {
  PlacePaid("P");
  Wait(absl::Seconds(1));
  const std::vector<std::pair<const char*, std::function<Answered()>>> calls = {
      {"place_order", [&] { return Place("O1"); }},
      {"get_order", [&] { return Get("O1"); }},
      {"cancel_order", [&] { return Cancel("O1"); }},
      {"revoke_order", [&] { return Revoke("O1"); }},
      {"place_refund", [&] { return Refund("R1", "P", "1"); }},
      {"get_refund", [&] { return GetRefund("R1"); }}};
  for (const auto& [name, call] : calls) {
    PutFault(FaultKind::kHttpStatus, name);
    EXPECT_EQ(call().raw.reply.status, 503) << name;
    PutFault(FaultKind::kHttpStatus, "");
    EXPECT_EQ(call().raw.reply.status, 503) << name;
    EXPECT_EQ(call().raw.reply.status, 200) << name;
  }
  Fault unknown;
  unknown.operation = "payout";
  EXPECT_TRUE(absl::IsInvalidArgument(simulator_->PutFault(unknown)));
}

TEST_F(SimulatorFaultTest, PagesHaveNone) {
  Fault always;
  always.kind = FaultKind::kHttpStatus;
  always.count = 0;
  const std::string link = Place("O1").Text("body.interActionParams.tokenUrl");
  ASSERT_TRUE(simulator_->PutFault(always).ok());
  RawRequest request;
  request.method = "GET";
  request.path = link.substr(link.find("/pay/"));
  EXPECT_EQ(simulator_->Handle(request).reply.status, 200);
  simulator_->ClearFaults();
  EXPECT_EQ(Get("O1").code(), "0");
}

}  // namespace
}  // namespace sluice::payby::simulator_test
