//! Watches of every kind behind one face.

use std::time::Duration;

use serde_json::{json, Value};
use sluice_client::{v1, Client, Watch};

use crate::wire;

pub enum AnyWatch {
    Event(Watch<v1::Event>),
    Order(Watch<v1::Order>),
    Payout(Watch<v1::Payout>),
    AccountLink(Watch<v1::AccountLink>),
}

macro_rules! next {
    ($watch:ident, $timeout:ident, $field:literal, $message:literal) => {
        match tokio::time::timeout($timeout, $watch.next()).await {
            Err(_) => json!({"ok": {"timeout": true}}),
            Ok(Some(Ok(item))) => json!({"ok": {
                $field: wire::write($message, &item.resource),
                "cursor": item.cursor,
            }}),
            Ok(Some(Err(error))) => wire::failed(&error),
            Ok(None) => wire::invalid("the watch has ended"),
        }
    };
}

impl AnyWatch {
    pub fn start(client: &Client, kind: &str, request: &Value) -> Result<Self, Value> {
        Ok(match kind {
            "events" => {
                AnyWatch::Event(client.watch_events(wire::read("WatchEventsRequest", request)?))
            }
            "order" => {
                AnyWatch::Order(client.watch_order(wire::read("WatchOrderRequest", request)?))
            }
            "payout" => {
                AnyWatch::Payout(client.watch_payout(wire::read("WatchPayoutRequest", request)?))
            }
            "account_link" => AnyWatch::AccountLink(
                client.watch_account_link(wire::read("WatchAccountLinkRequest", request)?),
            ),
            other => return Err(wire::unknown(&format!("there is no kind {other}"))),
        })
    }

    pub async fn next(&mut self, timeout: Duration) -> Value {
        match self {
            AnyWatch::Event(watch) => next!(watch, timeout, "event", "Event"),
            AnyWatch::Order(watch) => next!(watch, timeout, "order", "Order"),
            AnyWatch::Payout(watch) => next!(watch, timeout, "payout", "Payout"),
            AnyWatch::AccountLink(watch) => next!(watch, timeout, "accountLink", "AccountLink"),
        }
    }

    pub fn cursor(&self) -> &str {
        match self {
            AnyWatch::Event(watch) => watch.cursor(),
            AnyWatch::Order(watch) => watch.cursor(),
            AnyWatch::Payout(watch) => watch.cursor(),
            AnyWatch::AccountLink(watch) => watch.cursor(),
        }
    }
}
