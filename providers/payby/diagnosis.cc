#include <algorithm>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "absl/strings/ascii.h"
#include "absl/strings/str_replace.h"
#include "providers/payby/notifications.h"
#include "providers/payby/signing.h"
#include "server/base/encoding.h"
#include "server/base/strings.h"
#include "server/crypto/sha256.h"
#include "server/wire/json.h"

namespace sluice::payby {
namespace {

constexpr size_t kShownHexDigits = 16;  // Enough to tell two keys or bodies apart.

std::string Short(std::string hex) {
  hex.resize(std::min(hex.size(), kShownHexDigits));
  return hex;
}

using Details = std::vector<std::pair<std::string, std::string>>;

// The header as it may have been meant: PayBy's is plain Base64 on one line.
struct ReadSignature {
  std::string bytes;
  std::string repair;  // Empty: it was Base64 as it came.
  bool readable = false;
};

ReadSignature ReadSignatureHeader(const std::string& sign) {
  if (auto bytes = Base64Decode(sign); bytes.ok()) return {*std::move(bytes), "", true};
  // Each repair is a way in which a proxy or a form decoder spoils Base64.
  std::string text = sign;
  absl::StrReplaceAll({{" ", "+"}}, &text);
  if (auto bytes = Base64Decode(text); bytes.ok()) {
    return {*std::move(bytes), "with its spaces read as '+'", true};
  }
  text = sign;
  absl::StrReplaceAll({{"\r", ""}, {"\n", ""}, {" ", ""}, {"\t", ""}}, &text);
  if (auto bytes = Base64Decode(text); bytes.ok()) {
    return {*std::move(bytes), "with its white space removed", true};
  }
  text = sign;
  absl::StrReplaceAll(
      {{"%2B", "+"}, {"%2F", "/"}, {"%3D", "="}, {"%2b", "+"}, {"%2f", "/"}, {"%3d", "="}}, &text);
  if (auto bytes = Base64Decode(text); bytes.ok()) {
    return {*std::move(bytes), "with its percent escapes read", true};
  }
  text = sign;
  while (!text.empty() && text.back() == '=') text.pop_back();
  if (auto bytes = Base64UrlDecode(text); bytes.ok()) {
    return {*std::move(bytes), "as the URL-safe or unpadded variant", true};
  }
  return {};
}

// Other bytes that the sender may have signed.
std::vector<std::pair<std::string, std::string>> OtherReadings(const std::string& body) {
  std::vector<std::pair<std::string, std::string>> readings;
  std::string trimmed(absl::StripAsciiWhitespace(body));
  if (trimmed != body) {
    readings.emplace_back("without white space at its ends", trimmed);
  }
  readings.emplace_back("with a line end added", body + "\n");
  std::string lines = body;
  if (absl::StrReplaceAll({{"\r\n", "\n"}}, &lines) > 0) {
    readings.emplace_back("with CR LF read as LF", std::move(lines));
  }
  constexpr std::string_view kByteOrderMark = "\xEF\xBB\xBF";
  if (std::string_view(body).substr(0, kByteOrderMark.size()) == kByteOrderMark) {
    readings.emplace_back("without its byte order mark", body.substr(kByteOrderMark.size()));
  }
  if (const absl::StatusOr<Json> json = Json::Parse(body); json.ok()) {
    std::string compact = json->Write();
    if (compact != body) readings.emplace_back("written compactly", std::move(compact));
  }
  return readings;
}

// What to look at, when the signature is of the right form and does not fit.
std::string ExplainMismatch(const Account& account, const std::string& body,
                            const std::string& signature) {
  if (account.private_key.public_key().VerifySha256(body, signature)) {
    return "it is signed with the merchant's own key, not with PayBy's";
  }
  for (const auto& [how, bytes] : OtherReadings(body)) {
    if (account.provider_public_key.VerifySha256(bytes, signature)) {
      return StrCat("the signature fits the body ", how,
                    ": something on the way has changed the bytes");
    }
  }
  return "the signature is not the configured PayBy key's over this body: the body was changed, or "
         "provider_public_key_pem is not the key that PayBy signs with for this merchant";
}

void DescribeContent(const Account& account, const RawRequest& request, Diagnosis& diagnosis) {
  const absl::StatusOr<Notification> read = ReadNotificationOf(account, request);
  if (!read.ok()) {
    diagnosis.summary = StrCat("the signature is right, but the content is not believed: ",
                               StdView(read.status().message()));
    diagnosis.details.emplace_back("reason", std::string(read.status().message()));
    return;
  }
  diagnosis.verified = true;
  diagnosis.summary = "the signature is right and the content can be read";
  diagnosis.details.emplace_back("about", std::string(KindName(read->kind)));
  diagnosis.details.emplace_back("number", read->provider_key);
}

}  // namespace

Diagnosis DiagnoseNotification(const Account& account, const RawRequest& request) {
  Diagnosis diagnosis;
  Details& details = diagnosis.details;
  details.emplace_back("signed bytes", "the whole body as it came");
  details.emplace_back("body bytes", StrCat(request.body.size()));
  details.emplace_back("body sha256", Short(crypto::Sha256HexLower(request.body)));
  details.emplace_back("key", Short(account.provider_public_key.Fingerprint()));
  const size_t key_bytes = (account.provider_public_key.bits() + 7) / 8;
  details.emplace_back("expected signature bytes", StrCat(key_bytes));

  const std::string* const sign = FindHeader(request.headers, kSignHeader);
  details.emplace_back("header sign", sign == nullptr ? "missing"
                                      : sign->empty() ? "empty"
                                                      : StrCat(sign->size(), " characters"));
  if (sign == nullptr || sign->empty()) {
    diagnosis.summary = "the header sign is missing: does a proxy remove it?";
    return diagnosis;
  }
  const ReadSignature signature = ReadSignatureHeader(*sign);
  if (!signature.readable) {
    diagnosis.summary = "the header sign is not Base64";
    return diagnosis;
  }
  details.emplace_back("signature bytes", StrCat(signature.bytes.size()));
  if (signature.bytes.size() != key_bytes) {
    diagnosis.summary =
        StrCat("the signature has ", signature.bytes.size(), " bytes, the key's have ", key_bytes,
               ": it was cut, or made with another key");
    return diagnosis;
  }
  const bool fits = account.provider_public_key.VerifySha256(request.body, signature.bytes);
  if (fits && signature.repair.empty()) {
    DescribeContent(account, request, diagnosis);
  } else if (fits) {
    diagnosis.summary = StrCat("the header sign verifies only ", signature.repair);
  } else {
    diagnosis.summary = ExplainMismatch(account, request.body, signature.bytes);
  }
  return diagnosis;
}

}  // namespace sluice::payby
