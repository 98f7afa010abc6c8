#include "server/crypto/seal.h"

#include <openssl/aead.h>

#include <array>
#include <cstdint>
#include <utility>

#include "absl/status/status.h"
#include "absl/types/span.h"
#include "server/base/strings.h"
#include "server/crypto/library_error.h"

namespace sluice::crypto {
namespace {

constexpr char kFormat = 1;  // AES-256-GCM, 12-byte nonce, 16-byte tag.
constexpr size_t kNonceBytes = 12;
constexpr size_t kTagBytes = 16;
constexpr size_t kHeaderBytes = 1 + kNonceBytes;

const uint8_t* Bytes(std::string_view text) {
  return reinterpret_cast<const uint8_t*>(text.data());
}

}  // namespace

struct Sealer::Impl {
  bssl::ScopedEVP_AEAD_CTX context;  // Read-only after init: any thread may use it.
  Random* random = nullptr;
};

absl::StatusOr<Sealer> Sealer::FromKey(const Redacted& key, Random* random) {
  if (key.Reveal().size() != kSealKeyBytes) {
    return absl::InvalidArgumentError(
        StrCat("the sealing key must have ", kSealKeyBytes, " bytes"));
  }
  auto impl = std::make_shared<Impl>();
  impl->random = random;
  if (EVP_AEAD_CTX_init(impl->context.get(), EVP_aead_aes_256_gcm(), Bytes(key.Reveal()),
                        key.Reveal().size(), kTagBytes, nullptr) != 1) {
    return absl::InternalError(StrCat("sealing cannot start: ", TakeLibraryError()));
  }
  return Sealer(std::move(impl));
}

absl::StatusOr<std::string> Sealer::Seal(std::string_view plaintext,
                                         std::string_view associated_data) const {
  std::string sealed(kHeaderBytes + plaintext.size() + kTagBytes, '\0');
  sealed[0] = kFormat;
  auto* const bytes = reinterpret_cast<uint8_t*>(sealed.data());
  impl_->random->Fill(absl::MakeSpan(bytes + 1, kNonceBytes));
  size_t length = 0;
  if (EVP_AEAD_CTX_seal(impl_->context.get(), bytes + kHeaderBytes, &length,
                        sealed.size() - kHeaderBytes, bytes + 1, kNonceBytes, Bytes(plaintext),
                        plaintext.size(), Bytes(associated_data), associated_data.size()) != 1) {
    return absl::InternalError(StrCat("sealing failed: ", TakeLibraryError()));
  }
  sealed.resize(kHeaderBytes + length);
  return sealed;
}

absl::StatusOr<Redacted> Sealer::Open(std::string_view sealed,
                                      std::string_view associated_data) const {
  const absl::Status broken =
      absl::DataLossError("a sealed value does not open: altered, or another key or place");
  if (sealed.size() < kHeaderBytes + kTagBytes || sealed[0] != kFormat) return broken;
  std::string plaintext(sealed.size() - kHeaderBytes, '\0');
  size_t length = 0;
  if (EVP_AEAD_CTX_open(impl_->context.get(), reinterpret_cast<uint8_t*>(plaintext.data()), &length,
                        plaintext.size(), Bytes(sealed) + 1, kNonceBytes,
                        Bytes(sealed) + kHeaderBytes, sealed.size() - kHeaderBytes,
                        Bytes(associated_data), associated_data.size()) != 1) {
    TakeLibraryError();
    return broken;
  }
  plaintext.resize(length);
  return Redacted(std::move(plaintext));
}

}  // namespace sluice::crypto
