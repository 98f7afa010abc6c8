#include "providers/nicepay/account.h"

#include <string>
#include <vector>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "providers/nicepay/test_account.h"
#include "server/core/error.h"

namespace sluice::nicepay {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::Not;
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

TEST(AccountTest, TakesWhatNicePayGives) {
  const Account account = TestAccount();
  EXPECT_EQ(account.i_mid, "DEMOEWTEST");
  EXPECT_FALSE(account.astrapay_json);
  EXPECT_THAT(account.astrapay_redirect_fields,
              ElementsAre("redirectUrl", "redirectURL", "redirectUrlHttp", "requestURL"));
}

TEST(AccountTest, OnlyALoopbackAddressMayDoWithoutTls) {
  for (const char* good : {"https://www.nicepay.co.id", "https://services.nicepay.co.id/",
                           "http://127.0.0.1:7070/nicepay", "http://[::1]:7070"}) {
    EXPECT_TRUE(Account::Make(With(setting::kBaseUrl, good)).ok()) << good;
  }
  for (const char* bad : {"http://www.nicepay.co.id", "www.nicepay.co.id", "https://",
                          "https://u:p@www.nicepay.co.id", "http://127.0.0.1.evil/",
                          "https://www.nicepay.co.id/?x=1", "https://www.nicepay.co.id/#x"}) {
    EXPECT_THAT(WrongFields(With(setting::kBaseUrl, bad)), ElementsAre("settings.base_url")) << bad;
  }
}

TEST(AccountTest, AMerchantIdIsTenLettersAndDigits) {
  for (const char* bad : {"DEMO", "DEMOEWTEST1", "DEMO-EWTES", "DEMOEWTES "}) {
    EXPECT_THAT(WrongFields(With(setting::kMerchantId, bad)), ElementsAre("settings.i_mid"));
  }
}

TEST(AccountTest, AKeyIsNeverPartOfAnError) {
  for (const std::string& bad :
       {std::string("short-key"), std::string(257, 'k'), std::string("a key with spaces in it"),
        std::string("a-key-with-a-line-end\n")}) {
    ProviderAccountConfig config = TestConfig();
    config.secrets[setting::kMerchantKey] = Redacted(bad);
    EXPECT_THAT(WrongFields(config), ElementsAre("secrets.merchant_key"));
    EXPECT_THAT(Account::Make(config).status().ToString(), Not(HasSubstr(bad)));
  }
}

TEST(AccountTest, TheAssumedPartsOfAstraPayAreSwitchable) {
  EXPECT_TRUE(Account::Make(With(setting::kAstraPayFormat, "json"))->astrapay_json);
  EXPECT_FALSE(Account::Make(With(setting::kAstraPayFormat, "form"))->astrapay_json);
  EXPECT_THAT(
      Account::Make(With(setting::kAstraPayRedirectFields, "url, link"))->astrapay_redirect_fields,
      ElementsAre("url", "link"));
  EXPECT_THAT(WrongFields(With(setting::kAstraPayFormat, "xml")),
              ElementsAre("settings.astrapay_request_format"));
  for (const char* bad : {",", "a,,b", "a b", "a.b", "a,b,c,d,e,f,g,h,i"}) {
    EXPECT_THAT(WrongFields(With(setting::kAstraPayRedirectFields, bad)),
                ElementsAre("settings.astrapay_redirect_fields"))
        << bad;
  }
}

TEST(AccountTest, SoIsWhatALinksNotificationSays) {
  const Account initial = TestAccount();
  EXPECT_EQ(initial.astrapay_mandate_field, "mandateID");
  EXPECT_EQ(initial.astrapay_link_statuses.linked, "0");
  EXPECT_EQ(initial.astrapay_link_statuses.unlinked, "1");
  const Account other = *Account::Make(
      With(setting::kAstraPayLinkStatuses, "unlinked=U, linked=L,pending=P,refused=R,expired=E"));
  EXPECT_EQ(other.astrapay_link_statuses.linked, "L");
  EXPECT_EQ(other.astrapay_link_statuses.unlinked, "U");
  for (const char* bad :
       {"linked=0", "linked=0,linked=1,refused=8,expired=5,unlinked=2", "x",
        "linked=0,pending=0,refused=8,expired=5,unlinked=1",
        "linked=0,pending=33,refused=8,expired=5,unlinked=1",
        "linked=0,pending=3,refused=8,expired=5,unlinked=1,more=7", "linked=,pending=3"}) {
    EXPECT_THAT(WrongFields(With(setting::kAstraPayLinkStatuses, bad)),
                ElementsAre("settings.astrapay_link_statuses"))
        << bad;
  }
  EXPECT_THAT(WrongFields(With(setting::kAstraPayMandateField, "a,b")),
              ElementsAre("settings.astrapay_mandate_field"));
}

TEST(AccountTest, SoAreTimesAndRepeats) {
  EXPECT_EQ(TestAccount().astrapay_time, absl::Minutes(15));
  EXPECT_EQ(Account::Make(With(setting::kAstraPayMinutes, "5"))->astrapay_time, absl::Minutes(5));
  for (const char* bad : {"0", "-1", "1441", "x", "1.5"}) {
    EXPECT_THAT(WrongFields(With(setting::kAstraPayMinutes, bad)),
                ElementsAre("settings.astrapay_minutes"));
  }
  EXPECT_TRUE(TestAccount().push_again);
  EXPECT_FALSE(Account::Make(With(setting::kPushAgain, "false"))->push_again);
  EXPECT_FALSE(
      Account::Make(With(setting::kAstraPayRelinkRetires, "false"))->astrapay_relink_retires);
  EXPECT_THAT(WrongFields(With(setting::kPushAgain, "yes")), ElementsAre("settings.push_again"));
  EXPECT_THAT(WrongFields(With(setting::kAstraPayRelinkRetires, "1")),
              ElementsAre("settings.astrapay_relink_retires"));
}

TEST(AccountTest, EveryMistakeIsNamedAtOnce) {
  ProviderAccountConfig config = TestConfig();
  config.settings[setting::kBaseUrl] = "x";
  config.settings[setting::kMerchantId] = "x";
  config.secrets[setting::kMerchantKey] = Redacted("x");
  EXPECT_THAT(WrongFields(config),
              UnorderedElementsAre("settings.base_url", "settings.i_mid", "secrets.merchant_key"));
}

}  // namespace
}  // namespace sluice::nicepay
