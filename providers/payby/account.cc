#include "providers/payby/account.h"

#include <algorithm>
#include <string_view>

#include "server/base/strings.h"
#include "server/core/error.h"
#include "server/wire/uri.h"

namespace sluice::payby {
namespace {

constexpr size_t kMaxPartnerIdDigits = 12;    // The header's documented length.
constexpr size_t kMaxMerchantMidDigits = 20;  // payeeMid's documented length.

bool IsDigits(std::string_view text, size_t max_digits) {
  return !text.empty() && text.size() <= max_digits &&
         std::all_of(text.begin(), text.end(), [](char c) { return c >= '0' && c <= '9'; });
}

// Payment data goes over TLS; a simulator on this machine needs none.
bool IsSafeUrl(const Url& url) {
  if (url.scheme == "https") return true;
  return url.host == "localhost" || url.host == "127.0.0.1" || url.host == "::1";
}

std::string Value(const ProviderAccountConfig& config, const char* name) {
  const auto found = config.settings.find(name);
  return found == config.settings.end() ? "" : found->second;
}

// The text of a key is never part of an error.
FieldViolation BadKey(const char* name, const absl::Status& why) {
  return {StrCat("secrets.", name), std::string(StdView(why.message()))};
}

std::vector<FieldViolation> CheckValues(const std::string& base_url, const std::string& partner_id,
                                        const std::string& merchant_mid) {
  std::vector<FieldViolation> wrong;
  const absl::StatusOr<Url> url = ParseUrl(base_url);
  if (!url.ok()) {
    wrong.push_back({"settings.base_url", "must be an absolute https URL"});
  } else if (!IsSafeUrl(*url)) {
    wrong.push_back({"settings.base_url", "must be https, except on a loopback address"});
  } else if (!url->query.empty() || !url->fragment.empty()) {
    wrong.push_back({"settings.base_url", "must have neither query nor fragment"});
  }
  if (!IsDigits(partner_id, kMaxPartnerIdDigits)) {
    wrong.push_back({"settings.partner_id", "must be 1 to 12 digits"});
  }
  if (!merchant_mid.empty() && !IsDigits(merchant_mid, kMaxMerchantMidDigits)) {
    wrong.push_back({"settings.merchant_mid", "must be 1 to 20 digits"});
  }
  return wrong;
}

}  // namespace

const std::vector<SettingSpec>& Settings() {
  static const auto* const kSettings = new std::vector<SettingSpec>{
      {.name = setting::kBaseUrl,
       .description = "PayBy's API, e.g. https://api.payby.com/sgs/api",
       .required = true},
      {.name = setting::kPartnerId,
       .description = "Merchant id, sent as Partner-Id: up to 12 digits",
       .required = true},
      {.name = setting::kMerchantMid,
       .description = "Member id that is paid (payeeMid); the partner_id when not set"},
      {.name = setting::kPrivateKey,
       .description = "The merchant's RSA private key, PKCS#8 PEM, 2048 bits or more",
       .required = true,
       .secret = true},
      {.name = setting::kProviderPublicKey,
       .description = "PayBy's RSA public key for this merchant, PEM, from the merchant portal",
       .required = true,
       .secret = true},
  };
  return *kSettings;
}

absl::StatusOr<Account> Account::Make(const ProviderAccountConfig& config) {
  if (absl::Status status = CheckSettings(config, Settings()); !status.ok()) return status;
  const std::string base_url = Value(config, setting::kBaseUrl);
  const std::string partner_id = Value(config, setting::kPartnerId);
  const std::string merchant_mid = Value(config, setting::kMerchantMid);

  std::vector<FieldViolation> wrong = CheckValues(base_url, partner_id, merchant_mid);
  auto private_key = crypto::RsaPrivateKey::FromPem(config.secrets.at(setting::kPrivateKey));
  if (!private_key.ok()) wrong.push_back(BadKey(setting::kPrivateKey, private_key.status()));
  auto public_key = crypto::RsaPublicKey::FromPem(
      std::string_view(config.secrets.at(setting::kProviderPublicKey).Reveal()));
  if (!public_key.ok()) wrong.push_back(BadKey(setting::kProviderPublicKey, public_key.status()));
  // A frequent slip: the portal shows the merchant's own public key beside PayBy's.
  if (private_key.ok() && public_key.ok() &&
      private_key->public_key().Fingerprint() == public_key->Fingerprint()) {
    wrong.push_back({StrCat("secrets.", setting::kProviderPublicKey),
                     "is the merchant's own public key; PayBy's is needed"});
  }
  if (!wrong.empty()) return InvalidFields(std::move(wrong));

  return Account{.base_url = base_url,
                 .partner_id = partner_id,
                 .merchant_mid = merchant_mid.empty() ? partner_id : merchant_mid,
                 .private_key = *std::move(private_key),
                 .provider_public_key = *std::move(public_key)};
}

}  // namespace sluice::payby
