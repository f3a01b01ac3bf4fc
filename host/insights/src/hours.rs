//! Open time: when the rooms of a building are for use, as `[insights]` in `collector.toml` says (contract, section 3, "Open time"). A key
//! that a building leaves out is that of the whole; a key that it gives replaces it.

use std::collections::{BTreeMap, BTreeSet};

use jiff::civil::{Date, Weekday};
use jiff::tz::{TimeZone, TimeZoneDatabase};
use serde::Deserialize;

/// Weekdays by the words of the configuration, in the order in which they are shown.
pub const WEEKDAYS: [(&str, Weekday); 7] = [
    ("mon", Weekday::Monday),
    ("tue", Weekday::Tuesday),
    ("wed", Weekday::Wednesday),
    ("thu", Weekday::Thursday),
    ("fri", Weekday::Friday),
    ("sat", Weekday::Saturday),
    ("sun", Weekday::Sunday),
];

/// When rooms open and close if nobody says so, in seconds of the day on the wall clock.
pub(crate) const OPENS: i64 = 8 * 3_600;
pub(crate) const CLOSES: i64 = 18 * 3_600;

/// Keys of `[insights]` that a building may replace, as they are written. Keys that are not there are none.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case", default)]
pub struct Keys {
    /// The zone, as IANA names it; UTC if nobody names one.
    pub time_zone: Option<String>,
    /// The days of the week that are open: `mon` … `sun`; Monday to Friday if nobody names them.
    pub days: Option<Vec<String>>,
    /// When they open and close: two times HH:MM of the wall clock, at most 24:00; 08:00 to 18:00 if nobody names them.
    pub hours: Option<Vec<String>>,
    /// Local dates that are closed, such as `2026-12-25`.
    pub holidays: Option<Vec<String>>,
}

/// A building of `[[insights.building]]`.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct BuildingKeys {
    /// Its name, exactly as its rooms give it.
    pub name: String,
    /// What it replaces.
    #[serde(flatten)]
    pub keys: Keys,
}

/// The values of `[insights]` that decide about open time, as they are written.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
pub struct Settings {
    /// What applies to all buildings.
    #[serde(flatten)]
    pub keys: Keys,
    /// What applies to one.
    #[serde(default)]
    pub building: Vec<BuildingKeys>,
}

/// What is wrong with a value of `[insights]`.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum SettingsError {
    /// No such zone.
    #[error("time-zone {0:?} is unknown; write it as IANA names it, like \"Europe/Berlin\"")]
    TimeZone(String),
    /// No such day.
    #[error("days: {0:?} is none of mon, tue, wed, thu, fri, sat, sun")]
    Day(String),
    /// Not two times, or in the wrong order.
    #[error(
        "hours must be two times of the wall clock, the second later and at most 24:00, like [\"08:00\", \"18:00\"]"
    )]
    Hours,
    /// Not a date.
    #[error("holidays: {0:?} is not a date; write it like \"2026-12-25\"")]
    Holiday(String),
}

/// When rooms are open, and in which zone their clocks run.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OpenHours {
    zone: TimeZone,
    days: Vec<Weekday>,
    /// Seconds of the day on the wall clock.
    opens: i64,
    closes: i64,
    holidays: BTreeSet<Date>,
}

impl OpenHours {
    /// From the keys that apply.
    ///
    /// # Errors
    /// A value is wrong.
    pub fn of(keys: &Keys) -> Result<Self, SettingsError> {
        let name = keys.time_zone.as_deref().unwrap_or("UTC");
        let zone = TimeZoneDatabase::bundled().get(name).ok();
        // "Etc/Unknown" is jiff's word for none.
        let zone = zone
            .filter(|zone| !zone.is_unknown())
            .ok_or_else(|| SettingsError::TimeZone(name.to_owned()))?;
        let days = match &keys.days {
            Some(days) => days.iter().map(|word| weekday(word)).collect::<Result<_, _>>()?,
            None => WEEKDAYS.iter().take(5).map(|(_, day)| *day).collect(),
        };
        let (opens, closes) = match keys.hours.as_deref() {
            None => (OPENS, CLOSES),
            Some([opens, closes]) => wall_clock(opens)
                .zip(wall_clock(closes))
                .filter(|(opens, closes)| opens < closes)
                .ok_or(SettingsError::Hours)?,
            Some(_) => return Err(SettingsError::Hours),
        };
        let holidays = keys.holidays.iter().flatten().map(|text| {
            let date: Option<Date> = text.parse().ok();
            // jiff also reads 20261225 and instants.
            date.filter(|date| date.to_string() == *text)
                .ok_or_else(|| SettingsError::Holiday(text.to_owned()))
        });
        Ok(Self {
            zone,
            days,
            opens,
            closes,
            holidays: holidays.collect::<Result<_, _>>()?,
        })
    }

    /// The zone of the clocks.
    pub fn zone(&self) -> &TimeZone {
        &self.zone
    }

    /// The name of the zone, as IANA writes it.
    pub fn zone_name(&self) -> &str {
        self.zone.iana_name().unwrap_or("UTC")
    }

    /// Seconds of the day on the wall clock from when until when a local date is open; none if it is closed.
    pub fn on(&self, date: Date) -> Option<(i64, i64)> {
        let is_open = self.days.contains(&date.weekday()) && !self.holidays.contains(&date);
        is_open.then_some((self.opens, self.closes))
    }
}

/// The open time of all buildings.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Buildings {
    whole: OpenHours,
    named: BTreeMap<String, OpenHours>,
}

impl Buildings {
    /// From what is configured. Of several buildings of one name the last applies.
    ///
    /// # Errors
    /// A value is wrong.
    pub fn of(settings: &Settings) -> Result<Self, SettingsError> {
        let whole = &settings.keys;
        let mut named = BTreeMap::new();
        for building in &settings.building {
            let own = &building.keys;
            let keys = Keys {
                time_zone: own.time_zone.as_ref().or(whole.time_zone.as_ref()).cloned(),
                days: own.days.as_ref().or(whole.days.as_ref()).cloned(),
                hours: own.hours.as_ref().or(whole.hours.as_ref()).cloned(),
                holidays: own.holidays.as_ref().or(whole.holidays.as_ref()).cloned(),
            };
            named.insert(building.name.clone(), OpenHours::of(&keys)?);
        }
        Ok(Self {
            whole: OpenHours::of(whole)?,
            named,
        })
    }

    /// The open time of a building's rooms; that of the whole for rooms without a building and for a building that is not named.
    pub fn hours(&self, building: Option<&str>) -> &OpenHours {
        building
            .and_then(|name| self.named.get(name))
            .unwrap_or(&self.whole)
    }
}

fn weekday(word: &str) -> Result<Weekday, SettingsError> {
    WEEKDAYS
        .iter()
        .find(|(known, _)| *known == word)
        .map(|(_, day)| *day)
        .ok_or_else(|| SettingsError::Day(word.to_owned()))
}

/// Seconds of the day of `HH:MM`.
fn wall_clock(text: &str) -> Option<i64> {
    let (hours, minutes) = text.split_once(':')?;
    let number = |digits: &str| {
        let is_number = digits.len() == 2 && digits.bytes().all(|byte| byte.is_ascii_digit());
        is_number.then(|| digits.parse::<i64>().ok()).flatten()
    };
    let (hours, minutes) = (number(hours)?, number(minutes)?);
    let seconds = hours * 3_600 + minutes * 60;
    (minutes < 60 && seconds <= 24 * 3_600).then_some(seconds)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn settings(json: &str) -> Settings {
        serde_json::from_str(json).unwrap()
    }

    #[test]
    fn without_configuration_monday_to_friday_from_eight_to_six_in_utc_is_open() {
        let buildings = Buildings::of(&settings("{}")).unwrap();
        let hours = buildings.hours(Some("HQ"));
        assert_eq!(hours.zone(), &TimeZone::UTC);
        assert_eq!(hours.on("2026-03-13".parse().unwrap()), Some((28_800, 64_800)));
        assert_eq!(hours.on("2026-03-14".parse().unwrap()), None);
    }

    #[test]
    fn a_building_replaces_the_keys_that_it_gives_and_no_other() {
        let buildings = Buildings::of(&settings(
            r#"{"time-zone":"Europe/Berlin","hours":["09:00","17:30"],"holidays":["2026-12-25"],
                "building":[{"name":"Chicago","time-zone":"America/Chicago","days":["sat"],"holidays":["2026-07-04"]}]}"#,
        ))
        .unwrap();
        let (whole, chicago) = (buildings.hours(Some("chicago")), buildings.hours(Some("Chicago")));
        assert_eq!(whole.zone().iana_name(), Some("Europe/Berlin"));
        assert_eq!(whole, buildings.hours(None));
        assert_eq!(whole.on("2026-12-25".parse().unwrap()), None);
        assert_eq!(chicago.zone().iana_name(), Some("America/Chicago"));
        assert_eq!(chicago.on("2026-07-04".parse().unwrap()), None);
        assert_eq!(chicago.on("2026-07-11".parse().unwrap()), Some((32_400, 63_000)));
        assert_eq!(
            chicago.on("2026-12-25".parse().unwrap()),
            None,
            "a Friday, and only Saturdays are open"
        );
        assert_eq!(chicago.on("2026-12-26".parse().unwrap()), Some((32_400, 63_000)));
    }

    #[test]
    fn wrong_values_are_named() {
        for (json, words) in [
            (
                r#"{"time-zone":"Europe/Bärlin"}"#,
                "time-zone \"Europe/Bärlin\" is unknown",
            ),
            (
                r#"{"time-zone":"Etc/Unknown"}"#,
                "time-zone \"Etc/Unknown\" is unknown",
            ),
            (r#"{"days":["monday"]}"#, "days: \"monday\" is none of"),
            (r#"{"hours":["08:00"]}"#, "hours must be two times"),
            (r#"{"hours":["18:00","08:00"]}"#, "hours must be two times"),
            (r#"{"hours":["08:00","24:01"]}"#, "hours must be two times"),
            (r#"{"hours":["8:00","18:00"]}"#, "hours must be two times"),
            (r#"{"hours":["08:60","18:00"]}"#, "hours must be two times"),
            (
                r#"{"holidays":["2026-02-30"]}"#,
                "holidays: \"2026-02-30\" is not a date",
            ),
            (
                r#"{"holidays":["20261225"]}"#,
                "holidays: \"20261225\" is not a date",
            ),
            (
                r#"{"building":[{"name":"B","days":["x"]}]}"#,
                "days: \"x\" is none of",
            ),
        ] {
            let error = Buildings::of(&settings(json)).unwrap_err().to_string();
            assert!(error.starts_with(words), "{json}: {error}");
        }
        assert!(Buildings::of(&settings(r#"{"hours":["00:00","24:00"]}"#)).is_ok());
    }
}
