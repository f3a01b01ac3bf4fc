//! Files whose compilation exceeded a limit, by digest, in the data directory: none is compiled again by this version of the program, at
//! whatever name and start. To have all tried again, remove the file.

use std::path::{Path, PathBuf};

use bytesize::ByteSize;
use collector_files::data_directory;
use collector_files::whole_file;
use collector_tasks::blocking::blocking;
use serde::{Deserialize, Serialize};

/// The name of the file.
const FILE: &str = "refused-connectors.json";
/// Files that are remembered; the oldest is forgotten for another one. Somebody who has more of them pays with a compilation each.
const MOST: usize = 1_000;
/// Bytes that are read of it: so many refusals have a fifth of it.
const BYTES: u64 = 1 << 20;

/// Why a file is not compiled, now and later.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, thiserror::Error)]
#[serde(rename_all = "kebab-case")]
pub enum Lasting {
    /// It would need more memory than these bytes.
    #[error("it needs more than {} of memory to be compiled; get a smaller connector from whoever made it", ByteSize(*.0).display().iec())]
    Memory(u64),
    /// It would need more time of processors than these seconds.
    #[error(
        "it needs more than {0} s of processor time to be compiled; get a smaller connector from whoever made it"
    )]
    Processor(u64),
    /// The compiler ended in a defect, for which these are the words.
    #[error("the compiler broke over it ({0}); get another build of it from whoever made it")]
    Broke(String),
}

#[derive(Debug, Clone, Serialize, Deserialize)]
struct Entry {
    /// SHA-256, in lower-case hexadecimal.
    digest: String,
    /// The version and configuration of the compiler, and its limits.
    compiler: String,
    reason: Lasting,
}

/// What is remembered of refused files.
#[derive(Debug, Clone, Default)]
pub struct Refusals {
    directory: Option<PathBuf>,
    /// Whether nothing is written.
    only_read: bool,
}

impl Refusals {
    /// In a data directory. It is only written to where the directory is there already.
    pub fn of(data: &Path) -> Self {
        Self {
            directory: Some(data.to_owned()),
            only_read: false,
        }
    }

    /// The same, and nothing is written: for a run that keeps nothing.
    #[must_use]
    pub fn only_read(self) -> Self {
        Self {
            only_read: true,
            ..self
        }
    }

    /// The data directory.
    pub(super) fn directory(&self) -> Option<&Path> {
        self.directory.as_deref()
    }

    /// Whether nothing is written.
    pub(super) fn is_only_read(&self) -> bool {
        self.only_read
    }

    /// Nowhere: nothing is known, and nothing is remembered.
    pub fn nowhere() -> Self {
        Self::default()
    }

    pub(super) async fn get(&self, digest: &str, compiler: &str) -> Option<Lasting> {
        let directory = self.directory.clone()?;
        let entries = blocking(move || read(&directory)).await;
        let same = |entry: &Entry| entry.digest == digest && entry.compiler == compiler;
        entries.into_iter().find(same).map(|entry| entry.reason)
    }

    /// What cannot be written is found out again.
    pub(super) async fn put(&self, digest: &str, compiler: &str, reason: Lasting) {
        let Some(directory) = self.directory.clone().filter(|directory| directory.is_dir()) else {
            return;
        };
        if self.only_read {
            return;
        }
        let entry = Entry {
            digest: digest.to_owned(),
            compiler: compiler.to_owned(),
            reason,
        };
        if let Err(error) = blocking(move || add(&directory, entry)).await {
            tracing::warn!(
                "that a connector cannot be compiled was not written down, the next start tries it again: {error}"
            );
        }
    }
}

/// What is there; nothing when it cannot be read.
fn read(directory: &Path) -> Vec<Entry> {
    data_directory::read(&directory.join(FILE), BYTES)
        .ok()
        .and_then(|content| serde_json::from_slice(&content).ok())
        .unwrap_or_default()
}

fn add(directory: &Path, entry: Entry) -> std::io::Result<()> {
    let mut entries = read(directory);
    // What another version found says nothing any more.
    entries.retain(|other| other.compiler == entry.compiler && other.digest != entry.digest);
    entries.push(entry);
    let over = entries.len().saturating_sub(MOST);
    entries.drain(..over);
    let content = serde_json::to_vec(&entries)?;
    whole_file::replace(&directory.join(FILE), &content, None)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn what_exceeded_a_limit_is_known_by_digest_to_the_same_compiler() {
        let directory = tempfile::tempdir().unwrap();
        let refusals = Refusals::of(directory.path());
        refusals.put("a", "1", Lasting::Memory(1 << 30)).await;
        refusals.put("b", "1", Lasting::Broke("x".into())).await;
        // Another process.
        let refusals = Refusals::of(directory.path());
        assert_eq!(refusals.get("a", "1").await, Some(Lasting::Memory(1 << 30)));
        assert_eq!(refusals.get("b", "1").await, Some(Lasting::Broke("x".into())));
        assert_eq!(refusals.get("c", "1").await, None);
        assert_eq!(refusals.get("a", "2").await, None);
        refusals.put("c", "2", Lasting::Processor(120)).await;
        assert_eq!(refusals.get("a", "1").await, None);
    }

    #[test]
    fn the_oldest_are_forgotten_for_others() {
        let directory = tempfile::tempdir().unwrap();
        let entry = |number: usize| Entry {
            digest: number.to_string(),
            compiler: "1".into(),
            reason: Lasting::Memory(1),
        };
        let all: Vec<Entry> = (0..MOST).map(entry).collect();
        std::fs::write(directory.path().join(FILE), serde_json::to_vec(&all).unwrap()).unwrap();
        add(directory.path(), entry(MOST)).unwrap();
        let known = read(directory.path());
        assert_eq!(known.len(), MOST);
        assert_eq!(known[0].digest, "1");
        assert_eq!(known[MOST - 1].digest, MOST.to_string());
    }

    #[tokio::test]
    async fn a_file_that_is_damaged_or_no_file_remembers_nothing_and_harms_nobody() {
        let directory = tempfile::tempdir().unwrap();
        let refusals = Refusals::of(directory.path());
        std::fs::write(directory.path().join(FILE), "{ not whole").unwrap();
        assert_eq!(refusals.get("a", "1").await, None);
        refusals.put("a", "1", Lasting::Processor(1)).await;
        assert_eq!(refusals.get("a", "1").await, Some(Lasting::Processor(1)));
        let elsewhere = directory.path().join("not-there");
        Refusals::of(&elsewhere)
            .put("a", "1", Lasting::Processor(1))
            .await;
        assert!(!elsewhere.exists());
        assert_eq!(Refusals::nowhere().get("a", "1").await, None);
    }

    #[test]
    fn the_words_say_what_was_too_much() {
        assert_eq!(
            Lasting::Memory(1 << 30).to_string(),
            "it needs more than 1.0 GiB of memory to be compiled; get a smaller connector from whoever made it"
        );
    }
}
