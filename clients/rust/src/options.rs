use std::time::Duration;

/// TLS to the server. All are PEM texts.
#[derive(Clone, Debug, Default)]
pub struct Tls {
    /// `None`: the system's roots.
    pub root_certificates: Option<String>,
    /// Certificate and key of mutual TLS.
    pub client_identity: Option<(String, String)>,
}

/// When a unary call is sent again: only where the error says that nothing happened, and reads also
/// after a broken connection. The wait before the n-th retry is random between 0 and
/// `min(max_backoff, initial_backoff * 2^(n-1))`, after what the server asks for in RetryInfo.
#[derive(Clone, Debug)]
pub struct RetryPolicy {
    /// Sends in all, from 1 (never again) on.
    pub max_attempts: u32,
    pub initial_backoff: Duration,
    pub max_backoff: Duration,
}

impl Default for RetryPolicy {
    fn default() -> Self {
        RetryPolicy {
            max_attempts: 4,
            initial_backoff: Duration::from_millis(100),
            max_backoff: Duration::from_secs(5),
        }
    }
}

/// How a client connects and how patient it is. `Duration::MAX` means: no limit.
#[derive(Clone)]
pub struct Options {
    /// `host:port`.
    pub endpoint: String,
    /// `None`: plaintext.
    pub tls: Option<Tls>,
    /// Sent as `authorization: Bearer`. Over plaintext to loopback only.
    pub api_key: Option<String>,
    /// Of a unary call, over all its sends.
    pub deadline: Duration,
    pub retry: RetryPolicy,
    /// A stream that is silent for longer is opened again: three heartbeats.
    pub silence: Duration,
    /// A connection that is silent for so long is asked by a ping whether it lives, and is given up
    /// when no answer comes within half of that: a firewall that has forgotten it says nothing. The
    /// server allows a ping every 10 s.
    pub keepalive: Duration,
}

impl Options {
    pub fn new(endpoint: impl Into<String>) -> Self {
        Options {
            endpoint: endpoint.into(),
            tls: None,
            api_key: None,
            deadline: Duration::from_secs(10),
            retry: RetryPolicy::default(),
            silence: Duration::from_secs(45),
            keepalive: Duration::from_secs(20),
        }
    }
}
