//! The unary methods by the names that commands use.

use std::time::Duration;

use serde_json::{json, Value};
use sluice_client::{v1, Call, Client};

use crate::wire;

macro_rules! calls {
    ($($name:literal => $method:ident($request:ident) -> $response:ident;)*) => {
        /// Calls a method with a request in JSON; the answer line's content.
        pub async fn call(
            client: &Client,
            method: &str,
            request: &Value,
            deadline: Option<Duration>,
        ) -> Value {
            match method {
                $($name => {
                    let request: v1::$request = match wire::read(stringify!($request), request) {
                        Ok(request) => request,
                        Err(error) => return error,
                    };
                    let mut call = Call::new(request);
                    if let Some(deadline) = deadline {
                        call = call.deadline(deadline);
                    }
                    match client.$method(call).await {
                        Ok(response) => json!({"ok": wire::write(stringify!($response), &response)}),
                        Err(error) => wire::failed(&error),
                    }
                })*
                other => wire::unknown(&format!("there is no method {other}")),
            }
        }
    };
}

calls! {
    "OrderService/CreateOrder" => create_order(CreateOrderRequest) -> Order;
    "OrderService/GetOrder" => get_order(GetOrderRequest) -> Order;
    "OrderService/ListOrders" => list_orders(ListOrdersRequest) -> ListOrdersResponse;
    "OrderService/CancelOrder" => cancel_order(CancelOrderRequest) -> Order;
    "OrderService/RevokeOrder" => revoke_order(RevokeOrderRequest) -> Order;
    "OrderService/SyncOrder" => sync_order(SyncOrderRequest) -> Order;
    "RefundService/CreateRefund" => create_refund(CreateRefundRequest) -> Refund;
    "RefundService/GetRefund" => get_refund(GetRefundRequest) -> Refund;
    "RefundService/ListRefunds" => list_refunds(ListRefundsRequest) -> ListRefundsResponse;
    "RefundService/SyncRefund" => sync_refund(SyncRefundRequest) -> Refund;
    "PayoutService/GetPayoutLimits" => get_payout_limits(GetPayoutLimitsRequest) -> GetPayoutLimitsResponse;
    "PayoutService/CreatePayout" => create_payout(CreatePayoutRequest) -> Payout;
    "PayoutService/GetPayout" => get_payout(GetPayoutRequest) -> Payout;
    "PayoutService/ListPayouts" => list_payouts(ListPayoutsRequest) -> ListPayoutsResponse;
    "PayoutService/SyncPayout" => sync_payout(SyncPayoutRequest) -> Payout;
    "AccountLinkService/CreateAccountLink" => create_account_link(CreateAccountLinkRequest) -> AccountLink;
    "AccountLinkService/GetAccountLink" => get_account_link(GetAccountLinkRequest) -> AccountLink;
    "AccountLinkService/ListAccountLinks" => list_account_links(ListAccountLinksRequest) -> ListAccountLinksResponse;
    "AccountLinkService/RevokeAccountLink" => revoke_account_link(RevokeAccountLinkRequest) -> AccountLink;
    "AccountLinkService/SyncAccountLink" => sync_account_link(SyncAccountLinkRequest) -> AccountLink;
    "EventService/ListEvents" => list_events(ListEventsRequest) -> ListEventsResponse;
    "EventService/GetEvent" => get_event(GetEventRequest) -> Event;
    "NotificationService/ListNotifications" => list_notifications(ListNotificationsRequest) -> ListNotificationsResponse;
    "NotificationService/GetNotification" => get_notification(GetNotificationRequest) -> Notification;
    "NotificationService/ReplayNotification" => replay_notification(ReplayNotificationRequest) -> Notification;
    "NotificationService/DiagnoseNotification" => diagnose_notification(DiagnoseNotificationRequest) -> DiagnoseNotificationResponse;
    "ProviderService/ListProviders" => list_providers(ListProvidersRequest) -> ListProvidersResponse;
    "ProviderService/ListProviderAccounts" => list_provider_accounts(ListProviderAccountsRequest) -> ListProviderAccountsResponse;
    "ProviderService/GetProviderAccount" => get_provider_account(GetProviderAccountRequest) -> ProviderAccount;
    "ProviderService/PauseProviderAccount" => pause_provider_account(PauseProviderAccountRequest) -> ProviderAccount;
    "ProviderService/ResumeProviderAccount" => resume_provider_account(ResumeProviderAccountRequest) -> ProviderAccount;
    "ReconciliationService/ListUnresolved" => list_unresolved(ListUnresolvedRequest) -> ListUnresolvedResponse;
    "ReconciliationService/ResolveAttempt" => resolve_attempt(ResolveAttemptRequest) -> ResolveAttemptResponse;
}
