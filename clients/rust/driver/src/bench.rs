//! What the client costs over its bare stub: sluice-client-bench ENDPOINT. Rounds of client and
//! stub alternate, so that a restless machine disturbs both; prints one JSON object with what each
//! round has seen.

use std::error::Error;
use std::future::Future;
use std::hint::black_box;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::{Duration, Instant};

use serde_json::json;
use sluice_client::{v1, Client, Options};
use tonic::Request;
use v1::event_service_client::EventServiceClient;
use v1::order_service_client::OrderServiceClient;
use v1::watch_events_request::Start;

/// For each comparison, after a quarter of that to warm up.
const MEASURED: Duration = Duration::from_secs(8);
const STARTS: usize = 15;
const CALLS_PER_ROUND: usize = 400;
/// As the client's own: no call should be made without one.
const DEADLINE: Duration = Duration::from_secs(10);
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
        let mut request = Request::new(v1::GetOrderRequest { name: name.into() });
        request.set_timeout(DEADLINE);
        stub.get_order(request).await?;
    }
    Ok(CALLS_PER_ROUND)
}

async fn watch_by_client(client: &Client, events: usize) -> Outcome<usize> {
    let mut watch = client.watch_events(beginning());
    let mut seen = 0;
    while seen < events {
        let Some(item) = watch.next().await else { return Err("the watch ended".into()) };
        deal_with(item?.resource);
        seen += 1;
    }
    Ok(seen)
}

async fn watch_by_stub(client: &Client, events: usize) -> Outcome<usize> {
    let mut stub = EventServiceClient::new(client.channel());
    let mut stream = stub.watch_events(beginning()).await?.into_inner();
    let mut seen = 0;
    while seen < events {
        let message = stream.message().await?.ok_or("the stream ended")?;
        if let Some(v1::watch_events_response::Message::Batch(batch)) = message.message {
            seen += batch.events.len();
            batch.events.into_iter().for_each(deal_with);
        }
    }
    Ok(seen)
}

fn deal_with(event: v1::Event) {
    black_box(event.sequence);
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

/// What all rounds have seen of one side.
#[derive(Default)]
struct Side {
    rates: Vec<f64>,
    cpu_us: Vec<f64>,
}

impl Side {
    async fn measure(&mut self, work: impl Future<Output = Outcome<usize>>) -> Outcome<()> {
        let (since, cpu) = (Instant::now(), cpu_ns()?);
        let done = work.await? as f64;
        self.rates.push(done / since.elapsed().as_secs_f64());
        self.cpu_us.push((cpu_ns()? - cpu) / 1000.0 / done);
        Ok(())
    }
}

/// What this process has used: its one thread does everything.
fn cpu_ns() -> Outcome<f64> {
    let said = std::fs::read_to_string("/proc/self/schedstat")?;
    Ok(said.split(' ').next().unwrap_or_default().parse()?)
}

/// Turn by turn, and in each round another one begins: what else the machine does weighs on both
/// sides of a round.
async fn compare(
    client: impl AsyncFn() -> Outcome<usize>,
    bare: impl AsyncFn() -> Outcome<usize>,
) -> Outcome<[Side; 2]> {
    let since = Instant::now();
    while since.elapsed() < MEASURED / 4 {
        client().await?;
        bare().await?;
    }
    let [mut one, mut other] = [Side::default(), Side::default()];
    let since = Instant::now();
    while since.elapsed() < MEASURED {
        one.measure(client()).await?;
        other.measure(bare()).await?;
        other.measure(bare()).await?;
        one.measure(client()).await?;
    }
    Ok([one, other])
}

#[tokio::main(flavor = "current_thread")]
async fn main() -> Outcome<()> {
    let endpoint = std::env::args().nth(1).unwrap_or_else(|| "127.0.0.1:50051".into());
    let (start, start_bare) = (beside("sluice-client-start")?, beside("sluice-client-start-bare")?);
    let client = Client::new(Options::new(endpoint.as_str()))?;

    let name = create_orders(&client).await?;
    let events = events_so_far(&client).await?;
    let [get, get_bare] =
        compare(async || get_by_client(&client, &name).await, async || get_by_stub(&client, &name).await)
            .await?;
    let [watch, watch_bare] = compare(
        async || watch_by_client(&client, events).await,
        async || watch_by_stub(&client, events).await,
    )
    .await?;
    println!(
        "{}",
        json!({
            "language": "rust",
            "package_bytes": start.metadata()?.len(),
            "package_bytes_bare": start_bare.metadata()?.len(),
            "start_ms": start_ms(&start, &endpoint)?,
            "start_ms_bare": start_ms(&start_bare, &endpoint)?,
            "get_order_per_second": get.rates,
            "get_order_per_second_bare": get_bare.rates,
            "get_order_cpu_us": get.cpu_us,
            "get_order_cpu_us_bare": get_bare.cpu_us,
            "watch_events_per_second": watch.rates,
            "watch_events_per_second_bare": watch_bare.rates,
            "watch_events_cpu_us": watch.cpu_us,
            "watch_events_cpu_us_bare": watch_bare.cpu_us,
        })
    );
    Ok(())
}
