// One NICEPAY merchant account: its settings, checked.
//
// Threads: constant after Make; safe from any thread. Ownership: a value.

#pragma once

#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "providers/api/registry.h"
#include "server/base/redacted.h"

namespace sluice::nicepay {

namespace setting {
inline constexpr char kBaseUrl[] = "base_url";
inline constexpr char kMerchantId[] = "i_mid";
inline constexpr char kMerchantKey[] = "merchant_key";
inline constexpr char kAstraPayFormat[] = "astrapay_request_format";
inline constexpr char kAstraPayRedirectFields[] = "astrapay_redirect_fields";
inline constexpr char kAstraPayMandateField[] = "astrapay_mandate_field";
inline constexpr char kAstraPayLinkStatuses[] = "astrapay_link_statuses";
inline constexpr char kAstraPayRelinkRetires[] = "astrapay_relink_retires";
inline constexpr char kAstraPayMinutes[] = "astrapay_minutes";
inline constexpr char kPushAgain[] = "push_again";
}  // namespace setting

// The settings of an account, as the README documents them.
const std::vector<SettingSpec>& Settings();

// A link's status in its notification: one sign each.
struct LinkStatuses {
  std::string linked, pending, refused, expired, unlinked;
};

struct Account {
  std::string base_url;   // "https://www.nicepay.co.id", without "/nicepay".
  std::string i_mid;      // Merchant id: ten letters and digits.
  Redacted merchant_key;  // Part of every token.
  // What is assumed of the AstraPay calls, switchable: see astrapay_link.h.
  bool astrapay_json = false;                         // JSON bodies instead of forms.
  std::vector<std::string> astrapay_redirect_fields;  // Accepted names, the first found wins.
  std::string astrapay_mandate_field;                 // In the notification of a link.
  LinkStatuses astrapay_link_statuses;
  bool astrapay_relink_retires = true;  // Linking a phone again ends the mandate before.
  absl::Duration astrapay_time;         // For the page that links, and for the one that pays.
  bool push_again = true;               // A push of which nobody knows may be made again.

  // INVALID_ARGUMENT with a path for each wrong setting ("settings.i_mid").
  static absl::StatusOr<Account> Make(const ProviderAccountConfig& config);
};

}  // namespace sluice::nicepay
