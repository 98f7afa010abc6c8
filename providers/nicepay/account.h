// One NICEPAY merchant account: its settings, checked.
//
// Threads: constant after Make; safe from any thread. Ownership: a value.

#pragma once

#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "providers/api/registry.h"
#include "server/base/redacted.h"

namespace sluice::nicepay {

namespace setting {
inline constexpr char kBaseUrl[] = "base_url";
inline constexpr char kMerchantId[] = "i_mid";
inline constexpr char kMerchantKey[] = "merchant_key";
inline constexpr char kAstraPayFormat[] = "astrapay_request_format";
inline constexpr char kAstraPayRedirectFields[] = "astrapay_redirect_fields";
}  // namespace setting

// The settings of an account, as the README documents them.
const std::vector<SettingSpec>& Settings();

struct Account {
  std::string base_url;   // "https://www.nicepay.co.id", without "/nicepay".
  std::string i_mid;      // Merchant id: ten letters and digits.
  Redacted merchant_key;  // Part of every token.
  // What is assumed of the AstraPay calls, switchable: see astrapay_link.h.
  bool astrapay_json = false;                         // JSON bodies instead of forms.
  std::vector<std::string> astrapay_redirect_fields;  // Accepted names, the first found wins.

  // INVALID_ARGUMENT with a path for each wrong setting ("settings.i_mid").
  static absl::StatusOr<Account> Make(const ProviderAccountConfig& config);
};

}  // namespace sluice::nicepay
