// SHA256withRSA over the exact bytes of an HTTP body, as Base64 in the header `sign`: the same rule
// for requests, replies and notifications.
//
// Threads: pure functions. Ownership: arguments are borrowed for the call.

#pragma once

#include <string>
#include <string_view>

#include "absl/status/statusor.h"
#include "server/crypto/rsa.h"
#include "server/wire/http.h"

namespace sluice::payby {

inline constexpr char kSignHeader[] = "sign";

// The header's value for `body`. INTERNAL when the library fails.
absl::StatusOr<std::string> SignBody(const crypto::RsaPrivateKey& key, std::string_view body);

enum class SignatureCheck {
  kMissing,  // No `sign` header, or an empty one.
  kInvalid,  // It is not Base64, or not this key's signature of these bytes.
  kValid,
};

SignatureCheck CheckSignature(const crypto::RsaPublicKey& key, const HttpHeaders& headers,
                              std::string_view body);

}  // namespace sluice::payby
