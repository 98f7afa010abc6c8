// The merchants and provider accounts as configured, with what the engine keeps per account: its
// gate and whether it is paused.
//
// Threads: safe from any thread. Readers get an immutable snapshot.
// Ownership: owns the accounts; the pointers given out keep theirs alive.

#pragma once

#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/status.h"
#include "server/app/account_gate.h"
#include "server/app/engine.h"
#include "server/app/provider_accounts.h"
#include "server/base/mutex.h"
#include "server/core/schedule.h"

namespace sluice::app {

// One account with what belongs to it.
struct Account {
  ProviderAccountPtr config;
  std::shared_ptr<AccountGate> gate;       // Calls and queries.
  std::shared_ptr<AccountGate> push_gate;  // Requests that block until a payer has acted.

  const Provider& provider() const { return *config->provider; }
  const Descriptor& descriptor() const { return config->provider->descriptor(); }
};
using AccountPtr = std::shared_ptr<const Account>;

// Requests that wait for payers hold a connection each for a minute or more; so many at most.
inline constexpr int kMaxPushesPerAccount = 1000;

class Catalog {
 public:
  explicit Catalog(const Clock* clock) : clock_(clock) {}

  // INVALID_ARGUMENT when two accounts share an id, or a provider is missing.
  absl::Status Configure(const EngineOptions& options);

  AccountPtr Find(std::string_view account) const;  // nullptr: unknown.
  // nullptr when it is not the merchant's.
  AccountPtr FindOf(std::string_view merchant, std::string_view account) const;
  std::vector<AccountPtr> All(std::string_view merchant) const;  // "-": of all. In given order.
  const MerchantConfig* FindMerchant(std::string_view merchant,
                                     std::shared_ptr<const void>* keep) const;

  // From now on (also over Configure) the account is paused or not. nullptr: unknown.
  AccountPtr SetPaused(std::string_view account, bool paused, std::string_view reason);

 private:
  struct Snapshot {
    std::vector<AccountPtr> accounts;
    std::map<std::string, AccountPtr, std::less<>> by_id;
    std::map<std::string, MerchantConfig, std::less<>> merchants;
  };
  std::shared_ptr<const Snapshot> Now() const {
    MutexLock lock(&mutex_);
    return snapshot_;
  }

  const Clock* const clock_;
  mutable Mutex mutex_;
  std::shared_ptr<const Snapshot> snapshot_ SLUICE_GUARDED_BY(mutex_) =
      std::make_shared<const Snapshot>();
  std::map<std::string, std::string, std::less<>> pauses_ SLUICE_GUARDED_BY(mutex_);
};

// What the decisions need to know of the account's provider for resources of `kind` in `wallet`.
FlowPolicy PolicyFor(const Descriptor& descriptor, ResourceKind kind, std::string_view wallet,
                     const std::vector<absl::Duration>& query_schedule);

// Whether the wallet is offered with the verb.
bool Offers(const Descriptor& descriptor, std::string_view wallet, Verb verb);

Verb CreateVerb(ResourceKind kind);
Verb QueryVerb(ResourceKind kind);

}  // namespace sluice::app
