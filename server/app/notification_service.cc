#include "server/app/notification_service.h"

#include <utility>

#include "server/app/listing.h"
#include "server/app/notification_intake.h"
#include "server/core/error.h"
#include "server/core/names.h"

namespace sluice::app {
namespace {

// Payers who come back at once for whom the provider is asked; the others are sent on unasked.
constexpr int kMaxReturns = 256;
// A payer's browser waits for the answer no longer than this.
constexpr absl::Duration kReturnWait = absl::Seconds(2);

HttpReply PageReply(int status, std::string text) {
  HttpReply reply;
  reply.status = status;
  reply.headers = {{"Content-Type", "text/plain; charset=utf-8"}, {"Cache-Control", "no-store"}};
  reply.body = std::move(text);
  return reply;
}

HttpReply SendOn(const Subject& subject) {
  const std::string& url = subject.kind == ResourceKind::kOrder ? subject.order->return_url
                                                                : subject.account_link->return_url;
  if (url.empty()) return PageReply(200, "Thank you. You can close this page.\n");
  HttpReply reply = PageReply(303, "");
  reply.headers.emplace_back("Location", url);
  return reply;
}

Reply<store::NotificationRow> Showing(Reply<store::NotificationRow> reply) {
  return [reply = std::move(reply)](absl::StatusOr<store::NotificationRow> row) mutable {
    if (!row.ok()) return reply(row.status());
    reply(ToShow(*std::move(row)));
  };
}

class NotificationService final : public Notifications {
 public:
  explicit NotificationService(CorePtr core)
      : core_(std::move(core)),
        intake_(std::make_shared<NotificationIntake>(core_)),
        returns_(std::make_shared<std::atomic<int>>(0)) {}

  void Receive(std::string provider, std::string account, RawRequest request,
               absl::AnyInvocable<void(HttpReply)> answer) override {
    intake_->Receive(std::move(provider), std::move(account), std::move(request),
                     std::move(answer));
  }

  void ReturnPage(std::string account, std::string kind, std::string id, std::string mark,
                  absl::AnyInvocable<void(HttpReply)> answer) override {
    const AccountPtr found = core_->catalog().Find(account);
    const bool order = kind == KindName(ResourceKind::kOrder);
    const bool link = kind == KindName(ResourceKind::kAccountLink);
    const ResourceKind resource_kind = order ? ResourceKind::kOrder : ResourceKind::kAccountLink;
    const Sealer* const sealer = core_->deps().sealer;
    if (found == nullptr || (!order && !link) || !ValidateId(id, "id").ok() || sealer == nullptr ||
        !sealer->IsMark(ReturnPath(account, resource_kind, id), mark)) {
      return answer(PageReply(404, "not found\n"));
    }
    const std::string& merchant = found->config->merchant;
    std::string name = order ? OrderName(merchant, id) : AccountLinkName(merchant, id);
    core_->Load(resource_kind, name,
                [this_core = core_, returns = returns_, resource_kind, name, account,
                 answer = std::move(answer)](absl::StatusOr<Subject> subject) mutable {
                  if (!subject.ok() || subject->base().provider_account != account) {
                    return answer(PageReply(404, "not found\n"));
                  }
                  AskAndSendOn(this_core, std::move(returns), resource_kind, std::move(name),
                               *std::move(subject), std::move(answer));
                });
  }

  void Get(std::string merchant, std::string id, Reply<store::NotificationRow> reply) override {
    ReadRow(std::move(merchant), std::move(id), Showing(std::move(reply)));
  }

  void List(ListNotificationsRequest request, Reply<Page<store::NotificationRow>> reply) override {
    auto shared_reply = std::make_shared<Reply<Page<store::NotificationRow>>>(std::move(reply));
    const bool posted =
        core_->deps().readers->TryPost([core = core_, shared_reply, request = std::move(request)] {
          store::NotificationQuery query;
          query.merchant = request.merchant;
          query.provider_account = request.provider_account;
          query.states = request.states;
          query.limit = request.limit;
          query.after = request.page;
          auto read = core->deps().store->ListNotifications(query);
          if (!read.ok()) {
            return (*shared_reply)(absl::IsInvalidArgument(read.status())
                                       ? read.status()
                                       : StoreUnavailable("the store cannot read now", false));
          }
          Page<store::NotificationRow> page;
          page.items = std::move(read->rows);
          page.next_page = std::move(read->next);
          (*shared_reply)(std::move(page));
        });
    if (!posted) (*shared_reply)(Overloaded("too many reads", absl::Milliseconds(200)));
  }

  void Replay(Call call, std::string id, Reply<store::NotificationRow> reply) override {
    const std::string merchant = call.merchant;
    ReadRow(merchant, id,
            [core = core_, intake = intake_, merchant, id,
             reply = std::move(reply)](absl::StatusOr<store::NotificationRow> row) mutable {
              if (!row.ok()) return reply(row.status());
              AccountPtr account = core->catalog().FindOf(merchant, row->provider_account);
              if (account == nullptr) {
                return reply(CapabilityMissing("its provider account is no longer configured"));
              }
              intake->Replay(
                  std::move(account), *std::move(row),
                  [core, merchant, id, reply = std::move(reply)](absl::Status status) mutable {
                    if (!status.ok()) return reply(status);
                    ReadRowOf(core, merchant, id, Showing(std::move(reply)));
                  });
            });
  }

  void Diagnose(std::string merchant, std::string id, Reply<Diagnosis> reply) override {
    ReadRow(merchant, std::move(id),
            [core = core_, merchant,
             reply = std::move(reply)](absl::StatusOr<store::NotificationRow> row) mutable {
              if (!row.ok()) return reply(row.status());
              AccountPtr account = core->catalog().FindOf(merchant, row->provider_account);
              if (account == nullptr) {
                return reply(CapabilityMissing("its provider account is no longer configured"));
              }
              core->deps().signing->Post([core, account = std::move(account), row = *std::move(row),
                                          reply = std::move(reply)]() mutable {
                const CallContext context = MakeContext(core->deps().sealer, *account->config,
                                                        Subject{}, row.receive_time, "");
                reply(account->provider().Diagnose(ToRequest(row, core->deps().sealer), context));
              });
            });
  }

 private:
  void ReadRow(std::string merchant, std::string id, Reply<store::NotificationRow> reply) {
    ReadRowOf(core_, std::move(merchant), std::move(id), std::move(reply));
  }

  static void ReadRowOf(const CorePtr& core, std::string merchant, std::string id,
                        Reply<store::NotificationRow> reply) {
    auto shared_reply = std::make_shared<Reply<store::NotificationRow>>(std::move(reply));
    const bool posted = core->deps().readers->TryPost([core, merchant, id, shared_reply] {
      auto read = core->deps().store->GetNotification(merchant, id);
      if (!read.ok()) return (*shared_reply)(StoreUnavailable("the store cannot read now", false));
      if (!read->has_value()) {
        return (*shared_reply)(
            NotFound(KindType(ResourceKind::kNotification), NotificationName(merchant, id)));
      }
      (*shared_reply)(**std::move(read));
    });
    if (!posted) (*shared_reply)(Overloaded("too many reads", absl::Milliseconds(200)));
  }

  static void AskAndSendOn(const CorePtr& core, std::shared_ptr<std::atomic<int>> returns,
                           ResourceKind kind, std::string name, Subject subject,
                           absl::AnyInvocable<void(HttpReply)> answer) {
    if (IsAtRest(subject) || core->stopping()) return answer(SendOn(subject));
    if (returns->fetch_add(1) >= kMaxReturns) {
      returns->fetch_sub(1);
      return answer(SendOn(subject));
    }
    SyncResource(core, kind, std::move(name), kReturnWait,
                 [returns, subject, answer = std::move(answer)](absl::StatusOr<Subject>) mutable {
                   returns->fetch_sub(1);
                   answer(SendOn(subject));
                 });
  }

  const CorePtr core_;
  const std::shared_ptr<NotificationIntake> intake_;
  const std::shared_ptr<std::atomic<int>> returns_;
};

}  // namespace

std::unique_ptr<Notifications> MakeNotifications(CorePtr core) {
  return std::make_unique<NotificationService>(std::move(core));
}

}  // namespace sluice::app
