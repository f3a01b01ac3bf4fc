//! `collector inspect`: what a connector is and asks for. The connector runs only to describe itself, with nothing granted.

use std::io::Write as _;

use collector_model::text::plain;
use collector_sandbox::settings::Schema;
use collector_sandbox::{Compilations, Connector, Sandbox};
use serde_json::{Value, json};

use super::Exit;
use crate::cli::Inspect;
use crate::output::Shape;

pub(super) async fn run(arguments: &Inspect) -> anyhow::Result<Exit> {
    let sandbox = Sandbox::new()?;
    match sandbox.load(&arguments.file, &Compilations::nowhere()).await {
        Ok(connector) => {
            let text = match arguments.format {
                Shape::Table => text(&connector),
                Shape::Json => format!("{:#}\n", record(&connector)),
            };
            super::unless_closed(anstream::stdout().write_all(text.as_bytes()))?;
            Ok(Exit::Everything)
        }
        Err(error) => {
            super::say_error(&error.to_string());
            Ok(Exit::Usage)
        }
    }
}

fn record(connector: &Connector) -> Value {
    let manifest = connector.manifest();
    json!({
        "name": manifest.name,
        "version": manifest.version,
        "title": manifest.title,
        "description": manifest.description,
        "digest": connector.digest(),
        "slice_size": manifest.slice_size,
        "hosts": manifest.hosts,
        "secrets": manifest.secrets.iter().map(|need| json!({
            "name": need.name,
            "purpose": need.purpose,
            "reveal": need.reveal,
        })).collect::<Vec<_>>(),
        "settings_schema": manifest.settings_schema.written(),
        "imports": connector.imports(),
    })
}

fn text(connector: &Connector) -> String {
    let manifest = connector.manifest();
    let mut lines = vec![
        format!(
            "{} {}: {}",
            plain(&manifest.name),
            plain(&manifest.version),
            plain(&manifest.title)
        ),
        format!("  {}", plain(&manifest.description)),
        format!("sha256: {}", connector.digest()),
        format!("rooms per slice: {}", manifest.slice_size),
        "asks for hosts:".into(),
    ];
    lines.extend(or_none(
        manifest.hosts.iter().map(|host| plain(host).into_owned()),
    ));
    lines.push("asks for credentials:".into());
    lines.extend(or_none(manifest.secrets.iter().map(|need| {
        let seen = if need.reveal {
            " (revealed to the connector, if granted)"
        } else {
            " (never revealed to the connector)"
        };
        format!("{}{seen}: {}", plain(&need.name), plain(&need.purpose))
    })));
    lines.push("settings:".into());
    lines.extend(or_none(settings(&manifest.settings_schema).into_iter()));
    lines.push("imports:".into());
    lines.extend(or_none(
        connector
            .imports()
            .iter()
            .map(|import| format!("{}{}", plain(import), remark(import))),
    ));
    lines.join("\n") + "\n"
}

/// What an import's name does not tell: most compilers add this one, and no connector finds anything there.
fn remark(import: &str) -> &'static str {
    if import.starts_with("wasi:cli/environment@") {
        " (always empty: no environment variables, no arguments)"
    } else {
        ""
    }
}

/// Describes the settings of a schema, one line each.
fn settings(schema: &Schema) -> Vec<String> {
    schema
        .properties()
        .map(|(key, property, required)| {
            let text = |name: &str| plain(property.get(name).and_then(Value::as_str).unwrap_or_default());
            let needed = if required { " (required)" } else { "" };
            format!(
                "{}{needed}: {}. {}",
                plain(key),
                text("title"),
                text("description")
            )
        })
        .collect()
}

fn or_none(lines: impl Iterator<Item = String>) -> Vec<String> {
    let lines: Vec<String> = lines.map(|line| format!("  {line}")).collect();
    if lines.is_empty() {
        vec!["  none".into()]
    } else {
        lines
    }
}
