//! Files whose compilation exceeded a limit, by digest, in the data directory: none is compiled again by this version of the program, at
//! whatever name and start. To have all tried again, remove the file.

use std::path::Path;

use bytesize::ByteSize;
use collector_files::data_directory;
use collector_files::whole_file;
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

/// Why the file of this digest was refused by this compiler; none when it was not.
pub(super) fn find(directory: &Path, digest: &str, compiler: &str) -> Option<Lasting> {
    let same = |entry: &Entry| entry.digest == digest && entry.compiler == compiler;
    read(directory).into_iter().find(same).map(|entry| entry.reason)
}

/// Writes down why it was.
pub(super) fn note(
    directory: &Path,
    digest: String,
    compiler: String,
    reason: Lasting,
) -> std::io::Result<()> {
    let entry = Entry {
        digest,
        compiler,
        reason,
    };
    add(directory, entry)
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
    use super::super::Compilations;
    use super::*;

    #[tokio::test]
    async fn what_exceeded_a_limit_is_known_by_digest_to_the_same_compiler() {
        let directory = tempfile::tempdir().unwrap();
        let compilations = Compilations::of(directory.path());
        compilations.refuse("a", "1", Lasting::Memory(1 << 30)).await;
        compilations.refuse("b", "1", Lasting::Broke("x".into())).await;
        // Another process.
        let compilations = Compilations::of(directory.path());
        assert_eq!(
            compilations.refusal("a", "1").await,
            Some(Lasting::Memory(1 << 30))
        );
        assert_eq!(
            compilations.refusal("b", "1").await,
            Some(Lasting::Broke("x".into()))
        );
        assert_eq!(compilations.refusal("c", "1").await, None);
        assert_eq!(compilations.refusal("a", "2").await, None);
        compilations.refuse("c", "2", Lasting::Processor(120)).await;
        assert_eq!(compilations.refusal("a", "1").await, None);
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
        let compilations = Compilations::of(directory.path());
        std::fs::write(directory.path().join(FILE), "{ not whole").unwrap();
        assert_eq!(compilations.refusal("a", "1").await, None);
        compilations.refuse("a", "1", Lasting::Processor(1)).await;
        assert_eq!(compilations.refusal("a", "1").await, Some(Lasting::Processor(1)));
        let elsewhere = directory.path().join("not-there");
        Compilations::of(&elsewhere)
            .refuse("a", "1", Lasting::Processor(1))
            .await;
        assert!(!elsewhere.exists());
        assert_eq!(Compilations::nowhere().refusal("a", "1").await, None);
    }

    #[test]
    fn the_words_say_what_was_too_much() {
        assert_eq!(
            Lasting::Memory(1 << 30).to_string(),
            "it needs more than 1.0 GiB of memory to be compiled; get a smaller connector from whoever made it"
        );
    }
}
