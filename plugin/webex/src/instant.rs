//! Webex's instants: ISO 8601, mostly in UTC with milliseconds, in some answers without a zone, which then means UTC.

use chrono::{DateTime, NaiveDateTime};

/// The instant of a text, cut to whole seconds; none if it is no instant.
pub(crate) fn parse(text: &str) -> Option<i64> {
    let zoned = DateTime::parse_from_rfc3339(text).map(|at| at.timestamp());
    let bare =
        || NaiveDateTime::parse_from_str(text, "%Y-%m-%dT%H:%M:%S%.f").map(|at| at.and_utc().timestamp());
    zoned.or_else(|_| bare()).ok()
}

/// The instant of an HTTP `Date`.
pub(crate) fn of_date(text: &str) -> Option<i64> {
    DateTime::parse_from_rfc2822(text.trim())
        .ok()
        .map(|at| at.timestamp())
}

/// An instant as Webex reads it: `2026-03-10T10:00:00Z`.
pub(crate) fn written(at: i64) -> String {
    DateTime::from_timestamp(at, 0).map_or_else(String::new, |at| at.format("%Y-%m-%dT%H:%M:%SZ").to_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_instant_without_a_zone_is_one_in_utc() {
        let right = Some(1_773_136_800);
        for text in [
            "2026-03-10T10:00:00Z",
            "2026-03-10T10:00:00.789Z",
            "2026-03-10T10:00:00",
            "2026-03-10T10:00:00.5",
            "2026-03-10T11:00:00+01:00",
        ] {
            assert_eq!(parse(text), right, "{text}");
        }
        assert_eq!(of_date("Tue, 10 Mar 2026 10:00:00 GMT"), right);
        assert_eq!(written(1_773_136_800), "2026-03-10T10:00:00Z");
    }

    #[test]
    fn what_is_no_instant_is_not_guessed() {
        for text in ["", "2026-03-10", "10:00", "2026-13-10T10:00:00Z", "now"] {
            assert_eq!(parse(text), None, "{text}");
        }
    }
}
