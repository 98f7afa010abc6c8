// How a provider becomes known: one registration per word of SLUICE_PROVIDERS, in a list that CMake
// generates (provider_list.h).
//
// Threads: constant after start. Ownership: values; factories give ownership to the caller.

#pragma once

#include <functional>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "providers/api/provider.h"
#include "providers/api/simulator.h"
#include "server/base/random.h"
#include "server/base/redacted.h"

namespace sluice {

// An account's settings as the configuration gives them: names are the provider's own, listed in
// its README. Values of secrets are already resolved (env:, file:).
struct ProviderAccountConfig {
  std::string account;                          // Id, e.g. "demo-payby".
  std::map<std::string, std::string> settings;  // "base_url", "partner_id", ...
  std::map<std::string, Redacted> secrets;      // "private_key_pem", ...
};

// A setting as documented and checked: unknown or missing ones are refused at start by name.
struct SettingSpec {
  std::string name;
  std::string description;
  bool required = false;
  bool secret = false;
};

struct ProviderRegistration {
  std::string provider;  // "payby"
  std::vector<SettingSpec> settings;
  // INVALID_ARGUMENT with the path "settings.partner_id" or "secrets.private_key_pem".
  std::function<absl::StatusOr<std::unique_ptr<Provider>>(const ProviderAccountConfig&)>
      make_provider;
  // The other side: `--sandbox` runs it in the process; also tests and the demo.
  std::function<absl::StatusOr<std::unique_ptr<Simulator>>(const SimulatorContext&)> make_simulator;
  // Settings and secrets for an account at a simulator that serves at `base_url`: made from
  // `random`, so that backend and simulator hold matching keys. The simulator's half is in
  // SandboxAccount::simulator.
  std::function<absl::StatusOr<SandboxAccount>(const std::string& account,
                                               const std::string& base_url, Random& random)>
      make_sandbox_account;
};

// What every make_provider checks first: each required setting and secret is there and not empty,
// and none is unknown. INVALID_ARGUMENT naming each by its path ("secrets.private_key_pem").
absl::Status CheckSettings(const ProviderAccountConfig& config,
                           const std::vector<SettingSpec>& specs);

// Defined by the generated provider_list.cc.
const std::vector<ProviderRegistration>& AllProviders();

}  // namespace sluice
