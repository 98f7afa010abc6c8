//! A client of Sluice, a payment service, over its generated stubs: a deadline, a request id,
//! retries that cannot pay twice, typed errors, watches that resume, and money without floats.
//!
//! ```no_run
//! use sluice_client::{money, v1, Client, Options};
//!
//! # async fn pay() -> Result<(), sluice_client::Error> {
//! let client = Client::new(Options::new("127.0.0.1:50051"))?;
//! let order = client
//!     .create_order(v1::CreateOrderRequest {
//!         parent: "merchants/demo".into(),
//!         order_id: "A-1".into(),
//!         order: Some(v1::Order {
//!             wallet: "botim".into(),
//!             amount: Some(money::parse("AED", "12.34")?),
//!             ..Default::default()
//!         }),
//!         ..Default::default()
//!     })
//!     .await?;
//! let mut watch = client.watch_order(v1::WatchOrderRequest {
//!     name: order.name,
//!     ..Default::default()
//! });
//! while let Some(item) = watch.next().await {
//!     println!("{:?}", item?.resource.state());
//! }
//! # Ok(())
//! # }
//! ```

mod client;
mod error;
pub mod money;
mod options;
mod retry;
mod watch;

pub use client::{new_request_id, Call, Client};
pub use error::{Error, FieldViolation, SideEffect};
pub use options::{Options, RetryPolicy, Tls};
pub use watch::{Item, Watch, Watched};

/// The generated messages and stubs of `sluice.v1`.
#[allow(clippy::all, missing_docs)]
pub mod v1 {
    tonic::include_proto!("sluice.v1");
}
