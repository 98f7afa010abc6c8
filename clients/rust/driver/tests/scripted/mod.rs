//! A server on loopback that does what a test wrote down, and keeps what it was asked.

use std::collections::VecDeque;
use std::net::SocketAddr;
use std::pin::Pin;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use sluice_client::{v1, Client, Options};
use tokio::io::copy_bidirectional;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::Notify;
use tokio_stream::wrappers::TcpListenerStream;
use tokio_stream::{Stream, StreamExt};
use tonic::transport::{Server, ServerTlsConfig};
use tonic::{Code, Request, Response, Status};
use tonic_types::{ErrorDetails, StatusExt};

#[allow(clippy::all)]
mod server {
    tonic::include_proto!("sluice.v1");
}
use server::event_service_server::{EventService, EventServiceServer};
use server::order_service_server::{OrderService, OrderServiceServer};

/// A status with the details that Sluice sends.
pub fn refusal(code: Code, reason: &str, side_effect: &str, retry_ms: u64) -> Status {
    let mut details = ErrorDetails::new();
    details.set_error_info(reason, "sluice.v1", [("side_effect".into(), side_effect.into())]);
    if retry_ms > 0 {
        details.set_retry_info(Some(Duration::from_millis(retry_ms)));
    }
    Status::with_error_details(code, "scripted", details)
}

/// What one stream sends before it ends, or stays open.
pub struct Script {
    pub messages: Vec<v1::WatchEventsResponse>,
    pub end: Option<Status>,
}

#[derive(Default)]
pub struct Record {
    pub answers: VecDeque<Status>,
    pub streams: VecDeque<Script>,
    pub request_ids: Vec<String>,
    /// What the calls were authorized by; empty: nothing.
    pub keys: Vec<String>,
    pub gets: usize,
    /// Of the order that is got.
    pub description: String,
    pub cursors: Vec<String>,
}

#[derive(Clone, Default)]
pub struct Scripted(pub Arc<Mutex<Record>>);

impl Scripted {
    /// Starts it, and a client of it whose waits are short.
    pub async fn start(self, silence: Duration) -> Client {
        let options = Options { silence, ..options(self.serve().await) };
        Client::new(options).expect("the options are good")
    }

    pub async fn serve(self) -> SocketAddr {
        self.serve_over(None).await
    }

    pub async fn serve_over(self, tls: Option<ServerTlsConfig>) -> SocketAddr {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("loopback is there");
        let address = listener.local_addr().expect("it is bound");
        let mut server = Server::builder();
        if let Some(tls) = tls {
            server = server.tls_config(tls).expect("the certificate is good");
        }
        tokio::spawn(
            server
                .add_service(OrderServiceServer::new(self.clone()))
                .add_service(EventServiceServer::new(self))
                .serve_with_incoming(TcpListenerStream::new(listener)),
        );
        address
    }

    fn answer<T>(&self, value: T) -> Result<Response<T>, Status> {
        match self.0.lock().unwrap().answers.pop_front() {
            Some(status) => Err(status),
            None => Ok(Response::new(value)),
        }
    }
}

/// Of a client whose waits are short.
pub fn options(address: SocketAddr) -> Options {
    let mut options = Options::new(address.to_string());
    options.retry.initial_backoff = Duration::from_millis(1);
    options.retry.max_backoff = Duration::from_millis(1);
    options
}

/// Carries bytes to `target`. At each notice, all connections there are go dead without a word.
pub async fn relay(target: SocketAddr) -> (SocketAddr, Arc<Notify>) {
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("loopback is there");
    let address = listener.local_addr().expect("it is bound");
    let freeze = Arc::new(Notify::new());
    let frozen = freeze.clone();
    tokio::spawn(async move {
        loop {
            let (mut client, _) = listener.accept().await.expect("it listens");
            let mut server = TcpStream::connect(target).await.expect("it is served");
            let frozen = frozen.clone();
            tokio::spawn(async move {
                tokio::select! {
                    _ = copy_bidirectional(&mut client, &mut server) => {}
                    () = frozen.notified() => {
                        drop(server);
                        std::future::pending::<()>().await;
                    }
                }
            });
        }
    });
    (address, freeze)
}

type Events = Pin<Box<dyn Stream<Item = Result<v1::WatchEventsResponse, Status>> + Send>>;

#[tonic::async_trait]
impl OrderService for Scripted {
    async fn create_order(
        &self,
        request: Request<v1::CreateOrderRequest>,
    ) -> Result<Response<v1::Order>, Status> {
        {
            let mut record = self.0.lock().unwrap();
            let key = request.metadata().get("authorization").and_then(|key| key.to_str().ok());
            record.keys.push(key.unwrap_or_default().to_owned());
            record.request_ids.push(request.into_inner().request_id);
        }
        self.answer(v1::Order::default())
    }

    async fn get_order(
        &self,
        _: Request<v1::GetOrderRequest>,
    ) -> Result<Response<v1::Order>, Status> {
        let description = {
            let mut record = self.0.lock().unwrap();
            record.gets += 1;
            record.description.clone()
        };
        self.answer(v1::Order { description, ..Default::default() })
    }
}

#[tonic::async_trait]
impl EventService for Scripted {
    async fn watch_events(
        &self,
        request: Request<v1::WatchEventsRequest>,
    ) -> Result<Response<Events>, Status> {
        let cursor = match request.into_inner().start {
            Some(v1::watch_events_request::Start::Cursor(cursor)) => cursor,
            _ => String::new(),
        };
        let mut record = self.0.lock().unwrap();
        record.cursors.push(cursor);
        let script = record.streams.pop_front().ok_or_else(|| Status::not_found("script over"))?;
        let messages = tokio_stream::iter(script.messages.into_iter().map(Ok));
        Ok(Response::new(match script.end {
            Some(status) => Box::pin(messages.chain(tokio_stream::iter([Err(status)]))),
            None => Box::pin(messages.chain(tokio_stream::pending())),
        }))
    }
}

/// A batch of the demo merchant's events first..=last.
pub fn batch(first: i64, last: i64, cursor: &str) -> v1::WatchEventsResponse {
    let events = (first..=last).map(|sequence| v1::Event {
        name: format!("merchants/demo/events/{sequence}"),
        sequence,
        ..Default::default()
    });
    v1::WatchEventsResponse {
        cursor: cursor.into(),
        message: Some(v1::watch_events_response::Message::Batch(v1::EventBatch {
            events: events.collect(),
        })),
    }
}
