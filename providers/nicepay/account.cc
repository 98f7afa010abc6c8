#include "providers/nicepay/account.h"

#include <algorithm>
#include <iterator>
#include <string_view>
#include <utility>

#include "absl/strings/ascii.h"
#include "absl/strings/numbers.h"
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
constexpr char kDefaultMandateField[] = "mandateID";
constexpr char kDefaultLinkStatuses[] = "linked=0,pending=3,refused=8,expired=5,unlinked=1";
constexpr char kDefaultMinutes[] = "15";
constexpr int kMaxMinutes = 24 * 60;  // As the longest expiry that is documented for any wallet.

// What is given, or else `initial`.
std::string Value(const ProviderAccountConfig& config, const char* name, const char* initial = "") {
  const auto found = config.settings.find(name);
  return found == config.settings.end() || found->second.empty() ? initial : found->second;
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

// "" when each of the five has a sign of its own.
std::string_view StatusesProblem(const std::string& text, LinkStatuses* statuses) {
  constexpr std::string_view kRule =
      "must give linked, pending, refused, expired and unlinked a sign each: "
      "linked=0,pending=3,...";
  const std::pair<std::string_view, std::string*> all[] = {{"linked", &statuses->linked},
                                                           {"pending", &statuses->pending},
                                                           {"refused", &statuses->refused},
                                                           {"expired", &statuses->expired},
                                                           {"unlinked", &statuses->unlinked}};
  std::string used;
  for (absl::string_view piece : absl::StrSplit(text, ',')) {
    const std::pair<std::string, std::string> pair =
        absl::StrSplit(absl::StripAsciiWhitespace(piece), absl::MaxSplits('=', 1));
    const auto named = std::find_if(std::begin(all), std::end(all), [&](const auto& entry) {
      return entry.first == pair.first && entry.second->empty();
    });
    const bool fits = pair.second.size() == 1 && IsAlphanumeric(pair.second) &&
                      used.find(pair.second) == std::string::npos;
    if (named == std::end(all) || !fits) return kRule;
    *named->second = pair.second;
    used += pair.second;
  }
  return used.size() == std::size(all) ? "" : kRule;
}

void ReadBool(const ProviderAccountConfig& config, const char* name, bool* value,
              std::vector<FieldViolation>* wrong) {
  const std::string text = Value(config, name, "true");
  *value = text == "true";
  if (text != "true" && text != "false") {
    wrong->push_back({StrCat("settings.", name), "must be true or false"});
  }
}

// What NICEPAY's documents leave open.
void ReadAssumptions(const ProviderAccountConfig& config, Account* account,
                     std::vector<FieldViolation>* wrong) {
  const std::string format = Value(config, setting::kAstraPayFormat, "form");
  account->astrapay_json = format == "json";
  if (format != "form" && format != "json") {
    wrong->push_back({"settings.astrapay_request_format", "must be form or json"});
  }
  account->astrapay_redirect_fields =
      ReadFieldNames(Value(config, setting::kAstraPayRedirectFields, kDefaultRedirectFields));
  if (account->astrapay_redirect_fields.empty()) {
    wrong->push_back({"settings.astrapay_redirect_fields",
                      "must be up to eight names of letters and digits, with commas between"});
  }
  account->astrapay_mandate_field =
      Value(config, setting::kAstraPayMandateField, kDefaultMandateField);
  if (ReadFieldNames(account->astrapay_mandate_field).size() != 1) {
    wrong->push_back({"settings.astrapay_mandate_field", "must be a name of letters and digits"});
  }
  const std::string_view statuses =
      StatusesProblem(Value(config, setting::kAstraPayLinkStatuses, kDefaultLinkStatuses),
                      &account->astrapay_link_statuses);
  if (!statuses.empty()) {
    wrong->push_back({"settings.astrapay_link_statuses", std::string(statuses)});
  }
  int minutes = 0;
  const bool number =
      absl::SimpleAtoi(Value(config, setting::kAstraPayMinutes, kDefaultMinutes), &minutes);
  if (!number || minutes < 1 || minutes > kMaxMinutes) {
    wrong->push_back({"settings.astrapay_minutes", "must be from 1 to 1440"});
  }
  account->astrapay_time = absl::Minutes(minutes);
  ReadBool(config, setting::kAstraPayRelinkRetires, &account->astrapay_relink_retires, wrong);
  ReadBool(config, setting::kPushAgain, &account->push_again, wrong);
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
      {.name = setting::kAstraPayMandateField,
       .description = "Name of the mandate in a link's notification; default mandateID"},
      {.name = setting::kAstraPayLinkStatuses,
       .description = "A link's status there; default "
                      "linked=0,pending=3,refused=8,expired=5,unlinked=1"},
      {.name = setting::kAstraPayRelinkRetires,
       .description = "Whether linking a phone again ends the link before: true (default) or "
                      "false"},
      {.name = setting::kAstraPayMinutes,
       .description = "How long the page that links and the one that pays are open; default 15"},
      {.name = setting::kPushAgain,
       .description = "Whether a push that a restart cut off may be made again: true (default) or "
                      "false"},
  };
  return *kSettings;
}

absl::StatusOr<Account> Account::Make(const ProviderAccountConfig& config) {
  if (absl::Status status = CheckSettings(config, Settings()); !status.ok()) return status;
  Account account;
  account.base_url = Value(config, setting::kBaseUrl);
  account.i_mid = Value(config, setting::kMerchantId);
  account.merchant_key = config.secrets.at(setting::kMerchantKey);
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
  ReadAssumptions(config, &account, &wrong);
  if (!wrong.empty()) return InvalidFields(std::move(wrong));
  return account;
}

}  // namespace sluice::nicepay
