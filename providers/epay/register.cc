#include "providers/epay/register.h"

#include <memory>
#include <string>
#include <utility>

#include "absl/strings/ascii.h"
#include "providers/epay/account.h"
#include "providers/epay/epay.h"
#include "providers/epay/simulator.h"
#include "server/base/strings.h"

namespace sluice::epay {
namespace {

constexpr int kKeyBytes = 16;            // 32 characters, as EPAY's own keys.
constexpr int kAccountBytes = 4;         // Tells the sandbox accounts of one simulator apart.
constexpr char kBalance[] = "10000.00";  // Enough for a demo, and to run out of on purpose.

absl::StatusOr<std::unique_ptr<Provider>> MakeProvider(const ProviderAccountConfig& config) {
  absl::StatusOr<Account> account = Account::Make(config);
  if (!account.ok()) return account.status();
  return std::make_unique<Epay>(*std::move(account));
}

absl::StatusOr<SandboxAccount> MakeSandboxAccount(const std::string&, const std::string& base_url,
                                                  Random& random) {
  const std::string epay_account = StrCat("merchant-", random.Hex(kAccountBytes), "@example.test");
  const std::string api_key = absl::AsciiStrToUpper(random.Hex(kKeyBytes));
  SandboxAccount account;
  account.settings = {{setting::kBaseUrl, base_url}, {setting::kEpayAccount, epay_account}};
  account.secrets = {{setting::kApiKeyPayout, Redacted(api_key)}};
  // The simulator's own words: see simulator.h.
  account.simulator = {{"epay_account", epay_account}, {"api_key", api_key}, {"balance", kBalance}};
  return account;
}

}  // namespace

ProviderRegistration Registration() {
  return {.provider = "epay",
          .settings = Settings(),
          .make_provider = MakeProvider,
          .make_simulator = MakeEpaySimulator,
          .make_sandbox_account = MakeSandboxAccount};
}

}  // namespace sluice::epay
