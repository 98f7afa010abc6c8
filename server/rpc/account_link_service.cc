#include "server/rpc/service_parts.h"
#include "sluice/v1/account_link.grpc.pb.h"

namespace sluice::rpc {
namespace {

using v1::ListAccountLinksResponse;

class AccountLinkService final
    : public v1::AccountLinkService::WithRawCallbackMethod_WatchAccountLink<
          v1::AccountLinkService::CallbackService> {
 public:
  explicit AccountLinkService(const ServiceDependencies& dependencies)
      : environment_(dependencies.environment),
        links_(dependencies.engine->account_links()),
        watch_(dependencies.watch) {}

  Unary CreateAccountLink(Context* context, const v1::CreateAccountLinkRequest* request,
                          v1::AccountLink* response) override {
    return ServeUnary(
        environment_, "sluice.v1.AccountLinkService/CreateAccountLink", context, response,
        [&](const Caller& caller, Answer<v1::AccountLink>& answer) -> absl::Status {
          auto merchant = CallersMerchant(caller.principal, request->parent());
          if (!merchant.ok()) return merchant.status();
          auto call = MakeCall(caller, *merchant, request->request_id());
          if (!call.ok()) return call.status();
          if (!request->has_account_link()) return InvalidField("account_link", "must be set");
          auto link =
              AccountLinkFromProto(*merchant, request->account_link_id(), request->account_link());
          if (!link.ok()) return link.status();
          links_.Create(*std::move(call), *std::move(link),
                        std::move(answer).As<AccountLink>(kShow));
          return absl::OkStatus();
        });
  }

  Unary GetAccountLink(Context* context, const v1::GetAccountLinkRequest* request,
                       v1::AccountLink* response) override {
    return ServeUnary(
        environment_, "sluice.v1.AccountLinkService/GetAccountLink", context, response,
        [&](const Caller& caller, Answer<v1::AccountLink>& answer) -> absl::Status {
          auto name = CallersName(caller.principal, request->name(), ResourceKind::kAccountLink);
          if (!name.ok()) return name.status();
          links_.Get(request->name(), std::move(answer).As<AccountLink>(kShow));
          return absl::OkStatus();
        });
  }

  Unary ListAccountLinks(Context* context, const v1::ListAccountLinksRequest* request,
                         ListAccountLinksResponse* response) override {
    return ServeUnary(
        environment_, "sluice.v1.AccountLinkService/ListAccountLinks", context, response,
        [&](const Caller& caller, Answer<ListAccountLinksResponse>& answer) -> absl::Status {
          auto merchant = CallersMerchant(caller.principal, request->parent());
          if (!merchant.ok()) return merchant.status();
          auto list = ListFromProto<AccountLinkState>("ListAccountLinks", *request,
                                                      &v1::AccountLink::State_IsValid);
          if (!list.ok()) return list.status();
          links_.List(list->request,
                      std::move(answer).As<app::Page<AccountLink>>(
                          [hash = list->hash](const auto& page, ListAccountLinksResponse* out) {
                            for (const AccountLink& link : page.items) {
                              ToProto(link, out->add_account_links());
                            }
                            out->set_next_page_token(EncodePageToken(page.next_page, hash));
                          }));
          return absl::OkStatus();
        });
  }

  Unary RevokeAccountLink(Context* context, const v1::RevokeAccountLinkRequest* request,
                          v1::AccountLink* response) override {
    return Act("sluice.v1.AccountLinkService/RevokeAccountLink", context, *request, response,
               &app::AccountLinks::Revoke);
  }

  Unary SyncAccountLink(Context* context, const v1::SyncAccountLinkRequest* request,
                        v1::AccountLink* response) override {
    return Act("sluice.v1.AccountLinkService/SyncAccountLink", context, *request, response,
               &app::AccountLinks::Sync);
  }

  grpc::ServerWriteReactor<grpc::ByteBuffer>* WatchAccountLink(
      Context* context, const grpc::ByteBuffer* request) override {
    return StartWatchAccountLink(watch_, MayReadAs(environment_, *context), *request);
  }

 private:
  template <typename Request>
  Unary Act(std::string_view method, Context* context, const Request& request,
            v1::AccountLink* response,
            void (app::AccountLinks::*act)(app::Call, std::string, app::Reply<AccountLink>)) {
    return ServeUnary(environment_, method, context, response,
                      [&](const Caller& caller, Answer<v1::AccountLink>& answer) {
                        return ActOnName(caller, request, ResourceKind::kAccountLink,
                                         [&](app::Call call, const ResourceName&) {
                                           (links_.*act)(std::move(call), request.name(),
                                                         std::move(answer).As<AccountLink>(kShow));
                                         });
                      });
  }

  const Environment environment_;
  app::AccountLinks& links_;
  const WatchDependencies watch_;
};

}  // namespace

std::unique_ptr<grpc::Service> MakeAccountLinkService(const ServiceDependencies& dependencies) {
  return std::make_unique<AccountLinkService>(dependencies);
}

}  // namespace sluice::rpc
