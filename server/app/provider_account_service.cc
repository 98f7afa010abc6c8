#include "server/app/provider_account_service.h"

#include <utility>

#include "server/app/recovery.h"
#include "server/core/error.h"
#include "server/core/event_types.h"
#include "server/core/names.h"
#include "server/core/validate.h"
#include "server/wire/json.h"

namespace sluice::app {
namespace {

class ProviderAccountService final : public ProviderAccounts {
 public:
  explicit ProviderAccountService(CorePtr core) : core_(std::move(core)) {}

  ProviderAccountPtr Get(std::string_view account) const override {
    const AccountPtr found = core_->catalog().Find(account);
    return found == nullptr ? nullptr : found->config;
  }

  std::vector<ProviderAccountPtr> All(std::string_view merchant) const override {
    std::vector<ProviderAccountPtr> accounts;
    for (const AccountPtr& account : core_->catalog().All(merchant)) {
      accounts.push_back(account->config);
    }
    return accounts;
  }

  void Pause(Call call, std::string account, std::string reason,
             Reply<ProviderAccountPtr> reply) override {
    if (absl::Status valid = ValidateText(reason, "reason"); !valid.ok()) return reply(valid);
    Set(std::move(call), std::move(account), true, std::move(reason), std::move(reply));
  }

  void Resume(Call call, std::string account, Reply<ProviderAccountPtr> reply) override {
    Set(std::move(call), std::move(account), false, "", std::move(reply));
  }

 private:
  // One at a time for each account, from the look at what is set to the effect: they take effect as
  // they are committed.
  void Set(Call call, std::string account, bool paused, std::string reason,
           Reply<ProviderAccountPtr> reply) {
    if (core_->catalog().FindOf(call.merchant, account) == nullptr) {
      return reply(NotFound(KindType(ResourceKind::kProviderAccount),
                            ProviderAccountName(call.merchant, account)));
    }
    std::string lane = PauseSetting(account);
    core_->lanes().Run(
        std::move(lane),
        [core = core_, call = std::move(call), account = std::move(account), paused,
         reason = std::move(reason), reply = std::move(reply)](Lanes::Hold hold) mutable {
          SetAlone(core, std::move(hold), call, std::move(account), paused, std::move(reason),
                   std::move(reply));
        });
  }

  // Durable before it has an effect; setting what is set already changes nothing but the reason.
  static void SetAlone(const CorePtr& core, Lanes::Hold hold, const Call& call, std::string account,
                       bool paused, std::string reason, Reply<ProviderAccountPtr> reply) {
    const AccountPtr found = core->catalog().FindOf(call.merchant, account);
    const std::string name = ProviderAccountName(call.merchant, account);
    if (found == nullptr) {
      return reply(NotFound(KindType(ResourceKind::kProviderAccount), name));
    }
    const ProviderAccount& config = *found->config;
    if (config.paused == paused && config.pause_reason == reason) return reply(found->config);
    store::Transaction transaction;
    transaction.settings.push_back({PauseSetting(account), paused ? "1" + reason : ""});
    EventDraft event;
    event.type = std::string(paused ? event_type::kProviderAccountPaused
                                    : event_type::kProviderAccountResumed);
    event.kind = ResourceKind::kProviderAccount;
    event.resource_name = name;
    event.merchant = call.merchant;
    event.provider = config.provider->descriptor().provider;
    event.traceparent = call.traceparent;
    event.create_time = core->Now();
    Json body = Json::Object({{"name", name}, {"paused", Json::Bool(paused)}});
    if (!reason.empty()) body.Set("pause_reason", reason);
    event.body = body.Write();
    transaction.events.push_back(std::move(event));
    auto land = [core, hold = std::move(hold), account = std::move(account), paused,
                 reason = std::move(reason),
                 reply = std::move(reply)](const absl::Status& status) mutable {
      if (!status.ok()) return reply(StoreUnavailable("the store cannot write now", false));
      const AccountPtr changed = core->catalog().SetPaused(account, paused, reason);
      hold.Release();
      if (changed == nullptr) {
        return reply(NotFound(KindType(ResourceKind::kProviderAccount), account));
      }
      reply(changed->config);
    };
    core->deps().store->Commit(
        std::move(transaction), [core, land = std::move(land)](store::Committed result) mutable {
          Executor* executor = core->deps().executor;
          executor->Post([land = std::move(land), status = std::move(result.status)]() mutable {
            land(status);
          });
        });
  }

  const CorePtr core_;
};

}  // namespace

std::unique_ptr<ProviderAccounts> MakeProviderAccounts(CorePtr core) {
  return std::make_unique<ProviderAccountService>(std::move(core));
}

}  // namespace sluice::app
