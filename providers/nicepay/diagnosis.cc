#include <algorithm>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "absl/strings/ascii.h"
#include "providers/nicepay/astrapay_link.h"
#include "providers/nicepay/notifications.h"
#include "providers/nicepay/token.h"
#include "server/base/strings.h"
#include "server/core/mask.h"
#include "server/crypto/constant_time.h"
#include "server/crypto/sha256.h"
#include "server/wire/form.h"

namespace sluice::nicepay {
namespace {

constexpr size_t kShownHexDigits = 16;  // Enough to tell two tokens apart.
constexpr size_t kTokenLength = 64;

std::string Short(std::string_view text) {
  return std::string(text.substr(0, std::min(text.size(), kShownHexDigits)));
}

std::string Value(const FormFields& fields, std::string_view name) {
  const std::string* const value = FindField(fields, name);
  return value == nullptr ? "" : *value;
}

// What stands in the concatenation for a field. The sender chose the text: what does not look like
// a number of ours or theirs may be anything, also a payer's name.
std::string Shown(std::string_view value, std::string_view name) {
  constexpr size_t kMaxShown = 40;
  if (value.empty()) return StrCat("[no ", name, "]");
  const bool plain =
      value.size() <= kMaxShown && std::all_of(value.begin(), value.end(), [](unsigned char c) {
        return absl::ascii_isalnum(c) || c == '-' || c == '_' || c == '.';
      });
  return plain ? std::string(value) : StrCat("[", name, ", not as usual]");
}

std::string Shown(const FormFields& fields, std::string_view name) {
  return Shown(Value(fields, name), name);
}

// Other concatenations that NICEPAY's pages print for notifications, and slips on the way.
std::vector<std::pair<std::string, std::string>> OtherReadings(const Account& account,
                                                               const FormFields& fields) {
  const std::string txid = Value(fields, "tXid"), amount = Value(fields, "amt");
  const std::string reference = Value(fields, "referenceNo");
  const std::string time_stamp = Value(fields, "timeStamp");
  std::vector<std::pair<std::string, std::string>> readings = {
      {"over referenceNo in place of tXid", NotificationToken(account, reference, amount)},
      {"as of a link (iMid, referenceNo, billingPhone)",
       LinkToken(account, reference, Value(fields, "billingPhone"))},
      {"with the amount written with two decimals",
       NotificationToken(account, txid, amount + ".00")},
  };
  if (!time_stamp.empty()) {
    readings.emplace_back("with the timeStamp in front",
                          OrderToken(account, time_stamp, txid, amount));
  }
  if (const absl::StatusOr<Money> money = ParseDecimal(amount, "IDR"); money.ok()) {
    readings.emplace_back("with the amount written without decimals",
                          NotificationToken(account, txid, AmountText(*money)));
  }
  return readings;
}

std::string ExplainMismatch(const Account& account, const FormFields& fields,
                            const std::string& token, const std::string& expected) {
  if (token.size() != kTokenLength) {
    return "the token does not have 64 characters: it was cut, or is no SHA-256";
  }
  if (absl::AsciiStrToLower(token) == expected) return "the token is right, but in upper case";
  for (const auto& [how, other] : OtherReadings(account, fields)) {
    if (other == token) return StrCat("the token fits only ", how);
  }
  return "the token fits no known reading: tXid or amt were changed, or merchant_key or i_mid are "
         "not those of this merchant";
}

void DescribeContent(const Account& account, const RawRequest& request, Diagnosis& diagnosis) {
  const absl::StatusOr<Notification> read = ReadNotificationOf(account, request);
  if (!read.ok()) {
    diagnosis.summary = StrCat("the token is right, but the content is not believed: ",
                               StdView(read.status().message()));
    diagnosis.details.emplace_back("reason", std::string(read.status().message()));
    return;
  }
  diagnosis.verified = true;
  diagnosis.summary =
      read->confirm_by_query
          ? "the token is right and the content can be read; it does not cover the status, so the "
            "inquiry decides"
          : "the token is right and the content can be read";
  diagnosis.details.emplace_back("about", std::string(KindName(read->kind)));
  diagnosis.details.emplace_back("number", Shown(read->provider_key, "number"));
}

}  // namespace

Diagnosis DiagnoseNotification(const Account& account, const RawRequest& request) {
  Diagnosis diagnosis;
  auto& details = diagnosis.details;
  details.emplace_back("body bytes", StrCat(request.body.size()));
  details.emplace_back("body sha256", Short(crypto::Sha256HexLower(request.body)));
  const absl::StatusOr<FormFields> fields = ParseForm(request.body);
  if (!fields.ok()) {
    diagnosis.summary = "the body is no form (application/x-www-form-urlencoded)";
    return diagnosis;
  }
  const bool is_link = IsLinkNotification(account, *fields);
  const std::string expected =
      is_link ? LinkToken(account, Value(*fields, "referenceNo"), Value(*fields, "billingPhone"))
              : NotificationToken(account, Value(*fields, "tXid"), Value(*fields, "amt"));
  details.emplace_back("kind", is_link ? "of an account link" : "of a payment");
  details.emplace_back(
      "canonical string",
      is_link ? StrCat(account.i_mid, " + ", Shown(*fields, "referenceNo"), " + ",
                       Mask(CleanProviderText(Value(*fields, "billingPhone"))), " + [key]")
              : StrCat(account.i_mid, " + ", Shown(*fields, "tXid"), " + ", Shown(*fields, "amt"),
                       " + [key]"));
  const std::string token = Value(*fields, "merchantToken");
  details.emplace_back("expected token", StrCat(Short(expected), "..."));
  details.emplace_back(
      "merchantToken",
      token.empty() ? "missing"
                    : StrCat(Shown(Short(token), "token"), "... (", token.size(), " characters)"));
  if (token.empty()) {
    diagnosis.summary = "the field merchantToken is missing";
  } else if (crypto::ConstantTimeEqual(token, expected)) {
    DescribeContent(account, request, diagnosis);
  } else {
    diagnosis.summary = ExplainMismatch(account, *fields, token, expected);
  }
  return diagnosis;
}

}  // namespace sluice::nicepay
