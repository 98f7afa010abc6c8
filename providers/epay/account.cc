#include "providers/epay/account.h"

#include <algorithm>
#include <utility>

#include "absl/strings/match.h"
#include "absl/strings/str_split.h"
#include "server/base/strings.h"
#include "server/core/error.h"
#include "server/core/money.h"
#include "server/core/validate.h"
#include "server/wire/uri.h"

namespace sluice::epay {
namespace {

constexpr size_t kMinKeyChars = 16;  // Shorter ones are typing errors: EPAY's have 32.
constexpr size_t kMaxKeyChars = 256;
constexpr int kDecimals = 2;                  // Of every amount that EPAY is sent.
constexpr char kDefaultCurrencies[] = "USD";  // All that the documents show for wallets.

// EPAY's test environment is documented on plain http only.
constexpr char kTestDomain[] = ".epaydev.xyz";

bool IsSafeUrl(const Url& url) {
  if (url.scheme == "https" || absl::EndsWith(url.host, kTestDomain)) return true;
  return url.host == "localhost" || url.host == "127.0.0.1" || url.host == "::1";
}

std::string Value(const ProviderAccountConfig& config, const char* name,
                  const char* otherwise = "") {
  const auto found = config.settings.find(name);
  return found == config.settings.end() || found->second.empty() ? otherwise : found->second;
}

void CheckBaseUrl(const std::string& base_url, Violations& violations) {
  const absl::StatusOr<Url> url = ParseUrl(base_url);
  if (!url.ok()) {
    violations.Add("settings.base_url", "must be an absolute https URL");
  } else if (!IsSafeUrl(*url)) {
    violations.Add("settings.base_url",
                   "must be https, except on a loopback address or EPAY's test host");
  } else if (!url->query.empty() || !url->fragment.empty()) {
    violations.Add("settings.base_url", "must have neither query nor fragment");
  }
}

std::vector<std::string> ReadCurrencies(const std::string& list, Violations& violations) {
  std::vector<std::string> currencies = absl::StrSplit(list, ',');
  for (const std::string& currency : currencies) {
    const absl::StatusOr<int> decimals = CurrencyExponent(currency);
    if (decimals.ok() && *decimals == kDecimals) continue;
    violations.Add("settings.currencies",
                   "must be currency codes with two decimals, with commas between: USD,EUR");
    return {};
  }
  std::sort(currencies.begin(), currencies.end());
  if (std::adjacent_find(currencies.begin(), currencies.end()) != currencies.end()) {
    violations.Add("settings.currencies", "must not name a currency twice");
  }
  return currencies;
}

// The key's text is never part of an error.
bool IsKey(const std::string& key) {
  return key.size() >= kMinKeyChars && key.size() <= kMaxKeyChars &&
         std::all_of(key.begin(), key.end(), [](char c) { return c > ' ' && c <= '~'; });
}

}  // namespace

const std::vector<SettingSpec>& Settings() {
  static const auto* const kSettings = new std::vector<SettingSpec>{
      {.name = setting::kBaseUrl,
       .description = "EPAY's API, e.g. https://api.epay.com/capi/openapi",
       .required = true},
      {.name = setting::kEpayAccount,
       .description = "The merchant's EPAY account, an e-mail address",
       .required = true},
      {.name = setting::kNestedStyle,
       .description = "How signed nested objects are written: comma-space (default), comma or amp"},
      {.name = setting::kCurrencies,
       .description = "Currencies to pay out in, with commas between; USD when not set"},
      {.name = setting::kSendRemark,
       .description =
           "true: the receiver gets the payout's description as remark; false if not set"},
      {.name = setting::kApiKeyPayout,
       .description = "The merchant's API key for payouts, from EPAY's console",
       .required = true,
       .secret = true},
  };
  return *kSettings;
}

bool Account::HasCurrency(std::string_view currency_code) const {
  return std::find(currencies.begin(), currencies.end(), currency_code) != currencies.end();
}

absl::StatusOr<Account> Account::Make(const ProviderAccountConfig& config) {
  if (absl::Status status = CheckSettings(config, Settings()); !status.ok()) return status;
  Violations violations;
  Account account;
  account.base_url = Value(config, setting::kBaseUrl);
  CheckBaseUrl(account.base_url, violations);
  account.epay_account = Value(config, setting::kEpayAccount);
  violations.Add(ValidateEmail(account.epay_account, "settings.epay_account"));
  const auto style = ParseNestedStyle(Value(config, setting::kNestedStyle, "comma-space"));
  if (!style.has_value()) {
    violations.Add("settings.nested_style", "must be comma-space, comma or amp");
  }
  account.nested_style = style.value_or(NestedStyle::kCommaSpace);
  account.currencies =
      ReadCurrencies(Value(config, setting::kCurrencies, kDefaultCurrencies), violations);
  const std::string send_remark = Value(config, setting::kSendRemark, "false");
  if (send_remark != "true" && send_remark != "false") {
    violations.Add("settings.send_remark", "must be true or false");
  }
  account.send_remark = send_remark == "true";
  account.api_key = config.secrets.at(setting::kApiKeyPayout);
  if (!IsKey(account.api_key.Reveal())) {
    violations.Add("secrets.api_key_payout",
                   "must be 16 to 256 printable characters without white space");
  }
  if (!violations.ok()) return violations.ToStatus();
  return account;
}

}  // namespace sluice::epay
