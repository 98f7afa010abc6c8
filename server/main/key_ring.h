// Which key or certificate is whose.
//
// Keys are known by their SHA-256 only. The digest of what a caller shows is looked up, and
// compared in constant time; how long that takes tells nothing about a key, because nobody chooses
// a digest.
//
// Threads: safe from any thread; Replace may come while calls are under way.
// Ownership: owns copies.

#pragma once

#include <atomic>
#include <cstdint>
#include <memory>

#include "server/base/mutex.h"
#include "server/main/settings.h"
#include "server/rpc/auth.h"

namespace sluice {

class KeyRing final : public rpc::Authenticator {
 public:
  explicit KeyRing(const Settings& settings);

  // Without any credentials configured, every caller is an operator ("open").
  absl::StatusOr<rpc::Principal> Authenticate(const rpc::Credentials& credentials) const override;

  void Replace(const Settings& settings);
  uint64_t version() const override { return version_; }

  // Whether every caller is an operator.
  bool open() const;

 private:
  struct Keys;
  std::shared_ptr<const Keys> Current() const;

  std::atomic<uint64_t> version_ = 0;
  mutable Mutex mutex_;
  std::shared_ptr<const Keys> keys_ SLUICE_GUARDED_BY(mutex_);
};

}  // namespace sluice
