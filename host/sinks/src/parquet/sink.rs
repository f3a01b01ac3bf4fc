//! The sink that keeps one file a source and day.
//!
//! A batch is taken when the state has it. The files follow when nothing waits: a pass, or all that a new sink is told, touches the same days
//! again and again, and each is written once.

use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use collector_model::change::Change;
use collector_model::insight::{After, Insight};
use collector_tasks::blocking::blocking;
use futures::FutureExt as _;
use futures::future::BoxFuture;

use super::column::FileError;
use super::state::State;
use super::stored::StateError;
use super::tables::MEETINGS;
use super::tree::{Tree, TreeError};
use crate::settings::ParquetSettings;
use crate::writable::try_to_make_a_file;
use crate::{Cause, Sink, SinkError};

/// The state's file.
const FILE: &str = "meetings.sqlite3";
/// How long files are written before the sink sees whether changes wait.
const TURN: Duration = Duration::from_secs(10);
/// How long files may be behind while changes never cease.
const LONGEST_BEHIND: Duration = Duration::from_secs(600);

/// The sink that keeps the files.
pub(crate) struct Parquet {
    files: Arc<Files>,
    /// The store that was asked for last, and the number of its last change; nothing after an error.
    known: Option<(String, i64)>,
    /// Since when files may be behind; none if they are not.
    behind: Option<Instant>,
}

/// The directory. Only one thread at a time works in it, also if nobody waits for it any more.
struct Files {
    directory: PathBuf,
    turn: Mutex<()>,
}

/// Why the directory cannot be used.
#[derive(Debug, thiserror::Error)]
enum Failure {
    #[error(transparent)]
    State(#[from] StateError),
    #[error(transparent)]
    Tree(#[from] TreeError),
    #[error(transparent)]
    File(#[from] FileError),
}

impl Parquet {
    pub(crate) fn new(settings: ParquetSettings) -> Self {
        Self {
            files: Arc::new(Files {
                directory: settings.directory,
                turn: Mutex::new(()),
            }),
            known: None,
            // A program that was killed may have left some.
            behind: Some(Instant::now()),
        }
    }

    async fn ask(&mut self, store: &str) -> Result<Option<i64>, SinkError> {
        self.known = None;
        let asked = store.to_owned();
        let applied = self.work(move |state, _| Ok(state.applied(&asked)?)).await?;
        self.known = Some((store.to_owned(), applied));
        Ok(Some(applied))
    }

    async fn take(&mut self, changes: &[Change]) -> Result<(), SinkError> {
        let Some(last) = changes.last().map(|last| (last.store.clone(), last.number)) else {
            return Ok(());
        };
        // Not used again after an error or a cancelled delivery.
        let known = self.known.take();
        self.behind.get_or_insert_with(Instant::now);
        let changes = changes.to_vec();
        let known = self
            .work(move |state, _| {
                state.apply(&changes, known.as_ref())?;
                let applied = state.applied(&last.0)?;
                Ok((last.0, applied))
            })
            .await?;
        self.known = Some(known);
        if self.behind.is_some_and(|since| since.elapsed() > LONGEST_BEHIND) {
            self.catch_up().await?;
        }
        Ok(())
    }

    /// Writes files that are behind, for a while.
    async fn catch_up(&mut self) -> Result<(), SinkError> {
        if self.behind.is_none() {
            return Ok(());
        }
        let all = self
            .work(|state, tree| {
                let begun = Instant::now();
                while state.settle::<Failure>(|source, day, rows| {
                    if rows.is_empty() {
                        tree.remove(MEETINGS.name, source, day)?;
                    } else {
                        tree.put(MEETINGS.name, source, day, &MEETINGS.file(rows)?)?;
                    }
                    Ok(())
                })? {
                    if begun.elapsed() > TURN {
                        return Ok(false);
                    }
                }
                Ok(true)
            })
            .await?;
        if all {
            self.behind = None;
        }
        Ok(())
    }

    /// Opens the state if there is one; otherwise sees whether the directory could be used or created.
    async fn look(&self) -> Result<String, SinkError> {
        let directory = self.files.directory.clone();
        if Tree::new(&directory).is_of_a_sink() {
            self.work(|_, _| Ok(())).await?;
            return Ok(format!(
                "{} has files of a sink, and can be written.",
                directory.display()
            ));
        }
        blocking(move || {
            let there = directory.ancestors().find(|above| above.exists());
            let there = there.unwrap_or(Path::new("."));
            let found = if there == directory {
                "exists and can be written"
            } else {
                "does not exist yet, and can be created"
            };
            match try_to_make_a_file(there) {
                Ok(()) => Ok(format!("{} {found}.", directory.display())),
                Err(cause) => Err(SinkError::new(format!(
                    "{} cannot be written: {cause}; correct its permissions, or name another `directory`",
                    there.display()
                ))),
            }
        })
        .await
    }

    /// Opens the state for each piece of work: the directory may have been moved, or put back from a backup.
    async fn work<T: Send + 'static>(
        &self,
        work: impl FnOnce(&mut State, &Tree) -> Result<T, Failure> + Send + 'static,
    ) -> Result<T, SinkError> {
        let files = self.files.clone();
        blocking(move || {
            let _turn = files.turn.lock().unwrap_or_else(PoisonError::into_inner);
            let tree = Tree::new(&files.directory);
            open(&tree)
                .and_then(|mut state| work(&mut state, &tree))
                .map_err(|failure| files.error(&failure))
        })
        .await
    }
}

fn open(tree: &Tree) -> Result<State, Failure> {
    let path = tree.state()?.join(FILE);
    State::open(&path, || Ok(tree.found(MEETINGS.name)?))
}

impl Files {
    fn error(&self, failure: &Failure) -> SinkError {
        let (what, cause) = match failure {
            Failure::Tree(_) | Failure::File(_) => {
                let remedy = "correct its permissions, or name another `directory`";
                return SinkError::new(format!("{failure}; {remedy}"));
            }
            Failure::State(StateError::Elsewhere { .. }) => (
                "if the directory was restored from a backup, do nothing: the collector delivers the missing changes again",
                Cause::OutOfStep,
            ),
            Failure::State(StateError::NoBegin) => (
                "remove it, and the collector delivers all meetings again",
                Cause::OutOfStep,
            ),
            Failure::State(StateError::Newer(_)) => (
                "install the newer collector that wrote it, or name another `directory`",
                Cause::Down,
            ),
            Failure::State(StateError::Sql(_)) => (
                "if it is damaged, remove it, and the collector delivers all meetings again",
                Cause::Down,
            ),
        };
        let state = self.directory.join(super::tree::STATE);
        SinkError {
            cause,
            ..SinkError::new(format!(
                "the state of the sink in {}: {failure}; {what}",
                state.display()
            ))
        }
    }
}

impl Sink for Parquet {
    fn applied<'a>(&'a mut self, store: &'a str) -> BoxFuture<'a, Result<Option<i64>, SinkError>> {
        self.ask(store).boxed()
    }

    fn deliver<'a>(&'a mut self, changes: &'a [Change]) -> BoxFuture<'a, Result<(), SinkError>> {
        self.take(changes).boxed()
    }

    /// The configuration refuses to ask for insights here.
    fn tell<'a>(&'a mut self, _: &'a After, _: &'a [Insight]) -> BoxFuture<'a, Result<(), SinkError>> {
        let error = SinkError::new("files of Parquet hold meetings only; remove `insights` from the sink");
        async { Err(error) }.boxed()
    }

    fn try_out(&mut self) -> BoxFuture<'_, Result<String, SinkError>> {
        self.look().boxed()
    }

    fn settle(&mut self) -> BoxFuture<'_, Result<(), SinkError>> {
        self.catch_up().boxed()
    }
}

#[cfg(test)]
mod tests;
