//! proto3 JSON of any message, by the API's descriptors.

use std::sync::LazyLock;

use prost::Message;
use prost_reflect::{DescriptorPool, DeserializeOptions, DynamicMessage, MessageDescriptor};
use serde_json::{json, Value};
use sluice_client::{Error, SideEffect};

static POOL: LazyLock<DescriptorPool> = LazyLock::new(|| {
    let bytes = include_bytes!(concat!(env!("OUT_DIR"), "/sluice.binpb"));
    DescriptorPool::decode(bytes.as_slice()).expect("protoc wrote it")
});

fn descriptor(name: &str) -> MessageDescriptor {
    POOL.get_message_by_name(&format!("sluice.v1.{name}")).expect("the API has it")
}

/// The request of this name from JSON.
pub fn read<M: Message + Default>(name: &str, json: &Value) -> Result<M, Value> {
    let options = DeserializeOptions::new();
    let message = DynamicMessage::deserialize_with_options(descriptor(name), json, &options)
        .map_err(|error| invalid(&format!("the request is no {name}: {error}")))?;
    M::decode(message.encode_to_vec().as_slice()).map_err(|error| invalid(&error.to_string()))
}

pub fn write<M: Message>(name: &str, message: &M) -> Value {
    let bytes = message.encode_to_vec();
    DynamicMessage::decode(descriptor(name), bytes.as_slice())
        .ok()
        .and_then(|message| serde_json::to_value(message).ok())
        .unwrap_or(Value::Null)
}

pub fn invalid(message: &str) -> Value {
    json!({"error": {"code": "INVALID_ARGUMENT", "reason": "", "message": message,
                     "sideEffect": "none", "fields": []}})
}

pub fn unknown(what: &str) -> Value {
    json!({"error": {"code": "UNIMPLEMENTED", "reason": "", "message": what,
                     "sideEffect": "none", "fields": []}})
}

pub fn failed(error: &Error) -> Value {
    let fields: Vec<Value> = error
        .field_violations
        .iter()
        .map(|one| json!({"field": one.field, "description": one.description}))
        .collect();
    let mut body = json!({
        "code": code_name(error.code),
        "reason": error.reason,
        "message": error.message,
        "sideEffect": if error.side_effect == SideEffect::None { "none" } else { "possible" },
        "fields": fields,
        "metadata": error.metadata,
    });
    if let Some(after) = error.retry_after {
        body["retryAfterMs"] = json!(after.as_millis() as u64);
    }
    if !error.request_id.is_empty() {
        body["requestId"] = json!(error.request_id);
    }
    json!({"error": body})
}

/// "InvalidArgument" as gRPC writes it: "INVALID_ARGUMENT".
fn code_name(code: tonic::Code) -> String {
    let mut name = String::new();
    for letter in format!("{code:?}").chars() {
        if letter.is_uppercase() && !name.is_empty() {
            name.push('_');
        }
        name.push(letter.to_ascii_uppercase());
    }
    name
}
