#include "server/app/engine.h"

#include <utility>

#include "server/app/account_link_service.h"
#include "server/app/engine_core.h"
#include "server/app/notification_service.h"
#include "server/app/order_service.h"
#include "server/app/payout_service.h"
#include "server/app/provider_account_service.h"
#include "server/app/reconciliation_service.h"
#include "server/app/recovery.h"
#include "server/app/resolver.h"
#include "server/base/log.h"

namespace sluice::app {
namespace {

class EngineImpl final : public Engine {
 public:
  EngineImpl(EngineDependencies dependencies, EngineOptions options)
      : first_options_(options),
        core_(std::make_shared<EngineCore>(std::move(dependencies), std::move(options))),
        resolver_(std::make_shared<Resolver>(core_)),
        orders_(MakeOrders(core_)),
        refunds_(MakeRefunds(core_)),
        payouts_(MakePayouts(core_)),
        account_links_(MakeAccountLinks(core_)),
        notifications_(MakeNotifications(core_)),
        provider_accounts_(MakeProviderAccounts(core_)),
        reconciliation_(MakeReconciliation(core_)) {
    resolver_->Listen();
  }

  ~EngineImpl() override { Stop(absl::ZeroDuration()); }

  absl::Status Start() override {
    if (absl::Status status = core_->Configure(std::move(first_options_)); !status.ok()) {
      return status;
    }
    if (absl::Status status = LoadPauses(core_); !status.ok()) return status;
    if (absl::Status status = RecoverAttempts(core_); !status.ok()) return status;
    if (absl::Status status = RecoverNotifications(core_); !status.ok()) return status;
    resolver_->Start();
    return absl::OkStatus();
  }

  void Stop(absl::Duration grace) override {
    if (stopped_) return;
    stopped_ = true;
    resolver_->Stop();
    if (!core_->Drain(grace)) {
      LogWarning("stopped_with_calls_under_way", {{"calls", core_->activities().calls()}});
    }
  }

  Orders& orders() override { return *orders_; }
  Refunds& refunds() override { return *refunds_; }
  Payouts& payouts() override { return *payouts_; }
  AccountLinks& account_links() override { return *account_links_; }
  Notifications& notifications() override { return *notifications_; }
  ProviderAccounts& provider_accounts() override { return *provider_accounts_; }
  Reconciliation& reconciliation() override { return *reconciliation_; }
  // Whoever reads then waits for the lane, which the change holds until it is in memory.
  void OnEvents(const std::vector<EventPtr>& events) override {
    for (const EventPtr& event : events) core_->cache().Erase(event->resource_name);
  }
  absl::Status Reconfigure(EngineOptions options) override {
    return core_->Configure(std::move(options));
  }

 private:
  EngineOptions first_options_;
  const CorePtr core_;
  const std::shared_ptr<Resolver> resolver_;
  const std::unique_ptr<Orders> orders_;
  const std::unique_ptr<Refunds> refunds_;
  const std::unique_ptr<Payouts> payouts_;
  const std::unique_ptr<AccountLinks> account_links_;
  const std::unique_ptr<Notifications> notifications_;
  const std::unique_ptr<ProviderAccounts> provider_accounts_;
  const std::unique_ptr<Reconciliation> reconciliation_;
  bool stopped_ = false;
};

}  // namespace

std::unique_ptr<Engine> MakeEngine(EngineDependencies dependencies, EngineOptions options) {
  return std::make_unique<EngineImpl>(std::move(dependencies), std::move(options));
}

}  // namespace sluice::app
