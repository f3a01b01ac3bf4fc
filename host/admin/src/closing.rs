//! Closes months: some days after a month is over its figures are kept as they are, so that what was reported stays what was reported. What changes
//! afterwards, such as by records that come late or a building that is renamed, is listed beside it.

use std::collections::BTreeSet;

use collector_insights::clock::{date_in_utc, end_of_period};
use collector_insights::closed::{ClosedMonth, TOTAL, changes};
use collector_insights::group::{By, Question};
use collector_rollup::Asked;
use collector_store::{KeptMonth, Reader, Store};
use jiff::civil::Date;
use jiff::tz::TimeZone;
use serde_json::Value;

use crate::config::Config;
use crate::figures::{FiguresError, reports_while};

/// Days after its end after which a month is closed: late records have come by then, and no booking is provisional any more.
const CLOSES_AFTER: i64 = 5;
/// How many months back are looked at.
const MONTHS: usize = 36;
const DAY: i64 = 86_400;

/// Closes the months that are due, of those of which something was read. `now` is UTC seconds; `go_on` is asked before each room.
///
/// # Errors
/// The store failed, or `go_on` said no.
pub fn close_months(
    store: &mut Store,
    config: &Config,
    now: i64,
    go_on: &dyn Fn() -> bool,
) -> Result<(), FiguresError> {
    let closed: Vec<String> = store
        .closed_months()?
        .into_iter()
        .map(|(month, _)| month)
        .collect();
    let due = due(now).filter(|month| !closed.contains(&key(*month)));
    let due: Vec<Date> = due.collect();
    let (Some(newest), Some(oldest)) = (due.first(), due.last()) else {
        return Ok(());
    };
    // One question tells of which of them something is known.
    let asked = [asked((*oldest, after(*newest)), By::Month)];
    let known = reports_while(store, config, &asked, now, go_on)?;
    for month in due {
        let key = key(month);
        let is_known = known.iter().flat_map(|report| &report.groups).any(|group| {
            let read = group.open_seconds.unwrap_or_default() - group.unread_seconds.unwrap_or_default();
            group.key == key && read > 0
        });
        if !is_known {
            continue;
        }
        store.close_month(&KeptMonth {
            month: key,
            closed_at: now,
            report: figures(store, config, month, now, go_on)?.to_string(),
        })?;
    }
    Ok(())
}

/// A closed month with what changed since. None if it is not closed. `now` is UTC seconds; `go_on` is asked before each room.
///
/// # Errors
/// The store failed, or `go_on` said no.
pub fn closed_month(
    store: &Reader,
    config: &Config,
    month: &str,
    now: i64,
    go_on: &dyn Fn() -> bool,
) -> Result<Option<ClosedMonth>, FiguresError> {
    let Some(stored) = store.closed_month(month)? else {
        return Ok(None);
    };
    let Ok(first) = format!("{month}-01").parse::<Date>() else {
        return Ok(None);
    };
    let then: Value = serde_json::from_str(&stored.report).unwrap_or_default();
    let current = figures(store, config, first, now, go_on)?;
    Ok(Some(ClosedMonth {
        changes: changes(&then, &current),
        month: stored.month,
        closed_at: stored.closed_at,
        report: then,
    }))
}

/// What is kept of a month: its report by building, and the figures of all rooms.
fn figures(
    store: &Reader,
    config: &Config,
    month: Date,
    now: i64,
    go_on: &dyn Fn() -> bool,
) -> Result<Value, FiguresError> {
    let asked = [By::Building, By::All].map(|by| asked((month, after(month)), by));
    let mut reports = reports_while(store, config, &asked, now, go_on)?;
    for group in reports.iter_mut().flat_map(|report| &mut report.groups) {
        // Ids of series do not belong in what is kept for good.
        group.zombies = None;
    }
    let mut reports = reports.into_iter();
    let mut kept = serde_json::to_value(reports.next()).unwrap_or_default();
    let total = reports.next().and_then(|all| all.groups.into_iter().next());
    if let (Some(kept), Some(total)) = (kept.as_object_mut(), total) {
        kept.insert(TOTAL.to_owned(), serde_json::to_value(total).unwrap_or_default());
    }
    Ok(kept)
}

/// A question about all rooms in a period.
fn asked((from, to): (Date, Date), by: By) -> Asked {
    Asked {
        question: Question {
            from,
            to,
            by,
            buildings: BTreeSet::new(),
            rooms: BTreeSet::new(),
        },
        zombies: false,
    }
}

/// The months that are over for long enough, newest first.
fn due(now: i64) -> impl Iterator<Item = Date> {
    let this_month = date_in_utc(now).first_of_month();
    let months = std::iter::successors(Some(this_month), |month| {
        month.yesterday().ok().map(Date::first_of_month)
    });
    months.take(MONTHS).filter(move |month| {
        end_of_period(&TimeZone::UTC, after(*month)).is_some_and(|end| end + CLOSES_AFTER * DAY <= now)
    })
}

fn after(month: Date) -> Date {
    month.last_of_month().tomorrow().unwrap_or(month)
}

fn key(month: Date) -> String {
    format!("{:04}-{:02}", month.year(), month.month())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_month_is_due_five_days_after_its_end() {
        let at = |text: &str| text.parse::<jiff::Timestamp>().unwrap().as_second();
        let newest = |text: &str| due(at(text)).next().map(key).unwrap();
        assert_eq!(newest("2026-11-05T23:59:59Z"), "2026-09");
        assert_eq!(newest("2026-11-06T00:00:00Z"), "2026-10");
        assert_eq!(due(at("2026-11-06T00:00:00Z")).count(), 35);
    }
}
