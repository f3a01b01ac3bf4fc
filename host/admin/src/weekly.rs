//! The weekly summary: when it is due, and what it says.

use collector_insights::clock::{end_of_period, local};
use collector_insights::hours::{Buildings, SettingsError};
use collector_insights::selection::RoomFilter;
use collector_insights::verdict::SETTLES;
use collector_insights::weekly::{Shown, Week};
use collector_store::Reader;
use sha2::{Digest as _, Sha256};

use crate::config::Config;
use crate::figures::FiguresError;
use crate::selection::select;

/// From this hour of Monday on, on the clock of `[insights]`, a summary is due.
const MORNING: u8 = 7;
/// Hexadecimal digits of a digest that an id has.
const DIGITS: usize = 32;
/// Where the page of a week is.
const PAGE: &str = "insights/week";

/// A summary as it is posted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct WeeklySummary {
    /// Tells its content from every other.
    pub id: String,
    /// A JSON object.
    pub content: String,
}

/// The week whose summary is due at `now` (UTC seconds): the last one that is over, once it is Monday morning, it is over everywhere, and no verdict of
/// it is provisional any more. None before.
///
/// # Errors
/// Open time is configured wrongly. The configuration was checked, so this is a defect.
pub fn due(config: &Config, now: i64) -> Result<Option<Week>, SettingsError> {
    let settings = &config.insights.hours;
    let buildings = Buildings::of(settings)?;
    let Some(clock) = local(buildings.hours(None).zone(), now) else {
        return Ok(None);
    };
    let week = Week::before(clock.date);
    let is_morning = clock.date > week.next_monday() || clock.hour >= MORNING;
    let names = settings
        .building
        .iter()
        .map(|building| Some(building.name.as_str()));
    let is_over = |building| {
        let zone = buildings.hours(building).zone();
        end_of_period(zone, week.next_monday()).is_some_and(|end| end + SETTLES <= now)
    };
    let is_due = is_morning && names.chain([None]).all(is_over);
    Ok(is_due.then_some(week))
}

/// The summary of a week, from what is stored at `now` (UTC seconds). None without rooms. `go_on` is asked before each room.
///
/// # Errors
/// The store failed, or `go_on` said no.
pub fn summary(
    store: &Reader,
    config: &Config,
    week: Week,
    now: i64,
    go_on: &dyn Fn() -> bool,
) -> Result<Option<WeeklySummary>, FiguresError> {
    let selection = select(store, config, &RoomFilter::default(), &week.asked(), now, go_on)?;
    let page = config.portal.address.as_ref().and_then(|portal| {
        let mut page = portal.join(PAGE).ok()?;
        page.set_query(Some(&format!("week={}", week.monday())));
        Some(page.to_string())
    });
    let content = Shown::of(&selection).map(|shown| shown.json(week, page.as_deref()));
    let Some(Ok(content)) = content else {
        return Ok(None);
    };
    let mut digits = format!("{:x}", Sha256::digest(&content));
    digits.truncate(DIGITS);
    Ok(Some(WeeklySummary {
        id: format!("weekly-{}-{digits}", week.monday()),
        content,
    }))
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::*;

    fn due_at(configuration: &str, at: &str) -> Option<String> {
        let config = Config::parse(configuration, Path::new("collector.toml")).unwrap();
        let now = at.parse::<jiff::Timestamp>().unwrap().as_second();
        due(&config, now).unwrap().map(|week| week.monday().to_string())
    }

    #[test]
    fn a_summary_is_due_on_monday_morning_of_the_company() {
        let berlin = "[insights]\ntime-zone = \"Europe/Berlin\"\n";
        for (at, monday) in [
            ("2026-11-22T23:30:00Z", None),
            ("2026-11-23T05:59:59Z", None),
            ("2026-11-23T06:00:00Z", Some("2026-11-16")),
            // Who was away on Monday gets it later.
            ("2026-11-29T20:00:00Z", Some("2026-11-16")),
            ("2026-11-29T23:30:00Z", None),
        ] {
            assert_eq!(due_at(berlin, at).as_deref(), monday, "{at}");
        }
    }

    #[test]
    fn a_summary_waits_until_the_week_is_over_everywhere() {
        let two = "[insights]\ntime-zone = \"Europe/Berlin\"\n[[insights.building]]\nname = \"Honolulu\"\ntime-zone = \"Pacific/Honolulu\"\n";
        assert_eq!(due_at(two, "2026-11-23T11:59:59Z"), None);
        assert_eq!(due_at(two, "2026-11-23T12:00:00Z").as_deref(), Some("2026-11-16"));
    }
}
