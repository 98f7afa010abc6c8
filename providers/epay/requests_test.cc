#include "providers/epay/requests.h"

#include <string>
#include <vector>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "providers/epay/test_account.h"
#include "providers/epay/wallets.h"
#include "server/core/error.h"

namespace sluice::epay {
namespace {

using conformance::Scenario;
using ::testing::ElementsAre;

Account With(const char* setting, const std::string& value) {
  ProviderAccountConfig config = TestConfig();
  config.settings[setting] = value;
  return *Account::Make(config);
}

Json Param(const Account& account, const Scenario& scenario) {
  const auto request = BuildRequest(account, scenario.ToOperation(), scenario.context);
  EXPECT_TRUE(request.ok()) << request.status();
  return *Json::Parse(request->body)->Find("param");
}

std::vector<std::string> WrongFields(const Account& account, const Scenario& scenario) {
  const absl::Status status = ValidateFields(account, scenario.ToOperation());
  EXPECT_FALSE(BuildRequest(account, scenario.ToOperation(), scenario.context).ok());
  std::vector<std::string> fields;
  if (const auto details = GetErrorDetails(status); details) {
    for (const FieldViolation& violation : details->fields) fields.push_back(violation.field);
  }
  return fields;
}

Scenario Create() { return TestScenario(Verb::kCreatePayout); }

TEST(RequestsTest, EachWalletHasItsChannel) {
  for (const auto& [wallet, code] :
       {std::pair("perfect-money", "11"), {"advcash", "12"}, {"payeer", "16"}, {"fasapay", "18"}}) {
    Scenario scenario = Create();
    scenario.payout.wallet = wallet;
    EXPECT_EQ(*Param(TestAccount(), scenario).GetString("channelCode"), code);
    scenario = TestScenario(Verb::kGetPayoutLimits);
    scenario.wallet = wallet;
    EXPECT_EQ(*Param(TestAccount(), scenario).GetString("channelCode"), code);
  }
  EXPECT_EQ(kWallets.size(), 4u);
}

TEST(RequestsTest, ACreateIsOnTheWireAtMostOnce) {
  for (const Verb verb : {Verb::kCreatePayout, Verb::kQueryPayout, Verb::kGetPayoutLimits}) {
    const Scenario scenario = TestScenario(verb);
    const auto request = BuildRequest(TestAccount(), scenario.ToOperation(), scenario.context);
    EXPECT_EQ(request->at_most_once, verb == Verb::kCreatePayout);
  }
}

TEST(RequestsTest, NestedObjectsHaveOneKeySoThatEveryStyleSignsTheSame) {
  const Scenario scenario = Create();
  const auto build = [&](const char* style) {
    return BuildRequest(With(setting::kNestedStyle, style), scenario.ToOperation(),
                        scenario.context)
        ->body;
  };
  EXPECT_EQ(build("comma"), build("comma-space"));
  EXPECT_EQ(build("amp"), build("comma-space"));
  for (const auto& [name, value] : Param(TestAccount(), scenario).members()) {
    if (value.is_object()) {
      EXPECT_EQ(value.members().size(), 1u) << name;
    } else {
      EXPECT_TRUE(value.is_string()) << name;
    }
  }
}

TEST(RequestsTest, ARemarkIsSentWhenAskedFor) {
  Scenario scenario = Create();
  const Account account = With(setting::kSendRemark, "true");
  EXPECT_EQ(BuildRequest(account, scenario.ToOperation(), scenario.context)->body,
            ReadTestdata("requests/create_payout_remark.json"));
  scenario.payout.description.clear();
  EXPECT_EQ(BuildRequest(account, scenario.ToOperation(), scenario.context)->body,
            ReadTestdata("requests/create_payout.json"));
}

TEST(RequestsTest, WithoutACallbackAddressThereIsNone) {
  Scenario scenario = Create();
  scenario.context.notify_url.clear();
  EXPECT_EQ(Param(TestAccount(), scenario).Find("notifyUrl"), nullptr);
}

TEST(RequestsTest, ATraceIsPassedOn) {
  Scenario scenario = Create();
  scenario.context.traceparent = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01";
  const auto request = BuildRequest(TestAccount(), scenario.ToOperation(), scenario.context);
  EXPECT_EQ(*FindHeader(request->headers, "traceparent"), scenario.context.traceparent);
}

TEST(RequestsTest, AReceiverIsPlainText) {
  for (const std::string& good : {std::string("P1"), std::string("a b"), std::string("x@y.test"),
                                  std::string(128, 'x'), std::string("nullable")}) {
    Scenario scenario = Create();
    scenario.payout.receiver_account = good;
    EXPECT_TRUE(ValidateFields(TestAccount(), scenario.ToOperation()).ok()) << good;
  }
  for (const std::string& bad :
       {std::string(), std::string(" P1"), std::string("P1 "), std::string(129, 'x'),
        std::string("P\n1"), std::string("P\xC3\xA9"), std::string("null"),
        std::string(R"({"a":"1"})"), std::string("[1]")}) {
    Scenario scenario = Create();
    scenario.payout.receiver_account = bad;
    EXPECT_THAT(WrongFields(TestAccount(), scenario), ElementsAre("payout.receiver_account"))
        << bad;
  }
}

TEST(RequestsTest, AmountsAreOfTheAccountsCurrencies) {
  for (const Money& bad : {Money{"USD", 0}, Money{"USD", -1}, Money{"EUR", 100}, Money{"JPY", 100},
                           Money{}, Money{"USD", kMaxMinorUnits + 1}}) {
    Scenario scenario = Create();
    scenario.payout.amount = bad;
    const auto wrong = WrongFields(TestAccount(), scenario);
    ASSERT_FALSE(wrong.empty()) << Describe(bad);
    EXPECT_EQ(wrong.front().substr(0, 13), "payout.amount") << Describe(bad);
  }
  Scenario scenario = Create();
  scenario.payout.amount = {"EUR", 5};
  EXPECT_EQ(*Param(With(setting::kCurrencies, "EUR"), scenario).GetString("amount"), "0.05");
}

TEST(RequestsTest, WalletsAndNumbersAreChecked) {
  Scenario scenario = Create();
  scenario.payout.wallet = "botim";
  EXPECT_THAT(WrongFields(TestAccount(), scenario), ElementsAre("payout.wallet"));
  for (const std::string& bad : {std::string(65, 'x'), std::string("a b"), std::string("null")}) {
    scenario = Create();
    scenario.payout.id = bad;
    EXPECT_THAT(WrongFields(TestAccount(), scenario), ElementsAre("payout_id"));
  }
  scenario = TestScenario(Verb::kGetPayoutLimits);
  scenario.wallet = "botim";
  scenario.currency_code = "EUR";
  EXPECT_THAT(WrongFields(TestAccount(), scenario), ElementsAre("wallet", "currency_code"));
}

TEST(RequestsTest, ADescriptionMattersOnlyWhenItIsSent) {
  Scenario scenario = Create();
  scenario.payout.description = R"({"a":"b"})";
  EXPECT_TRUE(ValidateFields(TestAccount(), scenario.ToOperation()).ok());
  EXPECT_THAT(WrongFields(With(setting::kSendRemark, "true"), scenario),
              ElementsAre("payout.description"));
}

}  // namespace
}  // namespace sluice::epay
