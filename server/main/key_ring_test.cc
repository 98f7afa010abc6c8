#include "server/main/key_ring.h"

#include <gtest/gtest.h>

#include "server/crypto/sha256.h"

namespace sluice {
namespace {

MerchantSettings Owner(std::string id, std::string key) {
  return {.id = std::move(id), .api_keys = {{key + "-id", crypto::Sha256(key)}}};
}

TEST(KeyRingTest, WithoutCredentialsEveryCallerIsAnOperator) {
  const KeyRing keys{Settings{}};
  const auto principal = keys.Authenticate({.api_key = "anything"});
  ASSERT_TRUE(principal.ok());
  EXPECT_TRUE(principal->is_operator());
  EXPECT_EQ(principal->credential, "open");
}

TEST(KeyRingTest, AKeyIsItsMerchants) {
  Settings settings;
  settings.merchants = {Owner("shop", "alpha"), Owner("other", "beta")};
  settings.operators = Owner("-", "omega");
  const KeyRing keys{settings};
  EXPECT_EQ(keys.Authenticate({.api_key = "alpha"})->merchant, "shop");
  EXPECT_EQ(keys.Authenticate({.api_key = "alpha"})->credential, "alpha-id");
  EXPECT_EQ(keys.Authenticate({.api_key = "beta"})->merchant, "other");
  EXPECT_TRUE(keys.Authenticate({.api_key = "omega"})->is_operator());
  EXPECT_FALSE(keys.Authenticate({.api_key = "alpha"})->MayTouch("other"));
  EXPECT_FALSE(keys.Authenticate({.api_key = "alpha"})->MayTouch("-"));
  for (const char* wrong : {"", "alph", "alphaa", "ALPHA", "alpha-id"}) {
    EXPECT_EQ(keys.Authenticate({.api_key = wrong}).status().code(),
              absl::StatusCode::kUnauthenticated)
        << wrong;
  }
  // The digest is no key.
  EXPECT_FALSE(keys.Authenticate({.api_key = crypto::Sha256("alpha")}).ok());
}

TEST(KeyRingTest, ACertificateIsItsMerchants) {
  Settings settings;
  settings.merchants = {{.id = "shop", .client_identities = {"shop.clients.example"}}};
  const KeyRing keys{settings};
  EXPECT_EQ(keys.Authenticate({.identities = {"x", "shop.clients.example"}})->merchant, "shop");
  EXPECT_FALSE(keys.Authenticate({.identities = {"clients.example"}}).ok());
  EXPECT_FALSE(keys.Authenticate({}).ok());
  // A wrong key is not made good by a certificate.
  EXPECT_FALSE(
      keys.Authenticate({.api_key = "wrong", .identities = {"shop.clients.example"}}).ok());
}

TEST(KeyRingTest, ReplacedKeysCountAtOnce) {
  Settings settings;
  settings.merchants = {Owner("shop", "old")};
  KeyRing keys{settings};
  settings.merchants = {Owner("shop", "new")};
  keys.Replace(settings);
  EXPECT_FALSE(keys.Authenticate({.api_key = "old"}).ok());
  EXPECT_TRUE(keys.Authenticate({.api_key = "new"}).ok());
}

}  // namespace
}  // namespace sluice
