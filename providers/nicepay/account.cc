#include "providers/nicepay/account.h"

#include <algorithm>
#include <string_view>
#include <utility>

#include "absl/strings/ascii.h"
#include "absl/strings/str_split.h"
#include "server/base/address.h"
#include "server/base/strings.h"
#include "server/core/error.h"
#include "server/wire/uri.h"

namespace sluice::nicepay {
namespace {

constexpr size_t kMerchantIdLength = 10;
// NICEPAY's keys have 88 characters; anything short could be guessed from one token.
constexpr size_t kMinKeyLength = 16;
constexpr size_t kMaxKeyLength = 256;
constexpr size_t kMaxFieldNames = 8;
constexpr size_t kMaxFieldNameLength = 64;

constexpr char kDefaultRedirectFields[] = "redirectUrl,redirectURL,redirectUrlHttp,requestURL";

std::string Value(const ProviderAccountConfig& config, const char* name) {
  const auto found = config.settings.find(name);
  return found == config.settings.end() ? "" : found->second;
}

bool IsAlphanumeric(std::string_view text) {
  return std::all_of(text.begin(), text.end(),
                     [](unsigned char c) { return absl::ascii_isalnum(c); });
}

// "" when the URL may be used. Payment data goes over TLS; a simulator on this machine needs none.
std::string_view UrlProblem(const std::string& text) {
  const absl::StatusOr<Url> url = ParseUrl(text);
  if (!url.ok()) return "must be an absolute https URL";
  if (url->scheme != "https" && !IsLoopback(url->host)) {
    return "must be https, except on a loopback address";
  }
  if (!url->query.empty() || !url->fragment.empty()) return "must have neither query nor fragment";
  return "";
}

bool IsKey(std::string_view key) {
  return key.size() >= kMinKeyLength && key.size() <= kMaxKeyLength &&
         std::all_of(key.begin(), key.end(),
                     [](unsigned char c) { return absl::ascii_isgraph(c); });
}

// Empty when a name is not one.
std::vector<std::string> ReadFieldNames(const std::string& text) {
  std::vector<std::string> names;
  for (absl::string_view piece : absl::StrSplit(text, ',')) {
    piece = absl::StripAsciiWhitespace(piece);
    const bool fits = !piece.empty() && piece.size() <= kMaxFieldNameLength;
    if (!fits || !IsAlphanumeric(StdView(piece)) || names.size() == kMaxFieldNames) return {};
    names.emplace_back(piece);
  }
  return names;
}

}  // namespace

const std::vector<SettingSpec>& Settings() {
  static const auto* const kSettings = new std::vector<SettingSpec>{
      {.name = setting::kBaseUrl,
       .description = "NICEPAY's host, e.g. https://dev.nicepay.co.id",
       .required = true},
      {.name = setting::kMerchantId,
       .description = "Merchant id (iMid): ten letters and digits",
       .required = true},
      {.name = setting::kMerchantKey,
       .description = "The merchant key, part of every merchantToken",
       .required = true,
       .secret = true},
      {.name = setting::kAstraPayFormat,
       .description = "How linkEnable and linkInitiate are sent: form (default) or json"},
      {.name = setting::kAstraPayRedirectFields,
       .description = "Names accepted for the URL in their answers, with commas between; default "
                      "redirectUrl,redirectURL,redirectUrlHttp,requestURL"},
  };
  return *kSettings;
}

absl::StatusOr<Account> Account::Make(const ProviderAccountConfig& config) {
  if (absl::Status status = CheckSettings(config, Settings()); !status.ok()) return status;
  Account account;
  account.base_url = Value(config, setting::kBaseUrl);
  account.i_mid = Value(config, setting::kMerchantId);
  account.merchant_key = config.secrets.at(setting::kMerchantKey);
  const std::string format = Value(config, setting::kAstraPayFormat);
  account.astrapay_json = format == "json";
  const std::string names = Value(config, setting::kAstraPayRedirectFields);
  account.astrapay_redirect_fields = ReadFieldNames(names.empty() ? kDefaultRedirectFields : names);

  std::vector<FieldViolation> wrong;
  if (const std::string_view problem = UrlProblem(account.base_url); !problem.empty()) {
    wrong.push_back({"settings.base_url", std::string(problem)});
  }
  if (account.i_mid.size() != kMerchantIdLength || !IsAlphanumeric(account.i_mid)) {
    wrong.push_back({"settings.i_mid", "must be ten letters and digits"});
  }
  if (!IsKey(account.merchant_key.Reveal())) {
    wrong.push_back(
        {"secrets.merchant_key", "must be 16 to 256 printable ASCII characters without spaces"});
  }
  if (!format.empty() && format != "form" && format != "json") {
    wrong.push_back({"settings.astrapay_request_format", "must be form or json"});
  }
  if (account.astrapay_redirect_fields.empty()) {
    wrong.push_back({"settings.astrapay_redirect_fields",
                     "must be up to eight names of letters and digits, with commas between"});
  }
  if (!wrong.empty()) return InvalidFields(std::move(wrong));
  return account;
}

}  // namespace sluice::nicepay
