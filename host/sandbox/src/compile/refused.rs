//! Files whose compilation exceeded a limit, by digest, in the data directory: this version of the program never compiles them again,
//! whatever their name. To have all of them tried again, remove this file.

use std::path::Path;

use bytesize::ByteSize;
use collector_files::data_directory;
use collector_files::whole_file;
use serde::{Deserialize, Serialize};

/// The name of the file.
const FILE: &str = "refused-connectors.json";
/// The most files remembered; the oldest is forgotten first. More of them cost a compilation each.
const MOST: usize = 1_000;
/// The most bytes read of the file: the largest number of refusals takes a fifth of it.
const BYTES: u64 = 1 << 20;

/// Why a file is not compiled, now or later.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, thiserror::Error)]
#[serde(rename_all = "kebab-case")]
pub enum Lasting {
    /// It would need more than this many bytes of memory.
    #[error("compiling it takes more than {} of memory; ask its author for a smaller connector", ByteSize(*.0).display().iec())]
    Memory(u64),
    /// It would need more than this many seconds of processor time.
    #[error("compiling it takes more than {0} s of processor time; ask its author for a smaller connector")]
    Processor(u64),
    /// The compiler failed because of a defect, with these words.
    #[error("the compiler failed on it ({0}); ask its author for another build")]
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

/// Why this compiler refused the file with this digest; none if it did not.
pub(super) fn find(directory: &Path, digest: &str, compiler: &str) -> Option<Lasting> {
    let same = |entry: &Entry| entry.digest == digest && entry.compiler == compiler;
    read(directory).into_iter().find(same).map(|entry| entry.reason)
}

/// Records why a file was refused.
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

/// The entries; none if the file cannot be read.
fn read(directory: &Path) -> Vec<Entry> {
    data_directory::read(&directory.join(FILE), BYTES)
        .ok()
        .and_then(|content| serde_json::from_slice(&content).ok())
        .unwrap_or_default()
}

fn add(directory: &Path, entry: Entry) -> std::io::Result<()> {
    let mut entries = read(directory);
    // Findings of other versions no longer count.
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
        // As another process would.
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
            "compiling it takes more than 1.0 GiB of memory; ask its author for a smaller connector"
        );
    }
}
