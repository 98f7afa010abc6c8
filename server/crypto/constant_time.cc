#include "server/crypto/constant_time.h"

#include <openssl/mem.h>

namespace sluice::crypto {

bool ConstantTimeEqual(std::string_view a, std::string_view b) {
  return a.size() == b.size() && CRYPTO_memcmp(a.data(), b.data(), a.size()) == 0;
}

}  // namespace sluice::crypto
