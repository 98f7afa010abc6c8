#include "server/crypto/library_error.h"

#include <openssl/err.h>

namespace sluice::crypto {

std::string TakeLibraryError() {
  const uint32_t code = ERR_peek_error();
  const char* const reason = code == 0 ? nullptr : ERR_reason_error_string(code);
  ERR_clear_error();
  return reason == nullptr ? "unknown" : reason;
}

}  // namespace sluice::crypto
