//! The certification driver of the Rust client: commands in, one JSON line each; answers out. See
//! clients/certification/README.md.

mod calls;
mod watches;
mod wire;

use std::collections::HashMap;
use std::time::Duration;

use serde_json::{json, Value};
use sluice_client::{money, v1, Client, Error, Options};
use tokio::io::{stdin, AsyncBufReadExt, BufReader};

use watches::AnyWatch;

#[derive(Default)]
struct Driver {
    client: Option<Client>,
    watches: HashMap<String, AnyWatch>,
}

fn text<'a>(command: &'a Value, name: &str) -> &'a str {
    command[name].as_str().unwrap_or_default()
}

fn milliseconds(command: &Value, name: &str) -> Option<Duration> {
    command[name].as_u64().map(Duration::from_millis)
}

fn ok(value: Value) -> Value {
    json!({ "ok": value })
}

impl Driver {
    async fn answer(&mut self, command: &Value) -> Value {
        match text(command, "op") {
            "open" => self.open(command),
            "money" => money_command(command),
            "close" => {
                *self = Driver::default();
                ok(json!({}))
            }
            "call" => self.call(command).await,
            "watch" => self.watch(command),
            "next" => {
                let timeout = milliseconds(command, "timeout_ms");
                match self.watches.get_mut(text(command, "watch")) {
                    Some(watch) => watch.next(timeout.unwrap_or(Duration::from_secs(5))).await,
                    None => wire::invalid("there is no such watch"),
                }
            }
            "cursor" => match self.watches.get(text(command, "watch")) {
                Some(watch) => ok(json!({"cursor": watch.cursor()})),
                None => wire::invalid("there is no such watch"),
            },
            "stop" => match self.watches.remove(text(command, "watch")) {
                Some(_) => ok(json!({})),
                None => wire::invalid("there is no such watch"),
            },
            other => wire::unknown(&format!("the driver does not know {other}")),
        }
    }

    fn open(&mut self, command: &Value) -> Value {
        let mut options = Options::new(text(command, "endpoint"));
        options.api_key = command["api_key"].as_str().map(str::to_owned);
        if let Some(deadline) = milliseconds(command, "deadline_ms") {
            options.deadline = deadline;
        }
        if let Some(silence) = milliseconds(command, "silence_ms") {
            options.silence = silence;
        }
        if let Some(keepalive) = milliseconds(command, "keepalive_ms") {
            options.keepalive = keepalive;
        }
        if let Some(attempts) = command["max_attempts"].as_u64() {
            options.retry.max_attempts = u32::try_from(attempts).unwrap_or(u32::MAX);
        }
        if let Some(backoff) = milliseconds(command, "initial_backoff_ms") {
            options.retry.initial_backoff = backoff;
        }
        if let Some(backoff) = milliseconds(command, "max_backoff_ms") {
            options.retry.max_backoff = backoff;
        }
        match Client::new(options) {
            Ok(client) => {
                self.watches.clear();
                self.client = Some(client);
                ok(json!({}))
            }
            Err(error) => wire::failed(&error),
        }
    }

    async fn call(&self, command: &Value) -> Value {
        let Some(client) = &self.client else {
            return wire::invalid("there is no open client");
        };
        let deadline = milliseconds(command, "deadline_ms");
        let method = text(command, "method");
        let Some(after) = milliseconds(command, "cancel_after_ms") else {
            return calls::call(client, method, &command["request"], deadline).await;
        };
        // The language's own means: the future is dropped. Its request id is known beforehand.
        let mut request = command["request"].clone();
        let name = method.rsplit('/').next().unwrap_or_default();
        let has_id = !["Get", "List", "Diagnose"]
            .iter()
            .any(|verb| name.starts_with(verb));
        if has_id && text(&request, "requestId").is_empty() {
            request["requestId"] = json!(sluice_client::new_request_id());
        }
        let call = calls::call(client, method, &request, deadline);
        tokio::time::timeout(after, call).await.unwrap_or_else(|_| {
            let mut error = json!({"code": "CANCELLED", "reason": "", "message": "given up",
                                   "sideEffect": "possible", "fields": []});
            if has_id {
                error["requestId"] = request["requestId"].clone();
            }
            json!({"error": error})
        })
    }

    fn watch(&mut self, command: &Value) -> Value {
        let Some(client) = &self.client else {
            return wire::invalid("there is no open client");
        };
        match AnyWatch::start(client, text(command, "kind"), &command["request"]) {
            Ok(watch) => {
                self.watches
                    .insert(text(command, "watch").to_owned(), watch);
                ok(json!({}))
            }
            Err(error) => error,
        }
    }
}

fn money_command(command: &Value) -> Value {
    let amount = |currency: &str, units: &str| v1::Money {
        currency_code: text(command, currency).to_owned(),
        minor_units: text(command, units).parse().unwrap_or_default(),
    };
    let units = |result: Result<v1::Money, Error>| match result {
        Ok(money) => ok(json!({"minorUnits": money.minor_units.to_string()})),
        Err(error) => wire::failed(&error),
    };
    let one = amount("currency", "minorUnits");
    let other = amount("otherCurrency", "otherMinorUnits");
    match text(command, "do") {
        "parse" => units(money::parse(
            text(command, "currency"),
            text(command, "text"),
        )),
        "format" => match money::format(&one) {
            Ok(text) => ok(json!({"text": text})),
            Err(error) => wire::failed(&error),
        },
        "add" => units(money::add(&one, &other)),
        "subtract" => units(money::subtract(&one, &other)),
        unknown => wire::unknown(&format!("the driver cannot {unknown} money")),
    }
}

#[tokio::main(flavor = "current_thread")]
async fn main() -> std::io::Result<()> {
    let mut driver = Driver::default();
    let mut lines = BufReader::new(stdin()).lines();
    while let Some(line) = lines.next_line().await? {
        let answer = match serde_json::from_str(&line) {
            Ok(command) => driver.answer(&command).await,
            Err(error) => wire::invalid(&format!("the line is no JSON: {error}")),
        };
        println!("{answer}");
    }
    Ok(())
}
