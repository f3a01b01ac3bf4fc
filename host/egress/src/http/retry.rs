//! Whether and when to send a request again. Pure: the answer and the time are arguments.

use std::time::{Duration, SystemTime};

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

/// The wait that a `Retry-After` asks for: seconds, whole or not, or an HTTP date, measured by the server's own clock if the answer has a
/// `Date`. None if it is neither, or asks for no wait at all: a server in trouble is never asked again at once.
pub(crate) fn asked_wait(retry_after: &str, date: Option<&str>, now: SystemTime) -> Option<Duration> {
    let text = retry_after.trim();
    let wait = if let Ok(seconds) = text.parse::<f64>() {
        Duration::try_from_secs_f64(seconds).ok()?
    } else {
        let until = httpdate::parse_http_date(text).ok()?;
        let now = date
            .and_then(|date| httpdate::parse_http_date(date.trim()).ok())
            .unwrap_or(now);
        until.duration_since(now).unwrap_or_default()
    };
    (!wait.is_zero()).then_some(wait)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn a_retry_after_is_seconds_or_a_date() {
        let now = httpdate::parse_http_date("Tue, 10 Mar 2026 10:00:00 GMT").unwrap();
        for (text, wait) in [
            ("7", Some(7_000)),
            (" 10 ", Some(10_000)),
            ("2.128", Some(2_128)),
            ("0", None),
            ("Tue, 10 Mar 2026 10:00:30 GMT", Some(30_000)),
            ("Tue, 10 Mar 2026 10:00:00 GMT", None),
            ("Tue, 10 Mar 2026 09:59:00 GMT", None),
            ("-1", None),
            ("NaN", None),
            ("inf", None),
            ("1e300", None),
            ("soon", None),
            ("", None),
        ] {
            assert_eq!(
                asked_wait(text, None, now),
                wait.map(Duration::from_millis),
                "{text:?}"
            );
        }
    }

    #[test]
    fn a_date_is_measured_by_the_servers_own_clock() {
        let now = httpdate::parse_http_date("Tue, 10 Mar 2026 10:00:00 GMT").unwrap();
        let until = "Tue, 10 Mar 2026 10:00:30 GMT";
        for (date, wait) in [
            (Some("Tue, 10 Mar 2026 10:00:28 GMT"), Some(2)),
            (Some("Tue, 10 Mar 2026 09:59:00 GMT"), Some(90)),
            (Some("Tue, 10 Mar 2026 10:01:00 GMT"), None),
            (Some("today"), Some(30)),
            (None, Some(30)),
        ] {
            assert_eq!(
                asked_wait(until, date, now),
                wait.map(Duration::from_secs),
                "{date:?}"
            );
        }
    }

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
    proptest! {
        #[test]
        fn whatever_a_server_asks_for_is_a_wait_or_none(
            text in "[ -~]{0,40}|-?[0-9]{1,25}([.e][0-9]{1,5})?|[A-Z][a-z]{2}, [0-9]{2} [A-Z][a-z]{2} [0-9]{4} [0-9]{2}:[0-9]{2}:[0-9]{2} GMT",
            date in "[A-Z][a-z]{2}, [0-9]{2} [A-Z][a-z]{2} [0-9]{4} [0-9]{2}:[0-9]{2}:[0-9]{2} GMT",
        ) {
            let wait = asked_wait(&text, Some(&date), SystemTime::now());
            prop_assert_ne!(wait, Some(Duration::ZERO));
        }
    }
}
