//! The table of verdicts: `docs/conformance.md`. It contains no date and no duration, so that it changes only when a verdict does.

use std::fmt::{self, Write as _};
use std::path::Path;

use crate::client::Verdict;

/// One area.
pub(crate) struct Section {
    pub(crate) title: &'static str,
    pub(crate) rows: Vec<Row>,
}

/// One case: the collector's verdict, then those of the clients.
pub(crate) struct Row {
    pub(crate) case: String,
    pub(crate) recorded: &'static str,
    pub(crate) verdicts: Vec<Verdict>,
}

const HEAD: &str = "\
# Conformance

How Microsoft Graph really behaves, case by case, and which clients read it correctly. In each case a program reads a simulated tenant
(`tests/graph-sim`) that behaves as the source in the second column records. The program is the whole collector with its compiled connector
and, if the case is a plain reading, also clients of Graph from the public registries, with the very same tenant and faults.

- **pass** means that exactly the expected items came out: no meeting and no room is missing, added, or at another time.
- Any other entry for a client tells what came instead: *3 of 5* of the expected items; *others*: items that must not come, such as a
  meeting at a wrong time; *takes 3 for all*: an error was expected, because the rest cannot be read; *error*: an error, although
  reading was possible; *no end*: no answer within half a minute.
- **–** means that the client was not tried: the case is about something that only the collector has (its store, its messages), or,
  with a number, for the reason below the table.
- A client is used as its documentation shows, with its own paging and its own retries, by a program of some dozens of lines (`tests/clients`).
  A failure does not mean that the client has a defect: most pass on Graph's answers, and leave to their user what is counted here. It means
  that a program that does no more than that would get this case wrong.

`make conformance` writes this page, and fails if the collector fails a case.
";

/// Limits that no reader can overcome.
const NO_WAY: &str = "\
## What Graph makes impossible

| what | why |
| --- | --- |
| A private meeting in a room whose `RemovePrivateProperty` is on, as it is by default, arrives with the marking *normal*. | Exchange clears the marking when the room accepts, and nothing in the event shows that. By default the room also replaces the subject by the organizer's name; if that was turned off, `collector validate` tells how to keep the marking, and `withhold-subjects = \"all\"` withholds every subject. |
| A room that is hidden from address lists is not collected with its room list. | Places does not list it. Show the room in the address lists. |
| `calendarView/delta` may not report a change for a while. | Its replication is delayed, and nothing shows for how long. A full pass reads the calendar itself. |
| If the room declined single occurrences of a series, only the accepted ones are collected. | Declined occurrences are not in the room's calendar. |
| An all-day event in a zone that Exchange calls *custom* is read as a day in UTC. | Graph does not provide the rules of such zones. The log of the pass tells how many there were. |
| The time zone of a room is unknown. | `mailboxSettings` needs a permission of its own, which the connector does not request; times are instants, and days are those of the event's own zone. |
";

impl fmt::Display for Verdict {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Pass => f.write_str("pass"),
            Self::Fail(words) => write!(f, "**{words}**"),
            Self::NotAsked(_) => f.write_str("–"),
        }
    }
}

/// Writes the page, if it differs from the present one.
///
/// # Errors
/// It cannot be written.
pub(crate) fn write(file: &Path, clients: &[&str], sections: &[Section]) -> anyhow::Result<()> {
    let page = page(clients, sections);
    if std::fs::read_to_string(file).is_ok_and(|there| there == page) {
        return Ok(());
    }
    Ok(std::fs::write(file, page)?)
}

fn page(clients: &[&str], sections: &[Section]) -> String {
    let collector = concat!("collector ", env!("CARGO_PKG_VERSION"));
    let names: Vec<&str> = std::iter::once(collector)
        .chain(clients.iter().copied())
        .collect();
    let mut page = HEAD.to_owned();
    let mut write = |text: fmt::Arguments<'_>| {
        // Writing to a string cannot fail.
        let _ = page.write_fmt(text);
    };
    write(format_args!(
        "\n| | {} |\n|{}\n",
        names.join(" | "),
        " --- |".repeat(names.len() + 1)
    ));
    let rows = || sections.iter().flat_map(|section| &section.rows);
    let counts = |of: usize| {
        let asked = rows().filter(|row| !matches!(row.verdicts[of], Verdict::NotAsked(_)));
        let passed = rows().filter(|row| row.verdicts[of] == Verdict::Pass);
        format!("{} of {}", passed.count(), asked.count())
    };
    let sums: Vec<String> = (0..names.len()).map(counts).collect();
    write(format_args!(
        "| **{} cases, passed** | {} |\n",
        rows().count(),
        sums.join(" | ")
    ));
    let readings = rows()
        .filter(|row| {
            row.verdicts
                .iter()
                .skip(1)
                .any(|v| !matches!(v, Verdict::NotAsked(_)))
        })
        .collect::<Vec<_>>();
    let shared = |of: usize| {
        let passed = readings.iter().filter(|row| row.verdicts[of] == Verdict::Pass);
        passed.count().to_string()
    };
    let sums: Vec<String> = (0..names.len()).map(shared).collect();
    write(format_args!(
        "| **{} of them given to the others too, passed** | {} |\n",
        readings.len(),
        sums.join(" | ")
    ));
    let mut reasons: Vec<&str> = Vec::new();
    for Section { title, rows } in sections {
        write(format_args!(
            "\n## {title}\n\n| case | recorded in | {} |\n|{}\n",
            names.join(" | "),
            " --- |".repeat(names.len() + 2)
        ));
        for row in rows {
            let cells: Vec<String> = row
                .verdicts
                .iter()
                .map(|verdict| match verdict {
                    Verdict::NotAsked(Some(reason)) => {
                        let known = reasons.iter().position(|known| known == reason);
                        let at = known.unwrap_or_else(|| {
                            reasons.push(reason);
                            reasons.len() - 1
                        });
                        format!("– ({})", at + 1)
                    }
                    other => other.to_string(),
                })
                .collect();
            write(format_args!(
                "| {} | {} | {} |\n",
                escaped(&row.case),
                escaped(row.recorded),
                cells.join(" | ")
            ));
        }
    }
    if !reasons.is_empty() {
        write(format_args!("\n## Why clients were not asked\n\n"));
        for (at, reason) in reasons.iter().enumerate() {
            write(format_args!("{}. {reason}\n", at + 1));
        }
    }
    write(format_args!("\n{NO_WAY}"));
    page
}

/// Escapes a text for a cell.
fn escaped(text: &str) -> String {
    text.replace('|', "\\|")
}
