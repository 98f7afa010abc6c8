#include "server/app/account_link_service.h"

#include <utility>
#include <vector>

#include "server/app/capability.h"
#include "server/app/listing.h"
#include "server/core/fingerprint.h"

namespace sluice::app {
namespace {

constexpr ResourceKind kKind = ResourceKind::kAccountLink;
using FieldPairs = std::vector<std::pair<std::string, std::string>>;

Answer Wrap(Reply<AccountLink> reply) {
  return [reply = std::move(reply)](absl::StatusOr<Subject> subject) mutable {
    if (!subject.ok()) return reply(subject.status());
    reply(*subject->account_link);
  };
}

class AccountLinkService final : public AccountLinks {
 public:
  explicit AccountLinkService(CorePtr core) : core_(std::move(core)) {}

  void Create(Call call, AccountLink link, Reply<AccountLink> reply) override {
    link.merchant = call.merchant;
    link.traceparent = call.traceparent;
    const std::string name = link.Name();
    std::string fingerprint = Fingerprint(link);
    core_->Admit(std::move(call), "CreateAccountLink", std::move(fingerprint), kKind, name,
                 Wrap(std::move(reply)),
                 [core = core_, link = std::move(link)](TicketPtr ticket) mutable {
                   Begin(core, std::move(ticket), std::move(link));
                 });
  }

  void Get(std::string name, Reply<AccountLink> reply) override {
    if (auto link = core_->cache().Get<AccountLink>(name)) return reply(*link);
    core_->Load(kKind, std::move(name), Wrap(std::move(reply)));
  }

  void List(ListRequest request, Reply<Page<AccountLink>> reply) override {
    ListResources<AccountLink>(core_, kKind, std::move(request), std::move(reply));
  }

  void Revoke(Call call, std::string name, Reply<AccountLink> reply) override {
    std::string fingerprint = Fingerprint(FieldPairs{{"name", name}});
    RevokeRequested input{call.traceparent};
    core_->Admit(std::move(call), "RevokeAccountLink", std::move(fingerprint), kKind, name,
                 Wrap(std::move(reply)),
                 [core = core_, name, input = std::move(input)](TicketPtr ticket) mutable {
                   core->Mutate(std::move(ticket), kKind, std::move(name),
                                [core, input = std::move(input)](const Subject& before) {
                                  return DecideRevoke(core, before, input);
                                });
                 });
  }

  void Sync(Call call, std::string name, Reply<AccountLink> reply) override {
    SyncResource(core_, kKind, std::move(name), call.provider_wait, Wrap(std::move(reply)));
  }

 private:
  static void Begin(const CorePtr& core, TicketPtr ticket, AccountLink link) {
    const absl::Time now = core->Now();
    const absl::StatusOr<AccountPtr> account =
        PrepareAccountLink(core->catalog(), *core->options(), now, link);
    if (!account.ok()) return core->Reject(std::move(ticket), account.status());
    Change change;
    change.kind = kKind;
    change.name = ticket->resource_name;
    change.from_nothing = true;
    change.decide = [link = std::move(link), now](const Subject&) {
      return BeginAccountLink(link, now);
    };
    core->Create(std::move(ticket), std::move(change));
  }

  static Decision DecideRevoke(const CorePtr& core, const Subject& before,
                               const RevokeRequested& input) {
    const auto serves = CheckServes(core->catalog(), *before.account_link,
                                    before.account_link->wallet, Verb::kRevokeAccountLink);
    if (serves.ok()) return core->DecideOn(before, Input(input));
    Decision refused;
    refused.refusal = serves.status();
    return refused;
  }

  const CorePtr core_;
};

}  // namespace

std::unique_ptr<AccountLinks> MakeAccountLinks(CorePtr core) {
  return std::make_unique<AccountLinkService>(std::move(core));
}

}  // namespace sluice::app
