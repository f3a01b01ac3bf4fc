//! Checks whether bytes are a connector that can take over: a component of the world that answers, has its file's name, and accepts the
//! settings of every source that uses it.

use std::path::Path;
use std::sync::Arc;

use collector_model::form::Problem;
use collector_model::text::plain;
use collector_sandbox::settings::Words;
use collector_sandbox::{Compilations, CompileError, Connector, LoadError, Sandbox, Standing, Unusable};

use super::machine::{Certainty, Refusal, Use};

/// What is needed to compile connectors and ask them about themselves.
#[derive(Clone)]
pub(super) struct Checker {
    pub(super) sandbox: Arc<Sandbox>,
    /// The files that could not be compiled.
    pub(super) compilations: Compilations,
}

/// A file to check, and what to check it against.
pub(super) struct File {
    /// The name that the connector must have.
    pub(super) connector: String,
    pub(super) bytes: Arc<[u8]>,
    pub(super) standing: Standing,
    /// The sources that will use it.
    pub(super) uses: Arc<[Use]>,
    pub(super) serving: Option<Connector>,
}

impl Checker {
    /// Checks a file's bytes. Only an update is checked against the settings of the sources, side by side with the version that serves now:
    /// settings that are bad anyway must not hold back an update, and a first version has nothing to lose by being installed.
    pub(super) async fn check(&self, path: &Path, file: &File) -> Result<Connector, Refusal> {
        let connector = self
            .load(path, &file.bytes, file.standing)
            .await
            .map_err(refusal)?;
        let manifest = connector.manifest();
        let refused = |cause: String| Refusal {
            version: manifest.version.clone(),
            ..Refusal::of(cause)
        };
        if manifest.name != file.connector {
            return Err(refused(format!(
                "it calls itself \"{0}\"; its file must be named {0}.wasm",
                plain(&manifest.name)
            )));
        }
        let Some(serving) = &file.serving else {
            return Ok(connector);
        };
        for usage in file.uses.iter() {
            if let Err(problem) = self.fits(&connector, usage).await
                && self.fits(serving, usage).await.is_ok()
            {
                return Err(refused(format!(
                    "it rejects the settings of source \"{}\": {problem}",
                    usage.source
                )));
            }
        }
        Ok(connector)
    }

    /// Loads the copy of a proven version.
    pub(super) async fn load_copy(&self, path: &Path, bytes: Arc<[u8]>) -> Result<Connector, Refusal> {
        let loaded = self.load(path, &bytes, Standing::Proven).await;
        loaded.map_err(|error| {
            let cause = format!("the kept copy can no longer be used: {error}");
            Refusal {
                cause,
                ..refusal(error)
            }
        })
    }

    async fn load(&self, path: &Path, bytes: &Arc<[u8]>, standing: Standing) -> Result<Connector, LoadError> {
        self.sandbox
            .load_bytes(path, bytes, &self.compilations, standing)
            .await
    }

    async fn fits(&self, connector: &Connector, usage: &Use) -> Result<(), String> {
        let schema = &connector.manifest().settings_schema;
        schema
            .check_apart(&usage.settings, Words::File)
            .await
            .map_err(words)?;
        let authorization = connector
            .authorization(&self.sandbox, &usage.source, &usage.settings.to_string())
            .await;
        match authorization {
            Err(error) => Err(format!("its function `authorization` failed: {error}")),
            Ok(Err(problems)) => Err(words(problems)),
            Ok(Ok(_)) => Ok(()),
        }
    }
}

fn words(problems: Vec<Problem>) -> String {
    let each = problems.iter().map(|problem| {
        let key = match problem.key.as_str() {
            "" => String::new(),
            key => format!("{}: ", plain(key)),
        };
        format!("{key}{}; {}", plain(&problem.problem), plain(&problem.remedy))
    });
    each.collect::<Vec<_>>().join("; ")
}

fn refusal(error: LoadError) -> Refusal {
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
