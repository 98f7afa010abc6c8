#include "server/main/settings.h"

#include <string_view>

#include "absl/strings/str_join.h"
#include "server/base/strings.h"

namespace sluice {
namespace {

bool HasCredentials(const MerchantSettings& owner) {
  return !owner.api_keys.empty() || !owner.client_identities.empty();
}

}  // namespace

bool HasCredentials(const Settings& settings) {
  if (HasCredentials(settings.operators)) return true;
  for (const MerchantSettings& merchant : settings.merchants) {
    if (HasCredentials(merchant)) return true;
  }
  return false;
}

absl::Status CheckListeners(const Settings& settings, bool sandbox) {
  std::vector<std::string> broken;
  if (!IsLoopback(settings.grpc_address.host)) {
    if (sandbox) {
      broken.push_back("grpc_address: --sandbox serves loopback only");
    } else if (!settings.tls.has_value()) {
      broken.push_back("grpc_address: beyond loopback needs tls");
    } else if (!HasCredentials(settings)) {
      broken.push_back(
          "grpc_address: beyond loopback needs credentials: api_keys or client_identities");
    }
  }
  const auto must_be_loopback = [&](std::string_view field, const HostPort& address) {
    if (IsLoopback(address.host)) return;
    broken.push_back(StrCat(field,
                            ": plain HTTP is for loopback only: put a proxy that speaks TLS "
                            "before it"));
  };
  must_be_loopback("notify_address", settings.notify_address);
  must_be_loopback("admin_address", settings.admin_address);
  if (sandbox) must_be_loopback("simulator_address", settings.simulator_address);
  if (broken.empty()) return absl::OkStatus();
  return absl::InvalidArgumentError(absl::StrJoin(broken, "\n"));
}

}  // namespace sluice
