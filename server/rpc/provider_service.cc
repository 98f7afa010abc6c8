#include <map>

#include "server/core/validate.h"
#include "server/rpc/service_parts.h"
#include "sluice/v1/provider.grpc.pb.h"

namespace sluice::rpc {
namespace {

using app::ProviderAccountPtr;
using v1::ListProviderAccountsResponse;
using v1::ListProvidersResponse;

constexpr auto kShowAccount = [](const ProviderAccountPtr& account, v1::ProviderAccount* out) {
  ToProto(*account, out);
};

class ProviderService final : public v1::ProviderService::CallbackService {
 public:
  explicit ProviderService(const ServiceDependencies& dependencies)
      : environment_(dependencies.environment),
        accounts_(dependencies.engine->provider_accounts()) {}

  Unary ListProviders(Context* context, const v1::ListProvidersRequest* request,
                      ListProvidersResponse* response) override {
    return ServeUnary(
        environment_, "sluice.v1.ProviderService/ListProviders", context, response,
        [&](const Caller& caller, Answer<ListProvidersResponse>& answer) -> absl::Status {
          auto merchant = CallersMerchant(caller.principal, request->parent(), true);
          if (!merchant.ok()) return merchant.status();
          // Accounts of a provider share its descriptor; providers in the order of their names.
          std::map<std::string, std::vector<ProviderAccountPtr>> providers;
          for (ProviderAccountPtr& account : accounts_.All(*merchant)) {
            providers[account->provider->descriptor().provider].push_back(std::move(account));
          }
          auto slice = SliceOf(providers.size(), request->page_size(), request->page_token(),
                               PageRequestHash({"ListProviders", *merchant}));
          if (!slice.ok()) return slice.status();
          answer.Succeed([&](ListProvidersResponse* out) {
            auto provider = std::next(providers.begin(), static_cast<long>(slice->begin));
            for (size_t i = slice->begin; i < slice->end; ++i, ++provider) {
              v1::Provider* shown = out->add_providers();
              ToProto(provider->second.front()->provider->descriptor(), shown);
              for (const ProviderAccountPtr& account : provider->second) {
                shown->add_provider_accounts(
                    ProviderAccountName(account->merchant, account->account));
              }
            }
            out->set_next_page_token(slice->next_page_token);
          });
          return absl::OkStatus();
        });
  }

  Unary ListProviderAccounts(Context* context, const v1::ListProviderAccountsRequest* request,
                             ListProviderAccountsResponse* response) override {
    return ServeUnary(
        environment_, "sluice.v1.ProviderService/ListProviderAccounts", context, response,
        [&](const Caller& caller, Answer<ListProviderAccountsResponse>& answer) -> absl::Status {
          auto merchant = CallersMerchant(caller.principal, request->parent(), true);
          if (!merchant.ok()) return merchant.status();
          const std::vector<ProviderAccountPtr> all = accounts_.All(*merchant);
          auto slice = SliceOf(all.size(), request->page_size(), request->page_token(),
                               PageRequestHash({"ListProviderAccounts", *merchant}));
          if (!slice.ok()) return slice.status();
          answer.Succeed([&](ListProviderAccountsResponse* out) {
            for (size_t i = slice->begin; i < slice->end; ++i) {
              ToProto(*all[i], out->add_provider_accounts());
            }
            out->set_next_page_token(slice->next_page_token);
          });
          return absl::OkStatus();
        });
  }

  Unary GetProviderAccount(Context* context, const v1::GetProviderAccountRequest* request,
                           v1::ProviderAccount* response) override {
    return ServeUnary(
        environment_, "sluice.v1.ProviderService/GetProviderAccount", context, response,
        [&](const Caller& caller, Answer<v1::ProviderAccount>& answer) -> absl::Status {
          auto name =
              CallersName(caller.principal, request->name(), ResourceKind::kProviderAccount);
          if (!name.ok()) return name.status();
          auto account = Find(*name);
          if (!account.ok()) return account.status();
          answer.Succeed([&](v1::ProviderAccount* out) { ToProto(**account, out); });
          return absl::OkStatus();
        });
  }

  Unary PauseProviderAccount(Context* context, const v1::PauseProviderAccountRequest* request,
                             v1::ProviderAccount* response) override {
    return Change("sluice.v1.ProviderService/PauseProviderAccount", context, *request, response,
                  [&](app::Call call, const std::string& account, auto reply) -> absl::Status {
                    Violations violations;
                    violations.Add(ValidateRequired(request->reason(), "reason"));
                    violations.Add(ValidateText(request->reason(), "reason"));
                    if (!violations.ok()) return violations.ToStatus();
                    accounts_.Pause(std::move(call), account, request->reason(), reply());
                    return absl::OkStatus();
                  });
  }

  Unary ResumeProviderAccount(Context* context, const v1::ResumeProviderAccountRequest* request,
                              v1::ProviderAccount* response) override {
    return Change("sluice.v1.ProviderService/ResumeProviderAccount", context, *request, response,
                  [&](app::Call call, const std::string& account, auto reply) -> absl::Status {
                    accounts_.Resume(std::move(call), account, reply());
                    return absl::OkStatus();
                  });
  }

 private:
  absl::StatusOr<ProviderAccountPtr> Find(const ResourceName& name) const {
    ProviderAccountPtr account = accounts_.Get(name.id);
    if (account == nullptr || account->merchant != name.merchant) {
      return NotFound(KindType(ResourceKind::kProviderAccount), name.ToString());
    }
    return account;
  }

  // `change(call, account id, reply)`; reply() gives the app's reply, and is called at most once.
  template <typename Request, typename ChangeAccount>
  Unary Change(std::string_view method, Context* context, const Request& request,
               v1::ProviderAccount* response, ChangeAccount change) {
    return ServeUnary(
        environment_, method, context, response,
        [&](const Caller& caller, Answer<v1::ProviderAccount>& answer) -> absl::Status {
          auto name = CallersName(caller.principal, request.name(), ResourceKind::kProviderAccount);
          if (!name.ok()) return name.status();
          auto account = Find(*name);
          if (!account.ok()) return account.status();
          auto call = MakeCall(caller, name->merchant, request.request_id());
          if (!call.ok()) return call.status();
          return change(*std::move(call), name->id, [&answer] {
            return std::move(answer).template As<ProviderAccountPtr>(kShowAccount);
          });
        });
  }

  const Environment environment_;
  app::ProviderAccounts& accounts_;
};

}  // namespace

std::unique_ptr<grpc::Service> MakeProviderService(const ServiceDependencies& dependencies) {
  return std::make_unique<ProviderService>(dependencies);
}

}  // namespace sluice::rpc
