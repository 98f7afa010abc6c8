#include "server/crypto/rsa.h"

#include <fstream>
#include <sstream>
#include <string>
#include <thread>
#include <vector>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "server/base/encoding.h"

namespace sluice::crypto {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

constexpr std::string_view kData = R"({"amount":12.30})";

std::string ReadTestdata(const std::string& name) {
  std::ifstream file(std::string(SLUICE_SOURCE_DIR) + "/server/crypto/testdata/" + name);
  EXPECT_TRUE(file.good()) << name;
  std::stringstream text;
  text << file.rdbuf();
  return text.str();
}

std::string KnownSignature() {
  std::string text = ReadTestdata("rsa_2048_signature.txt");
  while (!text.empty() && text.back() == '\n') text.pop_back();
  return Base64Decode(text).value();
}

TEST(RsaTest, SignsAsOpenSslDoes) {
  for (const char* name : {"rsa_2048_pkcs8.pem", "rsa_2048_pkcs1.pem"}) {
    const RsaPrivateKey key = RsaPrivateKey::FromPem(ReadTestdata(name)).value();
    EXPECT_EQ(key.SignSha256(kData).value(), KnownSignature()) << name;
    EXPECT_EQ(key.bits(), 2048);
  }
}

TEST(RsaTest, VerifiesWhatOpenSslSigned) {
  const RsaPublicKey key = RsaPublicKey::FromPem(ReadTestdata("rsa_2048_public.pem")).value();
  EXPECT_TRUE(key.VerifySha256(kData, KnownSignature()));
  EXPECT_EQ(key.Fingerprint(), "dd28b566ce4f8a1c82ff7a30f349708f991a1b08bf5523fc7dad20d4ebb88a7b");
  EXPECT_EQ(key.ToPem(), ReadTestdata("rsa_2048_public.pem"));
}

TEST(RsaTest, RefusesEveryFlippedBit) {
  const RsaPublicKey key = RsaPublicKey::FromPem(ReadTestdata("rsa_2048_public.pem")).value();
  const std::string signature = KnownSignature();
  for (size_t i = 0; i < signature.size(); ++i) {
    std::string altered = signature;
    altered[i] = static_cast<char>(altered[i] ^ (1 << (i % 8)));
    EXPECT_FALSE(key.VerifySha256(kData, altered)) << i;
  }
  for (size_t i = 0; i < kData.size(); ++i) {
    std::string altered(kData);
    altered[i] = static_cast<char>(altered[i] ^ 1);
    EXPECT_FALSE(key.VerifySha256(altered, signature)) << i;
  }
  EXPECT_FALSE(key.VerifySha256(kData, ""));
  EXPECT_FALSE(key.VerifySha256(kData, signature + "x"));
  EXPECT_FALSE(key.VerifySha256(kData, signature.substr(1)));
  EXPECT_FALSE(key.VerifySha256("", signature));
  EXPECT_TRUE(key.VerifySha256(kData, signature));  // Failures leave nothing behind.
}

TEST(RsaTest, GeneratesPairs) {
  const RsaKeyPair pair = GenerateRsaKeyPair().value();
  const RsaPrivateKey secret = RsaPrivateKey::FromPem(pair.private_pem).value();
  const RsaPublicKey open = RsaPublicKey::FromPem(pair.public_pem).value();
  EXPECT_THAT(pair.private_pem.Reveal(), HasSubstr("-----BEGIN PRIVATE KEY-----"));
  EXPECT_EQ(open.bits(), 2048);
  EXPECT_EQ(secret.public_key().Fingerprint(), open.Fingerprint());
  EXPECT_EQ(secret.public_key().ToPem(), pair.public_pem);
  EXPECT_TRUE(open.VerifySha256("x", secret.SignSha256("x").value()));
  EXPECT_FALSE(open.VerifySha256(kData, KnownSignature()));
  EXPECT_FALSE(GenerateRsaKeyPair(1024).ok());
}

TEST(RsaTest, RefusesBadPrivateKeysAndSaysWhy) {
  const auto error = [](const std::string& pem) {
    const absl::Status status = RsaPrivateKey::FromPem(pem).status();
    EXPECT_EQ(status.code(), absl::StatusCode::kInvalidArgument);
    return status.ToString();
  };
  EXPECT_THAT(error(""), HasSubstr("PEM"));
  EXPECT_THAT(error("hunter2"), Not(HasSubstr("hunter2")));
  EXPECT_THAT(error(ReadTestdata("rsa_1024_pkcs8.pem")), HasSubstr("it has 1024"));
  EXPECT_THAT(error(ReadTestdata("ec_p256_pkcs8.pem")), HasSubstr("must be an RSA key"));
  EXPECT_THAT(error(ReadTestdata("rsa_2048_encrypted.pem")), HasSubstr("cannot be read"));
  EXPECT_THAT(error(ReadTestdata("rsa_2048_public.pem")), HasSubstr("PRIVATE KEY"));
  EXPECT_THAT(error(std::string(1 << 20, '-')), HasSubstr("too long"));
  const std::string pem = ReadTestdata("rsa_2048_pkcs8.pem");
  EXPECT_THAT(error(pem.substr(0, pem.size() / 2)), HasSubstr("cannot be read"));
}

TEST(RsaTest, RefusesBadPublicKeysAndSaysWhy) {
  const auto error = [](const std::string& pem) {
    return RsaPublicKey::FromPem(pem).status().ToString();
  };
  EXPECT_THAT(error("x"), HasSubstr("BEGIN PUBLIC KEY"));
  EXPECT_THAT(error(ReadTestdata("rsa_1024_public.pem")), HasSubstr("it has 1024"));
  EXPECT_THAT(error(ReadTestdata("ec_p256_public.pem")), HasSubstr("must be an RSA key"));
  EXPECT_THAT(error(ReadTestdata("rsa_2048_pkcs8.pem")), HasSubstr("BEGIN PUBLIC KEY"));
}

TEST(RsaTest, ThreadsShareAKey) {
  const RsaPrivateKey secret = RsaPrivateKey::FromPem(ReadTestdata("rsa_2048_pkcs8.pem")).value();
  const RsaPublicKey open = secret.public_key();
  std::vector<std::thread> threads;
  for (int t = 0; t < 4; ++t) {
    threads.emplace_back([secret, open] {
      for (int i = 0; i < 10; ++i) {
        EXPECT_TRUE(open.VerifySha256("x", secret.SignSha256("x").value()));
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
}

}  // namespace
}  // namespace sluice::crypto
