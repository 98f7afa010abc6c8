#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fstream>
#include <memory>
#include <string>

#include "absl/strings/str_split.h"
#include "server/base/strings.h"
#include "server/core/error.h"
#include "server/main/config_check.h"
#include "server/main/config_load.h"
#include "tests/fakes/fake_provider.h"

namespace sluice {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::SizeIs;
using testing::StartsWith;

// Its identity is the setting partner_id; its host the setting base_url, if there is one.
std::unique_ptr<Provider> MakeAcme(const ProviderAccountConfig& config) {
  auto provider = std::make_unique<FakeProvider>();
  Descriptor& descriptor = provider->mutable_descriptor();
  descriptor.provider = "acme";
  descriptor.display_name = "Acme";
  descriptor.identity = config.settings.at("partner_id");
  const auto base_url = config.settings.find("base_url");
  descriptor.base_url =
      base_url == config.settings.end() ? "https://api.acme.example/v1" : base_url->second;
  descriptor.default_notify_allow = {"198.51.100.0/24"};
  return provider;
}

// A provider with one setting and one secret, both required.
std::vector<ProviderRegistration> Providers() {
  const auto make =
      [](const ProviderAccountConfig& config) -> absl::StatusOr<std::unique_ptr<Provider>> {
    const std::vector<SettingSpec> specs = {{.name = "base_url"},
                                            {.name = "partner_id", .required = true},
                                            {.name = "key", .required = true, .secret = true}};
    const absl::Status status = CheckSettings(config, specs);
    if (!status.ok()) return status;
    return MakeAcme(config);
  };
  return {{.provider = "acme", .make_provider = make}};
}

absl::StatusOr<Settings> Check(std::string_view text, const CommandLine& flags = {}) {
  absl::StatusOr<LoadedConfig> loaded = LoadedConfig::Parse(text, "s.txtpb");
  if (!loaded.ok()) return loaded.status();
  return CheckConfig(*loaded, flags, Providers());
}

// The lines of the error.
std::vector<std::string> Complaints(std::string_view text, const CommandLine& flags = {}) {
  const absl::StatusOr<Settings> settings = Check(text, flags);
  EXPECT_FALSE(settings.ok()) << text;
  if (settings.ok()) return {};
  EXPECT_EQ(settings.status().code(), absl::StatusCode::kInvalidArgument);
  return absl::StrSplit(settings.status().message(), '\n');
}

constexpr char kDigest[] = "2bb80d537b1da3e38bd30361aa855686bde0eacd7162fef6a25fe97bf527a25b";

TEST(ConfigTest, AnEmptyConfigurationIsTheDefaults) {
  const absl::StatusOr<Settings> settings = Check("");
  ASSERT_TRUE(settings.ok()) << settings.status();
  EXPECT_EQ(settings->grpc_address.ToString(), "127.0.0.1:50051");
  EXPECT_EQ(settings->notify_address.ToString(), "127.0.0.1:8080");
  EXPECT_EQ(settings->admin_address.ToString(), "127.0.0.1:9090");
  EXPECT_EQ(settings->simulator_address.ToString(), "127.0.0.1:7070");
  EXPECT_FALSE(HasCredentials(*settings));
}

TEST(ConfigTest, ReadsAWholeConfiguration) {
  const std::string secret = testing::TempDir() + "/acme.key";
  std::ofstream(secret) << "s3cret\n";
  const absl::StatusOr<Settings> settings =
      Check(StrCat("grpc_address: '127.0.0.1:0'\n"
                   "data_dir: '/var/lib/sluice'\n"
                   "notify_base_url: 'https://pay.example.com/'\n"
                   "notify_trusted_proxies: '127.0.0.1' notify_trusted_proxies: '10.0.0.0/8'\n"
                   "log_level: 'warning'\n"
                   "merchants { id: 'shop' api_keys { id: 'k1' sha256: '",
                   kDigest,
                   "' }\n"
                   "  return_url_prefixes: 'https://shop.example/' }\n"
                   "provider_accounts { id: 'shop-acme' provider: 'acme' merchant: 'shop'\n"
                   "  settings { key: 'partner_id' value: '42' }\n"
                   "  secrets { key: 'key' value: 'file:",
                   secret,
                   "' }\n"
                   "  notify_allow: '203.0.113.0/24' max_in_flight: 5 }\n"
                   "query_schedule { seconds: 2 } query_schedule { seconds: 60 }\n"
                   "provider_wait { nanos: 500000000 }\n"
                   "limits { max_message_bytes: 65536 }\n"
                   "retention { events { seconds: 86400 } notifications { seconds: 3600 } }\n"
                   "streams { heartbeat { seconds: 5 } }\n"));
  ASSERT_TRUE(settings.ok()) << settings.status();
  EXPECT_EQ(settings->data_dir, "/var/lib/sluice");
  EXPECT_EQ(settings->notify_base_url, "https://pay.example.com");
  EXPECT_THAT(settings->notify_trusted_proxies, ElementsAre("127.0.0.1", "10.0.0.0/8"));
  EXPECT_EQ(settings->log_level, LogLevel::kWarning);
  ASSERT_EQ(settings->merchants.size(), 1u);
  EXPECT_EQ(settings->merchants[0].api_keys[0].digest.size(), 32u);
  ASSERT_EQ(settings->accounts.size(), 1u);
  EXPECT_EQ(settings->accounts[0].max_in_flight, 5);
  EXPECT_EQ(settings->query_schedule,
            (std::vector<absl::Duration>{absl::Seconds(2), absl::Minutes(1)}));
  EXPECT_EQ(settings->provider_wait, absl::Milliseconds(500));
  EXPECT_EQ(settings->max_message_bytes, 65536);
  EXPECT_EQ(settings->heartbeat, absl::Seconds(5));
  EXPECT_EQ(settings->keep_events, absl::Hours(24));
  EXPECT_EQ(settings->keep_notifications, absl::Hours(1));
  EXPECT_TRUE(HasCredentials(*settings));
}

TEST(ConfigTest, WhatIsNoConfigurationIsSaidByLineAndColumn) {
  EXPECT_THAT(Complaints("data_dir: 'x'\nno_such_field: 1\n"),
              ElementsAre(AllOf(StartsWith("s.txtpb:2:"), HasSubstr("no_such_field"))));
  EXPECT_THAT(Complaints("limits { max_in_flight: 'many' }"),
              ElementsAre(StartsWith("s.txtpb:1:")));
}

TEST(ConfigTest, EveryBrokenRuleIsSaidAtOnceWithItsLine) {
  EXPECT_THAT(
      Complaints("grpc_address: 'localhost'\n"
                 "log_level: 'loud'\n"
                 "merchants {\n"
                 "  id: 'Shop'\n"
                 "  api_keys { id: 'k' sha256: 'abc' }\n"
                 "  return_url_prefixes: 'https://shop.example'\n"
                 "}\n"
                 "limits {\n"
                 "  max_message_bytes: 10\n"
                 "}\n"
                 "query_schedule {\n"
                 "  nanos: 1\n"
                 "}\n"),
      ElementsAre(StartsWith("s.txtpb:1: grpc_address: "), StartsWith("s.txtpb:2: log_level: "),
                  StartsWith("s.txtpb:9: limits.max_message_bytes: "),
                  StartsWith("s.txtpb:11: query_schedule[0]: "),
                  StartsWith("s.txtpb:4: merchants[0].id: "),
                  StartsWith("s.txtpb:5: merchants[0].api_keys[0].sha256: "),
                  StartsWith("s.txtpb:6: merchants[0].return_url_prefixes[0]: ")));
}

TEST(ConfigTest, AccountsAreCheckedByTheirProvider) {
  EXPECT_THAT(
      Complaints("merchants { id: 'shop' }\n"
                 "provider_accounts {\n"
                 "  id: 'a'\n"
                 "  provider: 'acme'\n"
                 "  merchant: 'shop'\n"
                 "  settings { key: 'partner' value: '1' }\n"
                 "}\n"),
      testing::Contains(StartsWith("s.txtpb:2: provider_accounts[0].settings.partner_id: ")));
  EXPECT_THAT(Complaints("provider_accounts { id: 'a' provider: 'other' merchant: 'none' }"),
              ElementsAre(StartsWith("s.txtpb:1: provider_accounts[0].merchant: "),
                          AllOf(StartsWith("s.txtpb:1: provider_accounts[0].provider: "),
                                HasSubstr("acme"))));
  EXPECT_THAT(Complaints("merchants { id: 'shop' }\n"
                         "provider_accounts { id: 'a' provider: 'acme' merchant: 'shop'\n"
                         "  notify_allow: '10.0.0.1/8' }\n"),
              ElementsAre(StartsWith("s.txtpb:3: provider_accounts[0].notify_allow[0]: ")));
}

TEST(ConfigTest, AListOfSendersNeedsTheProxyThatSaysWhoSent) {
  const auto config = [](const std::string& proxies, const std::string& allowed) {
    return StrCat(
        "merchants { id: 'shop' } ", proxies,
        "\nprovider_accounts { id: 'a' provider: 'acme' merchant: 'shop'\n"
        "  settings { key: 'partner_id' value: '42' } secrets { key: 'key' value: 'env:PATH' }\n"
        "  notify_allow: ",
        allowed, " }\n");
  };
  EXPECT_THAT(Complaints(config("", "'203.0.113.0/24'")),
              ElementsAre(AllOf(StartsWith("s.txtpb:4: provider_accounts[0].notify_allow[0]: "),
                                HasSubstr("notify_trusted_proxies"))));
  EXPECT_TRUE(Check(config("", "['203.0.113.0/24', '127.0.0.0/8']")).ok())
      << "a sender on this machine needs no proxy";
  EXPECT_TRUE(Check(config("notify_trusted_proxies: '127.0.0.1'", "'203.0.113.0/24'")).ok());
  EXPECT_THAT(Complaints(config("notify_trusted_proxies: 'nginx'", "'203.0.113.0/24'")),
              ElementsAre(StartsWith("s.txtpb:1: notify_trusted_proxies[0]: ")));
}

std::string Acme(const std::string& id, const std::string& merchant, const std::string& partner,
                 const std::string& base_url = "", const std::string& more = "") {
  const std::string key = testing::TempDir() + "/acme-of.key";
  std::ofstream(key) << "s3cret\n";
  std::string text = StrCat("provider_accounts { id: '", id, "' provider: 'acme' merchant: '",
                            merchant, "' settings { key: 'partner_id' value: '", partner, "' } ");
  if (!base_url.empty()) {
    text += StrCat("settings { key: 'base_url' value: '", base_url, "' } ");
  }
  return StrCat(text, "secrets { key: 'key' value: 'file:", key, "' } ", more, " }\n");
}

constexpr char kTwoShops[] = "merchants { id: 'shop' }\nmerchants { id: 'other' }\n";

TEST(ConfigTest, AnAccountAtAProviderIsOneMerchants) {
  const std::string first =
      StrCat("notify_trusted_proxies: '127.0.0.1'\n", kTwoShops, Acme("a", "shop", "Partner42"));
  EXPECT_THAT(Complaints(first + Acme("b", "other", "Partner42")),
              ElementsAre(AllOf(StartsWith("s.txtpb:5: provider_accounts[1]: "),
                                HasSubstr("another merchant"), HasSubstr("Acme"))));
  // However it is written.
  for (const char* url : {"https://API.acme.example/v1/", "https://api.acme.example:443/v1"}) {
    EXPECT_THAT(Complaints(first + Acme("b", "other", "partner42", url)), SizeIs(1)) << url;
  }
  // Another one there, another host (a test system), the merchant's own (for a new key).
  EXPECT_TRUE(Check(first + Acme("b", "other", "43")).ok());
  EXPECT_TRUE(Check(first + Acme("b", "other", "Partner42", "https://dev.acme.example/v1")).ok());
  EXPECT_TRUE(Check(first + Acme("b", "shop", "Partner42")).ok());
}

TEST(ConfigTest, WhoMayNotifyIsAsTheProviderDocumentsUnlessTheAccountSays) {
  const auto allowed = [](const std::string& base_url, const std::string& more) {
    const absl::StatusOr<Settings> settings =
        Check(StrCat("notify_trusted_proxies: '127.0.0.1'\n", kTwoShops,
                     Acme("a", "shop", "42", base_url, more)));
    EXPECT_TRUE(settings.ok()) << settings.status();
    return settings->accounts.at(0).notify_allow;
  };
  EXPECT_THAT(allowed("", ""), ElementsAre("198.51.100.0/24"));
  EXPECT_THAT(allowed("", "notify_allow: '203.0.113.7'"), ElementsAre("203.0.113.7"));
  EXPECT_THAT(allowed("", "notify_allow: '0.0.0.0/0'"), ElementsAre("0.0.0.0/0"));
  // A simulator on this machine.
  EXPECT_THAT(allowed("http://127.0.0.1:7070/acme", ""), IsEmpty());
  EXPECT_THAT(allowed("http://localhost/acme", ""), IsEmpty());
  // Else nobody could notify, and nobody would be told why.
  EXPECT_THAT(Complaints(kTwoShops + Acme("a", "shop", "42")),
              ElementsAre(AllOf(StartsWith("s.txtpb:3: provider_accounts[0].notify_allow: "),
                                HasSubstr("198.51.100.0/24"), HasSubstr("notify_trusted_proxies"),
                                HasSubstr("Acme"))));
  EXPECT_TRUE(Check(kTwoShops + Acme("a", "shop", "42", "", "notify_allow: '0.0.0.0/0'")).ok());
}

TEST(ConfigTest, SecretsAreReferencesAndAreNeverRepeated) {
  const std::string text =
      "merchants { id: 'shop' }\n"
      "provider_accounts { id: 'a' provider: 'acme' merchant: 'shop'\n"
      "  settings { key: 'partner_id' value: '42' }\n"
      "  secrets { key: 'key' value: 'hunter2' }\n"
      "}\n"
      "seal_key: 'hunter2'\n";
  const std::vector<std::string> complaints = Complaints(text);
  EXPECT_THAT(complaints, ElementsAre(StartsWith("s.txtpb:6: seal_key: "),
                                      StartsWith("s.txtpb:2: provider_accounts[0].secrets.key: ")));
  for (const std::string& line : complaints) {
    EXPECT_THAT(line, HasSubstr("env:NAME or file:/path"));
    EXPECT_THAT(line, Not(HasSubstr("hunter2")));
  }
  EXPECT_THAT(Complaints("seal_key: 'env:SLUICE_TEST_SURELY_NOT_SET'"),
              ElementsAre(HasSubstr("is not set")));
}

TEST(ConfigTest, NamesAreUnique) {
  const std::string key = StrCat("api_keys { id: 'k' sha256: '", kDigest, "' }");
  EXPECT_THAT(
      Complaints(StrCat("merchants { id: 'a' ", key, " }\nmerchants { id: 'a' ", key, " }\n")),
      ElementsAre(HasSubstr("merchants[1].id: must be unique"),
                  HasSubstr("merchants[1].api_keys[0].id: must be unique"),
                  HasSubstr("merchants[1].api_keys[0].sha256: is the same key")));
}

TEST(ConfigTest, ListenersBeyondLoopbackNeedTlsAndCredentials) {
  EXPECT_THAT(Complaints("grpc_address: '0.0.0.0:50051'"),
              ElementsAre("s.txtpb:1: grpc_address: beyond loopback needs tls"));
  const std::string pem = testing::TempDir() + "/some.pem";
  std::ofstream(pem) << "-----BEGIN CERTIFICATE-----\n";
  const std::string tls =
      StrCat("tls { certificate: 'file:", pem, "' private_key: 'file:", pem, "' }\n");
  EXPECT_THAT(Complaints(StrCat(tls, "grpc_address: '0.0.0.0:50051'")),
              ElementsAre(HasSubstr("beyond loopback needs credentials")));
  const std::string merchant =
      StrCat("merchants { id: 'shop' api_keys { id: 'k' sha256: '", kDigest, "' } }\n");
  EXPECT_TRUE(Check(StrCat(tls, merchant, "grpc_address: '0.0.0.0:50051'")).ok());
  EXPECT_THAT(Complaints(StrCat(tls, merchant, "grpc_address: '0.0.0.0:50051'"), {.sandbox = true}),
              ElementsAre(HasSubstr("--sandbox serves loopback only")));
  EXPECT_THAT(Complaints("notify_address: '[::]:80'\nadmin_address: '10.0.0.1:90'"),
              ElementsAre(StartsWith("s.txtpb:1: notify_address: "),
                          StartsWith("s.txtpb:2: admin_address: ")));
  EXPECT_TRUE(Check("simulator_address: '0.0.0.0:70'").ok());  // Not served.
  EXPECT_THAT(Complaints("simulator_address: '0.0.0.0:70'", {.sandbox = true}),
              ElementsAre(StartsWith("s.txtpb:1: simulator_address: ")));
}

TEST(ConfigTest, WhatIsKeptIsKeptForAnHourOrForEver) {
  EXPECT_EQ(Check("retention { }")->keep_events, std::nullopt);
  EXPECT_THAT(Complaints("retention {\n events { seconds: 3599 }\n notifications { }\n}"),
              ElementsAre(HasSubstr("retention.events: must be at least 1h"),
                          HasSubstr("retention.notifications: must be at least 1h")));
}

TEST(ConfigTest, ClientIdentitiesNeedAnAuthority) {
  EXPECT_THAT(Complaints("merchants { id: 'shop' client_identities: 'shop.internal' }"),
              ElementsAre(HasSubstr("needs tls.client_ca")));
}

TEST(ConfigTest, FlagsWinAndAreNamedWhenWrong) {
  const absl::StatusOr<Settings> settings =
      Check("data_dir: 'a'\nlog_level: 'error'",
            {.grpc_address = "[::1]:7", .data_dir = "b", .log_level = "debug"});
  ASSERT_TRUE(settings.ok()) << settings.status();
  EXPECT_EQ(settings->grpc_address.ToString(), "[::1]:7");
  EXPECT_EQ(settings->data_dir, "b");
  EXPECT_EQ(settings->log_level, LogLevel::kDebug);
  EXPECT_THAT(Complaints("", {.admin_address = "9090", .log_level = "x"}),
              ElementsAre(StartsWith("--admin-address: "), StartsWith("--log-level: ")));
}

TEST(ConfigTest, KnowsWhatAReloadDoesNotTakeOver) {
  const std::string base = Check("data_dir: 'a'")->needs_restart;
  EXPECT_EQ(Check("data_dir: 'a'\nmerchants { id: 'm' }\nlog_level: 'debug'")->needs_restart, base);
  EXPECT_NE(Check("data_dir: 'b'")->needs_restart, base);
}

}  // namespace
}  // namespace sluice
