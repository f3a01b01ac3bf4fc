//! The report of a pass for people: what could not be collected and why, and lines of figures.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use collector_engine::pass::{PassReport, RoomResult};
use collector_model::outcome::Reason;
use collector_model::text::plain;

/// How many rooms are named for one cause; the others are counted.
const NAMED: usize = 5;

/// The report of a pass: several lines, each with its line end. `is_empty` tells whether the room of an address has no meeting in the window.
pub(super) fn text(report: &PassReport, is_empty: impl Fn(&str) -> bool) -> String {
    let mut lines = String::new();
    for problem in &report.list_problems {
        // The connector's reason names the list.
        let _ = writeln!(lines, "source \"{}\": {}", report.source, reason(&problem.reason));
    }
    for (what, rooms) in by_cause(report) {
        let _ = writeln!(lines, "source \"{}\": {}: {what}", report.source, names(&rooms));
    }
    let empty: Vec<String> = report
        .rooms()
        .filter(|(room, result)| {
            matches!(result, RoomResult::Collected(_)) && is_empty(room.address.as_str())
        })
        .map(|(room, _)| plain(room.address.as_str()).into_owned())
        .collect();
    if !empty.is_empty() {
        let _ = writeln!(
            lines,
            "{}: no meetings in the window: {}",
            report.source,
            names(&empty)
        );
    }
    let count = Count::of(report);
    let changes = report.changes();
    let traffic = &report.traffic;
    let _ = writeln!(
        lines,
        "{}: rooms: {} collected, {} refused, {} missing, {}",
        report.source,
        count.collected,
        count.refused,
        count.missing,
        failed(&count),
    );
    let _ = writeln!(
        lines,
        "{}: meetings: {} new, {} changed, {} gone, {} as before",
        report.source, changes.new, changes.changed, changes.gone, changes.same
    );
    let _ = writeln!(
        lines,
        "{}: {} requests, {} retries, {}{}, {:.1} s",
        report.source,
        traffic.requests,
        traffic.retries,
        indicatif::HumanBytes(traffic.bytes),
        throttled(report),
        report.time.as_secs_f64(),
    );
    lines
}

#[derive(Default)]
struct Count {
    collected: usize,
    refused: usize,
    missing: usize,
    throttled: usize,
    failed: usize,
}

impl Count {
    fn of(report: &PassReport) -> Self {
        let mut count = Self::default();
        for (_, result) in report.rooms() {
            *match result {
                RoomResult::Collected(_) => &mut count.collected,
                RoomResult::Denied(_) => &mut count.refused,
                RoomResult::Missing(_) => &mut count.missing,
                RoomResult::Throttled { .. } => &mut count.throttled,
                RoomResult::Failed(_) => &mut count.failed,
            } += 1;
        }
        count
    }
}

fn failed(count: &Count) -> String {
    if count.throttled == 0 {
        format!("{} failed", count.failed)
    } else {
        format!(
            "{} failed ({} of them still throttled)",
            count.failed + count.throttled,
            count.throttled
        )
    }
}

fn throttled(report: &PassReport) -> String {
    let mut parts = String::new();
    if report.postponed > 0 {
        let _ = write!(parts, ", throttled rooms postponed {} times", report.postponed);
    }
    parts
}

/// The rooms that were not collected, by cause: a policy that refuses two hundred rooms is one line.
fn by_cause(report: &PassReport) -> BTreeMap<String, Vec<String>> {
    let mut causes: BTreeMap<String, Vec<String>> = BTreeMap::new();
    for (room, result) in report.rooms() {
        let address = plain(room.address.as_str()).into_owned();
        let cause = match result {
            RoomResult::Collected(_) => continue,
            RoomResult::Denied(why) => format!("refused: {}", about(why, room.address.as_str())),
            RoomResult::Missing(why) => format!("missing: {}", about(why, room.address.as_str())),
            RoomResult::Failed(why) => format!("failed: {}", about(why, room.address.as_str())),
            RoomResult::Throttled { seconds } => format!(
                "still throttled at the end of the pass (the service asked to wait {seconds} s); the stored meetings stay, and the next pass tries again"
            ),
        };
        causes.entry(cause).or_default().push(address);
    }
    causes
}

/// The reason without the room's own address, so that rooms with the same cause are grouped.
fn about(why: &Reason, address: &str) -> String {
    reason(why).replace(address, "the room")
}

fn reason(why: &Reason) -> String {
    plain(&why.to_string()).into_owned()
}

fn names(rooms: &[String]) -> String {
    let named = rooms
        .iter()
        .take(NAMED)
        .map(String::as_str)
        .collect::<Vec<_>>()
        .join(", ");
    match rooms.len().saturating_sub(NAMED) {
        0 => named,
        more => format!("{named} and {more} more"),
    }
}
