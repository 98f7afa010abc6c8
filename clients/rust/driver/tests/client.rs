//! The client against a server that does what a test wrote down.

mod scripted;
mod tls;

use std::time::Duration;

use scripted::{batch, options, refusal, relay, Script, Scripted};
use sluice_client::{v1, Call, Client, Error, Options, SideEffect};
use tonic::{Code, Status};

const SILENCE: Duration = Duration::from_secs(45);
/// Longer than anything here takes, unless a dead connection is not found out.
const PATIENCE: Duration = Duration::from_secs(30);

async fn create(client: &Client) -> Result<v1::Order, Error> {
    client.create_order(v1::CreateOrderRequest::default()).await
}

#[tokio::test]
async fn a_refusal_without_effect_is_sent_again_with_the_same_request_id() {
    let server = Scripted::default();
    server.0.lock().unwrap().answers = [
        refusal(Code::ResourceExhausted, "OVERLOADED", "none", 2),
        refusal(Code::Unavailable, "SHUTTING_DOWN", "none", 0),
    ]
    .into();
    let client = server.clone().start(SILENCE).await;
    create(&client).await.expect("the third is answered");
    let ids = &server.0.lock().unwrap().request_ids;
    assert_eq!(ids.len(), 3);
    assert_eq!(ids[0].len(), 36);
    assert!(ids.iter().all(|id| *id == ids[0]));
}

#[tokio::test]
async fn what_may_have_happened_is_not_sent_again() {
    for status in [
        refusal(Code::Unavailable, "STORE_UNAVAILABLE", "possible", 0),
        Status::unavailable("connection reset"),
        refusal(Code::Internal, "INTERNAL", "none", 0),
    ] {
        let server = Scripted::default();
        server.0.lock().unwrap().answers = [status].into();
        let client = server.clone().start(SILENCE).await;
        let error = create(&client).await.expect_err("the first is the answer");
        let ids = &server.0.lock().unwrap().request_ids;
        assert_eq!(ids.len(), 1, "{error}");
        assert_eq!(error.request_id, ids[0]);
    }
}

#[tokio::test]
async fn a_broken_connection_of_a_read_is_sent_again() {
    let server = Scripted::default();
    server.0.lock().unwrap().answers = [Status::unavailable("connection reset")].into();
    let client = server.clone().start(SILENCE).await;
    client.get_order(v1::GetOrderRequest::default()).await.expect("the second is answered");
    assert_eq!(server.0.lock().unwrap().gets, 2);
}

#[tokio::test]
async fn a_wait_that_does_not_fit_into_the_deadline_is_not_begun() {
    let server = Scripted::default();
    let busy = refusal(Code::ResourceExhausted, "OVERLOADED", "none", 60_000);
    server.0.lock().unwrap().answers = [busy].into();
    let client = server.clone().start(SILENCE).await;
    let call = Call::new(v1::CreateOrderRequest::default()).deadline(Duration::from_secs(30));
    let error = client.create_order(call).await.expect_err("there is no time");
    assert_eq!(error.retry_after, Some(Duration::from_secs(60)));
    assert_eq!(error.side_effect, SideEffect::None);
    assert_eq!(error.reason, "OVERLOADED");
}

#[tokio::test]
async fn a_key_goes_over_plaintext_to_loopback_only() {
    let mut options = Options::new("pay.example:443");
    options.api_key = Some("secret".into());
    let error = Client::new(options.clone()).err().expect("it is refused");
    assert!(error.message.contains("loopback"), "{error}");
    options.endpoint = "127.0.0.1:1".into();
    assert!(Client::new(options.clone()).is_ok());
    // What is before the `@` is a user, and the host comes after it.
    options.endpoint = "localhost:x@evil.example".into();
    let error = Client::new(options).err().expect("it is refused");
    assert!(error.message.contains("host:port"), "{error}");
}

/// `Duration::MAX` is how callers write that there is no limit.
#[tokio::test]
async fn no_limit_is_one_that_is_never_reached() {
    let server = Scripted::default();
    {
        let mut record = server.0.lock().unwrap();
        record.answers = [refusal(Code::Unavailable, "SHUTTING_DOWN", "none", 0)].into();
        record.streams = [
            Script { messages: vec![batch(1, 1, "a")], end: Some(Status::unavailable("broken")) },
            Script { messages: vec![batch(2, 2, "b")], end: Some(Status::not_found("")) },
        ]
        .into();
    }
    let mut options = options(server.clone().serve().await);
    options.deadline = Duration::MAX;
    options.silence = Duration::MAX;
    options.keepalive = Duration::MAX;
    options.retry.max_backoff = Duration::MAX;
    let client = Client::new(options).expect("the options are good");
    create(&client).await.expect("the second is answered");
    let get = Call::new(v1::GetOrderRequest::default()).deadline(Duration::MAX);
    client.get_order(get).await.expect("it is answered");
    assert_eq!(drain(&client).await.0, ["1a", "2b"]);
    assert_eq!(server.0.lock().unwrap().cursors, ["", "a"]);
}

/// All items until the watch ends, each with its cursor; and why it ended.
async fn drain(client: &Client) -> (Vec<String>, Error) {
    let mut watch = client.watch_events(v1::WatchEventsRequest::default());
    let mut seen = Vec::new();
    loop {
        match watch.next().await.expect("an error comes before the end") {
            Ok(item) => seen.push(format!("{}{}", item.resource.sequence, item.cursor)),
            Err(error) => return (seen, error),
        }
    }
}

#[tokio::test]
async fn a_break_is_resumed_from_the_last_cursor_and_repeats_are_dropped() {
    let server = Scripted::default();
    let closing = v1::WatchEventsResponse {
        cursor: "d".into(),
        message: Some(v1::watch_events_response::Message::Closing(v1::Closing::default())),
    };
    let busy = refusal(Code::ResourceExhausted, "OVERLOADED", "none", 0);
    let expired = refusal(Code::OutOfRange, "CURSOR_EXPIRED", "none", 0);
    server.0.lock().unwrap().streams = [
        Script { messages: vec![batch(1, 2, "a")], end: Some(Status::unavailable("broken")) },
        Script { messages: vec![batch(2, 4, "b")], end: Some(busy) },
        Script { messages: vec![batch(4, 4, "b"), closing], end: None },
        Script { messages: vec![batch(5, 5, "e")], end: Some(expired) },
    ]
    .into();
    let client = server.clone().start(SILENCE).await;
    let (seen, error) = drain(&client).await;
    assert_eq!(seen, ["1", "2a", "3a", "4b", "5e"]);
    assert_eq!(error.reason, "CURSOR_EXPIRED");
    assert_eq!(server.0.lock().unwrap().cursors, ["", "a", "b", "d"]);
}

#[tokio::test]
async fn merchants_are_told_apart() {
    let server = Scripted::default();
    let sent = [("a", 7), ("b", 7), ("a", 7), ("b", 8), ("b", 8), ("c", 1), ("a", 8), ("a", 7)];
    let messages = sent.map(|(merchant, sequence)| {
        let mut message = batch(sequence, sequence, merchant);
        if let Some(v1::watch_events_response::Message::Batch(batch)) = &mut message.message {
            batch.events[0].name = format!("merchants/{merchant}/events/{sequence}");
        }
        message
    });
    server.0.lock().unwrap().streams =
        [Script { messages: messages.into(), end: Some(Status::not_found("")) }].into();
    let client = server.clone().start(SILENCE).await;
    assert_eq!(drain(&client).await.0, ["7a", "7b", "8b", "1c", "8a"]);
}

#[tokio::test]
async fn silence_is_a_break() {
    let server = Scripted::default();
    server.0.lock().unwrap().streams = [
        Script { messages: vec![batch(1, 1, "a")], end: None },
        Script { messages: vec![batch(2, 2, "b")], end: Some(Status::not_found("")) },
    ]
    .into();
    let client = server.clone().start(Duration::from_millis(100)).await;
    assert_eq!(drain(&client).await.0, ["1a", "2b"]);
}

#[tokio::test]
async fn a_connection_that_dies_without_a_word_is_found_out() {
    let server = Scripted::default();
    server.0.lock().unwrap().streams = [
        Script { messages: vec![batch(1, 1, "a")], end: None },
        Script { messages: vec![batch(2, 2, "b")], end: Some(Status::not_found("")) },
    ]
    .into();
    let (address, freeze) = relay(server.clone().serve().await).await;
    let keepalive = Duration::from_millis(200);
    let silence = 2 * PATIENCE;
    let client = Client::new(Options { keepalive, silence, ..options(address) }).unwrap();
    let mut watch = client.watch_events(v1::WatchEventsRequest::default());
    assert_eq!(watch.next().await.unwrap().unwrap().cursor, "a");
    freeze.notify_waiters();
    let get = Call::new(v1::GetOrderRequest::default()).deadline(PATIENCE);
    client.get_order(get).await.expect("it is sent again over another connection");
    assert_eq!(server.0.lock().unwrap().gets, 1);
    let next = tokio::time::timeout(PATIENCE, watch.next()).await.expect("it goes on");
    assert_eq!(next.unwrap().unwrap().cursor, "b");
    assert_eq!(server.0.lock().unwrap().cursors, ["", "a"]);
}

#[tokio::test]
async fn a_keepalive_of_nothing_is_refused() {
    let options = Options { keepalive: Duration::ZERO, ..Options::new("127.0.0.1:1") };
    let error = Client::new(options).err().expect("it is refused");
    assert!(error.message.contains("keepalive"), "{error}");
}

#[tokio::test]
async fn an_answer_may_be_as_large_as_a_page() {
    let server = Scripted::default();
    let client = server.clone().start(SILENCE).await;
    let get = || client.get_order(v1::GetOrderRequest::default());
    server.0.lock().unwrap().description = "x".repeat(63 << 20);
    assert_eq!(get().await.expect("it is taken in").description.len(), 63 << 20);
    server.0.lock().unwrap().description = "x".repeat(64 << 20);
    assert_eq!(get().await.expect_err("it is too large").code, Code::OutOfRange);
}

#[tokio::test]
async fn unknown_numbers_pass_through() {
    let server = Scripted::default();
    let mut message = batch(1, 1, "a");
    if let Some(v1::watch_events_response::Message::Batch(batch)) = &mut message.message {
        batch.events[0].r#type = "order.teleported".into();
        batch.events[0].payload =
            Some(v1::event::Payload::Order(v1::Order { state: 4711, ..Default::default() }));
    }
    server.0.lock().unwrap().streams = [Script { messages: vec![message], end: None }].into();
    let client = server.clone().start(SILENCE).await;
    let mut watch = client.watch_events(v1::WatchEventsRequest::default());
    let item = watch.next().await.expect("it goes on").expect("it is an item");
    let Some(v1::event::Payload::Order(order)) = item.resource.payload else {
        panic!("the payload is an order");
    };
    assert_eq!(order.state, 4711);
    assert_eq!(order.state(), v1::order::State::Unspecified);
}
