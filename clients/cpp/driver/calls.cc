#include "driver/calls.h"

#include <functional>
#include <map>

namespace sluice::client::driver {
namespace {

using Method = std::function<Json(Client&, const Json&, const CallOptions&)>;

template <typename Request, typename Response>
Method Bind(Result<Response> (Client::*method)(const Request&, const CallOptions&)) {
  return [method](Client& client, const Json& json, const CallOptions& options) {
    Request request;
    if (const auto error = ToMessage(json, &request)) return Failed(*error);
    const Result<Response> response = (client.*method)(request, options);
    return response.ok() ? Ok(FromMessage(*response)) : Failed(response.error());
  };
}

const std::map<std::string, Method>& Methods() {
  static const auto* const kMethods = new std::map<std::string, Method>{
      {"OrderService/CreateOrder", Bind(&Client::CreateOrder)},
      {"OrderService/GetOrder", Bind(&Client::GetOrder)},
      {"OrderService/ListOrders", Bind(&Client::ListOrders)},
      {"OrderService/CancelOrder", Bind(&Client::CancelOrder)},
      {"OrderService/RevokeOrder", Bind(&Client::RevokeOrder)},
      {"OrderService/SyncOrder", Bind(&Client::SyncOrder)},
      {"RefundService/CreateRefund", Bind(&Client::CreateRefund)},
      {"RefundService/GetRefund", Bind(&Client::GetRefund)},
      {"RefundService/ListRefunds", Bind(&Client::ListRefunds)},
      {"RefundService/SyncRefund", Bind(&Client::SyncRefund)},
      {"PayoutService/GetPayoutLimits", Bind(&Client::GetPayoutLimits)},
      {"PayoutService/CreatePayout", Bind(&Client::CreatePayout)},
      {"PayoutService/GetPayout", Bind(&Client::GetPayout)},
      {"PayoutService/ListPayouts", Bind(&Client::ListPayouts)},
      {"PayoutService/SyncPayout", Bind(&Client::SyncPayout)},
      {"AccountLinkService/CreateAccountLink", Bind(&Client::CreateAccountLink)},
      {"AccountLinkService/GetAccountLink", Bind(&Client::GetAccountLink)},
      {"AccountLinkService/ListAccountLinks", Bind(&Client::ListAccountLinks)},
      {"AccountLinkService/RevokeAccountLink", Bind(&Client::RevokeAccountLink)},
      {"AccountLinkService/SyncAccountLink", Bind(&Client::SyncAccountLink)},
      {"EventService/ListEvents", Bind(&Client::ListEvents)},
      {"EventService/GetEvent", Bind(&Client::GetEvent)},
      {"NotificationService/ListNotifications", Bind(&Client::ListNotifications)},
      {"NotificationService/GetNotification", Bind(&Client::GetNotification)},
      {"NotificationService/ReplayNotification", Bind(&Client::ReplayNotification)},
      {"NotificationService/DiagnoseNotification", Bind(&Client::DiagnoseNotification)},
      {"ProviderService/ListProviders", Bind(&Client::ListProviders)},
      {"ProviderService/ListProviderAccounts", Bind(&Client::ListProviderAccounts)},
      {"ProviderService/GetProviderAccount", Bind(&Client::GetProviderAccount)},
      {"ProviderService/PauseProviderAccount", Bind(&Client::PauseProviderAccount)},
      {"ProviderService/ResumeProviderAccount", Bind(&Client::ResumeProviderAccount)},
      {"ReconciliationService/ListUnresolved", Bind(&Client::ListUnresolved)},
      {"ReconciliationService/ResolveAttempt", Bind(&Client::ResolveAttempt)},
  };
  return *kMethods;
}

}  // namespace

Json CallByName(Client& client, const std::string& method, const Json& request,
                const CallOptions& options) {
  const auto found = Methods().find(method);
  if (found == Methods().end()) {
    Error unknown = RefusedHere("there is no method " + method);
    unknown.code = grpc::StatusCode::UNIMPLEMENTED;
    return Failed(unknown);
  }
  return found->second(client, request, options);
}

}  // namespace sluice::client::driver
