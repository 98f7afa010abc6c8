// The provider accounts of all merchants: who they belong to, how they are called, whether paused.
//
// Threads: every method is safe from any thread. Get and All read memory only.
// Ownership: owns the Providers; pointers returned live as long as the shared_ptr held.

#pragma once

#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "absl/time/time.h"
#include "providers/api/provider.h"
#include "server/app/call.h"

namespace sluice::app {

struct ProviderAccount {
  std::string account;  // Id, unique over all merchants (it is in the notify URL).
  std::string merchant;
  std::shared_ptr<const Provider> provider;
  std::string notify_base_url;  // Public base of our notification listener, no trailing '/'.
  std::vector<std::string> notify_allow;  // CIDRs that may notify; empty: any.
  int max_in_flight = 64;                 // Requests to the provider at once, for this account.
  bool paused = false;  // New mutating calls are refused; queries and notifications go on.
  std::string pause_reason;
};
using ProviderAccountPtr = std::shared_ptr<const ProviderAccount>;

class ProviderAccounts {
 public:
  virtual ~ProviderAccounts() = default;

  virtual ProviderAccountPtr Get(std::string_view account) const = 0;  // nullptr: unknown.
  virtual std::vector<ProviderAccountPtr> All(std::string_view merchant) const = 0;  // "-": of all.
  // Durable over restarts.
  virtual void Pause(Call call, std::string account, std::string reason,
                     Reply<ProviderAccountPtr> reply) = 0;
  virtual void Resume(Call call, std::string account, Reply<ProviderAccountPtr> reply) = 0;
};

}  // namespace sluice::app
