//! Whether and when to send a request again. How long a server asks to wait, [`collector_model::retry`] reads.

use std::time::Duration;

use backon::{BackoffBuilder, ExponentialBackoff, ExponentialBuilder};

use super::limits::Limits;

/// The first wait if the server names none. It is doubled each time, plus up to as much again by chance, so that clients that failed
/// together do not return together.
const FIRST_WAIT: Duration = Duration::from_millis(500);

/// How long to start new attempts while there is no connection: a typing error in an address is reported while the user still looks.
pub(crate) const CONNECT_PATIENCE: Duration = Duration::from_secs(15);

/// The waits between attempts, without end.
pub(super) fn backoff(limits: &Limits) -> ExponentialBackoff {
    ExponentialBuilder::new()
        .with_min_delay(FIRST_WAIT.min(limits.longest_wait / 2))
        .with_max_delay(limits.longest_wait / 2)
        .with_factor(2.0)
        .with_jitter()
        .without_max_times()
        .build()
}

/// Locked. Some services limit requests with it as others do with 429, and say then how long to wait.
pub(crate) const LOCKED: u16 = 423;

/// Whether the status asks for patience: too many requests, or temporary trouble of the server ("Microsoft Graph throttling guidance", RFC
/// 9110, section 15.6).
pub(crate) fn is_passing(status: u16) -> bool {
    matches!(status, 429 | 502 | 503 | 504)
}

/// The same for the endpoint of a managed identity, which may be absent or being updated ("How to use managed identities on a VM to acquire
/// an access token", retry guidance).
pub(crate) fn is_passing_at_identity(status: u16) -> bool {
    matches!(status, 404 | 410 | 500..=599)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn without_it_the_waits_double_with_jitter_and_stay_below_the_longest() {
        let limits = Limits::default();
        let waits: Vec<Duration> = backoff(&limits).take(10).collect();
        for (wait, least) in waits.iter().zip([500, 1000, 2000, 4000, 8000, 15000, 15000]) {
            let least = Duration::from_millis(least);
            assert!((least..=least * 2).contains(wait), "{wait:?} after {least:?}");
        }
        assert!(waits.iter().all(|wait| *wait <= limits.longest_wait));
    }

    #[test]
    fn only_passing_troubles_are_waited_for() {
        let passing: Vec<u16> = (100..600).filter(|status| is_passing(*status)).collect();
        assert_eq!(passing, [429, 502, 503, 504]);
    }
}
