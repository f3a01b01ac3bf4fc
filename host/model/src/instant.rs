//! Instants in UTC seconds, and as RFC 3339.

use chrono::{DateTime, SecondsFormat};

/// The first and the last instant that can be written as RFC 3339, UTC seconds: the years 0001 to 9999.
pub const INSTANTS: std::ops::RangeInclusive<i64> = -62_135_596_800..=253_402_300_799;

/// UTC seconds as RFC 3339, with seconds and a `Z`. An instant outside the years that can be written becomes the nearest one inside.
pub fn rfc3339(seconds: i64) -> String {
    let instant =
        DateTime::from_timestamp(seconds.clamp(*INSTANTS.start(), *INSTANTS.end()), 0).unwrap_or_default();
    instant.to_rfc3339_opts(SecondsFormat::Secs, true)
}
