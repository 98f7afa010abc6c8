// Of the links of one payer, the one that was activated last stands.
//
// The provider honours only that one, and need not tell us of the others. Two links may become
// ACTIVE at the same time, each under its own lane, so the payer has a lane too; which link stands
// is kept as a setting. A link whose succession was cut off is due again (succession_open), and
// everything here may be done twice.
#include <string>
#include <utility>

#include "server/app/engine_core.h"
#include "server/base/log.h"
#include "server/base/strings.h"

namespace sluice::app {
namespace {

std::string StandingLink(const AccountLink& link) {
  return StrCat("standing_link/", link.provider_account, "/", link.payer_key);
}

bool CameBefore(const AccountLink& older, const AccountLink& link) {
  return older.activate_time.value_or(absl::InfinitePast()) <=
         link.activate_time.value_or(absl::InfiniteFuture());
}

}  // namespace

// One succession on its way; the payer's lane is held until it is destroyed.
struct EngineCore::Succession {
  Lanes::Hold hold;
  std::shared_ptr<const AccountLink> link;
  std::string setting;
};

void EngineCore::SettleSuccession(std::shared_ptr<const AccountLink> link) {
  std::string setting = StandingLink(*link);
  lanes_.Run(setting, [self = shared_from_this(), link = std::move(link),
                       setting](Lanes::Hold hold) mutable {
    auto succession = std::make_shared<Succession>();
    succession->hold = std::move(hold);
    succession->link = std::move(link);
    succession->setting = std::move(setting);
    self->deps_.readers->Post([self, succession] {
      auto standing = self->deps_.store->GetSetting(succession->setting);
      if (!standing.ok()) return;  // The link is due again.
      const std::string other = standing->value_or("");
      if (other.empty() || other == succession->link->Name()) {
        return self->EndSuccession(succession, /*stands=*/true);
      }
      self->Load(ResourceKind::kAccountLink, other,
                 [self, succession](absl::StatusOr<Subject> loaded) {
                   self->Succeed(succession, std::move(loaded));
                 });
    });
  });
}

// `loaded` is the link that stood before.
void EngineCore::Succeed(std::shared_ptr<Succession> succession, absl::StatusOr<Subject> loaded) {
  if (!loaded.ok() && !absl::IsNotFound(loaded.status())) return;
  if (!loaded.ok()) return EndSuccession(std::move(succession), /*stands=*/true);
  const AccountLink& before = *loaded->account_link;
  if (!CameBefore(before, *succession->link)) {
    return EndSuccession(std::move(succession), /*stands=*/false);
  }
  Change change;
  change.kind = ResourceKind::kAccountLink;
  change.name = before.Name();
  change.decide = [self = shared_from_this()](const Subject& subject) {
    return self->DecideOn(subject, SuccessionSettled{.stands = false});
  };
  change.done = [self = shared_from_this(), succession](absl::StatusOr<Decision> decision) {
    if (decision.ok()) self->EndSuccession(succession, /*stands=*/true);
  };
  Apply(std::move(change));
}

void EngineCore::EndSuccession(std::shared_ptr<Succession> succession, bool stands) {
  Change change;
  change.kind = ResourceKind::kAccountLink;
  change.name = succession->link->Name();
  change.decide = [self = shared_from_this(), stands](const Subject& subject) {
    return self->DecideOn(subject, SuccessionSettled{.stands = stands});
  };
  change.extras = [succession, stands](const Decision&) {
    Extras extras;
    if (stands) extras.settings = {{succession->setting, succession->link->Name()}};
    return extras;
  };
  change.done = [succession](absl::StatusOr<Decision> decision) {
    if (decision.ok()) return;
    LogError("succession_not_settled",
             {{"resource", succession->link->Name()}, {"error", decision.status()}});
  };
  Apply(std::move(change));
}

}  // namespace sluice::app
