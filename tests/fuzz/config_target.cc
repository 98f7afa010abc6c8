// The configuration: text, its places, and every rule; secrets come from no file here.
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "providers/epay/account.h"
#include "providers/epay/epay.h"
#include "providers/nicepay/account.h"
#include "providers/nicepay/nicepay.h"
#include "providers/payby/account.h"
#include "providers/payby/payby.h"
#include "providers/payby/test_account.h"
#include "server/main/config_check.h"
#include "server/main/config_load.h"
#include "server/main/secret_reference.h"
#include "tests/fuzz/targets.h"

namespace sluice {

// In place of the real one, which reads what the text names: no such thing is done for random text.
// Two names are of keys, which PayBy's accounts need; they are made once.
absl::StatusOr<Redacted> ResolveSecret(std::string_view reference) {
  if (reference == "env:PRIVATE") return payby::TestKeys::Get().merchant.private_pem;
  if (reference == "env:PUBLIC") return Redacted(payby::TestKeys::Get().provider.public_pem);
  if (reference.substr(0, 4) == "env:" || reference.substr(0, 5) == "file:") {
    return Redacted(std::string(64, 'a'));
  }
  return absl::InvalidArgumentError("must begin with env: or file:");
}

}  // namespace sluice

namespace sluice::fuzz {
namespace {

template <typename Account, typename Backend>
ProviderRegistration Registered(std::string provider, std::vector<SettingSpec> settings) {
  ProviderRegistration registration;
  registration.provider = std::move(provider);
  registration.settings = std::move(settings);
  registration.make_provider =
      [](const ProviderAccountConfig& config) -> absl::StatusOr<std::unique_ptr<Provider>> {
    auto account = Account::Make(config);
    if (!account.ok()) return account.status();
    return std::make_unique<Backend>(*std::move(account));
  };
  return registration;
}

}  // namespace

void Config(std::string_view input) {
  static const auto* const kProviders = new std::vector<ProviderRegistration>{
      Registered<epay::Account, epay::Epay>("epay", epay::Settings()),
      Registered<nicepay::Account, nicepay::NicePay>("nicepay", nicepay::Settings()),
      Registered<payby::Account, payby::PayBy>("payby", payby::Settings())};
  const auto loaded = LoadedConfig::Parse(input, "sluice.txtpb");
  if (!loaded.ok()) {
    Require(!loaded.status().message().empty(), "a refusal says why");
    return;
  }
  const auto settings = CheckConfig(*loaded, CommandLine(), *kProviders);
  if (!settings.ok()) {
    Require(absl::IsInvalidArgument(settings.status()), "a refusal is of the input");
    Require(!settings.status().message().empty(), "a refusal says why");
    return;
  }
  for (const auto& account : settings->accounts) {
    Require(account.provider != nullptr, "an account that was taken can be used");
  }
}

}  // namespace sluice::fuzz
