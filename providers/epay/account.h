// One EPAY merchant account: its settings, checked, and its key.
//
// Threads: constant after Make; safe from any thread. Ownership: a value.

#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "absl/status/statusor.h"
#include "providers/api/registry.h"
#include "providers/epay/signing.h"

namespace sluice::epay {

namespace setting {
inline constexpr char kBaseUrl[] = "base_url";
inline constexpr char kEpayAccount[] = "epay_account";
inline constexpr char kNestedStyle[] = "nested_style";
inline constexpr char kCurrencies[] = "currencies";
inline constexpr char kSendRemark[] = "send_remark";
inline constexpr char kApiKeyPayout[] = "api_key_payout";
}  // namespace setting

// The settings of an account, as the README documents them.
const std::vector<SettingSpec>& Settings();

struct Account {
  std::string base_url;      // "https://api.epay.com/capi/openapi"
  std::string epay_account;  // The merchant as EPAY knows it: an e-mail address.
  NestedStyle nested_style = NestedStyle::kCommaSpace;
  std::vector<std::string> currencies;  // That payouts settle in; each with two decimals.
  bool send_remark = false;             // Whether the receiver gets the payout's description.
  Redacted api_key;                     // Signs our requests; EPAY's replies and callbacks, too.

  bool HasCurrency(std::string_view currency_code) const;

  // INVALID_ARGUMENT with a path for each wrong setting ("settings.epay_account").
  static absl::StatusOr<Account> Make(const ProviderAccountConfig& config);
};

}  // namespace sluice::epay
