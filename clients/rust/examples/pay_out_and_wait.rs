//! Pays out to a wallet and waits for the end: pay_out_and_wait ENDPOINT.

use std::error::Error;
use std::process::ExitCode;

use sluice_client::{money, new_request_id, v1, Client, Options};
use v1::payout::State;

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<ExitCode, Box<dyn Error>> {
    let endpoint = std::env::args().nth(1).unwrap_or_else(|| "127.0.0.1:50051".into());
    let client = Client::new(Options::new(endpoint))?;
    let payout = client
        .create_payout(v1::CreatePayoutRequest {
            parent: "merchants/demo".into(),
            payout_id: format!("rust-{}", &new_request_id()[..8]),
            payout: Some(v1::Payout {
                wallet: "advcash".into(),
                receiver_account: "U123456789012".into(),
                amount: Some(money::parse("USD", "25.50")?),
                ..Default::default()
            }),
            ..Default::default()
        })
        .await?;
    println!("{}", payout.name);

    let mut watch =
        client.watch_payout(v1::WatchPayoutRequest { name: payout.name, ..Default::default() });
    while let Some(item) = watch.next().await {
        let state = item?.resource.state();
        println!("{}", state.as_str_name());
        match state {
            State::Succeeded => return Ok(ExitCode::SUCCESS),
            State::Failed | State::Canceled => break,
            _ => {}
        }
    }
    Ok(ExitCode::FAILURE)
}
