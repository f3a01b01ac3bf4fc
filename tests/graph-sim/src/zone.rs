//! Time zones by the names that Graph accepts: Windows names and IANA names.
//! Turns a name into a zone and local times into instants, and knows nothing of events.

use chrono::{DateTime, Duration, MappedLocalTime, NaiveDateTime, TimeZone, Utc};
use chrono_tz::{TZ_VARIANTS, Tz};
use windows_timezones::WindowsTimezone;

/// The zone of a Windows name (`W. Europe Standard Time`) or an IANA name (`Europe/Berlin`), in any case.
///
/// `UTC`, `Z` and `tzone://Microsoft/Utc` are UTC. `None` for anything else, such as `tzone://Microsoft/Custom`.
/// Source: "dateTimeTimeZone resource type", Microsoft Graph reference.
#[must_use]
pub fn zone(name: &str) -> Option<Tz> {
    if ["utc", "z", "tzone://microsoft/utc"].contains(&name.to_ascii_lowercase().as_str()) {
        return Some(Tz::UTC);
    }
    if let Ok(windows) = name.parse::<WindowsTimezone>() {
        return Some(Tz::from(windows));
    }
    TZ_VARIANTS
        .iter()
        .find(|zone| zone.name().eq_ignore_ascii_case(name))
        .copied()
}

/// The instant at which the clocks of `zone` show `local`: the first of two in autumn; in the gap of spring, the
/// instant at which they would show it without the change, as in Exchange.
#[must_use]
pub fn instant(zone: Tz, local: NaiveDateTime) -> DateTime<Utc> {
    match zone.from_local_datetime(&local) {
        MappedLocalTime::Single(at) => at.with_timezone(&Utc),
        MappedLocalTime::Ambiguous(first, _) => first.with_timezone(&Utc),
        MappedLocalTime::None => {
            // Three hours earlier the zone certainly still had its winter offset.
            let before = zone.from_local_datetime(&(local - Duration::hours(3))).earliest();
            before.map_or_else(
                || local.and_utc(),
                |at| at.with_timezone(&Utc) + Duration::hours(3),
            )
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use chrono::NaiveDate;

    #[test]
    fn windows_and_iana_names_name_the_same_zone() {
        assert_eq!(zone("W. Europe Standard Time"), Some(Tz::Europe__Berlin));
        assert_eq!(zone("europe/berlin"), Some(Tz::Europe__Berlin));
        assert_eq!(zone("UTC"), Some(Tz::UTC));
        assert_eq!(zone("tzone://Microsoft/Utc"), Some(Tz::UTC));
        assert_eq!(zone("tzone://Microsoft/Custom"), None);
    }

    #[test]
    fn a_time_that_the_clocks_skip_is_pushed_forward() {
        let local = NaiveDate::from_ymd_opt(2026, 3, 29)
            .unwrap()
            .and_hms_opt(2, 30, 0)
            .unwrap();
        assert_eq!(
            instant(Tz::Europe__Berlin, local).to_rfc3339(),
            "2026-03-29T01:30:00+00:00"
        );
    }
}
