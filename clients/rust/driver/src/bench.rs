//! What the client costs over its bare stub: sluice-client-bench ENDPOINT. Rounds of client and
//! stub alternate, so that a restless machine disturbs both; prints one JSON object with medians.

use std::error::Error;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::{Duration, Instant};

use serde_json::json;
use sluice_client::{v1, Client, Options};
use v1::event_service_client::EventServiceClient;
use v1::order_service_client::OrderServiceClient;
use v1::watch_events_request::Start;

const ROUNDS: usize = 7;
const STARTS: usize = 15;
const CALLS_PER_ROUND: usize = 2000;
/// Each makes two events or more for the streams to deliver.
const ORDERS: usize = 300;
const MERCHANT: &str = "merchants/demo";

type Outcome<T> = Result<T, Box<dyn Error>>;

fn beginning() -> v1::WatchEventsRequest {
    v1::WatchEventsRequest {
        parent: MERCHANT.into(),
        start: Some(Start::Beginning(Default::default())),
        ..Default::default()
    }
}

async fn create_orders(client: &Client) -> Outcome<String> {
    let mut name = String::new();
    for _ in 0..ORDERS {
        let order = v1::Order {
            wallet: "botim".into(),
            description: "bench".into(),
            amount: Some(v1::Money { currency_code: "AED".into(), minor_units: 100 }),
            ..Default::default()
        };
        let request = v1::CreateOrderRequest {
            parent: MERCHANT.into(),
            order_id: sluice_client::new_request_id(),
            order: Some(order),
            ..Default::default()
        };
        name = client.create_order(request).await?.name;
    }
    Ok(name)
}

async fn get_by_client(client: &Client, name: &str) -> Outcome<usize> {
    for _ in 0..CALLS_PER_ROUND {
        client.get_order(v1::GetOrderRequest { name: name.into() }).await?;
    }
    Ok(CALLS_PER_ROUND)
}

async fn get_by_stub(client: &Client, name: &str) -> Outcome<usize> {
    let mut stub = OrderServiceClient::new(client.channel());
    for _ in 0..CALLS_PER_ROUND {
        stub.get_order(v1::GetOrderRequest { name: name.into() }).await?;
    }
    Ok(CALLS_PER_ROUND)
}

async fn watch_by_client(client: &Client, events: usize) -> Outcome<usize> {
    let mut watch = client.watch_events(beginning());
    for _ in 0..events {
        watch.next().await.ok_or("the watch ended")??;
    }
    Ok(events)
}

async fn watch_by_stub(client: &Client, events: usize) -> Outcome<usize> {
    let mut stub = EventServiceClient::new(client.channel());
    let mut stream = stub.watch_events(beginning()).await?.into_inner();
    let mut seen = 0;
    while seen < events {
        let message = stream.message().await?.ok_or("the stream ended")?;
        if let Some(v1::watch_events_response::Message::Batch(batch)) = message.message {
            seen += batch.events.len();
        }
    }
    Ok(seen)
}

/// How many there are by now: the stream's length is asked for, not assumed.
async fn events_so_far(client: &Client) -> Outcome<usize> {
    let mut watch = client.watch_events(beginning());
    let mut seen = 0;
    while let Ok(Some(item)) = tokio::time::timeout(Duration::from_secs(2), watch.next()).await {
        item?;
        seen += 1;
    }
    Ok(seen)
}

fn median(mut values: Vec<f64>) -> f64 {
    values.sort_by(f64::total_cmp);
    values[values.len() / 2]
}

/// A program beside this one.
fn beside(program: &str) -> Outcome<PathBuf> {
    Ok(std::env::current_exe()?.with_file_name(program))
}

/// How long it takes from its start to its end.
fn start_ms(program: &Path, endpoint: &str) -> Outcome<f64> {
    let mut times = Vec::new();
    for _ in 0..STARTS {
        let since = Instant::now();
        if !Command::new(program).arg(endpoint).status()?.success() {
            return Err(format!("{} failed", program.display()).into());
        }
        times.push(since.elapsed().as_secs_f64() * 1000.0);
    }
    Ok(median(times))
}

fn rate(done: usize, since: Instant) -> f64 {
    done as f64 / since.elapsed().as_secs_f64()
}

#[tokio::main(flavor = "current_thread")]
async fn main() -> Outcome<()> {
    let endpoint = std::env::args().nth(1).unwrap_or_else(|| "127.0.0.1:50051".into());
    let (start, start_bare) = (beside("sluice-client-start")?, beside("sluice-client-start-bare")?);
    let client = Client::new(Options::new(endpoint.as_str()))?;

    let name = create_orders(&client).await?;
    let events = events_so_far(&client).await?;
    let (mut get, mut get_stub, mut watch, mut watch_stub) = (vec![], vec![], vec![], vec![]);
    for _ in 0..ROUNDS {
        let since = Instant::now();
        get.push(rate(get_by_client(&client, &name).await?, since));
        let since = Instant::now();
        get_stub.push(rate(get_by_stub(&client, &name).await?, since));
        let since = Instant::now();
        watch.push(rate(watch_by_client(&client, events).await?, since));
        let since = Instant::now();
        watch_stub.push(rate(watch_by_stub(&client, events).await?, since));
    }
    println!(
        "{}",
        json!({
            "language": "rust",
            "package_bytes": start.metadata()?.len(),
            "package_bytes_bare": start_bare.metadata()?.len(),
            "start_ms": start_ms(&start, &endpoint)?,
            "start_ms_bare": start_ms(&start_bare, &endpoint)?,
            "get_order_per_second": median(get),
            "get_order_per_second_bare": median(get_stub),
            "watch_events_per_second": median(watch),
            "watch_events_per_second_bare": median(watch_stub),
        })
    );
    Ok(())
}
