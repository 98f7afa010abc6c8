#include "server/app/payout_service.h"

#include <utility>

#include "server/app/capability.h"
#include "server/app/listing.h"
#include "server/app/payout_limits.h"
#include "server/core/error.h"
#include "server/core/fingerprint.h"

namespace sluice::app {
namespace {

constexpr ResourceKind kKind = ResourceKind::kPayout;

Answer Wrap(Reply<Payout> reply) {
  return [reply = std::move(reply)](absl::StatusOr<Subject> subject) mutable {
    if (!subject.ok()) return reply(subject.status());
    reply(*subject->payout);
  };
}

class PayoutService final : public Payouts {
 public:
  explicit PayoutService(CorePtr core)
      : core_(std::move(core)), limits_(std::make_shared<PayoutLimitsCache>(core_)) {}

  void GetLimits(Call call, std::string provider_account, std::string wallet,
                 std::string currency_code, Reply<PayoutLimitsAnswer> reply) override {
    Need need;
    need.verb = Verb::kGetPayoutLimits;
    need.currency_field = "currency_code";
    need.merchant = call.merchant;
    need.provider_account = provider_account;
    need.wallet = wallet;
    need.currency_code = currency_code;
    absl::StatusOr<AccountPtr> account = ChooseAccount(core_->catalog(), need);
    if (!account.ok()) {
      // A wallet whose provider says nothing of limits: unknown is the answer.
      need.verb = Verb::kCreatePayout;
      const absl::StatusOr<AccountPtr> pays = ChooseAccount(core_->catalog(), need);
      if (!pays.ok()) return reply(account.status());
      PayoutLimitsAnswer unknown;
      unknown.provider_account = (*pays)->config->account;
      unknown.wallet = std::move(wallet);
      unknown.currency_code = std::move(currency_code);
      return reply(std::move(unknown));
    }
    limits_->Get(*std::move(account), std::move(wallet), std::move(currency_code),
                 std::move(reply));
  }

  void Create(Call call, Payout payout, Reply<Payout> reply) override {
    payout.merchant = call.merchant;
    payout.traceparent = call.traceparent;
    const std::string name = payout.Name();
    std::string fingerprint = Fingerprint(payout);
    core_->Admit(
        std::move(call), "CreatePayout", std::move(fingerprint), kKind, name,
        Wrap(std::move(reply)),
        [core = core_, limits = limits_, payout = std::move(payout)](TicketPtr ticket) mutable {
          Begin(core, limits, std::move(ticket), std::move(payout));
        });
  }

  void Get(std::string name, Reply<Payout> reply) override {
    if (auto payout = core_->cache().Get<Payout>(name)) return reply(*payout);
    core_->Load(kKind, std::move(name), Wrap(std::move(reply)));
  }

  void List(ListRequest request, Reply<Page<Payout>> reply) override {
    ListResources<Payout>(core_, kKind, std::move(request), std::move(reply));
  }

  void Sync(Call call, std::string name, Reply<Payout> reply) override {
    SyncResource(core_, kKind, std::move(name), call.provider_wait, Wrap(std::move(reply)));
  }

 private:
  using LimitsPtr = std::shared_ptr<PayoutLimitsCache>;

  static void Begin(const CorePtr& core, const LimitsPtr& limits, TicketPtr ticket, Payout payout) {
    const absl::StatusOr<AccountPtr> account = PreparePayout(core->catalog(), payout);
    if (!account.ok()) return core->Reject(std::move(ticket), account.status());
    auto prepared = std::make_shared<const Payout>(std::move(payout));
    limits->Prepare(*account, *prepared, *ticket, [core, limits, ticket, prepared] {
      CreateWithin(core, *limits, ticket, *prepared);
    });
  }

  static void CreateWithin(const CorePtr& core, const PayoutLimitsCache& limits, TicketPtr ticket,
                           const Payout& payout) {
    if (absl::Status within = limits.Check(payout); !within.ok()) {
      return core->Reject(std::move(ticket), within);
    }
    Change change;
    change.kind = kKind;
    change.name = ticket->resource_name;
    change.from_nothing = true;
    change.decide = [core, payout](const Subject&) { return BeginPayout(payout, core->Now()); };
    core->Create(std::move(ticket), std::move(change));
  }

  const CorePtr core_;
  const std::shared_ptr<PayoutLimitsCache> limits_;
};

}  // namespace

std::unique_ptr<Payouts> MakePayouts(CorePtr core) {
  return std::make_unique<PayoutService>(std::move(core));
}

}  // namespace sluice::app
