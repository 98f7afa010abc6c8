#include "server/main/key_ring.h"

#include <string>
#include <utility>

#include "absl/container/flat_hash_map.h"
#include "server/crypto/constant_time.h"
#include "server/crypto/sha256.h"

namespace sluice {

struct KeyRing::Keys {
  bool open = true;
  absl::flat_hash_map<std::string, rpc::Principal> by_digest;
  absl::flat_hash_map<std::string, rpc::Principal> by_identity;

  void Add(const MerchantSettings& owner) {
    for (const KeySettings& key : owner.api_keys) by_digest[key.digest] = {owner.id, key.id};
    for (const std::string& name : owner.client_identities) by_identity[name] = {owner.id, name};
  }
};

KeyRing::KeyRing(const Settings& settings) { Replace(settings); }

void KeyRing::Replace(const Settings& settings) {
  auto keys = std::make_shared<Keys>();
  keys->open = !HasCredentials(settings);
  keys->Add(settings.operators);
  for (const MerchantSettings& merchant : settings.merchants) keys->Add(merchant);
  {
    MutexLock lock(&mutex_);
    keys_ = std::move(keys);
  }
  ++version_;  // Not before: whoever sees it asks the new keys.
}

std::shared_ptr<const KeyRing::Keys> KeyRing::Current() const {
  MutexLock lock(&mutex_);
  return keys_;
}

bool KeyRing::open() const { return Current()->open; }

absl::StatusOr<rpc::Principal> KeyRing::Authenticate(const rpc::Credentials& credentials) const {
  const std::shared_ptr<const Keys> keys = Current();
  if (keys->open) return rpc::Principal{std::string(rpc::kAllMerchants), "open"};
  if (!credentials.api_key.empty()) {
    const std::string digest = crypto::Sha256(credentials.api_key);
    const auto found = keys->by_digest.find(digest);
    if (found != keys->by_digest.end() && crypto::ConstantTimeEqual(found->first, digest)) {
      return found->second;
    }
    return rpc::Unauthenticated("the API key is not known");
  }
  for (const std::string& identity : credentials.identities) {
    const auto found = keys->by_identity.find(identity);
    if (found != keys->by_identity.end()) return found->second;
  }
  return rpc::Unauthenticated("no credentials: send authorization: Bearer <API key>");
}

}  // namespace sluice
