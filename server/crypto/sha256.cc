#include "server/crypto/sha256.h"

#include <openssl/sha.h>

#include <cstdint>

#include "server/base/encoding.h"

namespace sluice::crypto {

std::string Sha256(std::string_view data) {
  std::string digest(SHA256_DIGEST_LENGTH, '\0');
  SHA256(reinterpret_cast<const uint8_t*>(data.data()), data.size(),
         reinterpret_cast<uint8_t*>(digest.data()));
  return digest;
}

std::string Sha256HexLower(std::string_view data) { return HexEncode(Sha256(data)); }

std::string Sha256HexUpper(std::string_view data) { return HexEncodeUpper(Sha256(data)); }

}  // namespace sluice::crypto
