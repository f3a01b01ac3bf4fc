//! Reports for programs and spreadsheets, as commands print them and the portal offers them as files.

use std::io::{self, Write};

use collector_insights::profile;
use collector_insights::report::{GroupReport, Report, ZombieReport};
use collector_insights::selection::{SelectedRoom, Selection};
use collector_insights::zombie::Occurs;
use collector_model::json::write_json;
use jiff::ZonedDateTime;
use serde::Serialize;
use serde_json::{Map, Value};

use super::{RecordForm, Records};

/// The figures of a group in CSV: those of groups within groups by both names, and lists as JSON.
const COLUMNS: [&str; 62] = [
    "key",
    "rooms",
    "rooms_observed",
    "open_seconds",
    "unread_seconds",
    "cells.booked_occupied",
    "cells.booked_vacant",
    "cells.booked_unknown",
    "cells.unbooked_occupied",
    "cells.unbooked_vacant",
    "cells.unbooked_unknown",
    "occupied_unwitnessed_seconds",
    "outside.booked",
    "outside.occupied",
    "conflict_seconds",
    "coverage",
    "booked_rate",
    "used_rate.value",
    "used_rate.lower",
    "used_rate.upper",
    "held_empty_rate",
    "bookings.attended",
    "bookings.no-show",
    "bookings.brief",
    "bookings.unknown",
    "bookings.block",
    "bookings.no-activity",
    "bookings.released-empty",
    "bookings.cancelled-late",
    "bookings.cancelled-after-start",
    "bookings.cancelled-early",
    "bookings.not-counted",
    "no_show_rate.value",
    "no_show_rate.lower",
    "no_show_rate.upper",
    "no_show_seconds",
    "given_back_seconds",
    "reused_seconds",
    "unbooked_sessions.count",
    "unbooked_sessions.seconds",
    "late_start.count",
    "late_start.seconds",
    "early_end.count",
    "early_end.seconds",
    "party.bookings",
    "party.median",
    "party.p90",
    "seat_fill",
    "fit.too-big",
    "fit.roomy",
    "fit.fits",
    "fit.too-small",
    "in_use",
    "full_seconds",
    "false_full_seconds",
    "release_curve",
    "zombies",
    "lead_time",
    "from",
    "to",
    "by",
    "definitions",
];

/// The columns of a ticket.
const TICKET: [&str; 14] = [
    "room",
    "room_name",
    "building",
    "weekdays",
    "times",
    "time_zone",
    "next_occurrence",
    "meetings_ahead",
    "seconds_ahead",
    "missed_in_a_row",
    "last_missed",
    "last_attended",
    "series",
    "what_to_do",
];

/// The columns of texts, or of lists as JSON.
#[cfg(feature = "parquet")]
const TEXTS: [&str; 7] = ["key", "in_use", "release_curve", "zombies", "from", "to", "by"];
/// The columns of rates whose names do not say so.
#[cfg(feature = "parquet")]
const RATES: [&str; 2] = ["coverage", "seat_fill"];

/// What somebody has to do about a series that nobody attends any more, and when to find it in the calendar of its room. Days, times and instants
/// are those of the room's clock.
#[derive(Serialize)]
struct Ticket<'a> {
    room: &'a str,
    room_name: &'a str,
    building: &'a str,
    weekdays: Vec<&'static str>,
    times: Vec<String>,
    time_zone: &'a str,
    next_occurrence: Option<String>,
    meetings_ahead: usize,
    seconds_ahead: i64,
    missed_in_a_row: i64,
    last_missed: Option<String>,
    last_attended: Option<String>,
    series: &'a str,
    what_to_do: &'static str,
}

impl<'a> Ticket<'a> {
    fn of(zombie: &'a ZombieReport, room: Option<&'a SelectedRoom>) -> Self {
        let time_zone = room.map_or("UTC", |room| &room.zone);
        let occurs = Occurs::of(zombie, time_zone);
        let instant =
            |at: Option<ZonedDateTime>| at.map(|at| at.strftime("%Y-%m-%dT%H:%M:%S%:z").to_string());
        Self {
            room: &zombie.room,
            room_name: room.map_or("", |room| &room.name),
            building: room.and_then(|room| room.building.as_deref()).unwrap_or_default(),
            weekdays: occurs.weekdays,
            times: occurs
                .times
                .iter()
                .map(|time| time.strftime("%H:%M").to_string())
                .collect(),
            time_zone,
            next_occurrence: instant(occurs.next),
            meetings_ahead: zombie.ahead.len(),
            seconds_ahead: zombie.seconds_ahead,
            missed_in_a_row: zombie.streak,
            last_missed: instant(occurs.last_missed),
            last_attended: instant(occurs.last_attended),
            series: &zombie.series,
            what_to_do: "Ask the organiser whether the series is still needed. If not, cancel it.",
        }
    }
}

/// Prints one JSON object on a line.
///
/// # Errors
/// The writer's.
pub fn one_json(report: &impl Serialize, out: &mut impl Write) -> io::Result<()> {
    write_json(&mut *out, report)?;
    out.write_all(b"\n")
}

/// Prints every figure as CSV, a row for each group; those of other products, by these names, after ours.
///
/// # Errors
/// The writer's.
pub fn report_csv(
    report: &Report,
    theirs: &[String],
    of: impl Fn(&GroupReport) -> Vec<(String, Option<profile::Value>)>,
    out: &mut impl Write,
) -> io::Result<()> {
    let rows = rows(report, of)?.into_iter().map(Value::Object);
    let columns: Vec<&str> = COLUMNS
        .into_iter()
        .chain(theirs.iter().map(String::as_str))
        .collect();
    Records::all(RecordForm::Csv, &columns, rows, out)
}

/// A report as a file of Parquet, a row for each group. The columns are those of CSV; in their names, everything but letters and digits is `_`, so that
/// no reader needs quotes.
///
/// # Errors
/// A figure is not of the type of its column, which is a mistake in the program.
#[cfg(feature = "parquet")]
pub fn report_parquet(report: &Report) -> io::Result<Vec<u8>> {
    use collector_sinks::parquet::{Figure, FigureKind, figures};
    let named = |name: char| if name.is_ascii_alphanumeric() { name } else { '_' };
    let columns: Vec<Figure> = COLUMNS
        .iter()
        .enumerate()
        .map(|(position, name)| Figure {
            name: name.chars().map(named).collect(),
            kind: match *name {
                name if TEXTS.contains(&name) => FigureKind::Text,
                name if name.contains("_rate") || RATES.contains(&name) => FigureKind::Fraction,
                _ => FigureKind::Number,
            },
            position,
        })
        .collect();
    let in_order = |mut row: Map<String, Value>| {
        let values = COLUMNS.map(|name| row.remove(name).unwrap_or_default());
        values.to_vec()
    };
    let groups = rows(report, |_| Vec::new())?;
    let rows: Vec<Vec<Value>> = groups.into_iter().map(in_order).collect();
    figures("report", &columns, &rows).map_err(io::Error::other)
}

/// The groups of a report as rows by the names of columns, with more columns of each group.
fn rows(
    report: &Report,
    of: impl Fn(&GroupReport) -> Vec<(String, Option<profile::Value>)>,
) -> io::Result<Vec<Map<String, Value>>> {
    let whole = serde_json::to_value(report)?;
    let mut rows = Vec::new();
    for group in &report.groups {
        let mut row = Map::new();
        for key in ["from", "to", "by", "definitions"] {
            row.insert(key.to_owned(), whole.get(key).cloned().unwrap_or_default());
        }
        for (key, value) in serde_json::to_value(group)?.as_object().into_iter().flatten() {
            match value {
                Value::Object(inner) => {
                    row.extend(
                        inner
                            .iter()
                            .map(|(name, value)| (format!("{key}.{name}"), value.clone())),
                    );
                }
                value => {
                    row.insert(key.clone(), cell(value.clone()));
                }
            }
        }
        for (column, value) in of(group) {
            let value = serde_json::to_value(value)?;
            row.insert(column, cell(value));
        }
        rows.push(row);
    }
    Ok(rows)
}

/// A value as a cell: a list as JSON.
fn cell(value: Value) -> Value {
    match value {
        Value::Array(_) => value.to_string().into(),
        value => value,
    }
}

/// Prints the series that nobody attends any more as CSV, a ticket for each: those that hold most first.
///
/// # Errors
/// The writer's.
pub fn tickets(view: &Selection, out: &mut impl Write) -> io::Result<()> {
    let tickets = view
        .zombies()
        .into_iter()
        .map(|(zombie, room)| Ticket::of(zombie, room));
    Records::all(RecordForm::Csv, &TICKET, tickets, out)
}
