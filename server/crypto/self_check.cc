#include "server/crypto/self_check.h"

#include <openssl/base.h>

#include <algorithm>
#include <string>
#include <string_view>

#include "server/base/encoding.h"
#include "server/base/strings.h"
#include "server/crypto/hmac.h"
#include "server/crypto/rsa.h"
#include "server/crypto/seal.h"
#include "server/crypto/sha256.h"

// Another library's headers would compile, and then meet this one's code at run time.
#ifndef OPENSSL_IS_BORINGSSL
#error "server/crypto must be built with BoringSSL's headers"
#endif

namespace sluice::crypto {
namespace {

// FIPS 180-2, appendix B.1.
constexpr std::string_view kAbcSha256 =
    "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad";

// RFC 4231, test case 2.
constexpr std::string_view kHmacKey = "Jefe";
constexpr std::string_view kHmacData = "what do ya want for nothing?";
constexpr std::string_view kHmacSha256 =
    "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843";
constexpr std::string_view kHmacSha512 =
    "164b7a7bfcf819e2e395fbe73b56e0a387bd64222e831fd610270cd7ea250554"
    "9758bf75c05a994a6d034f65f8f0e6fdcaeab1a34d4a6b4b636e070a38bce737";

// The GCM specification, test case 14: key, nonce and plaintext are zeros.
constexpr std::string_view kSealedZeros =
    "cea7403d4d606b6e074ec5d3baf39d18"
    "d0d1c8a799996bf0265b98b5d48ab919";

// A signature over kSigned, made once with OpenSSL; the private key is gone.
constexpr std::string_view kSigned = "sluice self check";
constexpr std::string_view kPublicKey =
    "-----BEGIN PUBLIC KEY-----\n"
    "MIIBIjANBgkqhkiG9w0BAQEFAAOCAQ8AMIIBCgKCAQEAz4WWQyBKcMhFvbaSsKSs\n"
    "f7/HD9oFD6DiQZffhPvHN9sHpafdLjUENyqA/LOu0DmIehynRgsGfpsvu98AWfow\n"
    "o4uognqDJyuNWgmLhNwMKPcqzC2ropRLWwn1WnqHgzU0gQv+UJdpGfq/Zz2K/6H8\n"
    "nKxkWKdjyXqqwPwwGnKuhmIe1pdKs3ZFL4SdsEjkI313yNz84IpGm/ApSY+oTYT/\n"
    "6NPaHOe5GL/+C7dlDmvJe7IRCBLTbiY2VGAOmd6BF5u2vvvTZLHGF6lxvFW31pnK\n"
    "fFI3lILez9OYNhcCMZNyxDQt1yzEMDfVrs21slaeApnVkacNn/sZiDeSPN7SjROF\n"
    "pQIDAQAB\n"
    "-----END PUBLIC KEY-----\n";
constexpr std::string_view kSignature =
    "qkubjOEIdHHbE09BnMnUx0njB2/O3F4epqIAZYE7bwyZ1L39qiMtzwT+me63l/vwDS6B2aUBxfu4"
    "UkvEbB3S57VNemdvSG+HONwxa5COglDvbPt94sPBcj2SvmydiaFifOEu9265lK54uHb8bb/mbRaO"
    "fi23BqInBRwWkQgUv/HszMNny83WjTMjoiFtzasNO3yL1btCYv6gaM6EI6WFiPSmQ80tO8XSmuT6"
    "jvtMpomDfHjKJL9nZDshK9jDqA1xqwHPEYZVm4KYF5tIujCcF8S7xC1njpfFkTabKCqhhDPjskXE"
    "kmE3SYy8RKPeIRmZ1Fu04Vj1AwovXmeMSJCQAA==";

// Gives the nonce of the test case.
class ZeroRandom final : public Random {
 public:
  void Fill(absl::Span<uint8_t> out) override { std::fill(out.begin(), out.end(), uint8_t{0}); }
};

absl::Status Failed(std::string_view primitive) {
  return absl::InternalError(StrCat("cryptography self check failed: ", primitive));
}

bool SealWorks() {
  ZeroRandom zeros;
  const std::string zero_key(kSealKeyBytes, '\0');
  const std::string plaintext(16, '\0');
  const absl::StatusOr<Sealer> sealer = Sealer::FromKey(Redacted(zero_key), &zeros);
  if (!sealer.ok()) return false;
  const absl::StatusOr<std::string> sealed = sealer->Seal(plaintext, "");
  if (!sealed.ok()) return false;
  // Before the ciphertext stand a format byte and the nonce.
  if (HexEncode(std::string_view(*sealed).substr(13)) != kSealedZeros) return false;
  const absl::StatusOr<Redacted> opened = sealer->Open(*sealed, "");
  return opened.ok() && opened->Reveal() == plaintext && !sealer->Open(*sealed, "x").ok();
}

bool VerifyWorks() {
  const absl::StatusOr<RsaPublicKey> key = RsaPublicKey::FromPem(kPublicKey);
  const absl::StatusOr<std::string> signature = Base64Decode(kSignature);
  return key.ok() && signature.ok() && key->VerifySha256(kSigned, *signature) &&
         !key->VerifySha256("sluice self chec", *signature);
}

}  // namespace

absl::Status SelfCheck() {
  if (Sha256HexLower("abc") != kAbcSha256) return Failed("SHA-256");
  if (HexEncode(HmacSha256(kHmacKey, kHmacData)) != kHmacSha256) return Failed("HMAC-SHA-256");
  if (HexEncode(HmacSha512(kHmacKey, kHmacData)) != kHmacSha512) return Failed("HMAC-SHA-512");
  if (!SealWorks()) return Failed("AES-256-GCM");
  if (!VerifyWorks()) return Failed("RSA with SHA-256");
  return absl::OkStatus();
}

}  // namespace sluice::crypto
