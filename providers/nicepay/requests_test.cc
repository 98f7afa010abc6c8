#include "providers/nicepay/requests.h"

#include <string>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "providers/nicepay/nicepay.h"
#include "providers/nicepay/test_account.h"
#include "server/core/error.h"
#include "server/wire/form.h"
#include "server/wire/json.h"
#include "server/wire/uri.h"

namespace sluice::nicepay {
namespace {

using conformance::Scenario;

HttpRequest Build(const Scenario& scenario) {
  auto request = NicePay(TestAccount()).Build(scenario.ToOperation(), scenario.context);
  EXPECT_TRUE(request.ok()) << request.status();
  return request.ok() ? *request : HttpRequest();
}

absl::Status BuildStatus(const Scenario& scenario) {
  return NicePay(TestAccount()).Build(scenario.ToOperation(), scenario.context).status();
}

std::string Member(const HttpRequest& request, std::string_view name) {
  const auto json = Json::Parse(request.body);
  EXPECT_TRUE(json.ok()) << json.status();
  return json.ok() ? json->GetString(name).value_or("") : "";
}

TEST(RequestsTest, TheDocumentsRegistrationIsReproduced) {
  const HttpRequest request = Build(SampleRegistration());
  EXPECT_EQ(request.method, "POST");
  EXPECT_EQ(request.url, "https://dev.nicepay.co.id/nicepay/direct/v2/registration");
  EXPECT_EQ(*FindHeader(request.headers, "content-type"), "application/json");
  EXPECT_EQ(request.body, ReadTestdata("requests/registration.json"));
  EXPECT_TRUE(request.at_most_once);
}

TEST(RequestsTest, ARegistrationUnderANewNumberIsAnotherOne) {
  Scenario scenario = TestScenario(Verb::kCreateOrder);
  scenario.attempt.provider_key = "ORD-EW-0001.r2";
  const HttpRequest request = Build(scenario);
  EXPECT_EQ(Member(request, "referenceNo"), "ORD-EW-0001.r2");
  EXPECT_EQ(Member(request, "merchantToken"),
            Sha256Of("20260115103000DEMOEWTESTORD-EW-0001.r215000" + std::string(kTestKey)));
}

TEST(RequestsTest, AnExpiryIsSentWhenItIsNotTheWallets) {
  Scenario scenario = TestScenario(Verb::kCreateOrder);
  scenario.order.expire_time = scenario.order.create_time + absl::Hours(24);
  EXPECT_EQ(Member(Build(scenario), "payValidDt"), "");
  // Past midnight in Jakarta, not yet in UTC.
  scenario.order.expire_time = JakartaTime(10, 30, 0) + absl::Hours(14);
  EXPECT_EQ(Member(Build(scenario), "payValidDt"), "20260116");
  EXPECT_EQ(Member(Build(scenario), "payValidTm"), "003000");
}

TEST(RequestsTest, WhatThePaymentStepNeedsIsCheckedBeforeAnythingIsRegistered) {
  Scenario scenario = TestScenario(Verb::kCreateOrder);
  scenario.context.return_page_url.clear();
  EXPECT_TRUE(BuildStatus(scenario).ok());  // The merchant's own page.
  scenario.order.return_url.clear();
  EXPECT_EQ(BuildStatus(scenario).code(), absl::StatusCode::kInvalidArgument);
  scenario = TestScenario(Verb::kCreateOrder);
  scenario.context.notify_url.clear();
  EXPECT_EQ(BuildStatus(scenario).code(), absl::StatusCode::kInvalidArgument);
  scenario.context.notify_url = "https://merchant.example/" + std::string(255, 'x');
  EXPECT_EQ(BuildStatus(scenario).code(), absl::StatusCode::kInvalidArgument);
}

TEST(RequestsTest, TheDocumentsInquiryIsReproduced) {
  for (const Verb verb : {Verb::kQueryOrder, Verb::kQueryRefund}) {
    Scenario scenario = TestScenario(verb);
    scenario.context.now = JakartaTime(10, 31, 0);
    const HttpRequest request = Build(scenario);
    EXPECT_EQ(request.url, "https://dev.nicepay.co.id/nicepay/direct/v2/inquiry");
    EXPECT_EQ(request.body, ReadTestdata("requests/inquiry.json"));
    EXPECT_FALSE(request.at_most_once);
  }
}

TEST(RequestsTest, WithoutATransactionIdNothingCanBeAskedOrUndone) {
  for (const Verb verb :
       {Verb::kQueryOrder, Verb::kQueryRefund, Verb::kRevokeOrder, Verb::kCreateRefund}) {
    Scenario scenario = TestScenario(verb);
    scenario.order.provider_data.clear();
    scenario.order.provider_number.clear();
    const absl::Status status = BuildStatus(scenario);
    EXPECT_EQ(status.code(), absl::StatusCode::kFailedPrecondition) << VerbName(verb);
    EXPECT_EQ(GetErrorDetails(status)->reason, reason::kStateForbids);
  }
}

TEST(RequestsTest, ARevokeCancelsAll) {
  Scenario scenario = TestScenario(Verb::kRevokeOrder);
  scenario.context.now = JakartaTime(11, 0, 0);
  const HttpRequest request = Build(scenario);
  EXPECT_EQ(request.url, "https://dev.nicepay.co.id/nicepay/direct/v2/cancel");
  EXPECT_EQ(request.body, ReadTestdata("requests/cancel.json"));
  EXPECT_TRUE(request.at_most_once);
}

TEST(RequestsTest, ARefundIsFullOnlyWhenItIsAllAndTheFirst) {
  Scenario scenario = TestScenario(Verb::kCreateRefund);
  EXPECT_EQ(Member(Build(scenario), "cancelType"), "2");
  EXPECT_EQ(Member(Build(scenario), "amt"), "5000");
  EXPECT_EQ(Member(Build(scenario), "cancelMsg"), "returned");
  scenario.refund.amount = scenario.order.amount;
  scenario.refund.description.clear();
  EXPECT_EQ(Member(Build(scenario), "cancelType"), "1");
  EXPECT_EQ(Build(scenario).body.find("cancelMsg"), std::string::npos);
  scenario.order.refunded.minor_units = 10000;
  scenario.refund.amount.minor_units = 5000;
  EXPECT_EQ(Member(Build(scenario), "cancelType"), "2");
}

TEST(RequestsTest, ThePaymentUrlIsEncodedAndSigned) {
  const Scenario scenario = TestScenario(Verb::kQueryOrder);
  CallContext context = scenario.context;
  context.now = JakartaTime(10, 30, 5);
  const std::string text =
      PaymentUrl(TestAccount(), PaymentOf(scenario.order), scenario.order, context);
  EXPECT_EQ(text,
            "https://dev.nicepay.co.id/nicepay/direct/v2/payment?timeStamp=20260115103005"
            "&tXid=DEMOEWTEST05202601151030011234"
            "&merchantToken=f3c9fefa81edd03e9889afce94f160fe26cf441c09058a54dda83604c13bac9f"
            "&callBackUrl=https%3A%2F%2Fmerchant.example%2Freturn%3Fa%3D1%26b%3D2");
  EXPECT_TRUE(ParseUrl(text).ok());
}

TEST(RequestsTest, ThePaymentCallIsAFormAndWaitsForAPush) {
  Scenario scenario = TestScenario(Verb::kCreateOrder, "ovo");
  scenario.step = 1;
  scenario.order.provider_data = {{"txid", kTestTxid}};
  scenario.context.now = JakartaTime(10, 30, 5);
  const HttpRequest push = Build(scenario);
  EXPECT_EQ(push.url, "https://dev.nicepay.co.id/nicepay/direct/v2/payment");
  EXPECT_EQ(push.body,
            "timeStamp=20260115103005&tXid=DEMOEWTEST05202601151030011234"
            "&merchantToken=f3c9fefa81edd03e9889afce94f160fe26cf441c09058a54dda83604c13bac9f"
            "&callBackUrl=https%3A%2F%2Fmerchant.example%2Freturn%3Fa%3D1%26b%3D2");
  EXPECT_GE(push.total_timeout, absl::Seconds(70));
  EXPECT_TRUE(push.at_most_once);

  scenario.order.wallet = "shopeepay";
  scenario.order.presentation = Presentation::kRedirect;
  const HttpRequest links = Build(scenario);
  EXPECT_EQ(links.body, push.body + "&returnJsonFormat=1");
  EXPECT_LT(links.total_timeout, absl::Seconds(30));

  scenario.order.wallet = "dana";  // The payer's browser goes there, not we.
  EXPECT_EQ(BuildStatus(scenario).code(), absl::StatusCode::kFailedPrecondition);
}

TEST(RequestsTest, TheTraceIsForwarded) {
  Scenario scenario = TestScenario(Verb::kQueryOrder);
  scenario.context.traceparent = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01";
  EXPECT_EQ(*FindHeader(Build(scenario).headers, "traceparent"), scenario.context.traceparent);
}

}  // namespace
}  // namespace sluice::nicepay
