//! Every event of the merchant, from the beginning and as it happens, as a dashboard would show it:
//! tail_events ENDPOINT [COUNT]. Ends after COUNT events, or never.

use std::error::Error;

use sluice_client::{v1, Client, Options};

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Box<dyn Error>> {
    let mut arguments = std::env::args().skip(1);
    let endpoint = arguments.next().unwrap_or_else(|| "127.0.0.1:50051".into());
    let count = arguments.next().map_or(Ok(usize::MAX), |text| text.parse())?;
    let client = Client::new(Options::new(endpoint))?;
    let mut watch = client.watch_events(v1::WatchEventsRequest {
        parent: "merchants/demo".into(),
        start: Some(v1::watch_events_request::Start::Beginning(Default::default())),
        ..Default::default()
    });
    for _ in 0..count {
        let Some(item) = watch.next().await else { break };
        // Whoever wants to go on after a restart stores item.cursor, once the event is dealt with.
        let event = item?.resource;
        println!("{} {} {}", event.sequence, event.r#type, event.resource);
    }
    Ok(())
}
