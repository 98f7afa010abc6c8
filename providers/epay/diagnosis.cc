#include <algorithm>
#include <array>
#include <string>
#include <string_view>
#include <utility>

#include "absl/strings/str_split.h"
#include "providers/epay/callbacks.h"
#include "providers/epay/requests.h"
#include "providers/epay/signing.h"
#include "server/base/encoding.h"
#include "server/base/strings.h"
#include "server/core/mask.h"
#include "server/crypto/sha256.h"

namespace sluice::epay {
namespace {

constexpr size_t kSignDigits = 2 * crypto::kSha256Bytes;
constexpr size_t kShownHexDigits = 16;  // Enough to tell two keys or texts apart.
constexpr size_t kMaxShownText = 4096;  // A callback is not half as long.
constexpr size_t kMaxMaskedText = 256;  // Of a longer one the stars tell nobody anything.
constexpr size_t kMaxShownName = 32;
constexpr size_t kMaxShownNumber = 32;

// Fields whose values are about money or numbers, not about people.
constexpr std::array<std::string_view, 14> kHarmless = {
    "amount",          "category",        "currency",           "epayOrderNo", "fee",
    "merchantOrderNo", "paymentAmount",   "paymentCurrency",    "rate",        "rateMode",
    "receiveAmount",   "receiveCurrency", "settlementCurrency", "status"};

bool IsOf(std::string_view text, std::string_view more) {
  return std::all_of(text.begin(), text.end(), [&](char c) {
    return (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') ||
           more.find(c) != std::string_view::npos;
  });
}

// Anything but the short numbers and words that belong there may be somebody's data.
std::string ShownValue(std::string_view name, std::string_view value) {
  const bool harmless = std::find(kHarmless.begin(), kHarmless.end(), name) != kHarmless.end();
  if (harmless && value.size() <= kMaxShownNumber && IsOf(value, "._-")) return std::string(value);
  if (value.size() > kMaxMaskedText) return StrCat("[", value.size(), " bytes]");
  return Mask(value);
}

// A broken body may have anything where a name should be. `position` keeps names apart.
std::string ShownName(std::string_view name, size_t position) {
  const bool letters =
      std::none_of(name.begin(), name.end(), [](char c) { return c >= '0' && c <= '9'; });
  if (name.size() <= kMaxShownName && letters && IsOf(name, "")) return std::string(name);
  return StrCat("[name ", position + 1, " of ", name.size(), " bytes]");
}

Json Masked(const Json& object);

Json MaskedValue(std::string_view name, const Json& value) {
  if (value.is_object()) return Masked(value);
  if (value.is_null()) return value;
  if (!value.is_string() && !value.is_number()) return Json("[not text]");
  const absl::StatusOr<Json> inner = Json::Parse(value.text());
  if (inner.ok() && inner->is_object()) return Masked(*inner);
  return Json(ShownValue(name, value.text()));
}

Json Masked(const Json& object) {
  Json::Members members;
  for (const auto& [name, value] : object.members()) {
    members.emplace_back(ShownName(name, members.size()), MaskedValue(name, value));
  }
  return Json::Object(std::move(members));
}

// As signed, but for what must not be shown.
std::string ShownCanonical(const Json& fields, NestedStyle style) {
  std::string text = CanonicalText(Masked(fields), style, JsonText::kAsText);
  if (text.size() > kMaxShownText) {
    text.resize(kMaxShownText);
    text.append("[cut]");
  }
  return StrCat(text, "&key=[key]");
}

// The fields as they came, percent escapes and all.
Json Undecoded(std::string_view body) {
  Json fields = Json::Object();
  for (const auto piece : absl::StrSplit(AbslView(body), '&')) {
    const std::pair<std::string, std::string> field =
        absl::StrSplit(piece, absl::MaxSplits('=', 1));
    if (field.first != "sign") fields.Set(field.first, Json(field.second));
  }
  return fields;
}

Json AllFields(const FormFields& form) {
  Json fields = Json::Object();
  for (const auto& [name, value] : form) {
    if (name != "sign") fields.Set(name, Json(value));
  }
  return fields;
}

// What to look at, when the signature is of the right form and does not fit.
std::string ExplainMismatch(const Account& account, std::string_view body, const FormFields& form,
                            std::string_view sign) {
  const Json fields = SignedFields(form);
  for (const NestedStyle style :
       {NestedStyle::kCommaSpace, NestedStyle::kComma, NestedStyle::kAmp}) {
    if (style != account.nested_style && Verify(fields, sign, style, account.api_key)) {
      return StrCat("the signature fits with nested_style ", NestedStyleName(style), ", not with ",
                    NestedStyleName(account.nested_style), ": change the setting");
    }
  }
  if (Verify(AllFields(form), sign, account.nested_style, account.api_key)) {
    return "the signature fits only together with isForward and payUrl: is it a browser's forward?";
  }
  if (Verify(Undecoded(body), sign, account.nested_style, account.api_key)) {
    return "the signature fits the fields before their percent escapes are read: something on the "
           "way has encoded them twice";
  }
  return "the signature is not the configured key's over these fields: a field was changed, or "
         "api_key_payout is not the key that EPAY signs with";
}

std::string_view ReadingName(JsonText json_text) {
  switch (json_text) {
    case JsonText::kMessageOnly:
      return "only message is read as JSON";
    case JsonText::kAsText:
      return "JSON text is left as text";
    case JsonText::kExpanded:
      break;
  }
  return "JSON text is read as an object";
}

void DescribeContent(const Account& account, const RawRequest& request, Diagnosis& diagnosis) {
  const absl::StatusOr<Notification> read = ReadCallback(account, request);
  if (!read.ok()) {
    diagnosis.summary = StrCat("the signature is right, but the content is not believed: ",
                               StdView(read.status().message()));
    diagnosis.details.emplace_back("reason", std::string(read.status().message()));
    return;
  }
  diagnosis.verified = true;
  diagnosis.summary = read->confirm_by_query
                          ? "the signature is right, but does not say where a field ends: EPAY is "
                            "asked before anything is changed"
                          : "the signature is right and the content can be read";
  diagnosis.details.emplace_back("about", std::string(KindName(read->kind)));
}

}  // namespace

Diagnosis DiagnoseCallback(const Account& account, const RawRequest& request) {
  Diagnosis diagnosis;
  auto& details = diagnosis.details;
  details.emplace_back("body bytes", StrCat(request.body.size()));
  details.emplace_back("key sha256",
                       crypto::Sha256HexLower(account.api_key.Reveal()).substr(0, kShownHexDigits));
  details.emplace_back("nested_style", std::string(NestedStyleName(account.nested_style)));
  const absl::StatusOr<FormFields> form = ParseForm(request.body);
  if (!form.ok()) {
    diagnosis.summary = "the body is not a form that can be read";
    return diagnosis;
  }
  const Json fields = SignedFields(*form);
  details.emplace_back("canonical string", ShownCanonical(fields, account.nested_style));
  const std::string* const sign = FindField(*form, "sign");
  if (sign == nullptr || sign->empty()) {
    diagnosis.summary = "the field sign is missing";
    return diagnosis;
  }
  details.emplace_back("sign", StrCat(sign->size(), " characters"));
  if (sign->size() != kSignDigits || !HexDecode(*sign).ok()) {
    diagnosis.summary = "the field sign is not a SHA-256 of 64 hexadecimal digits";
    return diagnosis;
  }
  const auto reading = Verify(fields, *sign, account.nested_style, account.api_key);
  if (!reading.has_value()) {
    diagnosis.summary = ExplainMismatch(account, request.body, *form, *sign);
    return diagnosis;
  }
  details.emplace_back("reading", std::string(ReadingName(*reading)));
  DescribeContent(account, request, diagnosis);
  return diagnosis;
}

}  // namespace sluice::epay
