#include "providers/payby/requests.h"

#include <string>
#include <vector>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "providers/payby/test_account.h"
#include "server/core/error.h"
#include "server/wire/json.h"

namespace sluice::payby {
namespace {

using conformance::Scenario;
using ::testing::ElementsAre;
using ::testing::UnorderedElementsAre;

Account TestAccount() { return *Account::Make(TestConfig()); }

absl::StatusOr<HttpRequest> Build(const Scenario& scenario) {
  return BuildRequest(TestAccount(), scenario.ToOperation(), scenario.context);
}

Json Content(const Scenario& scenario) {
  const auto request = Build(scenario);
  EXPECT_TRUE(request.ok()) << request.status();
  return *Json::Parse(request->body)->Find("bizContent");
}

std::vector<std::string> WrongFields(const absl::Status& status) {
  std::vector<std::string> fields;
  const std::optional<ErrorDetails> details = GetErrorDetails(status);
  EXPECT_TRUE(details.has_value()) << status;
  if (details) {
    for (const FieldViolation& violation : details->fields) fields.push_back(violation.field);
  }
  return fields;
}

std::vector<std::string> WrongFields(const Scenario& scenario) {
  return WrongFields(ValidateFields(scenario.ToOperation()));
}

TEST(RequestsTest, ARepeatHasTheSameContentAndAFreshTime) {
  for (const Verb verb : {Verb::kCreateOrder, Verb::kCreateRefund}) {
    Scenario scenario = TestScenario(verb);
    const auto first = Build(scenario);
    scenario.context.now += absl::Minutes(7);
    scenario.attempt.sends = 2;
    scenario.order.revision = 9;
    const auto second = Build(scenario);
    ASSERT_TRUE(first.ok() && second.ok());
    const Json a = *Json::Parse(first->body), b = *Json::Parse(second->body);
    EXPECT_EQ(*a.Find("bizContent"), *b.Find("bizContent"));
    EXPECT_EQ(*b.GetInt("requestTime") - *a.GetInt("requestTime"), 7 * 60 * 1000);
    EXPECT_NE(*FindHeader(first->headers, "sign"), *FindHeader(second->headers, "sign"));
  }
}

TEST(RequestsTest, WalletsAreTheirCodes) {
  Scenario scenario = TestScenario(Verb::kCreateOrder);
  EXPECT_EQ(*Content(scenario).GetString("paySceneParams.eWalletCode"), "botim-pay");
  scenario.order.wallet = "payby";
  EXPECT_EQ(*Content(scenario).GetString("paySceneParams.eWalletCode"), "payby");
  scenario.order.wallet = "alipay";
  EXPECT_THAT(WrongFields(scenario), ElementsAre("order.wallet"));
  EXPECT_FALSE(Build(scenario).ok());
}

TEST(RequestsTest, AQrCodeIsTheSameSceneForBothWallets) {
  Scenario scenario = QrScenario();
  for (const char* wallet : {"botim", "payby"}) {
    scenario.order.wallet = wallet;
    EXPECT_EQ(*Content(scenario).GetString("paySceneCode"), "DYNQR");
  }
  scenario.order.presentation = Presentation::kPush;
  EXPECT_THAT(WrongFields(scenario), ElementsAre("order.presentation"));
}

TEST(RequestsTest, OurReturnPageComesBeforeTheMerchants) {
  Scenario scenario = TestScenario(Verb::kCreateOrder);
  scenario.context.return_page_url = "https://pay.example/return/demo-payby/order/1";
  EXPECT_EQ(*Content(scenario).GetString("paySceneParams.redirectUrl"),
            scenario.context.return_page_url);
  scenario.context.return_page_url.clear();
  EXPECT_EQ(*Content(scenario).GetString("paySceneParams.redirectUrl"), scenario.order.return_url);
  scenario.order.return_url.clear();
  EXPECT_EQ(Content(scenario).FindPath("paySceneParams.redirectUrl"), nullptr);
}

TEST(RequestsTest, WhatIsNotGivenIsNotSent) {
  Scenario scenario = TestScenario(Verb::kCreateOrder);
  scenario.context.notify_url.clear();
  scenario.order.description.clear();
  const Json content = Content(scenario);
  EXPECT_EQ(content.Find("notifyUrl"), nullptr);
  EXPECT_EQ(content.Find("expiredTime"), nullptr);
  EXPECT_EQ(content.Find("payeeMid"), nullptr);
  EXPECT_EQ(*content.GetString("subject"), kTestOrder) << "PayBy requires one";

  scenario = TestScenario(Verb::kCreateRefund);
  scenario.refund.description.clear();
  EXPECT_EQ(Content(scenario).Find("reason"), nullptr);
}

TEST(RequestsTest, AnotherPayeeIsSent) {
  ProviderAccountConfig config = TestConfig();
  config.settings[setting::kMerchantMid] = "200000999902";
  const Scenario scenario = TestScenario(Verb::kCreateOrder);
  const auto request =
      BuildRequest(*Account::Make(config), scenario.ToOperation(), scenario.context);
  ASSERT_TRUE(request.ok());
  EXPECT_EQ(*Json::Parse(request->body)->GetString("bizContent.payeeMid"), "200000999902");
}

TEST(RequestsTest, TheTraceIsForwarded) {
  Scenario scenario = TestScenario(Verb::kQueryOrder);
  EXPECT_EQ(FindHeader(Build(scenario)->headers, "traceparent"), nullptr);
  scenario.context.traceparent = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01";
  EXPECT_EQ(*FindHeader(Build(scenario)->headers, "traceparent"), scenario.context.traceparent);
}

TEST(RequestsTest, OnlyARefundGoesOutAtMostOnce) {
  for (const Verb verb : {Verb::kCreateOrder, Verb::kQueryOrder, Verb::kCancelOrder,
                          Verb::kRevokeOrder, Verb::kCreateRefund, Verb::kQueryRefund}) {
    EXPECT_EQ(Build(TestScenario(verb))->at_most_once, verb == Verb::kCreateRefund);
  }
}

TEST(RequestsTest, TextIsSentAsItIs) {
  Scenario scenario = TestScenario(Verb::kCreateOrder);
  scenario.order.description = "قهوة \"x\" / <b> \\ 🙂";
  EXPECT_EQ(*Content(scenario).GetString("subject"), scenario.order.description);
}

TEST(RequestsTest, AmountsHaveBounds) {
  for (const Verb verb : {Verb::kCreateOrder, Verb::kCreateRefund}) {
    Scenario scenario = TestScenario(verb);
    const std::string field = verb == Verb::kCreateOrder ? "order.amount" : "refund.amount";
    Money& amount = *scenario.Amount();
    for (const int64_t wrong : {int64_t{0}, int64_t{-1}, kMaxAmountMinorUnits + 1, INT64_MIN}) {
      amount = {"AED", wrong};
      EXPECT_THAT(WrongFields(scenario), ElementsAre(field)) << wrong;
      EXPECT_FALSE(Build(scenario).ok());
    }
    for (const char* currency : {"USD", "aed", "", "AEDX"}) {
      amount = {currency, 100};
      EXPECT_THAT(WrongFields(scenario), ElementsAre(field)) << currency;
    }
    amount = {"AED", kMaxAmountMinorUnits};
    const auto request = Build(scenario);
    ASSERT_TRUE(request.ok());
    EXPECT_NE(request->body.find("\"amount\":9999999999.99,"), std::string::npos);
  }
}

TEST(RequestsTest, TextsHaveBoundsInCharacters) {
  Scenario scenario = TestScenario(Verb::kCreateOrder);
  scenario.order.description.clear();
  for (int i = 0; i < 64; ++i) scenario.order.description += "ق";
  EXPECT_TRUE(ValidateFields(scenario.ToOperation()).ok());
  scenario.order.description += "x";
  EXPECT_THAT(WrongFields(scenario), ElementsAre("order.description"));

  scenario.order.return_url = "https://shop.example/" + std::string(512 - 21, 'x');
  EXPECT_THAT(WrongFields(scenario), ElementsAre("order.description"));
  scenario.order.return_url += "x";
  EXPECT_THAT(WrongFields(scenario), UnorderedElementsAre("order.description", "order.return_url"));

  scenario = TestScenario(Verb::kCreateOrder);
  scenario.order.id = std::string(65, 'a');
  EXPECT_THAT(WrongFields(scenario), ElementsAre("order_id"));

  scenario = TestScenario(Verb::kCreateRefund);
  scenario.refund.id = std::string(65, 'a');
  scenario.refund.description = std::string(65, 'a');
  EXPECT_THAT(WrongFields(scenario), UnorderedElementsAre("refund_id", "refund.description"));
}

TEST(RequestsTest, AddressesOfOursHaveBounds) {
  Scenario scenario = TestScenario(Verb::kCreateOrder);
  scenario.context.notify_url = "https://n.example/" + std::string(200 - 18, 'x');
  EXPECT_TRUE(Build(scenario).ok());
  scenario.context.notify_url += "x";
  scenario.context.return_page_url = "https://n.example/" + std::string(512, 'x');
  EXPECT_THAT(WrongFields(Build(scenario).status()),
              UnorderedElementsAre("notify_url", "return_page_url"));
}

TEST(RequestsTest, ExpiryIsAtMost48HoursAfterTheCreation) {
  Scenario scenario = TestScenario(Verb::kCreateOrder);
  const absl::Time start = scenario.order.create_time;
  for (const absl::Duration wrong :
       {absl::ZeroDuration(), -absl::Minutes(1), absl::Hours(48) + absl::Milliseconds(1)}) {
    scenario.order.expire_time = start + wrong;
    EXPECT_THAT(WrongFields(scenario), ElementsAre("order.expire_time")) << wrong;
  }
  scenario.order.expire_time = start + absl::Hours(48);
  EXPECT_TRUE(ValidateFields(scenario.ToOperation()).ok());
  // A repeat after the expiry is still sent: PayBy then says what became of the order.
  scenario.context.now = start + absl::Hours(50);
  EXPECT_TRUE(Build(scenario).ok());
}

TEST(RequestsTest, AnOperationWithoutItsResourceIsRefused) {
  for (int verb = 0; verb <= static_cast<int>(Verb::kRevokeAccountLink); ++verb) {
    const Operation operation{.verb = static_cast<Verb>(verb)};
    EXPECT_FALSE(BuildRequest(TestAccount(), operation, {}).ok()) << verb;
  }
}

}  // namespace
}  // namespace sluice::payby
