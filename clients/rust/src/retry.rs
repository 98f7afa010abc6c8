//! When a call is sent again, and after what wait: the rules of clients/README.md as pure functions.

use std::time::Duration;

use tokio::time::Instant;
use tonic::Code;

use crate::{Error, RetryPolicy, SideEffect};

/// Far enough to be never, near enough that adding it to a time does not overflow.
pub(crate) const FOREVER: Duration = Duration::from_secs(365 * 24 * 60 * 60);

/// The time so much later. `Duration::MAX` is how callers write that there is no limit.
pub(crate) fn after(wait: Duration) -> Instant {
    Instant::now() + wait.min(FOREVER)
}

/// The random wait before try number `tries_made` + 1. `random` is from 0 to below 1.
pub(crate) fn full_jitter(policy: &RetryPolicy, tries_made: u32, random: f64) -> Duration {
    let factor = 1_u32.checked_shl(tries_made.saturating_sub(1)).unwrap_or(u32::MAX);
    policy.initial_backoff.saturating_mul(factor).min(policy.max_backoff).mul_f64(random)
}

fn nothing_happened(error: &Error, is_read: bool) -> bool {
    let passing = matches!(error.code, Code::Unavailable | Code::ResourceExhausted);
    // A read has no effect, so a broken connection cannot have hidden one.
    (passing && error.side_effect == SideEffect::None)
        || (is_read && error.code == Code::Unavailable && error.reason.is_empty())
}

/// The wait before the next send, or none: the error is the answer.
pub(crate) fn wait_before_retry(
    error: &Error,
    is_read: bool,
    policy: &RetryPolicy,
    tries_made: u32,
    time_left: Duration,
    random: f64,
) -> Option<Duration> {
    if tries_made >= policy.max_attempts || !nothing_happened(error, is_read) {
        return None;
    }
    let jitter = full_jitter(policy, tries_made, random);
    let wait = error.retry_after.unwrap_or_default().saturating_add(jitter);
    (wait < time_left).then_some(wait)
}

/// True when a stream that ended with this code is opened again.
pub(crate) fn stream_goes_on(code: Code) -> bool {
    matches!(code, Code::Ok | Code::Unavailable | Code::ResourceExhausted)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn error(code: Code, reason: &str, side_effect: SideEffect) -> Error {
        Error { code, reason: reason.into(), side_effect, ..Error::refused_here("") }
    }

    fn wait(error: &Error, is_read: bool, tries: u32) -> Option<Duration> {
        let second = Duration::from_secs(1);
        wait_before_retry(error, is_read, &RetryPolicy::default(), tries, second, 0.5)
    }

    #[test]
    fn only_what_had_no_effect_is_sent_again() {
        let ms = |n| Some(Duration::from_millis(n));
        let busy = error(Code::ResourceExhausted, "OVERLOADED", SideEffect::None);
        assert_eq!(wait(&busy, false, 1), ms(50));
        assert_eq!(wait(&busy, false, 3), ms(200));
        assert_eq!(wait(&busy, false, 4), None);
        let unknown = error(Code::Unavailable, "STORE_UNAVAILABLE", SideEffect::Possible);
        assert_eq!(wait(&unknown, false, 1), None);
        assert_eq!(wait(&unknown, true, 1), None);
        let broken = error(Code::Unavailable, "", SideEffect::Possible);
        assert_eq!(wait(&broken, false, 1), None);
        assert_eq!(wait(&broken, true, 1), ms(50));
        let defect = error(Code::Internal, "INTERNAL", SideEffect::None);
        assert_eq!(wait(&defect, true, 1), None);
    }

    #[test]
    fn the_server_is_waited_for_if_there_is_time() {
        let mut busy = error(Code::ResourceExhausted, "OVERLOADED", SideEffect::None);
        busy.retry_after = Some(Duration::from_millis(900));
        assert_eq!(wait(&busy, false, 1), Some(Duration::from_millis(950)));
        busy.retry_after = Some(Duration::from_millis(950));
        assert_eq!(wait(&busy, false, 1), None);
        busy.retry_after = Some(Duration::MAX);
        assert_eq!(wait(&busy, false, 1), None);
    }

    #[test]
    fn jitter_grows_to_its_ceiling() {
        let policy = RetryPolicy::default();
        assert_eq!(full_jitter(&policy, 1, 0.5), Duration::from_millis(50));
        assert_eq!(full_jitter(&policy, 40, 0.5), Duration::from_millis(2500));
        assert_eq!(full_jitter(&policy, 400, 0.0), Duration::ZERO);
        let endless = RetryPolicy { max_backoff: Duration::MAX, ..policy };
        assert!(full_jitter(&endless, 400, 0.999) > Duration::from_secs(1 << 20));
    }
}
