#include "server/app/catalog.h"

#include <algorithm>
#include <utility>

#include "server/base/strings.h"

namespace sluice::app {
namespace {

// A burst of so many is let wait even where very many accounts share the server.
constexpr size_t kMinWaiting = 16;

AfterNotFound Ruled(Resend resend) {
  switch (resend) {
    case Resend::kSameKey:
      return AfterNotFound::kSendSameKey;
    case Resend::kNewKey:
      return AfterNotFound::kSendNewKey;
    case Resend::kNever:
      break;
  }
  return AfterNotFound::kAskOn;
}

// What one account may make wait, so that the others' calls still fit into all that is accepted.
GateBounds BoundsOf(const EngineOptions& options, int places) {
  const size_t share = options.max_in_flight / (options.accounts.size() + 1);
  const auto on_the_wire = static_cast<size_t>(places);
  const size_t rest = share > on_the_wire ? share - on_the_wire : 0;
  return {.places = places,
          .max_waiting = std::min(options.max_waiting_per_account, std::max(kMinWaiting, rest)),
          .longest_wait = options.longest_wait_per_account};
}

}  // namespace

absl::Status Catalog::Configure(const EngineOptions& options) {
  auto snapshot = std::make_shared<Snapshot>();
  for (const MerchantConfig& merchant : options.merchants) {
    snapshot->merchants[merchant.merchant] = merchant;
  }
  MutexLock lock(&mutex_);
  for (const auto& config : options.accounts) {
    if (config == nullptr || config->provider == nullptr) {
      return absl::InvalidArgumentError("a provider account has no provider");
    }
    if (snapshot->by_id.count(config->account) > 0) {
      return absl::InvalidArgumentError(
          StrCat("provider account ", config->account, " is configured twice"));
    }
    auto account = std::make_shared<Account>();
    auto ours = std::make_shared<ProviderAccount>(*config);
    const auto paused = pauses_.find(config->account);
    if (paused != pauses_.end()) {
      ours->paused = true;
      ours->pause_reason = paused->second;
    }
    account->config = std::move(ours);
    const auto before = snapshot_->by_id.find(config->account);
    const GateBounds calls = BoundsOf(options, std::max(1, config->max_in_flight));
    const GateBounds pushes = BoundsOf(options, kMaxPushesPerAccount);
    if (before != snapshot_->by_id.end()) {
      account->gate = before->second->gate;
      account->push_gate = before->second->push_gate;
      account->gate->SetBounds(calls);
      account->push_gate->SetBounds(pushes);
    } else {
      account->gate = std::make_shared<AccountGate>(calls, clock_);
      account->push_gate = std::make_shared<AccountGate>(pushes, clock_);
    }
    snapshot->by_id[config->account] = account;
    snapshot->accounts.push_back(std::move(account));
  }
  snapshot_ = std::move(snapshot);
  return absl::OkStatus();
}

AccountPtr Catalog::Find(std::string_view account) const {
  const auto snapshot = Now();
  const auto it = snapshot->by_id.find(account);
  return it == snapshot->by_id.end() ? nullptr : it->second;
}

AccountPtr Catalog::FindOf(std::string_view merchant, std::string_view account) const {
  AccountPtr found = Find(account);
  return found != nullptr && found->config->merchant == merchant ? found : nullptr;
}

std::vector<AccountPtr> Catalog::All(std::string_view merchant) const {
  const auto snapshot = Now();
  if (merchant == "-") return snapshot->accounts;
  std::vector<AccountPtr> accounts;
  for (const AccountPtr& account : snapshot->accounts) {
    if (account->config->merchant == merchant) accounts.push_back(account);
  }
  return accounts;
}

const MerchantConfig* Catalog::FindMerchant(std::string_view merchant,
                                            std::shared_ptr<const void>* keep) const {
  auto snapshot = Now();
  const auto it = snapshot->merchants.find(merchant);
  if (it == snapshot->merchants.end()) return nullptr;
  *keep = snapshot;
  return &it->second;
}

AccountPtr Catalog::SetPaused(std::string_view account, bool paused, std::string_view reason) {
  MutexLock lock(&mutex_);
  if (paused) {
    pauses_[std::string(account)] = std::string(reason);
  } else {
    const auto it = pauses_.find(account);
    if (it != pauses_.end()) pauses_.erase(it);
  }
  if (snapshot_->by_id.count(account) == 0) return nullptr;
  auto next = std::make_shared<Snapshot>(*snapshot_);
  AccountPtr& entry = next->by_id.find(account)->second;
  auto config = std::make_shared<ProviderAccount>(*entry->config);
  config->paused = paused;
  config->pause_reason = paused ? std::string(reason) : std::string();
  auto changed = std::make_shared<Account>(*entry);
  changed->config = std::move(config);
  for (AccountPtr& listed : next->accounts) {
    if (listed == entry) listed = changed;
  }
  entry = changed;
  AccountPtr result = entry;
  snapshot_ = std::move(next);
  return result;
}

Verb CreateVerb(ResourceKind kind) {
  switch (kind) {
    case ResourceKind::kRefund:
      return Verb::kCreateRefund;
    case ResourceKind::kPayout:
      return Verb::kCreatePayout;
    case ResourceKind::kAccountLink:
      return Verb::kCreateAccountLink;
    default:
      return Verb::kCreateOrder;
  }
}

Verb QueryVerb(ResourceKind kind) {
  switch (kind) {
    case ResourceKind::kRefund:
      return Verb::kQueryRefund;
    case ResourceKind::kPayout:
      return Verb::kQueryPayout;
    case ResourceKind::kAccountLink:
      return Verb::kQueryAccountLink;
    default:
      return Verb::kQueryOrder;
  }
}

bool Offers(const Descriptor& descriptor, std::string_view wallet, Verb verb) {
  const WalletCapability* capability = descriptor.FindWallet(wallet);
  return capability != nullptr && std::find(capability->verbs.begin(), capability->verbs.end(),
                                            verb) != capability->verbs.end();
}

FlowPolicy PolicyFor(const Descriptor& descriptor, ResourceKind kind, std::string_view wallet,
                     const std::vector<absl::Duration>& query_schedule) {
  FlowPolicy policy;
  switch (kind) {
    case ResourceKind::kRefund:
      policy.after_not_found = Ruled(descriptor.resend_create_refund);
      break;
    case ResourceKind::kPayout:
      policy.after_not_found = Ruled(descriptor.resend_create_payout);
      break;
    case ResourceKind::kAccountLink:
      policy.after_not_found = Ruled(descriptor.resend_create_account_link);
      break;
    default:
      policy.after_not_found = Ruled(descriptor.resend_create_order);
      break;
  }
  policy.repeat_cancel = descriptor.resend_cancel;
  policy.repeat_push = descriptor.resend_push;
  policy.not_found_grace = descriptor.not_found_grace;
  policy.query_horizon = descriptor.query_horizon;
  policy.confirmed_horizon = descriptor.confirmed_horizon;
  policy.reports_settlement = descriptor.reports_settlement;
  policy.can_query = Offers(descriptor, wallet, QueryVerb(kind));
  policy.query_schedule = query_schedule;
  return policy;
}

}  // namespace sluice::app
