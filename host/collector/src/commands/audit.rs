//! `collector audit`: who did or looked at what; and the lines that the command line itself adds.

use std::io::Write as _;
use std::path::Path;

use collector_admin::administration::AdminError;
use collector_admin::config::Config;
use collector_model::instant::rfc3339;
use collector_model::window::Window;
use collector_store::{AuditRecord, Store, StoreError};
use serde_json::json;

use super::Exit;
use crate::cli::{Audit, Format};
use crate::output::plain_table;

pub(super) fn run(path: &Path, arguments: &Audit) -> anyhow::Result<Exit> {
    let config = match super::configuration(path) {
        Ok(config) => config,
        Err(exit) => return Ok(exit),
    };
    let mut lines = match Store::open_existing(&config.data)? {
        Some(store) => store.audit_log(None, arguments.last)?,
        None => Vec::new(),
    };
    // As it happened.
    lines.reverse();
    let mut out = std::io::BufWriter::new(anstream::stdout());
    super::unless_closed(match arguments.format {
        Format::Table => table(&lines, &mut out),
        Format::Jsonl => lines.iter().try_for_each(|line| {
            collector_model::json::write_json(
                &mut out,
                &json!({
                    "number": line.number,
                    "at": rfc3339(line.at),
                    "who": line.who,
                    "action": line.action,
                    "subject": line.subject,
                    "detail": line.detail,
                }),
            )?;
            out.write_all(b"\n")
        }),
    })?;
    super::unless_closed(out.flush())?;
    Ok(Exit::Everything)
}

fn table(lines: &[AuditRecord], out: &mut impl std::io::Write) -> std::io::Result<()> {
    let rows: Vec<Vec<String>> = lines
        .iter()
        .map(|line| {
            vec![
                rfc3339(line.at),
                line.who.clone(),
                line.action.clone(),
                line.subject.clone(),
                line.detail.clone(),
            ]
        })
        .collect();
    plain_table(&["At", "Who", "What", "About", "Detail"], &rows, out)
}

/// Who works at the command line, as the audit log names them.
pub(super) fn who() -> String {
    match super::operator::name() {
        Some(name) => format!("command line ({name})"),
        None => "command line".to_owned(),
    }
}

/// The same after a change of the configuration, whatever data directory that names.
pub(super) fn done(path: &Path, action: &str, subject: &str, detail: &str) -> Result<(), AdminError> {
    let (config, _) = Config::load_or_empty(path)?;
    Ok(write(&Store::open(&config.data)?, action, subject, detail)?)
}

/// Writes down that subjects of a source are printed, or may be. Whoever works here could read the store itself: when it cannot be written down, that
/// is said and keeps nobody from it.
pub(super) fn viewed(store: &Store, source: &str, window: Window) {
    let detail = if window == Window::ALWAYS {
        "all meetings".to_owned()
    } else {
        format!(
            "meetings from {} to {}",
            rfc3339(window.start()),
            rfc3339(window.end())
        )
    };
    if let Err(error) = write(store, "subjects-viewed", source, &detail) {
        super::say_error(&format!(
            "that subjects are looked at could not be written down: {error}"
        ));
    }
}

/// Writes down what was done at the command line.
pub(super) fn write(store: &Store, action: &str, subject: &str, detail: &str) -> Result<(), StoreError> {
    store.audit(&AuditRecord {
        number: 0,
        at: chrono::Utc::now().timestamp(),
        who: who(),
        action: action.to_owned(),
        subject: subject.to_owned(),
        detail: detail.to_owned(),
    })
}
