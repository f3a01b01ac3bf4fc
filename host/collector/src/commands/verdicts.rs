//! `collector verdicts`: what became of each booking of a period.

use std::io::{self, Write as _};
use std::path::Path;

use collector_admin::verdict_page::verdicts;
use collector_insights::group::By;
use collector_insights::report::VerdictLine;

use super::Exit;
use super::report::{answer, tell_of_zone};
use crate::cli::ListVerdicts;
use crate::output::{Records, plain_table};

/// The keys of a verdict, in the order of its columns.
const COLUMNS: [&str; 14] = [
    "source",
    "room",
    "id",
    "series",
    "start",
    "end",
    "verdict",
    "length_seconds",
    "occupied_seconds",
    "known_seconds",
    "party",
    "provisional",
    "reason",
    "evidence",
];

pub(super) fn run(path: &Path, arguments: &ListVerdicts) -> anyhow::Result<Exit> {
    let (config, verdicts) = match answer(path, &arguments.period, By::All, verdicts)? {
        Ok(answered) => answered,
        Err(exit) => return Ok(exit),
    };
    tell_of_zone(&config);
    let mut out = io::BufWriter::new(anstream::stdout());
    super::unless_closed(match arguments.format.records() {
        None => table(&verdicts, &mut out),
        Some(form) => Records::all(form, &COLUMNS, &verdicts, &mut out),
    })?;
    super::unless_closed(out.flush())?;
    Ok(Exit::Everything)
}

fn table(verdicts: &[VerdictLine], out: &mut impl io::Write) -> io::Result<()> {
    if verdicts.is_empty() {
        return writeln!(out, "no bookings in this period have ended or were removed");
    }
    let rows: Vec<Vec<String>> = verdicts
        .iter()
        .map(|line| {
            let verdict = match line.reason {
                Some(reason) => format!("{}: {reason}", line.verdict),
                None => line.verdict.to_owned(),
            };
            let share = |seconds: i64| match line.length_seconds {
                0 => String::new(),
                length => format!("{}%", (seconds * 200 + length) / (2 * length)),
            };
            vec![
                line.room.clone(),
                line.start.replace('T', " ").trim_end_matches('Z').to_owned(),
                minutes(line.length_seconds),
                if line.provisional {
                    format!("{verdict} (provisional)")
                } else {
                    verdict
                },
                minutes(line.occupied_seconds),
                share(line.known_seconds),
                line.party.map_or_else(String::new, |party| party.to_string()),
            ]
        })
        .collect();
    plain_table(
        &[
            "Room",
            "Start (UTC)",
            "Length",
            "Verdict",
            "Occupied",
            "Known",
            "People",
        ],
        &rows,
        out,
    )
}

/// A length as `1h 30m`.
fn minutes(seconds: i64) -> String {
    let minutes = (seconds + 30) / 60;
    match (minutes / 60, minutes % 60) {
        (0, minutes) => format!("{minutes}m"),
        (hours, 0) => format!("{hours}h"),
        (hours, minutes) => format!("{hours}h {minutes}m"),
    }
}
