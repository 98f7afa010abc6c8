#include <string>
#include <thread>
#include <vector>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "server/base/encoding.h"
#include "server/base/random.h"
#include "server/crypto/constant_time.h"
#include "server/crypto/hmac.h"
#include "server/crypto/seal.h"
#include "server/crypto/self_check.h"
#include "server/crypto/sha256.h"

namespace sluice::crypto {
namespace {

TEST(Sha256Test, KnownAnswers) {  // FIPS 180-2 and the empty text.
  EXPECT_EQ(Sha256HexLower(""), "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
  EXPECT_EQ(Sha256HexLower("abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq"),
            "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1");
  EXPECT_EQ(Sha256HexUpper("abc"),
            "BA7816BF8F01CFEA414140DE5DAE2223B00361A396177A9CB410FF61F20015AD");
  EXPECT_EQ(Sha256("abc").size(), kSha256Bytes);
}

struct HmacVector {
  std::string key, data, sha256, sha512;
};

TEST(HmacTest, Rfc4231) {
  const std::vector<HmacVector> vectors = {
      {std::string(20, '\x0b'), "Hi There",
       "b0344c61d8db38535ca8afceaf0bf12b881dc200c9833da726e9376c2e32cff7",
       "87aa7cdea5ef619d4ff0b4241a1d6cb02379f4e2ce4ec2787ad0b30545e17cde"
       "daa833b7d6b8a702038b274eaea3f4e4be9d914eeb61f1702e696c203a126854"},
      {"Jefe", "what do ya want for nothing?",
       "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843",
       "164b7a7bfcf819e2e395fbe73b56e0a387bd64222e831fd610270cd7ea250554"
       "9758bf75c05a994a6d034f65f8f0e6fdcaeab1a34d4a6b4b636e070a38bce737"},
      {std::string(20, '\xaa'), std::string(50, '\xdd'),
       "773ea91e36800e46854db8ebd09181a72959098b3ef8c122d9635514ced565fe",
       "fa73b0089d56a284efb0f0756c890be9b1b5dbdd8ee81a3655f83e33b2279d39"
       "bf3e848279a722c806b485a47e67c807b946a337bee8942674278859e13292fb"},
      {std::string(131, '\xaa'), "Test Using Larger Than Block-Size Key - Hash Key First",
       "60e431591ee0b67f0d8a26aacbf5b77f8e0bc6213728c5140546040f0ee37f54",
       "80b24263c7c1a3ebb71493c1dd7be8b49b46d1f41b4aeec1121b013783f8f352"
       "6b56d037e05f2598bd0fd2215d6a1e5295e64f73f63f0aec8b915a985d786598"}};
  for (const HmacVector& vector : vectors) {
    EXPECT_EQ(HexEncode(HmacSha256(vector.key, vector.data)), vector.sha256);
    EXPECT_EQ(HexEncode(HmacSha512(vector.key, vector.data)), vector.sha512);
  }
}

TEST(HmacTest, EmptyKeyAndData) {
  EXPECT_EQ(HexEncode(HmacSha256("", "")),
            "b613679a0814d9ec772f95d778c35fc5ff1697c493715653c6c712144292c5ad");
}

TEST(ConstantTimeTest, Compares) {
  EXPECT_TRUE(ConstantTimeEqual("", ""));
  EXPECT_TRUE(ConstantTimeEqual("abc", "abc"));
  EXPECT_FALSE(ConstantTimeEqual("abc", "abd"));
  EXPECT_FALSE(ConstantTimeEqual("abc", "ab"));
  EXPECT_FALSE(ConstantTimeEqual("", "a"));
}

TEST(SelfCheckTest, Passes) { EXPECT_TRUE(SelfCheck().ok()) << SelfCheck(); }

class SealTest : public ::testing::Test {
 protected:
  Sealer NewSealer(char fill = 'k') {
    return Sealer::FromKey(Redacted(std::string(kSealKeyBytes, fill)), &random_).value();
  }
  SystemRandom random_;
};

TEST_F(SealTest, RoundTrip) {
  const Sealer sealer = NewSealer();
  for (const std::string& text : {std::string(), std::string("secret"), std::string(10'000, 'x')}) {
    const std::string sealed = sealer.Seal(text, "merchants/demo").value();
    EXPECT_EQ(sealed.size(), text.size() + 29);
    EXPECT_EQ(sealer.Open(sealed, "merchants/demo")->Reveal(), text);
  }
  EXPECT_NE(*sealer.Seal("a", ""), *sealer.Seal("a", ""));
}

TEST_F(SealTest, RefusesEveryAlteration) {
  const Sealer sealer = NewSealer();
  const std::string sealed = sealer.Seal("secret", "place").value();
  for (size_t i = 0; i < sealed.size(); ++i) {
    for (int bit = 0; bit < 8; ++bit) {
      std::string altered = sealed;
      altered[i] = static_cast<char>(altered[i] ^ (1 << bit));
      EXPECT_EQ(sealer.Open(altered, "place").status().code(), absl::StatusCode::kDataLoss);
    }
    EXPECT_FALSE(sealer.Open(sealed.substr(0, i), "place").ok());
  }
  EXPECT_FALSE(sealer.Open(sealed + "x", "place").ok());
  EXPECT_FALSE(sealer.Open(sealed, "other place").ok());
  EXPECT_FALSE(NewSealer('q').Open(sealed, "place").ok());
  EXPECT_TRUE(sealer.Open(sealed, "place").ok());
}

TEST_F(SealTest, RefusesKeysOfOtherSizes) {
  for (const size_t size : {0, 16, 31, 33}) {
    EXPECT_EQ(Sealer::FromKey(Redacted(std::string(size, 'k')), &random_).status().code(),
              absl::StatusCode::kInvalidArgument);
  }
}

TEST_F(SealTest, ThreadsShareASealer) {
  const Sealer sealer = NewSealer();
  std::vector<std::thread> threads;
  for (int t = 0; t < 4; ++t) {
    threads.emplace_back([&sealer] {
      for (int i = 0; i < 200; ++i) {
        const std::string sealed = sealer.Seal("secret", "p").value();
        EXPECT_EQ(sealer.Open(sealed, "p")->Reveal(), "secret");
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
}

}  // namespace
}  // namespace sluice::crypto
