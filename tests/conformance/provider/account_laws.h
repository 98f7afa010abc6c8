// Laws of accounts and descriptors: settings are checked by name, secrets never show.
//
// Threads: tests run on one thread unless they say otherwise. Ownership: the fixture owns all.

#pragma once

#include <set>
#include <string>
#include <vector>

#include "server/base/log_capture.h"
#include "server/core/error.h"
#include "tests/conformance/provider/fixture.h"

namespace sluice::conformance {

template <typename Traits>
class AccountLaws : public ProviderConformance<Traits> {
 protected:
  static absl::Status Make(const ProviderAccountConfig& config) {
    return Traits::Registration().make_provider(config).status();
  }

  static void ExpectRefused(const ProviderAccountConfig& config, const std::string& path) {
    const absl::Status status = Make(config);
    EXPECT_EQ(status.code(), absl::StatusCode::kInvalidArgument) << path;
    const std::optional<ErrorDetails> details = GetErrorDetails(status);
    ASSERT_TRUE(details.has_value()) << status;
    std::set<std::string> fields;
    for (const FieldViolation& violation : details->fields) {
      fields.insert(violation.field);
      EXPECT_NE(violation.description, "");
    }
    EXPECT_EQ(fields.count(path), 1u) << status;
  }
};
TYPED_TEST_SUITE_P(AccountLaws);

TYPED_TEST_P(AccountLaws, MissingSettingsAreRefusedByPath) {
  const ProviderRegistration registration = TypeParam::Registration();
  for (const SettingSpec& spec : registration.settings) {
    EXPECT_NE(spec.description, "") << spec.name;
    if (!spec.required) continue;
    const std::string path = (spec.secret ? "secrets." : "settings.") + spec.name;
    ProviderAccountConfig config = TypeParam::Config();
    config.settings.erase(spec.name);
    config.secrets.erase(spec.name);
    this->ExpectRefused(config, path);
    if (spec.secret) {
      config.secrets[spec.name] = Redacted();
    } else {
      config.settings[spec.name] = "";
    }
    this->ExpectRefused(config, path);
  }
}

TYPED_TEST_P(AccountLaws, UnknownSettingsAreRefusedByPath) {
  ProviderAccountConfig config = TypeParam::Config();
  config.settings["no_such_setting"] = "1";
  this->ExpectRefused(config, "settings.no_such_setting");
  config = TypeParam::Config();
  config.secrets["no_such_secret"] = Redacted("1");
  this->ExpectRefused(config, "secrets.no_such_secret");
}

TYPED_TEST_P(AccountLaws, TheSandboxAccountIsComplete) {
  const ProviderRegistration registration = TypeParam::Registration();
  const std::string base_url = "http://127.0.0.1:7070/x";
  SeededRandom random(this->kSeed);
  const auto account = registration.make_sandbox_account("demo", base_url, random);
  ASSERT_TRUE(account.ok()) << account.status();
  EXPECT_FALSE(account->simulator.empty());
  const auto provider = registration.make_provider(
      {.account = "demo", .settings = account->settings, .secrets = account->secrets});
  ASSERT_TRUE(provider.ok()) << provider.status();
  for (const Scenario& scenario : TypeParam::Scenarios()) {
    const auto request = (*provider)->Build(scenario.ToOperation(), scenario.context);
    ASSERT_TRUE(request.ok()) << request.status();
    EXPECT_EQ(request->url.rfind(base_url, 0), 0u) << request->url;
  }
}

TYPED_TEST_P(AccountLaws, TheDescriptorIsSound) {
  const Descriptor& descriptor = this->provider().descriptor();
  EXPECT_EQ(descriptor.provider, TypeParam::Registration().provider);
  EXPECT_NE(descriptor.display_name, "");
  EXPECT_NE(descriptor.base_url, "");
  EXPECT_NE(descriptor.identity, "");
  EXPECT_GT(descriptor.max_id_length, 0);
  EXPECT_GT(descriptor.query_horizon, absl::ZeroDuration());
  ASSERT_FALSE(descriptor.wallets.empty());
  std::set<std::string> words;
  for (const WalletCapability& wallet : descriptor.wallets) {
    SCOPED_TRACE(wallet.wallet);
    EXPECT_TRUE(words.insert(wallet.wallet).second);
    EXPECT_EQ(descriptor.FindWallet(wallet.wallet), &wallet);
    EXPECT_FALSE(wallet.verbs.empty());
    if (wallet.maximum_expiry > absl::ZeroDuration()) {
      EXPECT_LE(wallet.default_expiry, wallet.maximum_expiry);
    }
    ASSERT_FALSE(wallet.currency_codes.empty());
    for (const std::string& currency : wallet.currency_codes) {
      EXPECT_TRUE(CurrencyExponent(currency).ok()) << currency;
    }
  }
}

// Everything that a provider says to people, and every log line it writes.
TYPED_TEST_P(AccountLaws, NoSecretIsSpoken) {
  LogCapture log;
  std::vector<std::string> spoken;
  SeededRandom random(this->kSeed);
  for (const SettingSpec& spec : TypeParam::Registration().settings) {
    if (!spec.secret) continue;
    ProviderAccountConfig config = TypeParam::Config();
    const std::string whole = config.secrets[spec.name].Reveal();
    for (const std::string& broken : {whole.substr(0, whole.size() / 2), "x" + whole + "x"}) {
      config.secrets[spec.name] = Redacted(broken);
      spoken.push_back(this->Make(config).ToString());
    }
    config = TypeParam::Config();
    config.settings[spec.name] = whole;
    spoken.push_back(this->Make(config).ToString());
  }
  for (const Scenario& scenario : TypeParam::Scenarios()) {
    Scenario wrong = scenario;
    if (Money* amount = wrong.Amount(); amount != nullptr) amount->minor_units = -1;
    spoken.push_back(this->provider().Validate(wrong.ToOperation()).ToString());
    spoken.push_back(
        this->provider().Build(wrong.ToOperation(), wrong.context).status().ToString());
  }
  for (const GoldenReply& golden : TypeParam::GoldenReplies()) {
    spoken.push_back(TextOf(this->Interpret(golden.scenario, golden.reply)));
    for (int i = 0; i < 20; ++i) {
      HttpReply reply = golden.reply;
      reply.body = Mutate(reply.body, random);
      spoken.push_back(TextOf(this->Interpret(golden.scenario, reply)));
    }
  }
  for (const GoldenNotification& golden : TypeParam::GoldenNotifications()) {
    RawRequest request = golden.request;
    for (int i = 0; i < 20; ++i) {
      const auto read = this->provider().ReadNotification(request, golden.context);
      if (!read.ok()) spoken.push_back(read.status().ToString());
      spoken.push_back(TextOf(this->provider().Diagnose(request, golden.context)));
      request.body = Mutate(golden.request.body, random);
    }
  }
  for (const std::string& line : log.lines()) spoken.push_back(line);
  for (const std::string& secret : TypeParam::PrivateTexts()) {
    ASSERT_GE(secret.size(), 6u) << "too short to be looked for";
    for (const std::string& text : spoken) {
      EXPECT_EQ(text.find(secret), std::string::npos) << text.substr(0, 200);
    }
  }
}

REGISTER_TYPED_TEST_SUITE_P(AccountLaws, MissingSettingsAreRefusedByPath,
                            UnknownSettingsAreRefusedByPath, TheSandboxAccountIsComplete,
                            TheDescriptorIsSound, NoSecretIsSpoken);

}  // namespace sluice::conformance
