#include "providers/payby/account.h"

#include <string>
#include <vector>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "providers/payby/test_account.h"
#include "server/core/error.h"

namespace sluice::payby {
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

TEST(AccountTest, TheMerchantIsThePartnerUnlessSaidOtherwise) {
  EXPECT_EQ(Account::Make(TestConfig())->merchant_mid, "200000999901");
  EXPECT_EQ(Account::Make(With(setting::kMerchantMid, "12345"))->merchant_mid, "12345");
}

TEST(AccountTest, OnlyALoopbackAddressMayDoWithoutTls) {
  for (const char* good :
       {"https://api.payby.com/sgs/api", "https://api.botim.money/sgs/api/",
        "http://127.0.0.1:7070/payby", "http://localhost:7070", "http://[::1]:7070/payby"}) {
    EXPECT_TRUE(Account::Make(With(setting::kBaseUrl, good)).ok()) << good;
  }
  for (const char* bad : {"http://api.payby.com/sgs/api", "ftp://127.0.0.1/", "api.payby.com",
                          "https://", "https://user:word@api.payby.com/", "http://127.0.0.1.evil/",
                          "https://api.payby.com/?x=1", "https://api.payby.com/#x"}) {
    EXPECT_THAT(WrongFields(With(setting::kBaseUrl, bad)), ElementsAre("settings.base_url")) << bad;
  }
}

TEST(AccountTest, NumbersAreDigits) {
  for (const char* bad : {"1234567890123", "12a", " 1", "-1", "1\n"}) {
    EXPECT_THAT(WrongFields(With(setting::kPartnerId, bad)), ElementsAre("settings.partner_id"))
        << bad;
  }
  EXPECT_THAT(WrongFields(With(setting::kMerchantMid, "123456789012345678901")),
              ElementsAre("settings.merchant_mid"));
}

TEST(AccountTest, KeysMustBeOfTheRightKind) {
  ProviderAccountConfig config = TestConfig();
  std::swap(config.secrets[setting::kPrivateKey], config.secrets[setting::kProviderPublicKey]);
  EXPECT_THAT(WrongFields(config),
              UnorderedElementsAre("secrets.private_key_pem", "secrets.provider_public_key_pem"));
}

TEST(AccountTest, OurOwnPublicKeyIsNotPayBys) {
  ProviderAccountConfig config = TestConfig();
  config.secrets[setting::kProviderPublicKey] = Redacted(TestKeys::Get().merchant.public_pem);
  EXPECT_THAT(WrongFields(config), ElementsAre("secrets.provider_public_key_pem"));
  EXPECT_THAT(std::string(Account::Make(config).status().message()), HasSubstr("own public key"));
}

TEST(AccountTest, AllThatIsWrongIsSaidAtOnce) {
  ProviderAccountConfig config = With(setting::kBaseUrl, "x");
  config.settings[setting::kPartnerId] = "y";
  config.secrets[setting::kPrivateKey] = Redacted("z");
  EXPECT_THAT(WrongFields(config), UnorderedElementsAre("settings.base_url", "settings.partner_id",
                                                        "secrets.private_key_pem"));
}

TEST(AccountTest, TheReadmeHasEverySetting) {
  const std::string readme = ReadTestdata("../README.md");
  for (const SettingSpec& spec : Settings()) {
    EXPECT_THAT(readme, HasSubstr("| `" + spec.name + "` |"));
  }
}

}  // namespace
}  // namespace sluice::payby
