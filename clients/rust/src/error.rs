use std::collections::HashMap;
use std::fmt;
use std::time::Duration;

use tonic::{Code, Status};
use tonic_types::StatusExt;

const DOMAIN: &str = "sluice.v1";

/// Whether the call may have had an effect.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SideEffect {
    /// Nothing has happened and nothing will: correct the call, or repeat it as it is.
    None,
    /// Repeat the call with the same `request_id`, or read the resource; never with a new id.
    Possible,
}

/// A field of the request and the rule that it breaks.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FieldViolation {
    /// The path in the request: `order.amount.minor_units`.
    pub field: String,
    pub description: String,
}

/// What went wrong with a call. A provider's trouble is no error: the call then answers the
/// resource, whose state, failure and attempts tell.
#[derive(Clone, Debug)]
pub struct Error {
    pub code: Code,
    /// The name of a `sluice.v1.ErrorReason` without its prefix; empty: none was given.
    pub reason: String,
    pub message: String,
    pub field_violations: Vec<FieldViolation>,
    pub side_effect: SideEffect,
    /// The server asks to wait so long before the next try.
    pub retry_after: Option<Duration>,
    /// What the call was sent with; empty: its request has none.
    pub request_id: String,
    /// Metadata of the server's ErrorInfo, such as `oldest_cursor`, where an expired watch can go on.
    pub metadata: HashMap<String, String>,
}

impl Error {
    /// An error that this client found before anything was sent.
    pub(crate) fn refused_here(message: impl Into<String>) -> Self {
        Error {
            code: Code::InvalidArgument,
            reason: String::new(),
            message: message.into(),
            field_violations: Vec::new(),
            side_effect: SideEffect::None,
            retry_after: None,
            request_id: String::new(),
            metadata: HashMap::new(),
        }
    }

    pub(crate) fn from_status(status: &Status, request_id: &str) -> Self {
        let details = status.get_error_details();
        let info = details.error_info().filter(|info| info.domain == DOMAIN);
        let nothing = info.is_some_and(|info| {
            info.metadata.get("side_effect").map(String::as_str) == Some("none")
        });
        Error {
            code: status.code(),
            reason: info.map(|info| info.reason.clone()).unwrap_or_default(),
            message: status.message().to_owned(),
            field_violations: details.bad_request().map_or_else(Vec::new, |bad| {
                bad.field_violations
                    .iter()
                    .map(|violation| FieldViolation {
                        field: violation.field.clone(),
                        description: violation.description.clone(),
                    })
                    .collect()
            }),
            side_effect: if nothing { SideEffect::None } else { SideEffect::Possible },
            retry_after: details.retry_info().and_then(|retry| retry.retry_delay),
            request_id: request_id.to_owned(),
            metadata: info.map(|info| info.metadata.clone()).unwrap_or_default(),
        }
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:?}", self.code)?;
        if !self.reason.is_empty() {
            write!(f, " {}", self.reason)?;
        }
        write!(f, ": {}", self.message)?;
        for violation in &self.field_violations {
            write!(f, "; {}: {}", violation.field, violation.description)?;
        }
        Ok(())
    }
}

impl std::error::Error for Error {}

#[cfg(test)]
mod tests {
    use tonic_types::ErrorDetails;

    use super::*;

    fn expired(domain: &str) -> Error {
        let metadata = [("side_effect", "none"), ("oldest_cursor", "c7")];
        let metadata: HashMap<_, _> = metadata.map(|(k, v)| (k.into(), v.into())).into();
        let details = ErrorDetails::with_error_info("CURSOR_EXPIRED", domain, metadata);
        Error::from_status(&Status::with_error_details(Code::OutOfRange, "old", details), "")
    }

    #[test]
    fn what_the_server_adds_reaches_the_caller() {
        let error = expired(DOMAIN);
        assert_eq!(error.metadata["oldest_cursor"], "c7");
        assert_eq!(error.side_effect, SideEffect::None);
    }

    #[test]
    fn what_others_add_does_not() {
        let error = expired("proxy.example");
        assert!(error.metadata.is_empty());
        assert_eq!(error.side_effect, SideEffect::Possible);
    }
}
