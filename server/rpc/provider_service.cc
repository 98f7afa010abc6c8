#include <algorithm>
#include <map>
#include <string>
#include <utility>
#include <vector>

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

// What the accounts can do, those of a provider together of which the same is true. By the names of
// the providers, then in the order of the accounts.
std::vector<v1::Provider> Matrix(const std::vector<ProviderAccountPtr>& accounts) {
  struct Entry {
    std::string abilities;  // Without accounts, as bytes.
    v1::Provider shown;
  };
  std::map<std::string, std::vector<Entry>> by_name;
  for (const ProviderAccountPtr& account : accounts) {
    Entry entry;
    ToProto(account->provider->descriptor(), &entry.shown);
    entry.abilities = entry.shown.SerializeAsString();
    std::vector<Entry>& entries = by_name[entry.shown.provider()];
    auto same = std::find_if(entries.begin(), entries.end(), [&](const Entry& other) {
      return other.abilities == entry.abilities;
    });
    if (same == entries.end()) same = entries.insert(entries.end(), std::move(entry));
    same->shown.add_provider_accounts(ProviderAccountName(account->merchant, account->account));
  }
  std::vector<v1::Provider> matrix;
  for (auto& [name, entries] : by_name) {
    for (Entry& entry : entries) matrix.push_back(std::move(entry.shown));
  }
  return matrix;
}

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
          const std::vector<v1::Provider> providers = Matrix(accounts_.All(*merchant));
          auto slice = SliceOf(providers.size(), request->page_size(), request->page_token(),
                               PageRequestHash({"ListProviders", *merchant}));
          if (!slice.ok()) return slice.status();
          answer.Succeed([&](ListProvidersResponse* out) {
            for (size_t i = slice->begin; i < slice->end; ++i) *out->add_providers() = providers[i];
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
