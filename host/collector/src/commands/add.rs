//! `collector add`: a new source from arguments, with its secrets from standard input or the terminal.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use collector_admin::administration::{self, AdminError, Administrator, NewSource};
use collector_admin::config::Config;
use collector_engine::consent;
use collector_engine::source::ReadySource;
use collector_model::secret::SecretError;
use collector_sandbox::{Compilations, Sandbox};
use serde_json::{Map, Value, json};

use super::{Exit, applied, audit, input, said};
use crate::cli::Add;

pub(super) async fn run(path: &Path, arguments: &Add) -> anyhow::Result<Exit> {
    let sandbox = Sandbox::new()?;
    said(add(&sandbox, path, arguments).await)
}

async fn add(sandbox: &Sandbox, path: &Path, arguments: &Add) -> Result<String, AdminError> {
    let new = NewSource {
        written: written(sandbox, path, arguments).await?,
        secrets: secrets(arguments)?,
    };
    let name = &arguments.source;
    let source = administration::check(sandbox, path, None, &new).await?;
    try_credential(sandbox, &source).await?;
    if arguments.dry_run {
        return Ok(format!(
            "Source \"{name}\" can be added to {}; nothing was written.",
            path.display()
        ));
    }
    let stored = Administrator::new(path, &audit::who()).save(None, &new)?;
    let secrets: String = stored
        .iter()
        .map(|(secret, place)| format!(", and its secret \"{secret}\" to {place}"))
        .collect();
    let next = applied(path).map_or_else(
        || format!("try it with `collector validate --source {name}`"),
        str::to_owned,
    );
    Ok(format!(
        "Source \"{name}\" was added to {}{secrets}; {next}.",
        path.display()
    ))
}

/// Signs in as the source. A refused credential is not added; a login server that cannot be reached now may be reached later.
async fn try_credential(sandbox: &Sandbox, source: &ReadySource) -> Result<(), AdminError> {
    match source.token().await {
        None | Some(Ok(_)) => Ok(()),
        // The connector explains it, as in a pass.
        Some(Err(SecretError::Authorization(_))) => Err(AdminError::Refused(format!(
            "source \"{}\": {}. Nothing was added; a login server can take a minute to accept a new credential",
            source.name,
            consent::refusal(sandbox, source)
                .await
                .reason
                .to_string()
                .trim_end_matches('.')
        ))),
        Some(Err(error)) => {
            crate::logging::warn(&format!(
                "source \"{}\": the credential could not be checked: {error}",
                source.name
            ));
            Ok(())
        }
    }
}

/// The source's table in the configuration.
async fn written(sandbox: &Sandbox, path: &Path, arguments: &Add) -> Result<Value, AdminError> {
    let mut table = Map::new();
    table.insert("name".into(), arguments.source.as_str().into());
    table.insert("connector".into(), arguments.connector.as_str().into());
    if let Some(every) = &arguments.every {
        table.insert("every".into(), every.as_str().into());
    }
    let window: Map<String, Value> = [("back", &arguments.back), ("ahead", &arguments.ahead)]
        .into_iter()
        .filter_map(|(key, time)| Some((key.to_owned(), Value::from(time.as_deref()?))))
        .collect();
    table.insert(
        "settings".into(),
        settings(sandbox, path, arguments).await?.into(),
    );
    let mut credentials = Map::new();
    if let Some(id) = &arguments.client_id {
        credentials.insert("client-id".into(), id.as_str().into());
    }
    for key in &arguments.secret_stdin {
        let reference = json!({ "stored": secret_name(arguments, key) });
        if credentials.insert(key.clone(), reference).is_some() {
            return Err(AdminError::Refused(format!(
                "the credential {key} was given twice; give each credential once"
            )));
        }
    }
    if let Some(file) = &arguments.certificate {
        let file = seen_from(path, file)?;
        credentials.insert("certificate".into(), json!({ "file": file }));
    }
    let grants = json!({ "http": arguments.grants });
    for (key, value, is_there) in [
        ("window", Value::from(window.clone()), !window.is_empty()),
        (
            "credentials",
            Value::from(credentials.clone()),
            !credentials.is_empty(),
        ),
        ("grants", grants, !arguments.grants.is_empty()),
    ] {
        if is_there {
            table.insert(key.into(), value);
        }
    }
    Ok(table.into())
}

/// The settings, in the types of the connector's schema.
async fn settings(sandbox: &Sandbox, path: &Path, arguments: &Add) -> Result<Map<String, Value>, AdminError> {
    let (config, _) = Config::load_or_empty(path)?;
    let file = config.plugins.join(format!("{}.wasm", arguments.connector));
    let mut compilations = Compilations::of(&config.data);
    if arguments.dry_run {
        compilations = compilations.only_read();
    }
    let connector = sandbox
        .load(&file, &compilations)
        .await
        .map_err(|error| AdminError::Refused(error.to_string()))?;
    let schema = &connector.manifest().settings_schema;
    let mut settings = Map::new();
    for (key, text) in &arguments.settings {
        if settings.insert(key.clone(), schema.typed(key, text)).is_some() {
            return Err(AdminError::Refused(format!(
                "--set {key} was given twice; give each setting once"
            )));
        }
    }
    Ok(settings)
}

fn secrets(arguments: &Add) -> Result<BTreeMap<String, secrecy::SecretString>, AdminError> {
    let keys = &arguments.secret_stdin;
    let whats: Vec<String> = keys
        .iter()
        .map(|key| format!("The {key} of source \"{}\"", arguments.source))
        .collect();
    let names = keys.iter().map(|key| secret_name(arguments, key));
    Ok(names.zip(input::secrets(&whats)?).collect())
}

fn secret_name(arguments: &Add, key: &str) -> String {
    format!("{}-{key}", arguments.source)
}

/// A path relative to the working directory, as the configuration file has to name it.
fn seen_from(path: &Path, file: &Path) -> Result<PathBuf, AdminError> {
    let is_here = path.parent().is_none_or(|parent| parent.as_os_str().is_empty());
    if is_here {
        return Ok(file.to_owned());
    }
    std::path::absolute(file)
        .map_err(|error| AdminError::Refused(format!("{} cannot be used: {error}", file.display())))
}
