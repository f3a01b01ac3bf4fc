//! Closed months for programs and spreadsheets: what was reported, and every figure that would be another one today.

use std::io::{self, Write};

use collector_insights::closed::{ClosedMonth, FigureChange};
use collector_model::instant::rfc3339;
use serde::Serialize;
use serde_json::Value;

use super::{RecordForm, Records, one_json};

/// The columns of a figure that changed.
const CHANGE: [&str; 6] = ["month", "scope", "building", "figure", "then", "now"];

/// A figure that changed, of all rooms or of those of a building.
#[derive(Serialize)]
struct Change<'a> {
    month: &'a str,
    scope: &'static str,
    building: Option<&'a str>,
    figure: &'a str,
    then: Value,
    now: Value,
}

impl<'a> Change<'a> {
    fn of(month: &'a str, change: &'a FigureChange) -> Self {
        Self {
            month,
            scope: match change.building {
                None => "all",
                Some(_) => "building",
            },
            building: change.building.as_deref(),
            figure: &change.figure,
            then: cell(&change.then),
            now: cell(&change.now),
        }
    }
}

/// A value as a cell: a list as JSON.
fn cell(value: &Value) -> Value {
    match value {
        Value::Array(_) => value.to_string().into(),
        value => value.clone(),
    }
}

/// A closed month as one JSON object.
#[derive(Serialize)]
struct Month<'a> {
    month: &'a str,
    closed_at: String,
    report: &'a Value,
    changes: &'a [FigureChange],
}

/// Prints a closed month as JSON: what was reported, and what changed since.
///
/// # Errors
/// The writer's.
pub fn month_json(closed: &ClosedMonth, out: &mut impl Write) -> io::Result<()> {
    let month = Month {
        month: &closed.month,
        closed_at: rfc3339(closed.closed_at),
        report: &closed.report,
        changes: &closed.changes,
    };
    one_json(&month, out)
}

/// Prints what changed since a month was closed as CSV, a row for each figure.
///
/// # Errors
/// The writer's.
pub fn month_csv(closed: &ClosedMonth, out: &mut impl Write) -> io::Result<()> {
    let changes = closed
        .changes
        .iter()
        .map(|change| Change::of(&closed.month, change));
    Records::all(RecordForm::Csv, &CHANGE, changes, out)
}
