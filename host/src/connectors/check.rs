//! Whether bytes are a connector that can take over: a component of the world that answers, bears its file's name, and takes the
//! settings of every source that uses it.

use std::path::Path;
use std::sync::Arc;

use sha2::{Digest as _, Sha256};

use super::{Use, Version};
use crate::sandbox::{CompileError, Connector, LoadError, Refusals, Sandbox, Standing, Unusable};
use crate::settings::SettingsProblem;
use crate::text::plain;

/// Why a file is not used.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Refusal {
    /// In words.
    pub(super) cause: String,
    /// What it calls itself, when it could be asked.
    pub(super) version: String,
    /// What it says about the file.
    pub(super) certainty: Certainty,
}

/// What a refusal says about a file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Certainty {
    /// It will always be so.
    Sure,
    /// It is what a file looks like that is still being written.
    Doubtful,
    /// It may be otherwise at the next start.
    ForNow,
    /// Nothing: the machine had no room to try it.
    Nothing,
}

impl Refusal {
    /// Of a file that could not even be asked.
    pub(super) fn of(cause: String) -> Self {
        Self {
            cause,
            version: String::new(),
            certainty: Certainty::Sure,
        }
    }
}

/// A place among the files that are read and checked at once: each may have a hundred megabytes. It is given back when it is dropped.
pub(super) type Place = tokio::sync::OwnedSemaphorePermit;

/// A file that is to be checked, and against what.
pub(super) struct Task {
    pub(super) name: String,
    pub(super) digest: String,
    pub(super) bytes: Arc<[u8]>,
    pub(super) fingerprint: String,
    pub(super) standing: Standing,
    /// Held until it is checked.
    pub(super) place: Place,
    pub(super) uses: Vec<Use>,
    pub(super) serving: Option<Version>,
}

/// Checks a file's bytes. The settings of the sources are checked against an update only, with what serves now beside it: a source
/// whose settings are bad anyway holds no update back, and a first version has nothing to lose by being installed.
pub(super) async fn check(
    sandbox: &Arc<Sandbox>,
    path: &Path,
    task: &Task,
    refusals: &Refusals,
) -> Result<Connector, Refusal> {
    let loaded = sandbox.load_bytes(path, &task.bytes, refusals, task.standing);
    let connector = loaded.await.map_err(refusal)?;
    let manifest = connector.manifest();
    let refused = |cause: String| Refusal {
        cause,
        version: manifest.version.clone(),
        certainty: Certainty::Sure,
    };
    if manifest.name != task.name {
        return Err(refused(format!(
            "it calls itself \"{0}\"; its file must be named {0}.wasm",
            plain(&manifest.name)
        )));
    }
    let Some(serving) = &task.serving else {
        return Ok(connector);
    };
    for usage in &task.uses {
        if let Err(problem) = fits(sandbox, &connector, usage).await
            && fits(sandbox, &serving.connector, usage).await.is_ok()
        {
            return Err(refused(format!(
                "it does not take the settings of source \"{}\": {problem}",
                usage.source
            )));
        }
    }
    Ok(connector)
}

async fn fits(sandbox: &Arc<Sandbox>, connector: &Connector, usage: &Use) -> Result<(), String> {
    let words = |problems: Vec<SettingsProblem>| {
        let each = problems.iter().map(|problem| {
            let key = match problem.key.as_str() {
                "" => String::new(),
                key => format!("{}: ", plain(key)),
            };
            format!("{key}{}; {}", plain(&problem.problem), plain(&problem.remedy))
        });
        each.collect::<Vec<_>>().join("; ")
    };
    let schema = &connector.manifest().settings_schema;
    schema.check_apart(&usage.settings).await.map_err(words)?;
    let authorization = connector
        .authorization(sandbox, &usage.source, &usage.settings.to_string())
        .await;
    match authorization {
        Err(error) => Err(format!("`authorization` did not answer: {error}")),
        Ok(Err(problems)) => Err(words(problems)),
        Ok(Ok(_)) => Ok(()),
    }
}

pub(super) fn refusal(error: LoadError) -> Refusal {
    let certainty = match &error.cause {
        Unusable::NotAConnector(_) => Certainty::Doubtful,
        Unusable::Uncompiled(CompileError::Machine(_)) => Certainty::Nothing,
        Unusable::Uncompiled(CompileError::Killed | CompileError::Slow(_)) => Certainty::ForNow,
        _ => Certainty::Sure,
    };
    Refusal {
        certainty,
        ..Refusal::of(error.cause.to_string())
    }
}

/// What a refusal depends on beside the file: this collector, and the settings of the connector's sources. While it is the same, the
/// file need not be tried again.
pub(super) fn fingerprint<'a>(uses: impl Iterator<Item = &'a Use>) -> String {
    let mut uses: Vec<String> = uses
        .map(|usage| format!("{}\n{}", usage.source, usage.settings))
        .collect();
    uses.sort_unstable();
    let mut hash = Sha256::new();
    hash.update(env!("CARGO_PKG_VERSION"));
    for usage in uses {
        hash.update([0]);
        hash.update(usage);
    }
    hash.finalize().iter().map(|byte| format!("{byte:02x}")).collect()
}
