#include "providers/payby/register.h"

#include <memory>
#include <string>
#include <utility>

#include "providers/payby/account.h"
#include "providers/payby/payby.h"
#include "providers/payby/simulator.h"
#include "server/base/strings.h"
#include "server/crypto/rsa.h"

namespace sluice::payby {
namespace {

absl::StatusOr<std::unique_ptr<Provider>> MakeProvider(const ProviderAccountConfig& config) {
  absl::StatusOr<Account> account = Account::Make(config);
  if (!account.ok()) return account.status();
  return std::make_unique<PayBy>(*std::move(account));
}

// Of the form of PayBy's own: twelve digits, the first a 2.
std::string MakePartnerId(Random& random) {
  constexpr uint64_t kNumbers = 100'000'000;
  std::string digits = StrCat(random.Next() % kNumbers);
  return StrCat("2000", std::string(8 - digits.size(), '0'), digits);
}

// Keys always come from the operating system: `random` may be a test's seed.
absl::StatusOr<SandboxAccount> MakeSandboxAccount(const std::string&, const std::string& base_url,
                                                  Random& random) {
  absl::StatusOr<crypto::RsaKeyPair> merchant = crypto::GenerateRsaKeyPair();
  if (!merchant.ok()) return merchant.status();
  absl::StatusOr<crypto::RsaKeyPair> provider = crypto::GenerateRsaKeyPair();
  if (!provider.ok()) return provider.status();
  const std::string partner_id = MakePartnerId(random);

  SandboxAccount account;
  account.settings = {{setting::kBaseUrl, base_url}, {setting::kPartnerId, partner_id}};
  account.secrets = {{setting::kPrivateKey, merchant->private_pem},
                     {setting::kProviderPublicKey, Redacted(provider->public_pem)}};
  // The simulator's own words: see simulator.md.
  account.simulator = {{"partner_id", partner_id},
                       {"merchant_public_key_pem", merchant->public_pem},
                       {"provider_private_key_pem", provider->private_pem.Reveal()}};
  return account;
}

}  // namespace

ProviderRegistration Registration() {
  return {.provider = "payby",
          .settings = Settings(),
          .make_provider = MakeProvider,
          .make_simulator = MakePayBySimulator,
          .make_sandbox_account = MakeSandboxAccount};
}

}  // namespace sluice::payby
