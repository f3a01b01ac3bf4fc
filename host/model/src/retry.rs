//! How long a server asks to wait. Connectors have a reader of their own in `connector-sdk`, which depends on no crate of the host and always
//! tells a wait.

use std::time::{Duration, SystemTime};

/// The wait that a `Retry-After` asks for: seconds, whole or not, or an HTTP date, measured by the server's own clock if the answer has a
/// `Date`. None if it is neither, or asks for no wait at all: a server in trouble is never asked again at once.
pub fn asked_wait(retry_after: &str, date: Option<&str>, now: SystemTime) -> Option<Duration> {
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
