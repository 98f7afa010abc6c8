#include "providers/nicepay/register.h"

#include <memory>
#include <string>
#include <utility>

#include "providers/nicepay/account.h"
#include "providers/nicepay/nicepay.h"
#include "providers/nicepay/simulator.h"
#include "server/base/strings.h"

namespace sluice::nicepay {
namespace {

absl::StatusOr<std::unique_ptr<Provider>> MakeProvider(const ProviderAccountConfig& config) {
  absl::StatusOr<Account> account = Account::Make(config);
  if (!account.ok()) return account.status();
  return std::make_unique<NicePay>(*std::move(account));
}

// Of the form of NICEPAY's own: ten upper-case letters and digits.
std::string MakeMerchantId(Random& random) {
  constexpr uint64_t kNumbers = 10'000;
  const std::string digits = StrCat(random.Next() % kNumbers);
  return StrCat("SLUICE", std::string(4 - digits.size(), '0'), digits);
}

absl::StatusOr<SandboxAccount> MakeSandboxAccount(const std::string&, const std::string& base_url,
                                                  Random& random) {
  constexpr int kKeyBytes = 44;  // 88 characters, as NICEPAY's keys have.
  const std::string i_mid = MakeMerchantId(random);
  // The operating system's: `random` may be a test's seed.
  const std::string key = SystemRandom().Hex(kKeyBytes);
  SandboxAccount account;
  account.settings = {{setting::kBaseUrl, base_url}, {setting::kMerchantId, i_mid}};
  account.secrets = {{setting::kMerchantKey, Redacted(key)}};
  // The simulator's own words: see simulator.md.
  account.simulator = {{"i_mid", i_mid}, {"merchant_key", key}};
  return account;
}

}  // namespace

ProviderRegistration Registration() {
  return {.provider = "nicepay",
          .settings = Settings(),
          .make_provider = MakeProvider,
          .make_simulator = MakeNicePaySimulator,
          .make_sandbox_account = MakeSandboxAccount};
}

}  // namespace sluice::nicepay
