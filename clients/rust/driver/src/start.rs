//! The least that a program with the client is, for its size and start time: sluice-client-start
//! ENDPOINT [ORDER]. Of an order it says the name: the size is that of a program that can call.

use sluice_client::{v1, Client, Error, Options};

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Error> {
    let mut arguments = std::env::args().skip(1);
    let client = Client::new(Options::new(arguments.next().unwrap_or_default()))?;
    if let Some(name) = arguments.next() {
        println!("{}", client.get_order(v1::GetOrderRequest { name }).await?.name);
    }
    Ok(())
}
