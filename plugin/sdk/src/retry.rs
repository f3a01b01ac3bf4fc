//! How long to wait: the `Retry-After` header of a throttled answer.
//!
//! Servers send whole seconds, fractions of seconds ("2.128" in Microsoft's own throttling sample), a date (RFC 9110,
//! section 10.2.3), or nothing at all.

use chrono::DateTime;

/// The seconds to wait if the answer names none: what Exchange needs to recover from a burst.
pub const DEFAULT_SECONDS: u32 = 10;

/// The seconds to wait, at least one. A date counts from `date`, the answer's own Date header; without that header, or for an invalid value, the
/// default applies.
#[must_use]
pub fn seconds(retry_after: Option<&str>, date: Option<&str>) -> u32 {
    let Some(text) = retry_after.map(str::trim) else {
        return DEFAULT_SECONDS;
    };
    if let Ok(number) = text.parse::<f64>() {
        // The cast saturates, and turns NaN into 0.
        return if number.is_finite() {
            (number.ceil() as u32).max(1)
        } else {
            DEFAULT_SECONDS
        };
    }
    let until = DateTime::parse_from_rfc2822(text).ok();
    let now = date.and_then(|date| DateTime::parse_from_rfc2822(date.trim()).ok());
    match (until, now) {
        (Some(until), Some(now)) => u32::try_from((until - now).num_seconds().max(1)).unwrap_or(u32::MAX),
        _ => DEFAULT_SECONDS,
    }
}

#[cfg(test)]
mod tests {
    use super::seconds;

    const NOW: Option<&str> = Some("Tue, 10 Mar 2026 10:00:00 GMT");

    #[test]
    fn every_form_of_retry_after_is_understood() {
        assert_eq!(seconds(Some("7"), NOW), 7);
        assert_eq!(seconds(Some("2.128"), NOW), 3);
        assert_eq!(seconds(Some("Tue, 10 Mar 2026 10:01:30 GMT"), NOW), 90);
        assert_eq!(seconds(None, NOW), 10);
    }

    #[test]
    fn a_wait_is_never_zero_and_never_overflows() {
        assert_eq!(seconds(Some("0"), NOW), 1);
        assert_eq!(seconds(Some("-3"), NOW), 1);
        assert_eq!(seconds(Some("1e300"), NOW), u32::MAX);
        assert_eq!(seconds(Some("Tue, 10 Mar 2026 09:00:00 GMT"), NOW), 1);
    }

    #[test]
    fn what_cannot_be_understood_gets_the_default() {
        assert_eq!(seconds(Some("soon"), NOW), 10);
        assert_eq!(seconds(Some("NaN"), NOW), 10);
        assert_eq!(seconds(Some("Tue, 10 Mar 2026 10:01:30 GMT"), None), 10);
    }
}
