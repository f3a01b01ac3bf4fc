//! Time zones by the names that Graph uses: Windows names, IANA names, and the `tzone://` names of old clients.

use crate::instant::Local;
use crate::windows_zone::WINDOWS_ZONES;
use chrono::{DateTime, LocalResult, NaiveDateTime, TimeZone};
use chrono_tz::Tz;

/// The zone of this name, in any case. None for `tzone://Microsoft/Custom` and "Customized Time Zone" (rules that
/// Graph does not hand out), and for what is no name of a zone.
pub(crate) fn find(name: &str) -> Option<Tz> {
    let name = name.trim();
    if is_utc(name) {
        return Some(Tz::UTC);
    }
    let windows = WINDOWS_ZONES.binary_search_by(|(known, _)| {
        known
            .bytes()
            .map(|b| b.to_ascii_lowercase())
            .cmp(name.bytes().map(|b| b.to_ascii_lowercase()))
    });
    let iana = windows
        .ok()
        .and_then(|at| WINDOWS_ZONES.get(at))
        .map_or(name, |(_, iana)| *iana);
    Tz::from_str_insensitive(iana).ok()
}

/// The instant, in seconds, at which the clocks of the zone show this date and time. What they show twice is the
/// earlier of the two; what they skip is the instant at which they skip it.
pub(crate) fn instant(local: Local, zone: Tz) -> Option<i64> {
    if zone == Tz::UTC {
        return Some(local.seconds);
    }
    let naive = DateTime::from_timestamp(local.seconds, 0)?.naive_utc();
    match zone.from_local_datetime(&naive) {
        LocalResult::Single(at) | LocalResult::Ambiguous(at, _) => Some(at.timestamp()),
        LocalResult::None => end_of_gap(naive, zone),
    }
}

/// Whether this is one of the names of UTC that Exchange uses.
pub(crate) fn is_utc(name: &str) -> bool {
    ["UTC", "tzone://Microsoft/Utc", "Etc/UTC", "Z", "GMT"]
        .iter()
        .any(|known| known.eq_ignore_ascii_case(name))
}

/// The first instant at which the clocks show a later date and time than this one, which they skip.
fn end_of_gap(naive: NaiveDateTime, zone: Tz) -> Option<i64> {
    let shows_later = |at: i64| {
        DateTime::from_timestamp(at, 0)
            .map(|at| zone.from_utc_datetime(&at.naive_utc()).naive_local() > naive)
    };
    // No zone is further than 15 hours from UTC.
    let skipped = naive.and_utc().timestamp();
    let (mut before, mut after) = (skipped - 15 * 3600, skipped + 15 * 3600);
    while after - before > 1 {
        let middle = before + (after - before) / 2;
        if shows_later(middle)? {
            after = middle
        } else {
            before = middle
        }
    }
    Some(after)
}

#[cfg(test)]
mod tests;
