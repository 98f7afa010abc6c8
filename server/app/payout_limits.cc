#include "server/app/payout_limits.h"

#include <algorithm>
#include <atomic>
#include <utility>

#include "server/base/strings.h"
#include "server/core/error.h"

namespace sluice::app {
namespace {

std::string KeyOf(std::string_view account, std::string_view wallet, std::string_view currency) {
  return StrCat(account, "\n", wallet, "\n", currency);
}

}  // namespace

void PayoutLimitsCache::Get(AccountPtr account, std::string wallet, std::string currency_code,
                            Reply<PayoutLimitsAnswer> reply) {
  const std::string key = KeyOf(account->config->account, wallet, currency_code);
  {
    MutexLock lock(&mutex_);
    Entry& entry = entries_[key];
    entry.answer.provider_account = account->config->account;
    entry.answer.wallet = wallet;
    entry.answer.currency_code = currency_code;
    const auto& read_time = entry.answer.read_time;
    if (read_time.has_value() && core_->Now() - *read_time < kLimitsFresh) {
      PayoutLimitsAnswer answer = entry.answer;
      lock.Unlock();
      return reply(std::move(answer));
    }
    entry.waiting.push_back(std::move(reply));
    if (std::exchange(entry.asking, true)) return;
    entry.ask_time = core_->Now();
  }
  ExchangeRequest request;
  request.account = std::move(account);
  request.subject.kind = ResourceKind::kPayout;
  request.verb = Verb::kGetPayoutLimits;
  request.wallet = std::move(wallet);
  request.currency_code = std::move(currency_code);
  Exchange({&core_->deps()}, std::move(request),
           [self = shared_from_this(), key](Step step) { self->OnStep(key, std::move(step)); });
}

void PayoutLimitsCache::OnStep(const std::string& key, Step step) {
  std::vector<Reply<PayoutLimitsAnswer>> waiting;
  PayoutLimitsAnswer answer;
  {
    MutexLock lock(&mutex_);
    Entry& entry = entries_[key];
    entry.asking = false;
    waiting.swap(entry.waiting);
    if (step.limits.has_value() && step.outcome.verdict == Verdict::kAccepted) {
      entry.answer.limits = *std::move(step.limits);
      entry.answer.known =
          entry.answer.limits.minimum.has_value() || entry.answer.limits.maximum.has_value();
      entry.answer.read_time = core_->Now();
    }
    answer = entry.answer;
  }
  for (auto& reply : waiting) reply(answer);
}

void PayoutLimitsCache::Prepare(const AccountPtr& account, const Payout& payout, Ticket& ticket,
                                Task then) {
  const WalletCapability* wallet = account->descriptor().FindWallet(payout.wallet);
  const bool told = wallet != nullptr &&
                    std::count(wallet->verbs.begin(), wallet->verbs.end(), Verb::kGetPayoutLimits);
  const std::string& currency_code = payout.amount.currency_code;
  bool ask = false, wait = false;
  if (told) {
    MutexLock lock(&mutex_);
    const Entry& entry = entries_[KeyOf(account->config->account, payout.wallet, currency_code)];
    const absl::Duration age = core_->Now() - entry.answer.read_time.value_or(absl::InfinitePast());
    ask = age >= kLimitsFresh && core_->Now() - entry.ask_time >= kLimitsPause;
    wait = age > kLimitsUsable && (ask || entry.asking);
  }
  if (!wait) {
    if (ask) Get(account, payout.wallet, currency_code, [](const auto&) {});
    return then();
  }
  core_->StandAside(ticket);
  // Whichever is first goes on.
  auto go_on = std::make_shared<Task>(std::move(then));
  auto gone = std::make_shared<std::atomic<bool>>(false);
  const auto once = [go_on, gone] {
    if (!gone->exchange(true)) (*go_on)();
  };
  const TimerId timer = core_->deps().timers->After(
      kLimitsWait, [core = core_, once] { core->deps().executor->Post(once); });
  Get(account, payout.wallet, currency_code, [core = core_, timer, once](const auto&) {
    core->deps().timers->Cancel(timer);
    once();
  });
}

absl::Status PayoutLimitsCache::Check(const Payout& payout) const {
  MutexLock lock(&mutex_);
  const auto it =
      entries_.find(KeyOf(payout.provider_account, payout.wallet, payout.amount.currency_code));
  if (it == entries_.end() || !it->second.answer.read_time.has_value()) return absl::OkStatus();
  if (core_->Now() - *it->second.answer.read_time > kLimitsUsable) return absl::OkStatus();
  const PayoutLimits& limits = it->second.answer.limits;
  const auto same = [&payout](const std::optional<Money>& bound) {
    return bound.has_value() && bound->currency_code == payout.amount.currency_code;
  };
  if (same(limits.minimum) && payout.amount.minor_units < limits.minimum->minor_units) {
    return InvalidField("payout.amount",
                        StrCat("the provider takes at least ", Describe(*limits.minimum)));
  }
  if (same(limits.maximum) && payout.amount.minor_units > limits.maximum->minor_units) {
    return InvalidField("payout.amount",
                        StrCat("the provider takes at most ", Describe(*limits.maximum)));
  }
  return absl::OkStatus();
}

}  // namespace sluice::app
