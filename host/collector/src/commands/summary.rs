//! The report of a pass for people: what could not be collected and why, and lines of figures.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use collector_engine::pass::{PassReport, PlaceResult, RoomResult};
use collector_model::outcome::Reason;
use collector_model::text::plain;
use collector_store::RoomCounts;

use crate::output::counted as number_of;

/// How many rooms are named for one cause; the others are counted.
const NAMED: usize = 5;

/// What could not be collected and why: a line for each cause, with its line end.
pub(super) fn problems(report: &PassReport) -> String {
    let mut lines = String::new();
    for problem in &report.list_problems {
        // The connector's reason names the list.
        let _ = writeln!(lines, "source \"{}\": {}", report.source, reason(&problem.reason));
    }
    for problem in &report.space_problems {
        let _ = writeln!(lines, "source \"{}\": {}", report.source, reason(problem));
    }
    let rooms = report
        .rooms()
        .map(|(room, result)| (room.address.as_str(), result));
    for (what, rooms) in by_cause(rooms, "room", "meetings") {
        let _ = writeln!(lines, "source \"{}\": {}: {what}", report.source, names(&rooms));
    }
    let spaces = report.spaces().map(|(space, result)| (space.title(), result));
    for (what, spaces) in by_cause(spaces, "space", "records") {
        let _ = writeln!(lines, "source \"{}\": {}: {what}", report.source, names(&spaces));
    }
    lines
}

/// The figures of a pass: several lines, each with its line end. `is_empty` tells whether the room of an address has no meeting in the window.
pub(super) fn text(report: &PassReport, is_empty: impl Fn(&str) -> bool) -> String {
    let mut lines = String::new();
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
    let traffic = &report.traffic;
    if !report.reads_spaces || report.room_counts().all() > 0 {
        let changes = report.changes();
        let _ = writeln!(
            lines,
            "{}: rooms: {}",
            report.source,
            counted(report.room_counts())
        );
        let _ = writeln!(
            lines,
            "{}: meetings: {} new, {} changed, {} gone, {} as before",
            report.source, changes.new, changes.changed, changes.gone, changes.same
        );
    }
    if report.reads_spaces {
        let changes = report.record_changes();
        if changes.contradicted > 0 {
            let _ = writeln!(
                lines,
                "source \"{}\": {} from what the source said before of the same revision; what it said first stays",
                report.source,
                match changes.contradicted {
                    1 => "1 record differs".to_owned(),
                    records => format!("{records} records differ"),
                }
            );
        }
        let _ = writeln!(
            lines,
            "{}: spaces: {}",
            report.source,
            counted(report.space_counts())
        );
        let _ = writeln!(
            lines,
            "{}: records: {} new, {} replaced, {} as before",
            report.source, changes.new, changes.replaced, changes.same
        );
    }
    let _ = writeln!(
        lines,
        "{}: {}, {}, {}{}, {:.1} s",
        report.source,
        number_of(traffic.requests, "request"),
        match traffic.retries {
            1 => "1 retry".to_owned(),
            retries => format!("{retries} retries"),
        },
        indicatif::HumanBytes(traffic.bytes),
        throttled(report),
        report.time.as_secs_f64(),
    );
    lines
}

fn counted(count: RoomCounts) -> String {
    let failed = if count.throttled == 0 {
        format!("{} failed", count.failed)
    } else {
        format!(
            "{} failed ({} of them still throttled)",
            count.failed + count.throttled,
            count.throttled
        )
    };
    format!(
        "{} collected, {} refused, {} missing, {failed}",
        count.collected, count.denied, count.missing
    )
}

fn throttled(report: &PassReport) -> String {
    let mut parts = String::new();
    if report.postponed > 0 {
        let times = number_of(report.postponed, "time");
        let _ = write!(parts, ", throttled rooms postponed {times}");
    }
    parts
}

/// The rooms or spaces that were not collected, by cause: a policy that refuses two hundred rooms is one line. `word` and `stored` are words for
/// messages: `room`, `meetings`.
fn by_cause<'a, C: 'a>(
    results: impl Iterator<Item = (&'a str, &'a PlaceResult<C>)>,
    word: &str,
    stored: &str,
) -> BTreeMap<String, Vec<String>> {
    let mut causes: BTreeMap<String, Vec<String>> = BTreeMap::new();
    for (name, result) in results {
        let about = |why: &Reason| about(why, name, word);
        let cause = match result {
            PlaceResult::Collected(_) => continue,
            PlaceResult::Denied(why) => format!("refused: {}", about(why)),
            PlaceResult::Missing(why) => format!("missing: {}", about(why)),
            PlaceResult::Failed(why) => format!("failed: {}", about(why)),
            PlaceResult::Throttled { seconds } => format!(
                "still throttled at the end of the pass (the service asked to wait {seconds} s); the stored {stored} stay, and the next pass tries again"
            ),
        };
        causes.entry(cause).or_default().push(plain(name).into_owned());
    }
    causes
}

/// The reason without the place's own name, so that places with the same cause are grouped.
fn about(why: &Reason, name: &str, word: &str) -> String {
    reason(why).replace(name, &format!("the {word}"))
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
