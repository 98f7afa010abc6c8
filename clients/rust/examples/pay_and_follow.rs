//! Pays an order and follows it: pay_and_follow ENDPOINT. Ends when the order does.

use std::error::Error;
use std::process::ExitCode;

use sluice_client::{money, new_request_id, v1, Client, Options};
use v1::order::State;

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<ExitCode, Box<dyn Error>> {
    let endpoint = std::env::args().nth(1).unwrap_or_else(|| "127.0.0.1:50051".into());
    let client = Client::new(Options::new(endpoint))?;
    let order = client
        .create_order(v1::CreateOrderRequest {
            parent: "merchants/demo".into(),
            order_id: format!("rust-{}", &new_request_id()[..8]),
            order: Some(v1::Order {
                wallet: "botim".into(),
                description: "Two coffees".into(),
                amount: Some(money::parse("AED", "12.34")?),
                ..Default::default()
            }),
            ..Default::default()
        })
        .await?;
    if let Some(v1::next_action::Action::Redirect(page)) =
        order.next_action.as_ref().and_then(|next| next.action.as_ref())
    {
        println!("{} pay at {}", order.name, page.url);
    }

    let mut watch =
        client.watch_order(v1::WatchOrderRequest { name: order.name, ..Default::default() });
    while let Some(item) = watch.next().await {
        let state = item?.resource.state();
        println!("{}", state.as_str_name());
        match state {
            State::Paid => return Ok(ExitCode::SUCCESS),
            State::Failed | State::Expired | State::Canceled => break,
            _ => {}
        }
    }
    Ok(ExitCode::FAILURE)
}
