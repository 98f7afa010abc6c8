#include "providers/epay/account.h"

#include <string>
#include <vector>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "providers/epay/descriptor.h"
#include "providers/epay/test_account.h"
#include "providers/epay/wallets.h"
#include "server/core/error.h"

namespace sluice::epay {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::UnorderedElementsAre;

std::vector<std::string> WrongFields(const ProviderAccountConfig& config) {
  const auto account = Account::Make(config);
  EXPECT_FALSE(account.ok());
  std::vector<std::string> fields;
  if (const auto details = GetErrorDetails(account.status()); details) {
    for (const FieldViolation& violation : details->fields) fields.push_back(violation.field);
  }
  return fields;
}

ProviderAccountConfig With(const char* setting, const std::string& value) {
  ProviderAccountConfig config = TestConfig();
  config.settings[setting] = value;
  return config;
}

TEST(AccountTest, WhatIsNotSetHasADefault) {
  const Account account = TestAccount();
  EXPECT_EQ(account.nested_style, NestedStyle::kCommaSpace);
  EXPECT_THAT(account.currencies, ElementsAre("USD"));
  EXPECT_FALSE(account.send_remark);
}

TEST(AccountTest, WhatIsSetIsTaken) {
  EXPECT_EQ(Account::Make(With(setting::kNestedStyle, "amp"))->nested_style, NestedStyle::kAmp);
  EXPECT_TRUE(Account::Make(With(setting::kSendRemark, "true"))->send_remark);
  const auto account = Account::Make(With(setting::kCurrencies, "USD,EUR"));
  EXPECT_TRUE(account->HasCurrency("EUR"));
  EXPECT_TRUE(account->HasCurrency("USD"));
  EXPECT_FALSE(account->HasCurrency("GBP"));
}

TEST(AccountTest, OnlyLoopbackAndTheTestHostMayDoWithoutTls) {
  for (const char* good : {"https://api.epay.com/capi/openapi", "http://127.0.0.1:7070/epay",
                           "http://29597375fx.epaydev.xyz/capi/openapi", "http://localhost:7070"}) {
    EXPECT_TRUE(Account::Make(With(setting::kBaseUrl, good)).ok()) << good;
  }
  for (const char* bad : {"http://api.epay.com/capi/openapi", "http://epaydev.xyz.evil.test/",
                          "http://evilepaydev.xyz/", "api.epay.com", "https://api.epay.com/?x=1"}) {
    EXPECT_THAT(WrongFields(With(setting::kBaseUrl, bad)), ElementsAre("settings.base_url")) << bad;
  }
}

TEST(AccountTest, WrongSettingsAreNamed) {
  EXPECT_THAT(WrongFields(With(setting::kEpayAccount, "merchant")),
              ElementsAre("settings.epay_account"));
  EXPECT_THAT(WrongFields(With(setting::kNestedStyle, "any")),
              ElementsAre("settings.nested_style"));
  EXPECT_THAT(WrongFields(With(setting::kSendRemark, "yes")), ElementsAre("settings.send_remark"));
  // EPAY's amounts have two decimals, yen have none.
  for (const char* bad : {"usd", "USD,", "USD EUR", "JPY", "USD,USD", "BTC"}) {
    EXPECT_THAT(WrongFields(With(setting::kCurrencies, bad)), ElementsAre("settings.currencies"))
        << bad;
  }
}

TEST(AccountTest, AKeyHasNoWhiteSpaceAndALength) {
  for (const char* bad : {"short", " TESTKEY0123456789ABCDEF00000001",
                          "TESTKEY0123456789ABCDEF00000001\n", "TESTKEY012345678\xC3\xA9"}) {
    ProviderAccountConfig config = TestConfig();
    config.secrets[setting::kApiKeyPayout] = Redacted(bad);
    EXPECT_THAT(WrongFields(config), ElementsAre("secrets.api_key_payout")) << bad;
  }
}

TEST(AccountTest, AllThatIsWrongIsSaidAtOnce) {
  ProviderAccountConfig config = With(setting::kBaseUrl, "x");
  config.settings[setting::kEpayAccount] = "y";
  config.secrets[setting::kApiKeyPayout] = Redacted("z");
  EXPECT_THAT(
      WrongFields(config),
      UnorderedElementsAre("settings.base_url", "settings.epay_account", "secrets.api_key_payout"));
}

TEST(AccountTest, TheReadmeHasEverySetting) {
  const std::string readme = ReadTestdata("../README.md");
  for (const SettingSpec& spec : Settings()) {
    EXPECT_THAT(readme, HasSubstr("| `" + spec.name + "` |"));
  }
  for (const Wallet& wallet : kWallets) {
    EXPECT_THAT(readme, HasSubstr("`" + std::string(wallet.wallet) + "` (" +
                                  std::string(wallet.channel_code) + ")"));
  }
}

TEST(DescriptorTest, ACreateIsNeverRepeated) {
  const Descriptor descriptor = MakeDescriptor(TestAccount());
  EXPECT_EQ(descriptor.resend_create_payout, Resend::kNever);
  EXPECT_FALSE(descriptor.resend_cancel);
  EXPECT_EQ(descriptor.query_horizon, absl::Hours(72));
  EXPECT_EQ(descriptor.wallets.size(), 4u);
}

TEST(DescriptorTest, CurrenciesAreTheAccounts) {
  const Descriptor descriptor = MakeDescriptor(*Account::Make(With(setting::kCurrencies, "EUR")));
  for (const WalletCapability& wallet : descriptor.wallets) {
    EXPECT_THAT(wallet.currency_codes, ElementsAre("EUR"));
  }
}

}  // namespace
}  // namespace sluice::epay
