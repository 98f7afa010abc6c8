// What the server runs with: the configuration after it was checked and its references resolved.
//
// The defaults are those of the published configuration, so a test may start a server from a
// Settings with nothing but a data_dir and port 0.
//
// Threads: plain values; Providers are immutable.
// Ownership: values; accounts share their Provider.

#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/time/time.h"
#include "providers/api/provider.h"
#include "server/base/address.h"
#include "server/base/log.h"
#include "server/base/redacted.h"

namespace sluice {

struct KeySettings {
  std::string id;
  std::string digest;  // SHA-256 of the key, raw bytes.
};

struct MerchantSettings {
  std::string id;  // "-": operators.
  std::vector<KeySettings> api_keys;
  std::vector<std::string> client_identities;
  std::vector<std::string> return_url_prefixes;
};

struct AccountSettings {
  std::string id, merchant;
  std::shared_ptr<const Provider> provider;
  std::vector<std::string> notify_allow;
  int max_in_flight = 64;
};

// PEM.
struct TlsSettings {
  std::string certificate;
  Redacted private_key;
  std::string client_ca;  // Empty: clients need no certificate.
};

struct Settings {
  HostPort grpc_address{"127.0.0.1", 50051};
  HostPort notify_address{"127.0.0.1", 8080};
  HostPort admin_address{"127.0.0.1", 9090};
  HostPort simulator_address{"127.0.0.1", 7070};
  std::string data_dir = "sluice-data";
  std::string notify_base_url;                      // Empty: http:// and the notify address.
  std::vector<std::string> notify_trusted_proxies;  // Addresses and networks.
  std::optional<TlsSettings> tls;
  std::vector<MerchantSettings> merchants;
  MerchantSettings operators{.id = "-"};
  std::vector<AccountSettings> accounts;
  LogLevel log_level = LogLevel::kInfo;
  std::vector<absl::Duration> query_schedule;  // Empty: the engine's default.
  absl::Duration provider_wait = absl::Seconds(2);
  std::optional<Redacted> seal_key;  // 32 raw bytes. Unset: kept in the data directory.

  int max_message_bytes = 1 << 20;
  int max_concurrent_streams = 1000;
  int max_in_flight = 20'000;
  int max_watches = 20'000;
  int cached_resources = 100'000;
  absl::Duration heartbeat = absl::Seconds(15);
  absl::Duration max_stream_age = absl::InfiniteDuration();
  std::optional<absl::Duration> keep_events, keep_notifications;  // Unset: for ever.

  // What a reload does not take over, as text: two that differ need a restart.
  std::string needs_restart;
};

// Whether any key or client identity is configured. Without one, every caller is an operator.
bool HasCredentials(const Settings& settings);

// The rules of where may be listened: gRPC beyond loopback only with TLS and credentials, HTTP and
// the sandbox on loopback only. INVALID_ARGUMENT with one line per broken rule, each beginning with
// the field ("grpc_address: ...").
absl::Status CheckListeners(const Settings& settings, bool sandbox);

}  // namespace sluice
