#include "server/crypto/rsa.h"

#include <openssl/bio.h>
#include <openssl/bytestring.h>
#include <openssl/digest.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/rsa.h>

#include <cstdint>
#include <utility>

#include "absl/status/status.h"
#include "server/base/encoding.h"
#include "server/base/strings.h"
#include "server/crypto/library_error.h"
#include "server/crypto/sha256.h"

namespace sluice::crypto {
namespace {

// Longest PEM text read: an 8192-bit PKCS#8 key has about 6.4 KiB.
constexpr size_t kMaxPemBytes = 16 << 10;

const uint8_t* Bytes(std::string_view text) {
  return reinterpret_cast<const uint8_t*>(text.data());
}

// An encrypted key would otherwise make the library ask for a pass phrase on the terminal.
int NoPassPhrase(char* /*buffer*/, int /*size*/, int /*writing*/, void* /*context*/) { return -1; }

// The key itself must be RSA and of a size that is safe and bearable.
absl::Status CheckKey(const EVP_PKEY* key, std::string_view what) {
  if (key == nullptr) {
    return absl::InvalidArgumentError(StrCat(what, " cannot be read: ", TakeLibraryError()));
  }
  if (EVP_PKEY_id(key) != EVP_PKEY_RSA) {
    return absl::InvalidArgumentError(StrCat(what, " must be an RSA key"));
  }
  const int bits = EVP_PKEY_bits(key);
  if (bits < kMinRsaBits || bits > kMaxRsaBits) {
    return absl::InvalidArgumentError(
        StrCat(what, " must have ", kMinRsaBits, " to ", kMaxRsaBits, " bits, it has ", bits));
  }
  return absl::OkStatus();
}

absl::StatusOr<bssl::UniquePtr<BIO>> OpenPem(std::string_view pem, std::string_view what,
                                             std::string_view label) {
  if (pem.size() > kMaxPemBytes) {
    return absl::InvalidArgumentError(StrCat(what, " is too long for a key"));
  }
  if (pem.find(label) == std::string_view::npos) {
    return absl::InvalidArgumentError(StrCat(what, " must be PEM text with ", label));
  }
  return bssl::UniquePtr<BIO>(BIO_new_mem_buf(pem.data(), static_cast<int>(pem.size())));
}

std::string TakeText(BIO* bio) {
  const uint8_t* bytes = nullptr;
  size_t length = 0;
  BIO_mem_contents(bio, &bytes, &length);
  return std::string(reinterpret_cast<const char*>(bytes), length);
}

}  // namespace

struct RsaPublicKey::Impl {
  explicit Impl(bssl::UniquePtr<EVP_PKEY> owned) : key(std::move(owned)) {}

  // Of a public or a private key. The library counts references atomically and guards what it
  // caches in a key, so that all threads may use one.
  bssl::UniquePtr<EVP_PKEY> key;
};

absl::StatusOr<RsaPublicKey> RsaPublicKey::FromPem(std::string_view pem) {
  constexpr std::string_view kWhat = "the public key";
  absl::StatusOr<bssl::UniquePtr<BIO>> bio = OpenPem(pem, kWhat, "BEGIN PUBLIC KEY");
  if (!bio.ok()) return bio.status();
  bssl::UniquePtr<EVP_PKEY> key(PEM_read_bio_PUBKEY(bio->get(), nullptr, NoPassPhrase, nullptr));
  if (absl::Status status = CheckKey(key.get(), kWhat); !status.ok()) return status;
  return RsaPublicKey(std::make_shared<const Impl>(std::move(key)));
}

bool RsaPublicKey::VerifySha256(std::string_view data, std::string_view signature) const {
  bssl::ScopedEVP_MD_CTX context;
  const bool good =
      EVP_DigestVerifyInit(context.get(), nullptr, EVP_sha256(), nullptr, impl_->key.get()) == 1 &&
      EVP_DigestVerify(context.get(), Bytes(signature), signature.size(), Bytes(data),
                       data.size()) == 1;
  if (!good) TakeLibraryError();
  return good;
}

int RsaPublicKey::bits() const { return EVP_PKEY_bits(impl_->key.get()); }

std::string RsaPublicKey::ToPem() const {
  bssl::UniquePtr<BIO> bio(BIO_new(BIO_s_mem()));
  PEM_write_bio_PUBKEY(bio.get(), impl_->key.get());
  return TakeText(bio.get());
}

std::string RsaPublicKey::Fingerprint() const {
  bssl::ScopedCBB builder;
  uint8_t* der = nullptr;
  size_t length = 0;
  if (!CBB_init(builder.get(), 0) || !EVP_marshal_public_key(builder.get(), impl_->key.get()) ||
      !CBB_finish(builder.get(), &der, &length)) {
    TakeLibraryError();
    return "";
  }
  bssl::UniquePtr<uint8_t> owner(der);
  return Sha256HexLower(std::string_view(reinterpret_cast<const char*>(der), length));
}

absl::StatusOr<RsaPrivateKey> RsaPrivateKey::FromPem(std::string_view pem) {
  constexpr std::string_view kWhat = "the private key";
  absl::StatusOr<bssl::UniquePtr<BIO>> bio = OpenPem(pem, kWhat, "PRIVATE KEY");
  if (!bio.ok()) return bio.status();
  bssl::UniquePtr<EVP_PKEY> key(
      PEM_read_bio_PrivateKey(bio->get(), nullptr, NoPassPhrase, nullptr));
  if (absl::Status status = CheckKey(key.get(), kWhat); !status.ok()) return status;
  return RsaPrivateKey(std::make_shared<const Impl>(std::move(key)));
}

absl::StatusOr<std::string> RsaPrivateKey::SignSha256(std::string_view data) const {
  bssl::ScopedEVP_MD_CTX context;
  std::string signature(static_cast<size_t>(EVP_PKEY_size(impl_->key.get())), '\0');
  size_t length = signature.size();
  if (EVP_DigestSignInit(context.get(), nullptr, EVP_sha256(), nullptr, impl_->key.get()) != 1 ||
      EVP_DigestSign(context.get(), reinterpret_cast<uint8_t*>(signature.data()), &length,
                     Bytes(data), data.size()) != 1) {
    return absl::InternalError(StrCat("RSA signing failed: ", TakeLibraryError()));
  }
  signature.resize(length);
  return signature;
}

int RsaPrivateKey::bits() const { return EVP_PKEY_bits(impl_->key.get()); }

RsaPublicKey RsaPrivateKey::public_key() const {
  // Verification uses the public half only; sharing the object saves the copy.
  return RsaPublicKey(impl_);
}

absl::StatusOr<RsaKeyPair> GenerateRsaKeyPair(int bits) {
  if (bits < kMinRsaBits || bits > kMaxRsaBits) {
    return absl::InvalidArgumentError(
        StrCat("an RSA key must have ", kMinRsaBits, " to ", kMaxRsaBits, " bits"));
  }
  bssl::UniquePtr<RSA> rsa(RSA_new());
  bssl::UniquePtr<BIGNUM> exponent(BN_new());
  bssl::UniquePtr<EVP_PKEY> key(EVP_PKEY_new());
  bssl::UniquePtr<BIO> private_text(BIO_new(BIO_s_mem()));
  bssl::UniquePtr<BIO> public_text(BIO_new(BIO_s_mem()));
  if (!rsa || !exponent || !key || !private_text || !public_text ||
      !BN_set_word(exponent.get(), RSA_F4) ||
      !RSA_generate_key_ex(rsa.get(), bits, exponent.get(), nullptr) ||
      !EVP_PKEY_set1_RSA(key.get(), rsa.get()) ||
      !PEM_write_bio_PKCS8PrivateKey(private_text.get(), key.get(), nullptr, nullptr, 0, nullptr,
                                     nullptr) ||
      !PEM_write_bio_PUBKEY(public_text.get(), key.get())) {
    return absl::InternalError(StrCat("RSA key generation failed: ", TakeLibraryError()));
  }
  return RsaKeyPair{Redacted(TakeText(private_text.get())), TakeText(public_text.get())};
}

}  // namespace sluice::crypto
