// One PayBy merchant account: its settings, checked, and its keys, read.
//
// Threads: constant after Make; safe from any thread. Ownership: a value; copies share the keys.

#pragma once

#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "providers/api/registry.h"
#include "server/crypto/rsa.h"

namespace sluice::payby {

namespace setting {
inline constexpr char kBaseUrl[] = "base_url";
inline constexpr char kPartnerId[] = "partner_id";
inline constexpr char kMerchantMid[] = "merchant_mid";
inline constexpr char kPrivateKey[] = "private_key_pem";
inline constexpr char kProviderPublicKey[] = "provider_public_key_pem";
}  // namespace setting

// The settings of an account, as the README documents them.
const std::vector<SettingSpec>& Settings();

struct Account {
  std::string base_url;               // "https://api.payby.com/sgs/api"
  std::string partner_id;             // The merchant id of the Partner-Id header.
  std::string merchant_mid;           // Who is paid, as orders show it; partner_id when not set.
  crypto::RsaPrivateKey private_key;  // Signs what we send.
  crypto::RsaPublicKey provider_public_key;  // Verifies what PayBy sends.

  // INVALID_ARGUMENT with a path for each wrong setting ("settings.partner_id").
  static absl::StatusOr<Account> Make(const ProviderAccountConfig& config);
};

}  // namespace sluice::payby
