use std::future::Future;
use std::net::IpAddr;
use std::time::Duration;

use tokio::time::{sleep, timeout_at, Instant};
use tonic::codegen::http::uri::Authority;
use tonic::metadata::{Ascii, MetadataValue};
use tonic::transport::{Channel, Endpoint};
use tonic::{Code, Request, Response, Status};

use crate::retry::{after, wait_before_retry, FOREVER};
use crate::watch::Watch;
use crate::{v1, Error, Options};

/// The largest message that is received. A page of 1000 orders is far larger than gRPC's 4 MiB.
pub(crate) const MAX_MESSAGE_BYTES: usize = 64 << 20;
/// Calls wait behind a connection that is being made: not for as long as a kernel tries.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(20);
/// Its half is one of a timer's milliseconds.
const SHORTEST_KEEPALIVE: Duration = Duration::from_millis(2);

/// A request, and what this one call wants otherwise. A request alone is a `Call` as well.
#[derive(Clone, Debug)]
pub struct Call<Q> {
    pub request: Q,
    deadline: Option<Duration>,
}

impl<Q> Call<Q> {
    pub fn new(request: Q) -> Self {
        Call { request, deadline: None }
    }

    /// Instead of the client's own deadline: over all sends together.
    #[must_use]
    pub fn deadline(mut self, deadline: Duration) -> Self {
        self.deadline = Some(deadline);
        self
    }
}

/// A client of Sluice: every method of the API, and watches that go on.
///
/// Cheap to clone; clones share the connection. Dropping a call's future gives the call up: that
/// drops the answer, never the operation. To repeat such a call, set its `request_id` beforehand.
#[derive(Clone)]
pub struct Client {
    channel: Channel,
    options: Options,
    authorization: Option<MetadataValue<Ascii>>,
}

impl Client {
    /// Connects lazily: a server that is not there is the first call's error. Needs a Tokio
    /// runtime. Refuses options that cannot work: no endpoint, an API key over plaintext beyond
    /// loopback, fewer than one attempt.
    pub fn new(options: Options) -> Result<Self, Error> {
        if options.endpoint.is_empty() {
            return Err(Error::refused_here("endpoint is required: host:port"));
        }
        if options.retry.max_attempts == 0 {
            return Err(Error::refused_here("retry.max_attempts must be at least 1"));
        }
        if options.keepalive < SHORTEST_KEEPALIVE {
            return Err(Error::refused_here("keepalive must be at least 2 ms"));
        }
        let key = options.api_key.as_deref().filter(|key| !key.is_empty());
        let authority = authority(&options.endpoint)?;
        if key.is_some() && options.tls.is_none() && !is_loopback(authority.host()) {
            return Err(Error::refused_here(
                "an API key is sent over plaintext to loopback only: set tls",
            ));
        }
        let authorization = key
            .map(|key| format!("Bearer {key}").parse())
            .transpose()
            .map_err(|_| Error::refused_here("api_key must be printable ASCII"))?;
        let channel = endpoint(&options, &authority)?.connect_lazy();
        Ok(Client { channel, options, authorization })
    }

    /// The bare connection, for generated stubs of your own.
    pub fn channel(&self) -> Channel {
        self.channel.clone()
    }

    /// Follows the log of events for ever: see [`Watch`]. The request needs a start.
    pub fn watch_events(&self, request: v1::WatchEventsRequest) -> Watch<v1::Event> {
        Watch::start(self.clone(), request)
    }

    /// Follows one order.
    pub fn watch_order(&self, request: v1::WatchOrderRequest) -> Watch<v1::Order> {
        Watch::start(self.clone(), request)
    }

    /// Follows one payout.
    pub fn watch_payout(&self, request: v1::WatchPayoutRequest) -> Watch<v1::Payout> {
        Watch::start(self.clone(), request)
    }

    /// Follows one account link.
    pub fn watch_account_link(
        &self,
        request: v1::WatchAccountLinkRequest,
    ) -> Watch<v1::AccountLink> {
        Watch::start(self.clone(), request)
    }

    pub(crate) fn options(&self) -> &Options {
        &self.options
    }

    pub(crate) fn prepare<Q>(&self, message: Q) -> Request<Q> {
        let mut request = Request::new(message);
        if let Some(value) = &self.authorization {
            request.metadata_mut().insert("authorization", value.clone());
        }
        request
    }

    async fn send<Q, R, F>(
        &self,
        is_read: bool,
        request_id: &str,
        call: Call<Q>,
        send: impl Fn(Channel, Request<Q>) -> F,
    ) -> Result<R, Error>
    where
        Q: Clone,
        F: Future<Output = Result<Response<R>, Status>>,
    {
        let until = after(call.deadline.unwrap_or(self.options.deadline));
        for tries in 1.. {
            let mut request = self.prepare(call.request.clone());
            request.set_timeout(until - Instant::now());
            let sent = timeout_at(until, send(self.channel.clone(), request)).await;
            let status = match sent {
                Ok(Ok(response)) => return Ok(response.into_inner()),
                Ok(Err(status)) => normalized(status, until),
                Err(_) => Status::deadline_exceeded("the deadline has passed"),
            };
            let error = Error::from_status(&status, request_id);
            let wait = wait_before_retry(
                &error,
                is_read,
                &self.options.retry,
                tries,
                until.saturating_duration_since(Instant::now()),
                rand::random(),
            );
            match wait {
                Some(wait) => sleep(wait).await,
                None => return Err(error),
            }
        }
        unreachable!("the tries are counted, and their number is bounded")
    }
}

/// Every unary method: a `request_id` is filled where the request has one and leaves it empty.
macro_rules! methods {
    ($($module:ident::$stub:ident, $method:ident($request:ident, $kind:ident) -> $response:ident;)*) => {
        impl Client {
            $(
                #[doc = concat!("`", stringify!($method), "` of the API: see the proto's comments.")]
                pub async fn $method(
                    &self,
                    call: impl Into<Call<v1::$request>>,
                ) -> Result<v1::$response, Error> {
                    #[allow(unused_mut)]
                    let mut call: Call<v1::$request> = call.into();
                    let request_id = methods!(@id $kind, call);
                    self.send(methods!(@is_read $kind), &request_id, call, |channel, request| {
                        let mut stub = v1::$module::$stub::new(channel)
                            .max_decoding_message_size(MAX_MESSAGE_BYTES);
                        async move { stub.$method(request).await }
                    })
                    .await
                }
            )*
        }
        $(
            impl From<v1::$request> for Call<v1::$request> {
                fn from(request: v1::$request) -> Self {
                    Call::new(request)
                }
            }
        )*
    };
    (@id id, $call:ident) => { filled(&mut $call.request.request_id) };
    (@id $kind:ident, $call:ident) => { String::new() };
    (@is_read read) => { true };
    (@is_read $kind:ident) => { false };
}

methods! {
    order_service_client::OrderServiceClient, create_order(CreateOrderRequest, id) -> Order;
    order_service_client::OrderServiceClient, get_order(GetOrderRequest, read) -> Order;
    order_service_client::OrderServiceClient, list_orders(ListOrdersRequest, read) -> ListOrdersResponse;
    order_service_client::OrderServiceClient, cancel_order(CancelOrderRequest, id) -> Order;
    order_service_client::OrderServiceClient, revoke_order(RevokeOrderRequest, id) -> Order;
    order_service_client::OrderServiceClient, sync_order(SyncOrderRequest, id) -> Order;
    refund_service_client::RefundServiceClient, create_refund(CreateRefundRequest, id) -> Refund;
    refund_service_client::RefundServiceClient, get_refund(GetRefundRequest, read) -> Refund;
    refund_service_client::RefundServiceClient, list_refunds(ListRefundsRequest, read) -> ListRefundsResponse;
    refund_service_client::RefundServiceClient, sync_refund(SyncRefundRequest, id) -> Refund;
    payout_service_client::PayoutServiceClient, get_payout_limits(GetPayoutLimitsRequest, read) -> GetPayoutLimitsResponse;
    payout_service_client::PayoutServiceClient, create_payout(CreatePayoutRequest, id) -> Payout;
    payout_service_client::PayoutServiceClient, get_payout(GetPayoutRequest, read) -> Payout;
    payout_service_client::PayoutServiceClient, list_payouts(ListPayoutsRequest, read) -> ListPayoutsResponse;
    payout_service_client::PayoutServiceClient, sync_payout(SyncPayoutRequest, id) -> Payout;
    account_link_service_client::AccountLinkServiceClient, create_account_link(CreateAccountLinkRequest, id) -> AccountLink;
    account_link_service_client::AccountLinkServiceClient, get_account_link(GetAccountLinkRequest, read) -> AccountLink;
    account_link_service_client::AccountLinkServiceClient, list_account_links(ListAccountLinksRequest, read) -> ListAccountLinksResponse;
    account_link_service_client::AccountLinkServiceClient, revoke_account_link(RevokeAccountLinkRequest, id) -> AccountLink;
    account_link_service_client::AccountLinkServiceClient, sync_account_link(SyncAccountLinkRequest, id) -> AccountLink;
    event_service_client::EventServiceClient, list_events(ListEventsRequest, read) -> ListEventsResponse;
    event_service_client::EventServiceClient, get_event(GetEventRequest, read) -> Event;
    notification_service_client::NotificationServiceClient, list_notifications(ListNotificationsRequest, read) -> ListNotificationsResponse;
    notification_service_client::NotificationServiceClient, get_notification(GetNotificationRequest, read) -> Notification;
    notification_service_client::NotificationServiceClient, replay_notification(ReplayNotificationRequest, id) -> Notification;
    notification_service_client::NotificationServiceClient, diagnose_notification(DiagnoseNotificationRequest, plain) -> DiagnoseNotificationResponse;
    provider_service_client::ProviderServiceClient, list_providers(ListProvidersRequest, read) -> ListProvidersResponse;
    provider_service_client::ProviderServiceClient, list_provider_accounts(ListProviderAccountsRequest, read) -> ListProviderAccountsResponse;
    provider_service_client::ProviderServiceClient, get_provider_account(GetProviderAccountRequest, read) -> ProviderAccount;
    provider_service_client::ProviderServiceClient, pause_provider_account(PauseProviderAccountRequest, id) -> ProviderAccount;
    provider_service_client::ProviderServiceClient, resume_provider_account(ResumeProviderAccountRequest, id) -> ProviderAccount;
    reconciliation_service_client::ReconciliationServiceClient, list_unresolved(ListUnresolvedRequest, read) -> ListUnresolvedResponse;
    reconciliation_service_client::ReconciliationServiceClient, resolve_attempt(ResolveAttemptRequest, id) -> ResolveAttemptResponse;
}

/// What tonic reports of its own transport has another error as its source and many codes: to us it
/// is a broken connection. A deadline that tonic enforces itself is a deadline.
pub(crate) fn normalized(status: Status, until: Instant) -> Status {
    if Instant::now() >= until && status.code() == Code::Cancelled {
        return Status::deadline_exceeded("the deadline has passed");
    }
    broken_connection(status)
}

pub(crate) fn broken_connection(status: Status) -> Status {
    let of_transport = std::error::Error::source(&status).is_some();
    if of_transport && matches!(status.code(), Code::Unknown | Code::Internal | Code::Cancelled) {
        return Status::unavailable(status.message().to_owned());
    }
    status
}

/// A host and perhaps a port, and nothing else. With a user before it, as in `localhost:1@example`,
/// the call would go to what follows the `@`.
fn authority(endpoint: &str) -> Result<Authority, Error> {
    endpoint
        .parse()
        .ok()
        .filter(|authority: &Authority| {
            let host = authority.host();
            let port = authority.port().map_or_else(String::new, |port| format!(":{port}"));
            !host.is_empty() && *authority == *format!("{host}{port}")
        })
        .ok_or_else(|| Error::refused_here("endpoint must be host:port"))
}

/// Whether what is sent to the host stays on this machine. Names are not resolved.
fn is_loopback(host: &str) -> bool {
    let address = host.strip_prefix('[').and_then(|host| host.strip_suffix(']')).unwrap_or(host);
    host == "localhost" || address.parse::<IpAddr>().is_ok_and(|address| address.is_loopback())
}

fn endpoint(options: &Options, authority: &Authority) -> Result<Endpoint, Error> {
    let scheme = if options.tls.is_some() { "https" } else { "http" };
    let keepalive = options.keepalive.min(FOREVER);
    let endpoint = Endpoint::from_shared(format!("{scheme}://{authority}"))
        .map_err(|_| Error::refused_here("endpoint must be host:port"))?
        .connect_timeout(CONNECT_TIMEOUT)
        .http2_keep_alive_interval(keepalive)
        .keep_alive_timeout(keepalive / 2)
        // So that the first call after a pause does not find out by its deadline.
        .keep_alive_while_idle(true);
    let Some(tls) = &options.tls else {
        return Ok(endpoint);
    };
    with_tls(endpoint, tls)
}

#[cfg(feature = "tls")]
fn with_tls(endpoint: Endpoint, tls: &crate::Tls) -> Result<Endpoint, Error> {
    use tonic::transport::{Certificate, ClientTlsConfig, Identity};
    let mut config = ClientTlsConfig::new();
    config = match &tls.root_certificates {
        Some(pem) => config.ca_certificate(Certificate::from_pem(pem)),
        None => config.with_native_roots(),
    };
    if let Some((certificate, key)) = &tls.client_identity {
        config = config.identity(Identity::from_pem(certificate, key));
    }
    endpoint.tls_config(config).map_err(|_| Error::refused_here("tls: the PEM texts are unusable"))
}

#[cfg(not(feature = "tls"))]
fn with_tls(_: Endpoint, _: &crate::Tls) -> Result<Endpoint, Error> {
    Err(Error::refused_here("tls: this crate was built without its feature \"tls\""))
}

/// A request id as the client makes them: a random UUID (RFC 4122, version 4). For callers that may
/// give a call up and repeat it: they have to know the id beforehand.
pub fn new_request_id() -> String {
    let random = rand::random::<u128>() & !(0xf << 76) & !(0x3 << 62) | 0x4 << 76 | 0x2 << 62;
    let digits = format!("{random:032x}");
    let (a, b, c) = (&digits[..8], &digits[8..12], &digits[12..16]);
    format!("{a}-{b}-{c}-{}-{}", &digits[16..20], &digits[20..])
}

fn filled(request_id: &mut String) -> String {
    if request_id.is_empty() {
        *request_id = new_request_id();
    }
    request_id.clone()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn request_ids_are_version_four_and_new() {
        let mut seen = std::collections::HashSet::new();
        for _ in 0..1000 {
            let id = filled(&mut String::new());
            assert_eq!(id.len(), 36, "{id}");
            assert_eq!(&id[14..15], "4", "{id}");
            assert!("89ab".contains(&id[19..20]), "{id}");
            assert!(seen.insert(id));
        }
        assert_eq!(filled(&mut "mine".to_owned()), "mine");
    }

    #[test]
    fn loopback_is_an_address_or_localhost() {
        let stays = |endpoint: &str| is_loopback(authority(endpoint).expect(endpoint).host());
        for endpoint in ["127.0.0.1:1", "127.9.9.9:1", "localhost:1", "[::1]:1", "localhost"] {
            assert!(stays(endpoint), "{endpoint}");
        }
        for endpoint in [
            "10.0.0.1:1",
            "127.example:1",
            "pay.example:443",
            "[::2]:1",
            "127.0.0.1.evil.example",
            "localhost,evil.example",
            "localhost.evil.example:1",
        ] {
            assert!(!stays(endpoint), "{endpoint}");
        }
    }

    #[test]
    fn an_endpoint_is_a_host_and_a_port_and_nothing_else() {
        for endpoint in [
            "localhost:x@evil.example",
            "localhost:1@evil.example:1",
            "localhost@evil.example",
            "dns:///localhost@evil.example",
            "ipv4:127.0.0.1:1,10.0.0.1:1",
            "[::1]evil.example:1",
            "[::1]:1@evil.example",
            "localhost:1/evil",
            "evil.example/@localhost:1",
            ":1",
            "@localhost:1",
        ] {
            assert!(authority(endpoint).is_err(), "{endpoint}");
        }
    }
}
