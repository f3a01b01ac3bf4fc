//! Time zones by the names that Graph uses: Windows names, IANA names, and the `tzone://` names of old clients.
//!
//! The zones come from jiff, whose copy of the IANA database follows that database's releases.

use crate::instant::Local;
use connector_sdk::windows_zone;
use jiff::Timestamp;
use jiff::tz::{AmbiguousOffset, TimeZone};

/// The zone of this name, in any case. None for `tzone://Microsoft/Custom` and "Customized Time Zone" (whose rules Graph does not provide), and
/// for unknown names.
pub(crate) fn find(name: &str) -> Option<TimeZone> {
    let name = name.trim();
    if is_utc(name) {
        return Some(TimeZone::UTC);
    }
    windows_zone::of_database(windows_zone::iana(name).unwrap_or(name))
}

/// The instant, in seconds, of this local date and time. A time that occurs twice is the earlier of the two; a time that is skipped is the
/// instant of the skip.
pub(crate) fn instant(local: Local, zone: &TimeZone) -> Option<i64> {
    let shown = TimeZone::UTC.to_datetime(Timestamp::from_second(local.seconds).ok()?);
    match zone.to_ambiguous_timestamp(shown).offset() {
        AmbiguousOffset::Unambiguous { offset } | AmbiguousOffset::Fold { before: offset, .. } => {
            Some(local.seconds - i64::from(offset.seconds()))
        }
        AmbiguousOffset::Gap { after, .. } => {
            // With the offset from after the gap, it is a moment before the gap.
            let before = Timestamp::from_second(local.seconds - i64::from(after.seconds())).ok()?;
            let change = zone.following(before).next()?;
            Some(change.timestamp().as_second())
        }
    }
}

/// Whether this is one of the names of UTC that Exchange uses.
pub(crate) fn is_utc(name: &str) -> bool {
    ["UTC", "tzone://Microsoft/Utc", "Etc/UTC", "Z", "GMT"]
        .iter()
        .any(|known| known.eq_ignore_ascii_case(name))
}

#[cfg(test)]
mod tests;
