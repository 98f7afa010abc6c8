#include "providers/payby/signing.h"

#include "server/base/encoding.h"

namespace sluice::payby {

absl::StatusOr<std::string> SignBody(const crypto::RsaPrivateKey& key, std::string_view body) {
  absl::StatusOr<std::string> signature = key.SignSha256(body);
  if (!signature.ok()) return signature.status();
  return Base64Encode(*signature);
}

SignatureCheck CheckSignature(const crypto::RsaPublicKey& key, const HttpHeaders& headers,
                              std::string_view body) {
  const std::string* const sign = FindHeader(headers, kSignHeader);
  if (sign == nullptr || sign->empty()) return SignatureCheck::kMissing;
  const absl::StatusOr<std::string> signature = Base64Decode(*sign);
  if (!signature.ok()) return SignatureCheck::kInvalid;
  return key.VerifySha256(body, *signature) ? SignatureCheck::kValid : SignatureCheck::kInvalid;
}

}  // namespace sluice::payby
