use std::collections::HashMap;
use std::future::Future;
use std::pin::Pin;
use std::time::Duration;
use std::vec::IntoIter;

use futures_util::stream::{unfold, Stream};
use tokio::task::JoinSet;
use tokio::time::{sleep_until, timeout_at, Instant};
use tonic::{Response, Status, Streaming};

use crate::client::{broken_connection, MAX_MESSAGE_BYTES};
use crate::retry::{after, full_jitter, stream_goes_on, FOREVER};
use crate::{v1, Client, Error};

type Opening<M> = Pin<Box<dyn Future<Output = Result<Response<Streaming<M>>, Status>> + Send>>;

/// An item of a watch.
#[derive(Clone, Debug)]
pub struct Item<R> {
    pub resource: R,
    /// Safe to store once the item has been dealt with: for an event in the middle of a batch it is
    /// the one before the batch. Empty: there is none yet.
    pub cursor: String,
}

/// What can be watched. Implemented for events, orders, payouts and account links.
pub trait Watched: sealed::Kind {}

mod sealed {
    use super::{Client, Opening, Taken};

    pub trait Kind: Sized + Send + 'static {
        type Request: Clone + Send + 'static;
        type Message: Send + 'static;
        fn cursor_of(request: &Self::Request) -> String;
        fn resume(request: &mut Self::Request, cursor: String);
        fn open(client: &Client, request: Self::Request) -> Opening<Self::Message>;
        fn take(message: Self::Message) -> (Taken<Self>, String);
        /// What repeats are known by: a place to count in, and the count.
        fn place(&self) -> (&str, i64);
    }
}
use sealed::Kind;

pub enum Taken<R> {
    Items(Vec<R>),
    /// Progress, or a kind of message that came after this client.
    Quiet,
    Closing,
}

enum Connection<M> {
    /// Dropping it gives the opening up.
    Opening(JoinSet<Result<Response<Streaming<M>>, Status>>),
    Open(Box<Streaming<M>>),
    /// The next stream is opened at this time.
    Waiting(Instant),
    Ended,
}

/// A stream that goes on: it resumes from its cursor after a break, a drain or silence, and gives
/// each change once. The first stream is opened at once, every later one by [`Watch::next`].
///
/// A watch that starts `from_now` and breaks before its first message starts from now again: what
/// happened in between is not seen. Start from a cursor where that matters.
pub struct Watch<R: Watched> {
    client: Client,
    request: R::Request,
    connection: Connection<R::Message>,
    /// Of the last message, what is left to be given.
    items: IntoIter<R>,
    place: String,
    count: i64,
    /// Of the other places.
    counts: HashMap<String, i64>,
    given: String,
    received: String,
    failures: u32,
    last_heard: Instant,
}

impl<R: Watched> Watch<R> {
    pub(crate) fn start(client: Client, request: R::Request) -> Self {
        let cursor = R::cursor_of(&request);
        let mut watch = Watch {
            client,
            request,
            connection: Connection::Ended,
            items: Vec::new().into_iter(),
            place: String::new(),
            count: i64::MIN,
            counts: HashMap::new(),
            given: cursor.clone(),
            received: cursor,
            failures: 0,
            last_heard: Instant::now(),
        };
        watch.connect();
        watch
    }

    /// The next item; an error ends the watch, after it comes `None`. Dropping the future loses
    /// nothing: it may be raced against a time-out.
    pub async fn next(&mut self) -> Option<Result<Item<R>, Error>> {
        while self.items.len() == 0 {
            if matches!(self.connection, Connection::Ended) {
                return None;
            }
            if let Err(error) = self.step().await {
                self.connection = Connection::Ended;
                return Some(Err(error));
            }
        }
        self.give().map(Ok)
    }

    /// Resources are large: each is moved from its batch to where it goes, and nowhere in between.
    #[inline]
    fn give(&mut self) -> Option<Item<R>> {
        if self.items.len() == 1 {
            self.given.clone_from(&self.received);
        }
        let cursor = self.given.clone();
        Some(Item { resource: self.items.next()?, cursor })
    }

    /// Safe to store now: everything that came before it has been given.
    pub fn cursor(&self) -> &str {
        &self.given
    }

    /// The watch as a `Stream`.
    pub fn into_stream(self) -> impl Stream<Item = Result<Item<R>, Error>> {
        unfold(self, |mut watch| async move { watch.next().await.map(|item| (item, watch)) })
    }

    fn connect(&mut self) {
        if !self.received.is_empty() {
            R::resume(&mut self.request, self.received.clone());
        }
        let mut opening = JoinSet::new();
        opening.spawn(R::open(&self.client, self.request.clone()));
        self.connection = Connection::Opening(opening);
        self.last_heard = Instant::now();
    }

    /// The stream is over; the next one comes after a wait that grows with each failure.
    fn disconnect(&mut self, retry_after: Option<Duration>) {
        self.failures += 1;
        let jitter = full_jitter(&self.client.options().retry, self.failures, rand::random());
        let wait = retry_after.unwrap_or_default().saturating_add(jitter);
        self.connection = Connection::Waiting(after(wait));
    }

    /// One step towards an item: waits, opens, or takes in what came.
    async fn step(&mut self) -> Result<(), Error> {
        let silent_at = self.last_heard + self.client.options().silence.min(FOREVER);
        match &mut self.connection {
            Connection::Waiting(until) => {
                sleep_until(*until).await;
                self.connect();
            }
            Connection::Opening(opening) => match timeout_at(silent_at, opening.join_next()).await {
                Err(_) => self.disconnect(None),
                Ok(Some(Ok(Ok(response)))) => {
                    self.connection = Connection::Open(Box::new(response.into_inner()));
                }
                Ok(Some(Ok(Err(status)))) => return self.end(status),
                Ok(Some(Err(_)) | None) => return self.end(Status::unavailable("not opened")),
            },
            Connection::Open(stream) => match timeout_at(silent_at, stream.message()).await {
                Err(_) => self.disconnect(None),
                Ok(Ok(Some(message))) => self.receive(message),
                Ok(Ok(None)) => self.disconnect(None),
                Ok(Err(status)) => return self.end(status),
            },
            Connection::Ended => {}
        }
        Ok(())
    }

    fn end(&mut self, status: Status) -> Result<(), Error> {
        let error = Error::from_status(&broken_connection(status), "");
        if !stream_goes_on(error.code) {
            return Err(error);
        }
        self.disconnect(error.retry_after);
        Ok(())
    }

    fn receive(&mut self, message: R::Message) {
        self.failures = 0;
        self.last_heard = Instant::now();
        let (taken, cursor) = R::take(message);
        let closing = matches!(taken, Taken::Closing);
        if let Taken::Items(mut resources) = taken {
            resources.retain(|resource| self.is_new(resource));
            self.items = resources.into_iter();
        }
        if !cursor.is_empty() {
            self.received = cursor;
        }
        if self.items.len() == 0 {
            self.given.clone_from(&self.received);
        }
        if closing {
            self.disconnect(None);
        }
    }

    fn is_new(&mut self, resource: &R) -> bool {
        let (place, count) = resource.place();
        // Most streams have one place only, and events of one place come together.
        if place != self.place {
            let known = self.counts.remove(place).unwrap_or(i64::MIN);
            let before = std::mem::replace(&mut self.place, place.to_owned());
            self.counts.insert(before, std::mem::replace(&mut self.count, known));
        }
        let new = count > self.count;
        self.count = self.count.max(count);
        new
    }
}

impl Watched for v1::Event {}
impl Kind for v1::Event {
    type Request = v1::WatchEventsRequest;
    type Message = v1::WatchEventsResponse;

    fn cursor_of(request: &Self::Request) -> String {
        match &request.start {
            Some(v1::watch_events_request::Start::Cursor(cursor)) => cursor.clone(),
            _ => String::new(),
        }
    }

    fn resume(request: &mut Self::Request, cursor: String) {
        request.start = Some(v1::watch_events_request::Start::Cursor(cursor));
    }

    fn open(client: &Client, request: Self::Request) -> Opening<Self::Message> {
        let request = client.prepare(request);
        let mut stub = v1::event_service_client::EventServiceClient::new(client.channel())
            .max_decoding_message_size(MAX_MESSAGE_BYTES);
        Box::pin(async move { stub.watch_events(request).await })
    }

    fn take(message: Self::Message) -> (Taken<Self>, String) {
        use v1::watch_events_response::Message;
        let taken = match message.message {
            Some(Message::Batch(batch)) => Taken::Items(batch.events),
            Some(Message::Closing(_)) => Taken::Closing,
            Some(Message::Progress(_)) | None => Taken::Quiet,
        };
        (taken, message.cursor)
    }

    fn place(&self) -> (&str, i64) {
        // "merchants/{merchant}/events/{event}".
        let log = self.name.rsplit_once('/').map_or("", |(log, _)| log);
        (log, self.sequence)
    }
}

/// The watches of one resource differ in their names only.
macro_rules! watched {
    ($resource:ident, $request:ident, $message:ident, $module:ident, $stub_module:ident::$stub:ident, $method:ident) => {
        impl Watched for v1::$resource {}
        impl Kind for v1::$resource {
            type Request = v1::$request;
            type Message = v1::$message;

            fn cursor_of(request: &Self::Request) -> String {
                request.cursor.clone()
            }

            fn resume(request: &mut Self::Request, cursor: String) {
                request.cursor = cursor;
            }

            fn open(client: &Client, request: Self::Request) -> Opening<Self::Message> {
                let request = client.prepare(request);
                let mut stub = v1::$stub_module::$stub::new(client.channel())
                    .max_decoding_message_size(MAX_MESSAGE_BYTES);
                Box::pin(async move { stub.$method(request).await })
            }

            fn take(message: Self::Message) -> (Taken<Self>, String) {
                use v1::$module::Update;
                let taken = match message.update {
                    Some(Update::$resource(resource)) => Taken::Items(vec![resource]),
                    Some(Update::Closing(_)) => Taken::Closing,
                    Some(Update::Progress(_)) | None => Taken::Quiet,
                };
                (taken, message.cursor)
            }

            fn place(&self) -> (&str, i64) {
                ("", self.revision)
            }
        }
    };
}
watched!(Order, WatchOrderRequest, WatchOrderResponse, watch_order_response,
    order_service_client::OrderServiceClient, watch_order);
watched!(Payout, WatchPayoutRequest, WatchPayoutResponse, watch_payout_response,
    payout_service_client::PayoutServiceClient, watch_payout);
watched!(AccountLink, WatchAccountLinkRequest, WatchAccountLinkResponse,
    watch_account_link_response, account_link_service_client::AccountLinkServiceClient,
    watch_account_link);
