//! `collector validate`: checks everything that a pass needs, and prints for each check whether it passed and what to do. With `--watch`
//! it repeats until no check is pending, and then reads every room's calendar.

use std::io::Write as _;
use std::path::Path;
use std::sync::Arc;

use anstyle::{AnsiColor, Style};
use collector_admin::config::Config;
use collector_engine::consent::Consent;
use collector_engine::pass::Stop;
use collector_engine::source::ReadySource;
use collector_engine::validation::{self, judge, pause};
use collector_model::check::{Check, CheckStatus};
use collector_model::consent::ConsentState;
use collector_model::text::plain;
use collector_sandbox::Sandbox;
use collector_store::Store;
use collector_store::source_key;
use serde_json::{Value, json};

use super::Exit;
use super::progress::Bars;
use super::ready::{Ready, Wanted};
use crate::cli::Validate;
use crate::output::{RecordForm, Records, Sheet};

/// The columns of CSV, which has a row for each check.
const COLUMNS: [&str; 6] = ["source", "check", "status", "message", "code", "advice"];

pub(super) async fn run(config: &Path, arguments: &Validate) -> anyhow::Result<Exit> {
    let ready = match Ready::begin(config, Wanted::chosen(&arguments.chosen)).await? {
        Ok(ready) => ready,
        Err(exit) => return Ok(exit),
    };
    let mut exit = ready.exit;
    let mut records = Vec::new();
    for source in &ready.sources {
        let checks = if arguments.watch {
            watch(&ready.sandbox, &ready.config, source, arguments.format).await?
        } else {
            let consented_at = consented_at(&ready.config, source)?;
            let checks = try_once(&ready.sandbox, source, consented_at).await;
            say(&source.name, &checks, arguments.format)?;
            checks
        };
        exit = exit.and(verdict(&checks));
        records.push(record(&source.name, &checks));
    }
    let mut out = anstream::stdout();
    super::unless_closed(match arguments.format {
        Sheet::Table => Ok(()),
        Sheet::Json => super::write_json(&mut out, &json!({"sources": records})),
        Sheet::Csv => Records::all(RecordForm::Csv, &COLUMNS, records.iter().flat_map(rows), &mut out),
    })?;
    Ok(exit)
}

/// When consent was given for a source, as far as the store knows.
fn consented_at(config: &Config, source: &ReadySource) -> anyhow::Result<Option<i64>> {
    let Some(store) = Store::open_existing(&config.data)? else {
        return Ok(None);
    };
    let content = store.consent(&source_key(&source.name))?;
    let consent = content.and_then(|content| Consent::read(&content)?.for_source(source));
    Ok(consent.as_ref().and_then(ConsentState::given_at))
}

async fn try_once(sandbox: &Sandbox, source: &ReadySource, consented_at: Option<i64>) -> Vec<Check> {
    judge(validation::checks(sandbox, source).await, consented_at, now())
}

/// Repeats the checks until none is pending, and prints those that changed. An operator who watches expects consent: without a known
/// one, the checks wait as if it were given now. Returns how the checks ended.
async fn watch(
    sandbox: &Arc<Sandbox>,
    config: &Config,
    source: &ReadySource,
    format: Sheet,
) -> anyhow::Result<Vec<Check>> {
    let begun = now();
    let mut said: Vec<Check> = Vec::new();
    for tries in 1.. {
        let expected_at = consented_at(config, source)?.max(Some(begun));
        let mut checks = try_once(sandbox, source, expected_at).await;
        let new: Vec<Check> = checks
            .iter()
            .filter(|check| !said.contains(check))
            .cloned()
            .collect();
        say(&source.name, &new, format)?;
        let any = |status| checks.iter().any(|check| check.status == status);
        if !any(CheckStatus::Pending) {
            if !any(CheckStatus::Failed) {
                let rooms = every_room(sandbox, source).await;
                say(&source.name, &rooms, format)?;
                checks.extend(rooms);
            }
            return Ok(checks);
        }
        said = checks;
        let wait = pause(tries);
        super::remark(&format!(
            "Trying again in {}; Ctrl-C to stop.",
            humantime::format_duration(wait)
        ));
        tokio::time::sleep(wait).await;
        // A token keeps the permissions that it was issued with; only a new one has those of a later consent.
        source.forget_token();
    }
    Ok(said)
}

async fn every_room(sandbox: &Arc<Sandbox>, source: &ReadySource) -> Vec<Check> {
    let bar = Bars::default().add(&source.name);
    let (check, _) = validation::every_room(sandbox, source, &bar, &mut Stop::never(), now()).await;
    drop(bar);
    judge(vec![check], None, now())
}

/// Prints checks for people, who see how a watch goes on; programs get one report at the end.
fn say(source: &str, checks: &[Check], format: Sheet) -> anyhow::Result<()> {
    if format != Sheet::Table {
        return Ok(());
    }
    let lines = checks.iter().map(|check| line(check) + "\n");
    let text = format!("{source}\n{}", lines.collect::<String>());
    super::unless_closed(anstream::stdout().write_all(text.as_bytes()))
}

fn record(source: &str, checks: &[Check]) -> Value {
    json!({
        "name": source,
        "checks": checks.iter().map(|check| json!({
            "check": check.name,
            "status": word(check.status),
            "message": check.reason.message,
            "code": check.reason.code,
            "advice": check.reason.advice,
        })).collect::<Vec<_>>(),
    })
}

/// The checks of a source's record as rows of CSV.
fn rows(record: &Value) -> impl Iterator<Item = Value> {
    let checks = record.get("checks").and_then(Value::as_array);
    checks.into_iter().flatten().map(move |check| {
        let mut row = check.clone();
        if let Some(row) = row.as_object_mut() {
            row.insert(
                "source".to_owned(),
                record.get("name").cloned().unwrap_or_default(),
            );
        }
        row
    })
}

fn verdict(checks: &[Check]) -> Exit {
    checks
        .iter()
        .fold(Exit::Everything, |exit, check| exit.and(weight(check.status)))
}

/// UTC seconds.
fn now() -> i64 {
    chrono::Utc::now().timestamp()
}

fn weight(status: CheckStatus) -> Exit {
    match status {
        CheckStatus::Passed | CheckStatus::Warning => Exit::Everything,
        CheckStatus::Limited | CheckStatus::Pending => Exit::Part,
        CheckStatus::Failed => Exit::SourceFailed,
    }
}

fn word(status: CheckStatus) -> &'static str {
    match status {
        CheckStatus::Passed => "passed",
        CheckStatus::Warning => "warning",
        CheckStatus::Limited => "limited",
        CheckStatus::Pending => "pending",
        CheckStatus::Failed => "failed",
    }
}

fn line(check: &Check) -> String {
    let color = match check.status {
        CheckStatus::Passed => AnsiColor::Green,
        CheckStatus::Warning | CheckStatus::Limited => AnsiColor::Yellow,
        CheckStatus::Pending => AnsiColor::Cyan,
        CheckStatus::Failed => AnsiColor::Red,
    };
    let word = word(check.status);
    let style = Style::new().fg_color(Some(color.into()));
    let mut text = format!(
        "  {style}{word:8}{style:#} {}: {}",
        plain(&check.name),
        plain(&check.reason.message)
    );
    if let Some(code) = &check.reason.code {
        text.push_str(&format!(" [{}]", plain(code)));
    }
    if let Some(advice) = &check.reason.advice {
        text.push_str(&format!("\n           {}", plain(advice)));
    }
    text
}
