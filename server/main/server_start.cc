// How the parts are made, in their order.

#include <algorithm>
#include <thread>
#include <utility>

#include "server/app/catalog.h"
#include "server/base/log.h"
#include "server/base/strings.h"
#include "server/crypto/self_check.h"
#include "server/main/private_file.h"
#include "server/main/sandbox.h"
#include "server/main/server_parts.h"
#include "server/main/simulator_service.h"
#include "server/net/ip_allow_list.h"
#include "server/store/sqlite/sqlite_store.h"
#include "server/wire/json.h"

#include "provider_list.h"

namespace sluice {
namespace {

// Decisions and conversions are some microseconds each: a queue of 100 000 is under a second of
// work. Signatures are half a millisecond, reads of the store some tens of microseconds.
constexpr size_t kMaxQueuedWork = 100'000;
constexpr size_t kMaxQueuedSigning = 20'000;
constexpr size_t kMaxQueuedReads = 20'000;
// What one account may have on the wire is its gate's to bound: a provider's calls (at most 1000 by
// the configuration) and requests that wait for payers fit together. In all, more than three
// providers that do not answer.
constexpr size_t kMaxRequestsPerHost = 1000 + app::kMaxPushesPerAccount;
constexpr size_t kMaxRequests = 8192;
constexpr size_t kMaxQueuedRequests = 8192;
constexpr int kMinThreads = 2, kMaxThreads = 8;
// Where there are too few processors a call that needs no signature does not wait for those that
// do; a third of a thread's usual share is left to them whatever else goes on.
constexpr int kSigningNiceness = 5;
constexpr int kReaders = 2;
constexpr absl::Duration kSweepInterval = absl::Seconds(1);
constexpr char kDatabase[] = "/sluice.db";

int WorkThreads() {
  return std::clamp(static_cast<int>(std::thread::hardware_concurrency()), kMinThreads,
                    kMaxThreads);
}

// The list was checked when it was configured; one that cannot be read lets nobody in.
bool AddressAllowed(const std::vector<std::string>& allowed, const std::string& address) {
  const auto list = net::IpAllowList::Parse(allowed);
  return list.ok() && list->Contains(address);
}

}  // namespace

std::string ServerAddresses::ToJson() const {
  Json out = Json::Object({{"grpc", grpc}, {"notify", notify}, {"admin", admin}});
  if (!simulator.empty()) out.Set("simulator", simulator);
  return out.Write();
}

Settings LoopbackSettings(std::string data_dir) {
  const HostPort any{"127.0.0.1", 0};
  return {.grpc_address = any,
          .notify_address = any,
          .admin_address = any,
          .simulator_address = any,
          .data_dir = std::move(data_dir)};
}

ServerParts::ServerParts(ServerOptions options)
    : options_(std::move(options)),
      clock_(options_.clock != nullptr ? *options_.clock : system_clock_),
      keys_(options_.settings) {}

absl::Status ServerParts::Start() {
  absl::Status status = crypto::SelfCheck();
  if (status.ok()) status = CheckListeners(options_.settings, options_.sandbox);
  if (status.ok()) status = StartStore();
  if (status.ok()) status = StartStreams();
  if (status.ok()) status = StartNotify();
  if (status.ok() && options_.sandbox) status = StartSandbox();
  if (status.ok()) status = StartEngine();
  if (status.ok()) status = StartGrpc();
  if (status.ok()) status = StartAdmin();
  if (!status.ok()) return status;
  gate_->Open(engine_.get());
  grpc_->SetServing(true);
  ready_->store(true);
  LogInfo("server_started",
          {{"grpc", addresses_.grpc},
           {"notify", addresses_.notify},
           {"admin", addresses_.admin},
           {"simulator", addresses_.simulator},
           {"sandbox", options_.sandbox},
           {"sandbox_seed", options_.sandbox ? StrCat(*options_.sandbox_seed) : ""},
           {"open_access", !HasCredentials(options_.settings)}});
  return absl::OkStatus();
}

absl::Status ServerParts::StartStore() {
  const Settings& settings = options_.settings;
  absl::Status made = EnsurePrivateDirectory(settings.data_dir);
  if (!made.ok()) return made;
  // First of all the store: it refuses a directory that another process has.
  store::SqliteStoreOptions file{.path = settings.data_dir + kDatabase,
                                 .readers = kReaders,
                                 .vfs = options_.store_vfs,
                                 .random = &random_,
                                 .probe = options_.store_probe};
  if (options_.store_checkpoint_pages > 0) file.checkpoint_pages = options_.store_checkpoint_pages;
  absl::StatusOr<std::unique_ptr<store::Store>> store = store::OpenSqliteStore(file);
  if (!store.ok()) return store.status();
  store_ = *std::move(store);
  absl::StatusOr<std::unique_ptr<StoreSealer>> sealer = StoreSealer::Make(settings, &random_);
  if (!sealer.ok()) return sealer.status();
  sealer_ = *std::move(sealer);
  executor_ = std::make_unique<ThreadPool>("app", WorkThreads(), kMaxQueuedWork);
  signing_ =
      std::make_unique<ThreadPool>("signing", WorkThreads(), kMaxQueuedSigning, kSigningNiceness);
  readers_ = std::make_unique<ThreadPool>("readers", kReaders, kMaxQueuedReads);
  timers_ = std::make_unique<TimerThread>();
  absl::StatusOr<std::unique_ptr<net::CurlHttpClient>> http =
      net::CurlHttpClient::Create({.max_in_flight = kMaxRequests,
                                   .max_per_host = kMaxRequestsPerHost,
                                   .max_queued = kMaxQueuedRequests});
  if (!http.ok()) return http.status();
  http_ = *std::move(http);
  return absl::OkStatus();
}

absl::Status ServerParts::StartStreams() {
  absl::StatusOr<store::LogBounds> bounds = store_->Bounds();
  if (!bounds.ok()) return bounds.status();
  const Settings& settings = options_.settings;
  hub_ = std::make_unique<stream::EventHub>(
      stream::HubOptions{.heartbeat = settings.heartbeat,
                         .max_age = settings.max_stream_age,
                         .max_sessions = settings.max_watches},
      &clock_, executor_.get(), bounds->oldest_position, bounds->newest_position);
  // Nothing is committed before the engine is there.
  store_->OnEvents([this](const std::vector<EventPtr>& events) {
    if (engine_ != nullptr) engine_->OnEvents(events);
    hub_->Publish(events);
  });
  log_reader_ = std::make_unique<stream::LogReader>(store_.get(), readers_.get());
  event_log_ = std::make_unique<stream::EventLog>(store_.get(), readers_.get(), hub_.get());
  pruner_ = std::make_unique<stream::Pruner>(
      stream::Retention{.events = settings.keep_events,
                        .notifications = settings.keep_notifications},
      store_.get(), hub_.get(), &clock_, readers_.get());
  metrics_.SetSources({.store = [store = store_.get()] { return store->Stats(); },
                       .watches = [hub = hub_.get()] { return hub->sessions(); },
                       .last_event = [hub = hub_.get()] { return hub->head(); },
                       .oldest_event = [hub = hub_.get()] { return hub->oldest(); },
                       .oldest_unknown = OldestUnknownAge()});
  sweeping_ = true;
  ScheduleSweep(timers_.get());
  return absl::OkStatus();
}

// The timers by their own address: while they end, timers_ is empty already.
void ServerParts::ScheduleSweep(TimerThread* timers) {
  timers->After(kSweepInterval, [this, timers] {
    if (!sweeping_) return;
    // When the pool is full the next sweep does it.
    (void)executor_->TryPost([hub = hub_.get(), pruner = pruner_.get()] {
      hub->Sweep();
      pruner->Sweep();
    });
    (void)readers_->TryPost([this] { LookForUnknown(); });
    ScheduleSweep(timers);
  });
}

// Read now and then rather than when asked: the admin listener's thread reads no disk.
void ServerParts::LookForUnknown() {
  const auto oldest = store_->OldestUnknown();
  if (!oldest.ok()) return;
  oldest_unknown_us_ = oldest->has_value() ? absl::ToUnixMicros(**oldest) : kNoneUnknown;
}

std::function<absl::Duration()> ServerParts::OldestUnknownAge() const {
  return [this] {
    const int64_t since = oldest_unknown_us_;
    if (since == kNoneUnknown) return absl::ZeroDuration();
    return std::max(absl::ZeroDuration(), clock_.Now() - absl::FromUnixMicros(since));
  };
}

absl::Status ServerParts::StartNotify() {
  auto proxies = net::IpAllowList::Parse(options_.settings.notify_trusted_proxies);
  if (!proxies.ok()) return proxies.status();
  auto listener = net::StartHttpListener({.address = options_.settings.notify_address.ToString()},
                                         NotifyHandler(gate_, *std::move(proxies)));
  if (!listener.ok()) return listener.status();
  notify_ = *std::move(listener);
  addresses_.notify = notify_->address();
  notify_base_url_ = options_.settings.notify_base_url.empty()
                         ? StrCat("http://", addresses_.notify)
                         : options_.settings.notify_base_url;
  return absl::OkStatus();
}

absl::Status ServerParts::StartSandbox() {
  if (!options_.sandbox_seed.has_value()) options_.sandbox_seed = random_.Next();
  auto host = SimulatorHost::Start({.address = options_.settings.simulator_address,
                                    .clock = &clock_,
                                    .timers = timers_.get(),
                                    .http = http_.get(),
                                    .seed = *options_.sandbox_seed},
                                   AllProviders());
  if (!host.ok()) return host.status();
  simulators_ = *std::move(host);
  addresses_.simulator = simulators_->address();
  auto accounts =
      PrepareSandbox(options_.settings.data_dir, *simulators_, AllProviders(), &random_);
  if (!accounts.ok()) return accounts.status();
  sandbox_accounts_ = *std::move(accounts);
  return absl::OkStatus();
}

app::EngineOptions ServerParts::EngineOptionsOf(const Settings& settings) const {
  app::EngineOptions engine;
  for (const MerchantSettings& merchant : settings.merchants) {
    engine.merchants.push_back({merchant.id, merchant.return_url_prefixes});
  }
  const bool has_demo = std::any_of(settings.merchants.begin(), settings.merchants.end(),
                                    [](const auto& m) { return m.id == kDemoMerchant; });
  if (options_.sandbox && !has_demo) {
    engine.merchants.push_back({kDemoMerchant, {kDemoReturnUrlPrefix}});
  }
  const auto add = [&](const AccountSettings& in) {
    auto account = std::make_shared<app::ProviderAccount>();
    account->account = in.id;
    account->merchant = in.merchant;
    account->provider = in.provider;
    account->notify_base_url = notify_base_url_;
    account->notify_allow = in.notify_allow;
    account->max_in_flight = in.max_in_flight;
    engine.accounts.push_back(std::move(account));
  };
  for (const AccountSettings& account : settings.accounts) add(account);
  for (const AccountSettings& account : sandbox_accounts_) add(account);
  if (!settings.query_schedule.empty()) engine.query_schedule = settings.query_schedule;
  engine.max_in_flight = static_cast<size_t>(settings.max_in_flight);
  engine.cached_resources = static_cast<size_t>(settings.cached_resources);
  engine.allow_loopback_return_urls = options_.sandbox;
  return engine;
}

absl::Status ServerParts::StartEngine() {
  engine_ = app::MakeEngine({.store = store_.get(),
                             .http = options_.http != nullptr ? options_.http : http_.get(),
                             .clock = &clock_,
                             .timers = timers_.get(),
                             .random = &random_,
                             .executor = executor_.get(),
                             .signing = signing_.get(),
                             .readers = readers_.get(),
                             .metrics = &metrics_,
                             .sealer = sealer_.get(),
                             .address_allowed = AddressAllowed,
                             .probe = options_.engine_probe},
                            EngineOptionsOf(options_.settings));
  return engine_->Start();
}

absl::Status ServerParts::StartGrpc() {
  environment_ = {.clock = &clock_,
                  .authenticator = &keys_,
                  .metrics = &metrics_,
                  .provider_wait = options_.settings.provider_wait};
  services_ = rpc::MakeServices({.environment = environment_,
                                 .engine = engine_.get(),
                                 .event_log = event_log_.get(),
                                 .watch = {.hub = hub_.get(),
                                           .reader = log_reader_.get(),
                                           .engine = engine_.get(),
                                           .environment = &environment_},
                                 .store_id = store_->StoreId()});
  if (simulators_ != nullptr) {
    services_.push_back({"sluice.simulator.v1.SimulatorService",
                         MakeSimulatorService(environment_, engine_.get(), simulators_.get())});
  }
  GrpcServer::Services all = options_.extra_services;
  for (const rpc::NamedService& service : services_) {
    all.emplace_back(service.name, service.service.get());
  }
  absl::StatusOr<std::unique_ptr<GrpcServer>> server = GrpcServer::Start(options_.settings, all);
  if (!server.ok()) return server.status();
  grpc_ = *std::move(server);
  addresses_.grpc = grpc_->address().ToString();
  return absl::OkStatus();
}

absl::Status ServerParts::StartAdmin() {
  auto listener = net::StartHttpListener({.address = options_.settings.admin_address.ToString()},
                                         AdminHandler(&metrics_, ready_, OldestUnknownAge()));
  if (!listener.ok()) return listener.status();
  admin_ = *std::move(listener);
  addresses_.admin = admin_->address();
  return absl::OkStatus();
}

absl::StatusOr<std::unique_ptr<RunningServer>> StartServer(ServerOptions options) {
  auto server = std::make_unique<ServerParts>(std::move(options));
  const absl::Status started = server->Start();
  if (!started.ok()) return started;
  return server;
}

}  // namespace sluice
