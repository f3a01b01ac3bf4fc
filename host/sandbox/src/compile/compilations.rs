//! What a data directory tells about files that were compiled before: which ones were refused, and the machine code of others.

use std::path::{Path, PathBuf};

use collector_files::data_directory;
use collector_tasks::blocking::blocking;

use super::artefact::Artefact;
use super::cache::Cache;
use super::refused::{self, Lasting};

/// Results of earlier compilations, by digest.
#[derive(Debug, Clone, Default)]
pub struct Compilations {
    directory: Option<PathBuf>,
    writes: Writes,
}

/// When results are written.
#[derive(Debug, Clone, Copy, Default)]
enum Writes {
    Never,
    /// If the data directory exists.
    #[default]
    IfThere,
    /// Always: the data directory is created if it does not exist.
    Always,
}

impl Compilations {
    /// In a data directory. Writes to it only if it already exists.
    pub fn of(data: &Path) -> Self {
        Self {
            directory: Some(data.to_owned()),
            writes: Writes::IfThere,
        }
    }

    /// The same, but writes nothing: for a run that keeps nothing.
    #[must_use]
    pub fn only_read(self) -> Self {
        Self {
            writes: Writes::Never,
            ..self
        }
    }

    /// The same, but creates the data directory for the first result: for a run that stores meetings there later.
    #[must_use]
    pub fn creating(self) -> Self {
        Self {
            writes: Writes::Always,
            ..self
        }
    }

    /// Nowhere: knows nothing and remembers nothing.
    pub fn nowhere() -> Self {
        Self::default()
    }

    /// Why this compiler refused a file; none if it did not.
    pub(super) async fn refusal(&self, digest: &str, compiler: &str) -> Option<Lasting> {
        let directory = self.directory.clone()?;
        let (digest, compiler) = (digest.to_owned(), compiler.to_owned());
        blocking(move || refused::find(&directory, &digest, &compiler)).await
    }

    /// Notes why a file was refused. A note that cannot be written is found out again.
    pub(super) async fn refuse(&self, digest: &str, compiler: &str, reason: Lasting) {
        let Some(directory) = self.writable().await else {
            return;
        };
        let (digest, compiler) = (digest.to_owned(), compiler.to_owned());
        if let Err(error) = blocking(move || refused::note(&directory, digest, compiler, reason)).await {
            tracing::warn!(
                "cannot record that a connector was refused, so the next start compiles it again: {error}"
            );
        }
    }

    /// The machine code that this engine's compiler made of a file, if it is kept and can be trusted.
    pub(super) async fn machine_code(&self, digest: &str, engine: &str) -> Option<Artefact> {
        let cache = Cache::of(self.directory.as_deref()?, digest, engine);
        blocking(move || cache.read()).await
    }

    /// Keeps machine code. If that fails, the next start compiles again.
    pub(super) async fn keep(&self, digest: &str, engine: &str, artefact: Artefact) {
        let Some(directory) = self.writable().await else {
            return;
        };
        let cache = Cache::of(&directory, digest, engine);
        if let Err(error) = blocking(move || cache.write(&artefact)).await {
            tracing::debug!("cannot keep the machine code of a connector: {error}");
        }
    }

    /// The data directory, if it may be written to.
    async fn writable(&self) -> Option<PathBuf> {
        let (directory, writes) = (self.directory.clone()?, self.writes);
        blocking(move || {
            let may = match writes {
                Writes::Never => false,
                Writes::IfThere => directory.is_dir(),
                // Whoever opens the store says what is wrong with the directory.
                Writes::Always => data_directory::prepare(&directory).is_ok(),
            };
            may.then_some(directory)
        })
        .await
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn no_data_directory_is_made_for_it() {
        let above = tempfile::tempdir().unwrap();
        let compilations = Compilations::of(&above.path().join("not-there"));
        compilations
            .keep("digest", "engine", Artefact::from_own_process(vec![0]))
            .await;
        assert_eq!(std::fs::read_dir(above.path()).unwrap().count(), 0);
    }

    #[tokio::test]
    async fn who_stores_meetings_later_creates_the_data_directory_for_it() {
        let above = tempfile::tempdir().unwrap();
        let compilations = Compilations::of(&above.path().join("not-there")).creating();
        compilations
            .keep("digest", "engine", Artefact::from_own_process(vec![0]))
            .await;
        assert!(compilations.machine_code("digest", "engine").await.is_some());
    }

    #[tokio::test]
    async fn who_only_reads_finds_what_is_there_and_leaves_nothing() {
        let data = tempfile::tempdir().unwrap();
        let writing = Compilations::of(data.path());
        let reading = writing.clone().only_read();
        reading
            .keep("digest", "engine", Artefact::from_own_process(vec![0]))
            .await;
        reading.refuse("other", "compiler", Lasting::Memory(1)).await;
        assert_eq!(std::fs::read_dir(data.path()).unwrap().count(), 0);
        writing
            .keep("digest", "engine", Artefact::from_own_process(vec![0]))
            .await;
        assert!(reading.machine_code("digest", "engine").await.is_some());
    }
}
