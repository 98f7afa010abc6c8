// A client of Sluice over its generated stubs.
//
// Every method takes the stub's request and answers its response. On the way: a deadline, a
// request_id where the request has that field and leaves it empty, retries where the error says
// that nothing happened, and a typed error. `stub<T>()` is the bare stub.
//
// Threads: all methods from any thread. Calls block.
// Ownership: owns the channel and the stubs; watches keep what they need alive.

#pragma once

#include <grpcpp/grpcpp.h>

#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <tuple>

#include "sluice/client/error.h"
#include "sluice/client/options.h"
#include "sluice/client/watch.h"
#include "sluice/v1/account_link.grpc.pb.h"
#include "sluice/v1/event.grpc.pb.h"
#include "sluice/v1/notification.grpc.pb.h"
#include "sluice/v1/order.grpc.pb.h"
#include "sluice/v1/payout.grpc.pb.h"
#include "sluice/v1/provider.grpc.pb.h"
#include "sluice/v1/reconciliation.grpc.pb.h"
#include "sluice/v1/refund.grpc.pb.h"

namespace sluice::client {

class Client {
 public:
  // Connects lazily: a server that is not there is the first call's error. Refuses options that
  // cannot work: no endpoint, an API key over plaintext beyond loopback, fewer than one attempt, a
  // client certificate without its key.
  static Result<std::unique_ptr<Client>> Create(Options options);

  // One call through any generated stub: Call(&v1::OrderService::Stub::GetOrder, request).
  template <typename Stub, typename Request, typename Response>
  Result<Response> Call(grpc::Status (Stub::*method)(grpc::ClientContext*, const Request&,
                                                     Response*),
                        Request request, const CallOptions& options = {});

  template <typename Stub>
  Stub& stub() {
    return *std::get<std::unique_ptr<Stub>>(stubs_);
  }

#define SLUICE_CLIENT_METHOD(service, method, request, response)                             \
  Result<v1::response> method(const v1::request& message, const CallOptions& options = {}) { \
    return Call(&v1::service::Stub::method, message, options);                               \
  }
  SLUICE_CLIENT_METHOD(OrderService, CreateOrder, CreateOrderRequest, Order)
  SLUICE_CLIENT_METHOD(OrderService, GetOrder, GetOrderRequest, Order)
  SLUICE_CLIENT_METHOD(OrderService, ListOrders, ListOrdersRequest, ListOrdersResponse)
  SLUICE_CLIENT_METHOD(OrderService, CancelOrder, CancelOrderRequest, Order)
  SLUICE_CLIENT_METHOD(OrderService, RevokeOrder, RevokeOrderRequest, Order)
  SLUICE_CLIENT_METHOD(OrderService, SyncOrder, SyncOrderRequest, Order)
  SLUICE_CLIENT_METHOD(RefundService, CreateRefund, CreateRefundRequest, Refund)
  SLUICE_CLIENT_METHOD(RefundService, GetRefund, GetRefundRequest, Refund)
  SLUICE_CLIENT_METHOD(RefundService, ListRefunds, ListRefundsRequest, ListRefundsResponse)
  SLUICE_CLIENT_METHOD(RefundService, SyncRefund, SyncRefundRequest, Refund)
  SLUICE_CLIENT_METHOD(PayoutService, GetPayoutLimits, GetPayoutLimitsRequest,
                       GetPayoutLimitsResponse)
  SLUICE_CLIENT_METHOD(PayoutService, CreatePayout, CreatePayoutRequest, Payout)
  SLUICE_CLIENT_METHOD(PayoutService, GetPayout, GetPayoutRequest, Payout)
  SLUICE_CLIENT_METHOD(PayoutService, ListPayouts, ListPayoutsRequest, ListPayoutsResponse)
  SLUICE_CLIENT_METHOD(PayoutService, SyncPayout, SyncPayoutRequest, Payout)
  SLUICE_CLIENT_METHOD(AccountLinkService, CreateAccountLink, CreateAccountLinkRequest, AccountLink)
  SLUICE_CLIENT_METHOD(AccountLinkService, GetAccountLink, GetAccountLinkRequest, AccountLink)
  SLUICE_CLIENT_METHOD(AccountLinkService, ListAccountLinks, ListAccountLinksRequest,
                       ListAccountLinksResponse)
  SLUICE_CLIENT_METHOD(AccountLinkService, RevokeAccountLink, RevokeAccountLinkRequest, AccountLink)
  SLUICE_CLIENT_METHOD(AccountLinkService, SyncAccountLink, SyncAccountLinkRequest, AccountLink)
  SLUICE_CLIENT_METHOD(EventService, ListEvents, ListEventsRequest, ListEventsResponse)
  SLUICE_CLIENT_METHOD(EventService, GetEvent, GetEventRequest, Event)
  SLUICE_CLIENT_METHOD(NotificationService, ListNotifications, ListNotificationsRequest,
                       ListNotificationsResponse)
  SLUICE_CLIENT_METHOD(NotificationService, GetNotification, GetNotificationRequest, Notification)
  SLUICE_CLIENT_METHOD(NotificationService, ReplayNotification, ReplayNotificationRequest,
                       Notification)
  SLUICE_CLIENT_METHOD(NotificationService, DiagnoseNotification, DiagnoseNotificationRequest,
                       DiagnoseNotificationResponse)
  SLUICE_CLIENT_METHOD(ProviderService, ListProviders, ListProvidersRequest, ListProvidersResponse)
  SLUICE_CLIENT_METHOD(ProviderService, ListProviderAccounts, ListProviderAccountsRequest,
                       ListProviderAccountsResponse)
  SLUICE_CLIENT_METHOD(ProviderService, GetProviderAccount, GetProviderAccountRequest,
                       ProviderAccount)
  SLUICE_CLIENT_METHOD(ProviderService, PauseProviderAccount, PauseProviderAccountRequest,
                       ProviderAccount)
  SLUICE_CLIENT_METHOD(ProviderService, ResumeProviderAccount, ResumeProviderAccountRequest,
                       ProviderAccount)
  SLUICE_CLIENT_METHOD(ReconciliationService, ListUnresolved, ListUnresolvedRequest,
                       ListUnresolvedResponse)
  SLUICE_CLIENT_METHOD(ReconciliationService, ResolveAttempt, ResolveAttemptRequest,
                       ResolveAttemptResponse)
#undef SLUICE_CLIENT_METHOD

  // Follow the log, or one resource, for ever: see watch.h. An event watch needs a start.
  EventWatch WatchEvents(const v1::WatchEventsRequest& request);
  OrderWatch WatchOrder(const v1::WatchOrderRequest& request);
  PayoutWatch WatchPayout(const v1::WatchPayoutRequest& request);
  AccountLinkWatch WatchAccountLink(const v1::WatchAccountLinkRequest& request);

 private:
  using Send = std::function<grpc::Status(grpc::ClientContext*)>;

  Client(Options options, std::shared_ptr<grpc::Channel> channel);
  // Fills an empty request_id and gives it back; empty when the request has no such field.
  static std::string FillRequestId(google::protobuf::Message* request);
  static bool IsRead(const google::protobuf::Message& request);
  std::optional<Error> SendWithRetries(bool is_read, const std::string& request_id,
                                       const CallOptions& options, const Send& send);

  template <typename Stub>
  using Owned = std::unique_ptr<Stub>;

  const std::shared_ptr<const Options> options_;
  const std::shared_ptr<grpc::Channel> channel_;
  std::tuple<Owned<v1::OrderService::Stub>, Owned<v1::RefundService::Stub>,
             Owned<v1::PayoutService::Stub>, Owned<v1::AccountLinkService::Stub>,
             Owned<v1::EventService::Stub>, Owned<v1::NotificationService::Stub>,
             Owned<v1::ProviderService::Stub>, Owned<v1::ReconciliationService::Stub>>
      stubs_;
};

template <typename Stub, typename Request, typename Response>
Result<Response> Client::Call(grpc::Status (Stub::*method)(grpc::ClientContext*, const Request&,
                                                           Response*),
                              Request request, const CallOptions& options) {
  const std::string request_id = FillRequestId(&request);
  Response response;
  std::optional<Error> error =
      SendWithRetries(IsRead(request), request_id, options, [&](grpc::ClientContext* context) {
        response.Clear();
        return (stub<Stub>().*method)(context, request, &response);
      });
  if (error.has_value()) return *std::move(error);
  return response;
}

}  // namespace sluice::client
