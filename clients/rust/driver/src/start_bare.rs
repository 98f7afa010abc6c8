//! The least that a program with the generated stub alone is, for its size and start time:
//! sluice-client-start-bare ENDPOINT [ORDER].

use std::error::Error;

use sluice_client::v1;
use tonic::transport::Endpoint;
use v1::order_service_client::OrderServiceClient;

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Box<dyn Error>> {
    let mut arguments = std::env::args().skip(1);
    let endpoint = format!("http://{}", arguments.next().unwrap_or_default());
    let mut orders = OrderServiceClient::new(Endpoint::from_shared(endpoint)?.connect_lazy());
    if let Some(name) = arguments.next() {
        println!("{}", orders.get_order(v1::GetOrderRequest { name }).await?.into_inner().name);
    }
    Ok(())
}
