// RSA signatures: RSASSA-PKCS1-v1_5 with SHA-256, keys of 2048 to 8192 bits.
//
// A signature of a 2048-bit key takes about half a millisecond of CPU: sign on a pool, not where
// latency matters. Verifying takes about 15 µs.
//
// Threads: keys are immutable; every method is safe from any thread.
// Ownership: copies share one key.

#pragma once

#include <memory>
#include <string>
#include <string_view>

#include "absl/status/statusor.h"
#include "server/base/redacted.h"

namespace sluice::crypto {

inline constexpr int kMinRsaBits = 2048;  // Below that a key can be broken.
inline constexpr int kMaxRsaBits = 8192;  // Above that one operation takes too long.

class RsaPublicKey {
 public:
  // Reads SubjectPublicKeyInfo PEM ("BEGIN PUBLIC KEY"). INVALID_ARGUMENT says what is wrong: not
  // PEM, not RSA, or the size. Surrounding white space is allowed.
  static absl::StatusOr<RsaPublicKey> FromPem(std::string_view pem);

  // Whether `signature` (raw bytes) is this key's over `data`.
  [[nodiscard]] bool VerifySha256(std::string_view data, std::string_view signature) const;

  int bits() const;
  std::string ToPem() const;

  // SHA-256 of the SubjectPublicKeyInfo, lower-case hexadecimal: names a key in logs and diagnoses.
  std::string Fingerprint() const;

 private:
  friend class RsaPrivateKey;
  struct Impl;
  explicit RsaPublicKey(std::shared_ptr<const Impl> impl) : impl_(std::move(impl)) {}
  std::shared_ptr<const Impl> impl_;
};

class RsaPrivateKey {
 public:
  // Reads PKCS#8 ("BEGIN PRIVATE KEY") or PKCS#1 ("BEGIN RSA PRIVATE KEY") PEM, not encrypted.
  // INVALID_ARGUMENT says what is wrong without quoting the text.
  static absl::StatusOr<RsaPrivateKey> FromPem(std::string_view pem);
  static absl::StatusOr<RsaPrivateKey> FromPem(const Redacted& pem) {
    return FromPem(std::string_view(pem.Reveal()));
  }

  // The raw signature, bits()/8 bytes. The same data gives the same signature. INTERNAL when the
  // library fails.
  absl::StatusOr<std::string> SignSha256(std::string_view data) const;

  int bits() const;
  RsaPublicKey public_key() const;

 private:
  using Impl = RsaPublicKey::Impl;
  explicit RsaPrivateKey(std::shared_ptr<const Impl> impl) : impl_(std::move(impl)) {}
  std::shared_ptr<const Impl> impl_;
};

struct RsaKeyPair {
  Redacted private_pem;    // PKCS#8.
  std::string public_pem;  // SubjectPublicKeyInfo.
};

// A new key of the operating system's randomness: for sandboxes and tests (takes 50 to 500 ms).
absl::StatusOr<RsaKeyPair> GenerateRsaKeyPair(int bits = kMinRsaBits);

}  // namespace sluice::crypto
