//! `collector audit`: who did or viewed what. Also writes the lines that the command line itself adds.

use std::io::Write as _;
use std::path::Path;

use collector_admin::administration;
use collector_model::instant::rfc3339;
use collector_model::window::Window;
use collector_store::{AuditEntry, AuditSearch, Store};
use serde::Serialize;

use super::Exit;
use crate::cli::Audit;
use crate::output::{Records, plain_table};

/// The keys of a line, in the order of its columns.
const COLUMNS: [&str; 6] = ["number", "at", "who", "action", "subject", "detail"];

/// A line for programs.
#[derive(Serialize)]
struct Line<'a> {
    number: i64,
    at: String,
    who: &'a str,
    action: &'a str,
    subject: &'a str,
    detail: &'a str,
}

pub(super) fn run(path: &Path, arguments: &Audit) -> anyhow::Result<Exit> {
    let config = match super::configuration(path) {
        Ok(config) => config,
        Err(exit) => return Ok(exit),
    };
    let mut lines = match Store::open_existing(&config.data)? {
        Some(store) => store.audit_log(&AuditSearch {
            limit: arguments.last,
            ..AuditSearch::default()
        })?,
        None => Vec::new(),
    };
    // Oldest first.
    lines.reverse();
    let mut out = std::io::BufWriter::new(anstream::stdout());
    super::unless_closed(match arguments.format.records() {
        None => table(&lines, &mut out),
        Some(form) => Records::all(form, &COLUMNS, lines.iter().map(line), &mut out),
    })?;
    super::unless_closed(out.flush())?;
    Ok(Exit::Everything)
}

fn line(entry: &AuditEntry) -> Line<'_> {
    Line {
        number: entry.number,
        at: rfc3339(entry.at),
        who: &entry.deed.who,
        action: &entry.deed.action,
        subject: &entry.deed.subject,
        detail: &entry.deed.detail,
    }
}

fn table(lines: &[AuditEntry], out: &mut impl std::io::Write) -> std::io::Result<()> {
    if lines.is_empty() {
        return writeln!(out, "nobody has changed or viewed anything yet");
    }
    let rows: Vec<Vec<String>> = lines
        .iter()
        .map(|line| {
            vec![
                rfc3339(line.at),
                line.deed.who.clone(),
                line.deed.action.clone(),
                line.deed.subject.clone(),
                line.deed.detail.clone(),
            ]
        })
        .collect();
    plain_table(&["At", "Who", "What", "About", "Detail"], &rows, out)
}

/// The operator at the command line, as the audit log names them.
pub(super) fn who() -> String {
    match super::operator::name() {
        Some(name) => format!("command line ({name})"),
        None => "command line".to_owned(),
    }
}

/// Records that subjects of a source are printed, or may be. The operator could read the store itself, so a record that fails prints an
/// error and prevents nothing.
pub(super) fn viewed(store: &Store, source: &str, window: Window) {
    let detail = if window == Window::ALWAYS {
        "all meetings".to_owned()
    } else {
        administration::viewed(window.start(), window.end())
    };
    if let Err(error) = administration::audit(store, &who(), "subjects-viewed", source, &detail) {
        super::say_error(&format!(
            "the audit log could not record that subjects were viewed: {error}"
        ));
    }
}
