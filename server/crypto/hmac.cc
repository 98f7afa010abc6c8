#include "server/crypto/hmac.h"

#include <openssl/digest.h>
#include <openssl/hmac.h>

#include <cstdint>
#include <cstdlib>

namespace sluice::crypto {
namespace {

std::string Hmac(const EVP_MD* digest, std::string_view key, std::string_view data) {
  std::string code(EVP_MD_size(digest), '\0');
  unsigned length = 0;
  // A key without bytes still needs an address.
  const void* const key_bytes = key.empty() ? "" : key.data();
  if (HMAC(digest, key_bytes, key.size(), reinterpret_cast<const uint8_t*>(data.data()),
           data.size(), reinterpret_cast<uint8_t*>(code.data()), &length) == nullptr ||
      length != code.size()) {
    // It fails for want of memory only; a made-up code would be worse than the end.
    std::abort();
  }
  return code;
}

}  // namespace

std::string HmacSha256(std::string_view key, std::string_view data) {
  return Hmac(EVP_sha256(), key, data);
}

std::string HmacSha512(std::string_view key, std::string_view data) {
  return Hmac(EVP_sha512(), key, data);
}

}  // namespace sluice::crypto
