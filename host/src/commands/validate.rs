//! `collector validate`: tries everything that a pass needs, and says for each thing whether it works and what to do.

use std::io::Write as _;
use std::path::Path;

use anstyle::{AnsiColor, Style};
use tokio::time::Instant;

use super::Exit;
use crate::cli::Sources;
use crate::sandbox::{Check, CheckStatus, Sandbox};
use crate::source::ReadySource;
use crate::text::plain;
use crate::validation::judge;

pub(super) async fn run(config: &Path, arguments: &Sources) -> anyhow::Result<Exit> {
    let sandbox = Sandbox::new()?;
    let ready = match super::ready_sources(&sandbox, config, &arguments.sources, None).await {
        Ok(ready) => ready,
        Err(exit) => return Ok(exit),
    };
    let mut exit = ready.exit;
    for source in &ready.sources {
        exit = exit.and(validate(&sandbox, source).await?);
    }
    Ok(exit)
}

async fn validate(sandbox: &Sandbox, source: &ReadySource) -> anyhow::Result<Exit> {
    let deadline = Instant::now() + source.limits.pass_time;
    let access = source.access(deadline);
    let answer = source
        .connector
        .validate(sandbox, access, &source.limits.call, source.settings.clone())
        .await;
    let checks = match answer {
        // When consent was given is not known here.
        Ok(checks) => judge(checks, None, chrono::Utc::now().timestamp()),
        Err(error) => {
            super::say_error(&format!("source \"{}\": {error}", source.name));
            return Ok(Exit::SourceFailed);
        }
    };
    let lines = checks.iter().map(|check| line(check) + "\n");
    let text = format!("{}\n{}", source.name, lines.collect::<String>());
    super::unless_closed(anstream::stdout().write_all(text.as_bytes()))?;
    Ok(checks
        .iter()
        .fold(Exit::Everything, |exit, check| exit.and(weight(check.status))))
}

fn weight(status: CheckStatus) -> Exit {
    match status {
        CheckStatus::Passed | CheckStatus::Warning => Exit::Everything,
        CheckStatus::Limited | CheckStatus::Pending => Exit::Part,
        CheckStatus::Failed => Exit::SourceFailed,
    }
}

fn line(check: &Check) -> String {
    let (word, color) = match check.status {
        CheckStatus::Passed => ("passed", AnsiColor::Green),
        CheckStatus::Warning => ("warning", AnsiColor::Yellow),
        CheckStatus::Limited => ("limited", AnsiColor::Yellow),
        CheckStatus::Pending => ("pending", AnsiColor::Cyan),
        CheckStatus::Failed => ("failed", AnsiColor::Red),
    };
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
