//! Whether a request is sent again, and when.

use std::time::{Duration, SystemTime};

use backon::{BackoffBuilder, ExponentialBackoff, ExponentialBuilder};
use tokio::time::Instant;

use super::{FetchError, Limits, Response};

/// What comes after an attempt.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Next {
    /// The result is handed over.
    Enough,
    /// The request is sent again after this time.
    Wait(Duration),
}

/// The attempts of one request.
pub(super) struct Retries {
    backoff: ExponentialBackoff,
    repeatable: bool,
    begun: Instant,
    deadline: Instant,
    longest_wait: Duration,
    unreachable: Duration,
}

impl Retries {
    pub(super) fn new(limits: &Limits, repeatable: bool, deadline: Instant) -> Self {
        let backoff = ExponentialBuilder::new()
            .with_min_delay(Duration::from_millis(500))
            .with_max_delay(limits.longest_wait)
            // `times` counts the waits.
            .with_max_times(usize::try_from(limits.attempts.saturating_sub(1)).unwrap_or(usize::MAX))
            .with_jitter()
            .build();
        Self {
            backoff,
            repeatable,
            begun: Instant::now(),
            deadline,
            longest_wait: limits.longest_wait,
            unreachable: limits.unreachable,
        }
    }

    pub(super) fn next(&mut self, result: &Result<Response, FetchError>) -> Next {
        let asked = match result {
            _ if !self.repeatable => return Next::Enough,
            Ok(response) if throttled(response.status) => retry_after(&response.headers, SystemTime::now()),
            Ok(_) => return Next::Enough,
            Err(error) if error.is_unreachable() && self.begun.elapsed() >= self.unreachable => return Next::Enough,
            Err(error) if error.is_transient() => None,
            Err(_) => return Next::Enough,
        };
        // One of the waits is used up, whoever says how long it is.
        let Some(own) = self.backoff.next() else { return Next::Enough };
        let wait = asked.unwrap_or(own);
        if wait > self.longest_wait || Instant::now() + wait >= self.deadline { Next::Enough } else { Next::Wait(wait) }
    }
}

/// Statuses that say "later": 429 and 503 do so themselves, 502 and 504 come from whatever stands before the service.
fn throttled(status: u16) -> bool {
    matches!(status, 429 | 502 | 503 | 504)
}

/// `Retry-After` as seconds, fractions of them (Graph's throttling page shows `2.128`), or a date (RFC 9110, section 10.2.3).
fn retry_after(headers: &[(String, String)], now: SystemTime) -> Option<Duration> {
    let (_, value) = headers.iter().find(|(name, _)| name == "retry-after")?;
    let value = value.trim();
    if let Ok(seconds) = value.parse::<f64>() {
        return Duration::try_from_secs_f64(seconds).ok();
    }
    // A date in the past means now.
    httpdate::parse_http_date(value).ok().map(|when| when.duration_since(now).unwrap_or_default())
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn answer(status: u16, retry_after: Option<&str>) -> Result<Response, FetchError> {
        let headers = retry_after.map(|value| ("retry-after".to_owned(), value.to_owned())).into_iter().collect();
        Ok(Response { status, headers, body: Vec::new() })
    }

    fn retries(repeatable: bool, budget: Duration) -> Retries {
        Retries::new(&Limits::default(), repeatable, Instant::now() + budget)
    }

    const HOUR: Duration = Duration::from_secs(3_600);

    #[test]
    fn retry_after_is_understood_in_each_form() {
        let now = SystemTime::UNIX_EPOCH + Duration::from_secs(1_773_136_800);
        let said = |value: &str| retry_after(&[("retry-after".into(), value.into())], now);
        assert_eq!(said("7"), Some(Duration::from_secs(7)));
        assert_eq!(said("2.128"), Some(Duration::from_millis(2_128)));
        assert_eq!(said("0"), Some(Duration::ZERO));
        assert_eq!(said("Tue, 10 Mar 2026 10:00:09 GMT"), Some(Duration::from_secs(9)));
        assert_eq!(said("Tue, 10 Mar 2020 10:00:09 GMT"), Some(Duration::ZERO));
        for garbage in ["soon", "-5", "NaN", "inf", "1e400", ""] {
            assert_eq!(said(garbage), None, "{garbage}");
        }
        assert_eq!(retry_after(&[], now), None);
    }

    #[test]
    fn a_throttled_read_is_sent_again_after_the_time_that_the_service_asks_for() {
        for status in [429, 502, 503, 504] {
            assert_eq!(retries(true, HOUR).next(&answer(status, Some("3"))), Next::Wait(Duration::from_secs(3)));
            assert!(matches!(retries(true, HOUR).next(&answer(status, None)), Next::Wait(wait) if wait >= Duration::from_millis(500)));
        }
    }

    #[test]
    fn what_is_not_repeatable_or_not_throttled_is_handed_over() {
        assert_eq!(retries(false, HOUR).next(&answer(429, Some("1"))), Next::Enough);
        for status in [200, 304, 400, 401, 403, 404, 500, 501] {
            assert_eq!(retries(true, HOUR).next(&answer(status, Some("1"))), Next::Enough, "{status}");
        }
    }

    #[test]
    fn a_wait_that_is_too_long_is_the_callers_to_decide() {
        assert_eq!(retries(true, HOUR).next(&answer(429, Some("31"))), Next::Enough);
        assert_eq!(retries(true, Duration::from_secs(2)).next(&answer(429, Some("3"))), Next::Enough);
    }

    #[test]
    fn attempts_come_to_an_end() {
        let mut retries = retries(true, HOUR);
        let waits = (0..10).take_while(|_| retries.next(&answer(503, Some("0"))) != Next::Enough).count();
        assert_eq!(waits, 4);
    }

    proptest! {
        #[test]
        fn any_retry_after_is_read_without_a_panic(value: String) {
            let _ = retry_after(&[("retry-after".into(), value)], SystemTime::now());
        }
    }
}
