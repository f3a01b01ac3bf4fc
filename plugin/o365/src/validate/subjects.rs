//! What the rooms' own mailboxes do to subjects, seen from a few of their events.
//!
//! By default a room mailbox processes what it accepts (`Set-CalendarProcessing`): `DeleteSubject` removes the subject,
//! `AddOrganizerToSubject` writes the organizer's name in its place, and `RemovePrivateProperty` clears the private
//! flag. With the first two, a collected subject is a person's name. If an administrator turns those off (usual for
//! panels at doors) and leaves the third on, subjects of private meetings arrive like those of any other meeting, and nothing can tell them
//! apart any more. Both are noticed late and blamed on the collector, so this check looks for them.
//!
//! This is the only place that requests an organizer from Graph. It compares the name with the subject in the sandbox; neither is kept, handed
//! over or shown. If the settings withhold every subject, it requests nothing.

use super::calendars::Tried;
use crate::powershell::quoted;
use crate::privacy::Withhold;
use chrono::DateTime;
use connector_sdk::{Check, CheckStatus, Host, Reason, Room};
use graph::advice::some_of;
use graph::checks::check;
use graph::json_text::text;
use graph::{Graph, batch, percent};
use serde::Deserialize;
use serde_json::Value;

/// How many events of each room are examined.
const EVENTS: usize = 10;

/// How far back and ahead they may be, in seconds: four weeks.
const REACH: i64 = 28 * 24 * 3600;

/// This many subjects equal to the organizer's name are no accident.
const ENOUGH_NAMES: usize = 2;

/// This many events with real subjects are likely to include a private one, if there are any.
const ENOUGH_SUBJECTS: usize = 50;

#[derive(Deserialize)]
struct Page {
    value: Vec<Value>,
}

/// Counts of a room's events, without their contents.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq)]
struct Seen {
    /// Subjects equal to the organizer's name.
    names: usize,
    /// Other subjects, not empty.
    subjects: usize,
    /// Private events.
    private: usize,
}

/// Examines events of readable rooms, at most one batch of them, in one request. Returns no check if there is nothing to warn of.
pub(super) async fn checks<H: Host>(graph: &Graph<'_, H>, tried: &[Tried], withhold: Withhold) -> Vec<Check> {
    let Some(now) = tried.iter().find_map(Tried::at) else {
        return Vec::new();
    };
    if withhold == Withhold::All {
        return Vec::new();
    }
    let mut rooms: Vec<&Room> = Vec::new();
    for room in tried.iter().flat_map(Tried::readable_rooms) {
        if rooms.len() < batch::SIZE && !rooms.iter().any(|known| known.address == room.address) {
            rooms.push(room);
        }
    }
    let Some(urls) = rooms
        .iter()
        .map(|room| url(room, now))
        .collect::<Option<Vec<_>>>()
    else {
        return Vec::new();
    };
    if urls.is_empty() {
        return Vec::new();
    }
    // Rooms without an answer, for whatever reason, cause no warning.
    let answer = batch::get(graph, urls.iter().map(|url| batch::Ask::plain(url))).await;
    let Ok(Ok(parts)) = answer.as_ref().map(|answer| answer.parts()) else {
        return Vec::new();
    };
    let seen = rooms.iter().zip(parts).filter_map(|(room, part)| {
        let part = batch::success(part).ok()?;
        let page: Page = graph::read(&part.body).ok()?;
        Some((room.address.as_str(), look(&page.value)))
    });
    warn(&seen.collect::<Vec<_>>())
}

fn url(room: &Room, now: i64) -> Option<String> {
    let at = |seconds: i64| {
        let date = DateTime::from_timestamp(seconds, 0)?;
        Some(date.format("%Y-%m-%dT%H:%M:%SZ").to_string())
    };
    Some(format!(
        "/users/{}/calendarView?startDateTime={}&endDateTime={}&$select=subject,organizer,sensitivity&$top={EVENTS}",
        percent(&room.key),
        at(now.checked_sub(REACH)?)?,
        at(now.checked_add(REACH)?)?,
    ))
}

fn look(events: &[Value]) -> Seen {
    let mut seen = Seen::default();
    for event in events {
        let organizer = event.pointer("/organizer/emailAddress");
        let organizer = organizer.and_then(|address| text(address, "name"));
        match (text(event, "subject"), organizer) {
            (Some(subject), Some(name)) if subject.eq_ignore_ascii_case(name) => seen.names += 1,
            (Some(_), _) => seen.subjects += 1,
            (None, _) => {}
        }
        let private = text(event, "sensitivity").is_some_and(|given| given.eq_ignore_ascii_case("private"));
        seen.private += usize::from(private);
    }
    seen
}

/// The warnings about these rooms.
fn warn(seen: &[(&str, Seen)]) -> Vec<Check> {
    let mut checks = Vec::new();
    let named: Vec<&str> = seen
        .iter()
        .filter(|(_, seen)| seen.names >= ENOUGH_NAMES && seen.subjects == 0)
        .map(|(room, _)| *room)
        .collect();
    if let Some(first) = named.first() {
        let message = format!(
            "in {} of the {} rooms looked at, every subject is the organizer's name: {}",
            named.len(),
            seen.len(),
            some_of(&named)
        );
        let advice = format!(
            "These rooms delete subjects. If you want the subjects, run in Exchange for each: \
             Set-CalendarProcessing -Identity {} -DeleteSubject $false -AddOrganizerToSubject $false \
             -RemovePrivateProperty $false. This applies to later bookings; the last part keeps private meetings \
             recognizable.",
            quoted(first)
        );
        checks.push(warning("subjects", message, advice));
    }
    let subjects: usize = seen.iter().map(|(_, seen)| seen.subjects).sum();
    let private: usize = seen.iter().map(|(_, seen)| seen.private).sum();
    let with_subjects = seen.iter().find(|(_, seen)| seen.subjects > 0);
    if let Some((room, _)) = with_subjects
        && subjects >= ENOUGH_SUBJECTS
        && private == 0
    {
        let message = format!(
            "of {subjects} meetings looked at, not one is private: the rooms may remove the private flag, and then \
             subjects of private meetings are collected like any other"
        );
        let advice = format!(
            "The connector cannot prove that. Check Get-CalendarProcessing -Identity {room} | Format-List \
             RemovePrivateProperty; if it is True, run for each room: Set-CalendarProcessing -Identity {room} \
             -RemovePrivateProperty $false.",
            room = quoted(room)
        );
        checks.push(warning("private meetings", message, advice));
    }
    checks
}

fn warning(name: &str, message: String, advice: String) -> Check {
    let reason = Reason {
        message,
        advice: Some(advice),
        code: None,
    };
    check(name, CheckStatus::Warning, reason)
}

#[cfg(test)]
mod tests;
