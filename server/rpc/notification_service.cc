#include "server/rpc/service_parts.h"
#include "sluice/v1/notification.grpc.pb.h"

namespace sluice::rpc {
namespace {

using store::NotificationRow;
using v1::DiagnoseNotificationResponse;
using v1::ListNotificationsResponse;

constexpr auto kShowWithRequest = [](const NotificationRow& row, v1::Notification* out) {
  ToProto(row, /*with_request=*/true, out);
};

class NotificationService final : public v1::NotificationService::CallbackService {
 public:
  explicit NotificationService(const ServiceDependencies& dependencies)
      : environment_(dependencies.environment),
        notifications_(dependencies.engine->notifications()) {}

  Unary ListNotifications(Context* context, const v1::ListNotificationsRequest* request,
                          ListNotificationsResponse* response) override {
    return ServeUnary(
        environment_, "sluice.v1.NotificationService/ListNotifications", context, response,
        [&](const Caller& caller, Answer<ListNotificationsResponse>& answer) -> absl::Status {
          auto merchant = CallersMerchant(caller.principal, request->parent());
          if (!merchant.ok()) return merchant.status();
          uint64_t hash = 0;
          auto list = ListFrom(*request, *merchant, &hash);
          if (!list.ok()) return list.status();
          notifications_.List(*std::move(list),
                              std::move(answer).As<app::Page<NotificationRow>>(
                                  [hash](const auto& page, ListNotificationsResponse* out) {
                                    for (const NotificationRow& row : page.items) {
                                      ToProto(row, /*with_request=*/false,
                                              out->add_notifications());
                                    }
                                    out->set_next_page_token(EncodePageToken(page.next_page, hash));
                                  }));
          return absl::OkStatus();
        });
  }

  Unary GetNotification(Context* context, const v1::GetNotificationRequest* request,
                        v1::Notification* response) override {
    return ServeUnary(
        environment_, "sluice.v1.NotificationService/GetNotification", context, response,
        [&](const Caller& caller, Answer<v1::Notification>& answer) -> absl::Status {
          auto name = CallersName(caller.principal, request->name(), ResourceKind::kNotification);
          if (!name.ok()) return name.status();
          notifications_.Get(name->merchant, name->id,
                             std::move(answer).As<NotificationRow>(kShowWithRequest));
          return absl::OkStatus();
        });
  }

  Unary ReplayNotification(Context* context, const v1::ReplayNotificationRequest* request,
                           v1::Notification* response) override {
    return ServeUnary(environment_, "sluice.v1.NotificationService/ReplayNotification", context,
                      response, [&](const Caller& caller, Answer<v1::Notification>& answer) {
                        return ActOnName(
                            caller, *request, ResourceKind::kNotification,
                            [&](app::Call call, const ResourceName& name) {
                              notifications_.Replay(
                                  std::move(call), name.id,
                                  std::move(answer).As<NotificationRow>(kShowWithRequest));
                            });
                      });
  }

  Unary DiagnoseNotification(Context* context, const v1::DiagnoseNotificationRequest* request,
                             DiagnoseNotificationResponse* response) override {
    return ServeUnary(
        environment_, "sluice.v1.NotificationService/DiagnoseNotification", context, response,
        [&](const Caller& caller, Answer<DiagnoseNotificationResponse>& answer) -> absl::Status {
          auto name = CallersName(caller.principal, request->name(), ResourceKind::kNotification);
          if (!name.ok()) return name.status();
          notifications_.Diagnose(name->merchant, name->id, std::move(answer).As<Diagnosis>(kShow));
          return absl::OkStatus();
        });
  }

 private:
  static absl::StatusOr<app::ListNotificationsRequest> ListFrom(
      const v1::ListNotificationsRequest& in, const std::string& merchant, uint64_t* hash) {
    app::ListNotificationsRequest list{.merchant = merchant};
    auto account = ProviderAccountFromProto(merchant, in.provider_account(), "provider_account");
    if (!account.ok()) return account.status();
    list.provider_account = *std::move(account);
    auto limit = PageSize(in.page_size());
    if (!limit.ok()) return limit.status();
    list.limit = *limit;
    auto states =
        StatesFromProto<store::NotificationState>(in.states(), &v1::Notification::State_IsValid);
    if (!states.ok()) return states.status();
    for (const int state : in.states()) {
      list.states.push_back(static_cast<store::NotificationState>(state));
    }
    std::vector<std::string> parameters = *std::move(states);
    parameters.insert(parameters.end(), {"ListNotifications", merchant, list.provider_account});
    *hash = PageRequestHash(parameters);
    auto page = DecodePageToken(in.page_token(), *hash);
    if (!page.ok()) return page.status();
    list.page = *std::move(page);
    return list;
  }

  const Environment environment_;
  app::Notifications& notifications_;
};

}  // namespace

std::unique_ptr<grpc::Service> MakeNotificationService(const ServiceDependencies& dependencies) {
  return std::make_unique<NotificationService>(dependencies);
}

}  // namespace sluice::rpc
