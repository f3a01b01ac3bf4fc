//! The parts of the running service that the pages of the portal show and change.

use std::cell::Cell;
use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::Arc;

use collector_admin::administration::{AdminError, Administrator, Service};
use collector_admin::config::{Config, Source};
use collector_admin::draft::form::{self, Table};
use collector_admin::draft::{self, Draft, Folders, Origin, table_of};
use collector_engine::connectors::{Connectors, Version};
use collector_engine::source::{ReadySource, SetupError};
use collector_portal::api::{BackendError, Problem, Result, Target};
use collector_sandbox::Sandbox;
use collector_store::{Reader, SharedStore, Store, StoreError};
use collector_tasks::blocking::blocking;
use tokio::sync::{Notify, mpsc, oneshot, watch};

use crate::metrics::Metrics;
use crate::usage::receivers::Receivers;

/// What a source is doing now.
#[derive(Debug, Clone, Default)]
pub(crate) struct SourceNow {
    /// The problem that prevents its collection.
    pub(crate) problem: Option<String>,
    /// Whether it was not tried yet, which is its problem until then.
    pub(crate) is_untried: bool,
    /// Whether a pass is under way.
    pub(crate) collecting: bool,
    /// When its next pass is due, in UTC seconds.
    pub(crate) due_at: Option<i64>,
    /// Makes its next pass due at once.
    pub(crate) wanted: Arc<Notify>,
}

/// Asks the service to read its configuration now. The service sends the result back.
pub(crate) type Apply = mpsc::Sender<oneshot::Sender<std::result::Result<(), String>>>;

/// The running service, as far as the portal needs it.
pub(crate) struct Program {
    /// The configuration file.
    pub(crate) path: PathBuf,
    /// The data directory.
    pub(crate) data: PathBuf,
    /// The plugin directory.
    pub(crate) plugins_directory: PathBuf,
    /// Where connectors run.
    pub(crate) sandbox: Arc<Sandbox>,
    /// The installed connectors.
    pub(crate) plugins: Connectors,
    /// The store.
    pub(crate) store: SharedStore,
    /// The number of its last event when the service began.
    pub(crate) begun: i64,
    /// The configuration that is in force.
    pub(crate) config: watch::Receiver<Arc<Config>>,
    /// Tells what each source is doing now.
    pub(crate) now: Arc<dyn Fn() -> BTreeMap<String, SourceNow> + Send + Sync>,
    /// The sources that receive.
    pub(crate) receivers: Arc<Receivers>,
    /// What is counted.
    pub(crate) metrics: Metrics,
    /// Applies the configuration.
    pub(crate) apply: Apply,
    /// Held during each change of a draft or the configuration until it is applied or undone, so that there is one at a time.
    pub(crate) edits: Arc<tokio::sync::Mutex<()>>,
    /// The address that consent pages return to.
    pub(crate) redirect: String,
}

impl Program {
    /// Reads from the store.
    pub(super) async fn read<R: Send + 'static>(
        &self,
        work: impl FnOnce(&Reader) -> std::result::Result<R, StoreError> + Send + 'static,
    ) -> Result<R> {
        self.store.read(work).await.map_err(failed)
    }

    /// Changes the store.
    pub(super) async fn store<R: Send + 'static>(
        &self,
        work: impl FnOnce(&mut Store) -> std::result::Result<R, StoreError> + Send + 'static,
    ) -> Result<R> {
        self.store.write(work).await.map_err(failed)
    }

    /// Does long work on the store that lets other work in between.
    pub(super) async fn beside<R: Send + 'static>(
        &self,
        work: impl FnOnce(&mut Store) -> std::result::Result<R, StoreError> + Send + 'static,
    ) -> Result<R> {
        self.store.beside(work).await.map_err(failed)
    }

    /// The configuration that is in force.
    pub(super) fn config(&self) -> Arc<Config> {
        Arc::clone(&self.config.borrow())
    }

    /// The version of a connector that a pass would use.
    pub(super) fn connector(&self, name: &str) -> Result<Version> {
        self.plugins.current(name).map_err(BackendError::Refused)
    }

    /// The configured source of this name.
    pub(super) fn source(&self, name: &str) -> Result<Source> {
        let config = self.config();
        config.source(name).cloned().ok_or_else(|| {
            BackendError::NotFound(match config.receiver(name) {
                Some(_) => format!("{name:?} only receives what others send: all about it is under Infrastructure, and in the configuration file"),
                None => format!("there is no source {name:?}"),
            })
        })
    }

    /// The draft with this id.
    pub(super) async fn draft(&self, id: &str) -> Result<Draft> {
        let wanted = id.to_owned();
        let content = self.read(move |store| store.draft(&wanted)).await?;
        let gone = || {
            BackendError::NotFound(
                "this draft was saved or discarded; look for its source under Infrastructure".to_owned(),
            )
        };
        serde_json::from_str(&content.ok_or_else(gone)?).map_err(|error| failed(error.into()))
    }

    /// The form for a source of this connector.
    pub(super) async fn form(&self, version: &Version) -> Result<collector_portal::api::Form> {
        let manifest = version.connector.manifest();
        let examples = form::example_settings(&manifest.settings_schema).to_string();
        let authorization = version
            .connector
            .authorization(&self.sandbox, "a new source", &examples)
            .await
            .map_err(|error| BackendError::Failed(error.to_string()))?;
        // If the connector refuses the example settings, whether it signs in stays unknown.
        Ok(form::form(manifest, authorization.ok().flatten().as_ref()))
    }

    /// Makes a target ready for authorization and validation, or returns its problems.
    pub(super) async fn ready(
        &self,
        target: &Target,
    ) -> Result<std::result::Result<ReadySource, Vec<Problem>>> {
        match target {
            Target::Source(name) => {
                let source = self.source(name)?;
                let version = self.connector(&source.connector)?;
                Ok(self.make_ready(&source, &version).await)
            }
            Target::Draft(id) => {
                let draft = self.draft(id).await?;
                let version = self.connector(&draft.connector)?;
                let (table, mut problems) = self.table(&draft, &self.form(&version).await?)?;
                let read = self.source_of(&table);
                match read {
                    Ok(source) if problems.is_empty() => Ok(self.make_ready(&source, &version).await),
                    Ok(_) => Ok(Err(problems)),
                    Err(found) => {
                        problems.extend(found);
                        Ok(Err(problems))
                    }
                }
            }
        }
    }

    /// The table that a draft would save, and the problems with values that could not be written into it. If the draft changes a source, keys
    /// outside the form come from the current configuration, not from the one that the draft started from.
    pub(super) fn table(
        &self,
        draft: &Draft,
        form: &collector_portal::api::Form,
    ) -> Result<(Table, Vec<Problem>)> {
        let base = match &draft.origin {
            Origin::Edit(name) => {
                let now = table_of(&self.source(name)?);
                if let Some(problem) = draft.overtaken(&now) {
                    return Ok((now, vec![problem]));
                }
                Some(now)
            }
            Origin::New | Origin::Duplicate(_) => None,
        };
        Ok(draft.table(form, base))
    }

    /// Reads a table as the configuration would.
    pub(super) fn source_of(&self, table: &Table) -> std::result::Result<Source, Vec<Problem>> {
        let folders = Folders {
            configuration: &self.path,
            data: &self.data,
            plugins: &self.plugins_directory,
        };
        draft::source(folders, &self.config().egress, table)
    }

    /// Makes a source ready with a version of its connector.
    pub(super) async fn make_ready(
        &self,
        source: &Source,
        version: &Version,
    ) -> std::result::Result<ReadySource, Vec<Problem>> {
        ReadySource::new(&self.sandbox, source, version.connector.clone())
            .await
            .map_err(|error| match error {
                SetupError::Configuration(problems) => problems.into_iter().map(draft::problem).collect(),
                SetupError::Installed(problem) | SetupError::Connector(problem) => vec![Problem {
                    key: String::new(),
                    problem,
                    remedy: "look at the connector under Connectors".to_owned(),
                }],
            })
    }

    /// Works as the administrator `who`; the caller holds [`Program::edits`]. Calls `applied` once the service has applied a change of the
    /// configuration, before the rest of the work.
    pub(super) async fn administer<R: Send + 'static>(
        self: &Arc<Self>,
        who: &str,
        applied: impl FnOnce() + Send + 'static,
        work: impl FnOnce(&Administrator<'_>) -> std::result::Result<R, AdminError> + Send + 'static,
    ) -> Result<R> {
        let (program, who) = (Arc::clone(self), who.to_owned());
        let runtime = tokio::runtime::Handle::current();
        let done = blocking(move || {
            let applied = Cell::new(Some(applied));
            let apply = || {
                runtime.block_on(program.apply())?;
                if let Some(applied) = applied.take() {
                    applied();
                }
                Ok(())
            };
            work(&Administrator::new(&program.path, &who).within(Service {
                data: &program.data,
                apply: &apply,
            }))
        });
        done.await.map_err(|error| match error {
            AdminError::NotFound(text) => BackendError::NotFound(text),
            AdminError::Refused(text) => BackendError::Refused(text),
            AdminError::Failed(text) => BackendError::Failed(text),
        })
    }

    /// Makes the service apply the configuration file.
    async fn apply(&self) -> std::result::Result<(), String> {
        let (done, waiting) = oneshot::channel();
        let gone = || "the service is stopping; it applies the configuration at its next start".to_owned();
        self.apply.send(done).await.map_err(|_| gone())?;
        waiting.await.map_err(|_| gone())?
    }
}

/// An error that the administrator cannot fix on the page.
pub(super) fn failed(error: anyhow::Error) -> BackendError {
    BackendError::Failed(format!("{error:#}"))
}

/// UTC seconds.
pub(super) fn now() -> i64 {
    chrono::Utc::now().timestamp()
}

/// A target's key in the store.
pub(super) fn key(target: &Target) -> String {
    match target {
        Target::Source(name) => collector_store::source_key(name),
        Target::Draft(id) => format!("draft:{id}"),
    }
}

/// The target that a key in the store belongs to.
pub(super) fn target(key: &str) -> Option<Target> {
    match key.split_once(':')? {
        ("source", name) => Some(Target::Source(name.to_owned())),
        ("draft", id) => Some(Target::Draft(id.to_owned())),
        _ => None,
    }
}
