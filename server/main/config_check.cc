#include "server/main/config_check.h"

#include <functional>
#include <map>
#include <set>
#include <string>
#include <string_view>
#include <utility>

#include "absl/strings/ascii.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_split.h"
#include "server/base/address.h"
#include "server/base/encoding.h"
#include "server/base/strings.h"
#include "server/core/error.h"
#include "server/core/names.h"
#include "server/core/validate.h"
#include "server/crypto/seal.h"
#include "server/crypto/sha256.h"
#include "server/main/secret_reference.h"
#include "server/net/ip_allow_list.h"
#include "server/wire/uri.h"

namespace sluice {
namespace {

// Bounds that config.proto promises.
constexpr int kMinMessageBytes = 64 << 10, kMaxMessageBytes = 16 << 20;
constexpr int kMaxConcurrentStreams = 100'000;
constexpr int kMaxInFlight = 1'000'000, kMaxWatches = 1'000'000, kMaxCached = 10'000'000;
constexpr int kMaxAccountInFlight = 1000;
constexpr absl::Duration kMaxProviderWait = absl::Seconds(30);
constexpr size_t kMaxScheduleSteps = 64;
constexpr absl::Duration kMinRetention = absl::Hours(1);

bool IsOfThisMachine(const std::string& base_url) {
  const absl::StatusOr<Url> url = ParseUrl(base_url);
  return url.ok() && IsLoopback(url->host);
}

// However it is written.
std::string HostAndPath(const std::string& base_url) {
  const absl::StatusOr<Url> url = ParseUrl(base_url);
  if (!url.ok()) return base_url;
  std::string path = url->path;
  while (!path.empty() && path.back() == '/') path.pop_back();
  return StrCat(url->host, ":", url->port, path);
}

class Checker {
 public:
  Checker(const LoadedConfig& loaded, const CommandLine& flags,
          const std::vector<ProviderRegistration>& providers)
      : loaded_(loaded), config_(loaded.config()), flags_(flags), providers_(providers) {}

  absl::StatusOr<Settings> Check() {
    Addresses();
    General();
    Limits();
    Durations();
    Tls();
    for (int i = 0; i < config_.merchants_size(); ++i) Merchant(i);
    Credentials("operators", config_.operators(), &settings_.operators);
    for (int i = 0; i < config_.provider_accounts_size(); ++i) Account(i);
    if (broken_.empty()) Listeners();
    if (!broken_.empty()) return absl::InvalidArgumentError(absl::StrJoin(broken_, "\n"));
    NeedsRestart();
    return std::move(settings_);
  }

 private:
  void Broken(std::string_view field, std::string_view rule) {
    broken_.push_back(loaded_.Complain(field, rule));
  }

  // A status of core or a provider: its violations, each below `prefix` unless it is a whole path.
  void Broken(std::string_view prefix, const absl::Status& status) {
    const std::optional<ErrorDetails> details = GetErrorDetails(status);
    if (!details.has_value() || details->fields.empty()) {
      return Broken(prefix, StdView(status.message()));
    }
    for (const FieldViolation& violation : details->fields) {
      const bool whole = violation.field.compare(0, prefix.size(), prefix) == 0;
      Broken(whole ? violation.field : StrCat(prefix, ".", violation.field), violation.description);
    }
  }

  void Take(const std::string& field, const absl::Status& status) {
    if (!status.ok()) Broken(field, status);
  }

  void Address(std::string_view flag_name, const std::optional<std::string>& flag,
               std::string_view field, const std::string& value, HostPort* out) {
    const std::string& text = flag.has_value() ? *flag : value;
    if (text.empty()) return;
    absl::StatusOr<HostPort> address = ParseHostPort(text);
    if (address.ok()) {
      *out = *std::move(address);
    } else if (flag.has_value()) {
      broken_.push_back(StrCat(flag_name, ": ", StdView(address.status().message())));
    } else {
      Broken(field, StdView(address.status().message()));
    }
  }

  void Addresses() {
    Address("--grpc-address", flags_.grpc_address, "grpc_address", config_.grpc_address(),
            &settings_.grpc_address);
    Address("--notify-address", flags_.notify_address, "notify_address", config_.notify_address(),
            &settings_.notify_address);
    Address("--admin-address", flags_.admin_address, "admin_address", config_.admin_address(),
            &settings_.admin_address);
    Address("--simulator-address", flags_.simulator_address, "simulator_address",
            config_.simulator_address(), &settings_.simulator_address);
  }

  void General() {
    if (flags_.data_dir.has_value()) {
      settings_.data_dir = *flags_.data_dir;
    } else if (!config_.data_dir().empty()) {
      settings_.data_dir = config_.data_dir();
    }
    Take("notify_base_url", ValidateUrl(config_.notify_base_url(), "notify_base_url"));
    settings_.notify_base_url = config_.notify_base_url();
    while (!settings_.notify_base_url.empty() && settings_.notify_base_url.back() == '/') {
      settings_.notify_base_url.pop_back();
    }
    settings_.notify_trusted_proxies =
        Networks("notify_trusted_proxies", config_.notify_trusted_proxies());
    if (flags_.log_level.has_value()) {
      if (!ParseLogLevel(*flags_.log_level, &settings_.log_level)) {
        broken_.push_back("--log-level: must be debug, info, warning, error or off");
      }
    } else if (!config_.log_level().empty() &&
               !ParseLogLevel(config_.log_level(), &settings_.log_level)) {
      Broken("log_level", "must be debug, info, warning, error or off");
    }
    if (!config_.seal_key().empty()) SealKey();
  }

  std::vector<std::string> Networks(
      const std::string& field, const google::protobuf::RepeatedPtrField<std::string>& networks) {
    for (int i = 0; i < networks.size(); ++i) {
      const auto list = net::IpAllowList::Parse({networks[i]});
      if (!list.ok()) Broken(StrCat(field, "[", i, "]"), StdView(list.status().message()));
    }
    return {networks.begin(), networks.end()};
  }

  void SealKey() {
    absl::StatusOr<Redacted> text = ResolveSecret(config_.seal_key());
    if (!text.ok()) return Broken("seal_key", StdView(text.status().message()));
    absl::StatusOr<std::string> key = HexDecode(text->Reveal());
    if (!key.ok() || key->size() != crypto::kSealKeyBytes) {
      return Broken("seal_key", "must refer to 64 hexadecimal digits");
    }
    settings_.seal_key = Redacted(*std::move(key));
  }

  void Bound(std::string_view field, int value, int least, int most, int* out) {
    if (value == 0) return;
    if (value < least || value > most) {
      return Broken(field, StrCat("must be from ", least, " to ", most));
    }
    *out = value;
  }

  void Limits() {
    const config::v1::Limits& limits = config_.limits();
    Bound("limits.max_message_bytes", limits.max_message_bytes(), kMinMessageBytes,
          kMaxMessageBytes, &settings_.max_message_bytes);
    Bound("limits.max_concurrent_streams", limits.max_concurrent_streams(), 1,
          kMaxConcurrentStreams, &settings_.max_concurrent_streams);
    Bound("limits.max_in_flight", limits.max_in_flight(), 1, kMaxInFlight,
          &settings_.max_in_flight);
    Bound("limits.max_watches", limits.max_watches(), 1, kMaxWatches, &settings_.max_watches);
    Bound("limits.cached_resources", limits.cached_resources(), 1, kMaxCached,
          &settings_.cached_resources);
  }

  absl::Duration Period(std::string_view field, const google::protobuf::Duration& value,
                        absl::Duration least, absl::Duration most) {
    const absl::Duration duration =
        absl::Seconds(value.seconds()) + absl::Nanoseconds(value.nanos());
    if (duration < least || duration > most) {
      Broken(field, most == absl::InfiniteDuration()
                        ? StrCat("must be at least ", absl::FormatDuration(least))
                        : StrCat("must be from ", absl::FormatDuration(least), " to ",
                                 absl::FormatDuration(most)));
    }
    return duration;
  }

  void Durations() {
    for (int i = 0; i < config_.query_schedule_size(); ++i) {
      settings_.query_schedule.push_back(Period(StrCat("query_schedule[", i, "]"),
                                                config_.query_schedule(i), absl::Seconds(1),
                                                absl::Hours(24)));
    }
    if (settings_.query_schedule.size() > kMaxScheduleSteps) {
      Broken("query_schedule", StrCat("must have at most ", kMaxScheduleSteps, " steps"));
    }
    if (config_.has_provider_wait()) {
      settings_.provider_wait =
          Period("provider_wait", config_.provider_wait(), absl::ZeroDuration(), kMaxProviderWait);
    }
    const config::v1::Retention& retention = config_.retention();
    if (retention.has_events()) {
      settings_.keep_events =
          Period("retention.events", retention.events(), kMinRetention, absl::InfiniteDuration());
    }
    if (retention.has_notifications()) {
      settings_.keep_notifications = Period("retention.notifications", retention.notifications(),
                                            kMinRetention, absl::InfiniteDuration());
    }
    const config::v1::Streams& streams = config_.streams();
    if (streams.has_heartbeat()) {
      settings_.heartbeat =
          Period("streams.heartbeat", streams.heartbeat(), absl::Seconds(1), absl::Minutes(10));
    }
    if (streams.has_max_age()) {
      settings_.max_stream_age =
          Period("streams.max_age", streams.max_age(), absl::Minutes(1), absl::InfiniteDuration());
    }
  }

  Redacted Pem(std::string_view field, const std::string& reference) {
    absl::StatusOr<Redacted> pem = ResolveSecret(reference);
    if (!pem.ok()) {
      Broken(field, StdView(pem.status().message()));
      return Redacted();
    }
    if (pem->Reveal().find("-----BEGIN ") == std::string::npos) Broken(field, "must refer to PEM");
    return *std::move(pem);
  }

  void Tls() {
    if (!config_.has_tls()) return;
    TlsSettings tls;
    tls.certificate = Pem("tls.certificate", config_.tls().certificate()).Reveal();
    tls.private_key = Pem("tls.private_key", config_.tls().private_key());
    if (!config_.tls().client_ca().empty()) {
      tls.client_ca = Pem("tls.client_ca", config_.tls().client_ca()).Reveal();
    }
    settings_.tls = std::move(tls);
  }

  // `Owner` is a Merchant or Operators.
  template <typename Owner>
  void Credentials(const std::string& path, const Owner& owner, MerchantSettings* out) {
    for (int i = 0; i < owner.api_keys_size(); ++i) {
      const config::v1::ApiKey& key = owner.api_keys(i);
      const std::string field = StrCat(path, ".api_keys[", i, "]");
      if (key.id().empty()) Broken(StrCat(field, ".id"), "must not be empty");
      if (!key_ids_.insert(key.id()).second) {
        Broken(StrCat(field, ".id"), "must be unique in the file");
      }
      absl::StatusOr<std::string> digest = HexDecode(key.sha256());
      if (!digest.ok() || digest->size() != crypto::kSha256Bytes) {
        Broken(StrCat(field, ".sha256"), "must be 64 hexadecimal digits: the key's SHA-256");
        continue;
      }
      if (!digests_.insert(*digest).second) {
        Broken(StrCat(field, ".sha256"), "is the same key as another one's");
      }
      out->api_keys.push_back({key.id(), *std::move(digest)});
    }
    for (int i = 0; i < owner.client_identities_size(); ++i) {
      const std::string field = StrCat(path, ".client_identities[", i, "]");
      const std::string& identity = owner.client_identities(i);
      if (identity.empty()) Broken(field, "must not be empty");
      if (!identities_.insert(identity).second) Broken(field, "must be unique in the file");
      if (config_.tls().client_ca().empty()) Broken(field, "needs tls.client_ca");
      out->client_identities.push_back(identity);
    }
  }

  void Merchant(int i) {
    const config::v1::Merchant& in = config_.merchants(i);
    const std::string path = StrCat("merchants[", i, "]");
    MerchantSettings merchant{.id = in.id()};
    Take(StrCat(path, ".id"), ValidateSlug(in.id(), StrCat(path, ".id")));
    if (!merchants_.insert(in.id()).second) Broken(StrCat(path, ".id"), "must be unique");
    Credentials(path, in, &merchant);
    for (int j = 0; j < in.return_url_prefixes_size(); ++j) {
      const std::string field = StrCat(path, ".return_url_prefixes[", j, "]");
      const std::string& prefix = in.return_url_prefixes(j);
      Take(field, ValidateUrl(prefix, field));
      // "https://shop.example" would also let "https://shop.example.evil/" pass.
      if (prefix.empty() || prefix.back() != '/') Broken(field, "must end with '/'");
      merchant.return_url_prefixes.push_back(prefix);
    }
    settings_.merchants.push_back(std::move(merchant));
  }

  const ProviderRegistration* FindProvider(std::string_view provider) const {
    for (const ProviderRegistration& registration : providers_) {
      if (registration.provider == provider) return &registration;
    }
    return nullptr;
  }

  std::string KnownProviders() const {
    return absl::StrJoin(providers_, ", ", [](std::string* out, const ProviderRegistration& p) {
      *out += p.provider;
    });
  }

  // Whoever connects is on this machine, and without a trusted proxy nobody else is ever seen.
  bool MaySomebodyNotify(const AccountSettings& account) const {
    if (account.notify_allow.empty() || config_.notify_trusted_proxies_size() > 0) return true;
    const auto allowed = net::IpAllowList::Parse(account.notify_allow);
    return allowed.ok() && (allowed->Contains("127.0.0.1") || allowed->Contains("::1"));
  }

  // Those that the provider documents, where the configuration names none.
  void SendersOfProvider(const std::string& path, AccountSettings* account) {
    const Descriptor& descriptor = account->provider->descriptor();
    if (!account->notify_allow.empty() || IsOfThisMachine(descriptor.base_url)) return;
    account->notify_allow = descriptor.default_notify_allow;
    if (MaySomebodyNotify(*account)) return;
    Broken(StrCat(path, ".notify_allow"),
           StrCat("is ", absl::StrJoin(account->notify_allow, " and "), " unless set, as ",
                  descriptor.display_name,
                  " documents, which needs notify_trusted_proxies; '0.0.0.0/0' lets everybody in"));
  }

  // A provider knows orders by their number alone. Of two merchants with one account there, each
  // could use the other's numbers, and take its orders for its own. One merchant may have it twice
  // (while a key is changed): its numbers are its resources' ids, unique over its accounts.
  void OneMerchantEach(const std::string& path, const AccountSettings& account) {
    const Descriptor& descriptor = account.provider->descriptor();
    if (descriptor.identity.empty()) return;
    const std::string key = absl::AsciiStrToLower(StrCat(
        descriptor.provider, " ", HostAndPath(descriptor.base_url), " ", descriptor.identity));
    const auto [owner, is_first] = owners_.emplace(key, account.merchant);
    if (is_first || owner->second == account.merchant) return;
    Broken(path, StrCat("is the account at ", descriptor.display_name,
                        " that another merchant has: their numbers would be mixed up"));
  }

  void Account(int i) {
    const config::v1::ProviderAccount& in = config_.provider_accounts(i);
    const std::string path = StrCat("provider_accounts[", i, "]");
    const size_t broken_before = broken_.size();
    AccountSettings account{.id = in.id(), .merchant = in.merchant()};
    Take(StrCat(path, ".id"), ValidateSlug(in.id(), StrCat(path, ".id")));
    if (!accounts_.insert(in.id()).second) Broken(StrCat(path, ".id"), "must be unique");
    if (merchants_.count(in.merchant()) == 0) {
      Broken(StrCat(path, ".merchant"), "must be the id of one of merchants");
    }
    account.notify_allow = Networks(StrCat(path, ".notify_allow"), in.notify_allow());
    if (broken_.size() == broken_before && !MaySomebodyNotify(account)) {
      Broken(StrCat(path, ".notify_allow[0]"),
             "needs notify_trusted_proxies: without it everybody is the proxy that calls");
    }
    Bound(StrCat(path, ".max_in_flight"), in.max_in_flight(), 1, kMaxAccountInFlight,
          &account.max_in_flight);

    ProviderAccountConfig config{.account = in.id()};
    config.settings.insert(in.settings().begin(), in.settings().end());
    for (const auto& [name, reference] : in.secrets()) {
      absl::StatusOr<Redacted> secret = ResolveSecret(reference);
      if (!secret.ok()) {
        Broken(StrCat(path, ".secrets.", name), StdView(secret.status().message()));
        continue;
      }
      config.secrets[name] = *std::move(secret);
    }
    const ProviderRegistration* const registration = FindProvider(in.provider());
    if (registration == nullptr) {
      return Broken(StrCat(path, ".provider"), StrCat("must be one of: ", KnownProviders()));
    }
    if (broken_.size() > broken_before) return;
    absl::StatusOr<std::unique_ptr<Provider>> provider = registration->make_provider(config);
    if (!provider.ok()) return Broken(path, provider.status());
    account.provider = *std::move(provider);
    SendersOfProvider(path, &account);
    OneMerchantEach(path, account);
    settings_.accounts.push_back(std::move(account));
  }

  void Listeners() {
    const absl::Status status = CheckListeners(settings_, flags_.sandbox);
    if (status.ok()) return;
    for (absl::string_view line : absl::StrSplit(status.message(), '\n')) {
      const std::pair<std::string, std::string> parts =
          absl::StrSplit(line, absl::MaxSplits(": ", 1));
      Broken(parts.first, parts.second);
    }
  }

  void NeedsRestart() {
    config::v1::Config rest = config_;
    rest.clear_merchants();
    rest.clear_operators();
    rest.clear_provider_accounts();
    rest.clear_log_level();
    settings_.needs_restart = rest.SerializeAsString();
  }

  const LoadedConfig& loaded_;
  const config::v1::Config& config_;
  const CommandLine& flags_;
  const std::vector<ProviderRegistration>& providers_;
  Settings settings_;
  std::vector<std::string> broken_;
  std::set<std::string> key_ids_, digests_, identities_, merchants_, accounts_;
  std::map<std::string, std::string> owners_;  // Merchants of the accounts at providers.
};

}  // namespace

absl::StatusOr<Settings> CheckConfig(const LoadedConfig& loaded, const CommandLine& flags,
                                     const std::vector<ProviderRegistration>& providers) {
  return Checker(loaded, flags, providers).Check();
}

}  // namespace sluice
