#include "providers/api/registry.h"

#include <algorithm>

#include "server/base/strings.h"
#include "server/core/validate.h"

namespace sluice {
namespace {

template <typename Values>
void CheckNames(const Values& values, bool secret, std::string_view prefix,
                const std::vector<SettingSpec>& specs, Violations& violations) {
  for (const auto& [name, value] : values) {
    // A structured binding is captured by its name: not every compiler does it by itself.
    const auto is_it = [secret, &name = name](const SettingSpec& spec) {
      return spec.name == name && spec.secret == secret;
    };
    const bool known = std::any_of(specs.begin(), specs.end(), is_it);
    if (!known) violations.Add(StrCat(prefix, name), "is not a setting of this provider");
  }
}

}  // namespace

absl::Status CheckSettings(const ProviderAccountConfig& config,
                           const std::vector<SettingSpec>& specs) {
  constexpr std::string_view kSettings = "settings.";
  constexpr std::string_view kSecrets = "secrets.";
  Violations violations;
  for (const SettingSpec& spec : specs) {
    if (!spec.required) continue;
    bool given = false;
    if (spec.secret) {
      const auto found = config.secrets.find(spec.name);
      given = found != config.secrets.end() && !found->second.empty();
    } else {
      const auto found = config.settings.find(spec.name);
      given = found != config.settings.end() && !found->second.empty();
    }
    if (given) continue;
    violations.Add(StrCat(spec.secret ? kSecrets : kSettings, spec.name), "is required");
  }
  CheckNames(config.settings, false, kSettings, specs, violations);
  CheckNames(config.secrets, true, kSecrets, specs, violations);
  return violations.ToStatus();
}

}  // namespace sluice
