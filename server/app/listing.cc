#include "server/app/listing.h"

#include "server/app/capability.h"

namespace sluice::app {

void SyncResource(const CorePtr& core, ResourceKind kind, std::string name, absl::Duration wait,
                  Answer answer) {
  std::string load_name = name;
  core->Load(kind, std::move(load_name),
             [core, kind, name = std::move(name), wait,
              answer = std::move(answer)](absl::StatusOr<Subject> subject) mutable {
               if (!subject.ok()) return answer(subject.status());
               const AccountPtr account = core->catalog().Find(subject->base().provider_account);
               if (account == nullptr) return answer(NoLongerConfigured());
               if (!core->PolicyOf(*subject).can_query) {
                 return answer(NotOffered(QueryVerb(kind)));
               }
               if (!account->gate->HasRoom()) return answer(QueueFull());
               // Held until the waiter is in place.
               core->activities().Begin(name);
               core->StartQuery(kind, name, AccountGate::Lane::kCall, /*fresh=*/false, [] {});
               core->AnswerWhenQuiet(kind, name, wait, std::move(answer));
               core->EndCall(kind, name);
             });
}

}  // namespace sluice::app
