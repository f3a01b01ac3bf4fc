//! JSON Lines: one change a line, appended to a file or written to standard output.
//!
//! A batch counts as taken only when it is on disk. A crash can tear the last line: it is cut off before the next batch, which brings
//! that line again. A line that was repeated is recognised by its `change_id`.

use std::fs::{File, OpenOptions};
use std::io::{self, Read as _, Seek as _, SeekFrom, Write as _};
use std::path::{Path, PathBuf};
use std::time::Duration;

use futures::FutureExt as _;
use futures::future::BoxFuture;

use crate::{Change, Sink, SinkError};

/// Where lines go.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Target {
    /// Standard output.
    Stdout,
    /// A file, made when it is not there, readable by its owner only.
    File(PathBuf),
}

/// What this sink needs to know.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct JsonlSettings {
    /// Where lines go.
    pub target: Target,
    /// The size in bytes from which on a file is put aside, as `NAME.1`, and a new one begun.
    pub rotate: u64,
    /// How many files are kept aside; the oldest goes first.
    pub keep: u32,
}

/// How every line begins.
const BEGIN: &[u8] = b"{\"change_id\":";
/// How long a reader of standard output or of a pipe may let a batch wait.
const TIME: Duration = Duration::from_secs(60);

/// Writes lines.
pub(crate) struct Jsonl {
    settings: JsonlSettings,
}

impl Jsonl {
    pub(crate) fn new(settings: JsonlSettings) -> Self {
        Self { settings }
    }
}

fn write(settings: &JsonlSettings, lines: &[u8]) -> Result<(), SinkError> {
    match &settings.target {
        Target::Stdout => {
            let mut out = io::stdout().lock();
            out.write_all(lines).and_then(|()| out.flush()).map_err(|cause| {
                SinkError::new(format!(
                    "standard output cannot be written: {cause}; whoever read it may have ended"
                ))
            })
        }
        Target::File(path) => write_file(path, settings, lines).map_err(|cause| {
            let path = path.display();
            SinkError::new(format!("{path} cannot be written: {cause}; {}", remedy(&cause)))
        }),
    }
}

/// The file is opened for each batch: it may have been moved or deleted since the last.
fn write_file(path: &Path, settings: &JsonlSettings, lines: &[u8]) -> io::Result<()> {
    let mut file = open(path)?;
    let data = file.metadata()?;
    if data.is_file() && data.len() >= settings.rotate {
        put_aside(path, settings.keep)?;
        file = open(path)?;
    }
    file.write_all(lines)?;
    // A pipe or a terminal has nothing to sync.
    if data.is_file() { file.sync_data() } else { Ok(()) }
}

impl Sink for Jsonl {
    fn deliver<'a>(&'a mut self, changes: &'a [Change]) -> BoxFuture<'a, Result<(), SinkError>> {
        async move {
            let mut lines = String::new();
            for change in changes {
                lines.push_str(&change.json());
                lines.push('\n');
            }
            let settings = self.settings.clone();
            // Away from the executor: whoever reads a pipe may let it wait, and a stop must not.
            let written = tokio::task::spawn_blocking(move || write(&settings, lines.as_bytes()));
            match tokio::time::timeout(TIME, written).await {
                Ok(Ok(result)) => result,
                Ok(Err(error)) => Err(SinkError::new(format!("the writing was broken off: {error}"))),
                Err(_) => Err(SinkError::new("nobody reads what is written; look at the reader")),
            }
        }
        .boxed()
    }
}

/// Opens a file to append to it, at the end of its last whole line.
fn open(path: &Path) -> io::Result<File> {
    let mut options = OpenOptions::new();
    options.read(true).append(true).create(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    let mut file = options.open(path)?;
    // A pipe or a terminal has no torn lines.
    if file.metadata()?.is_file() {
        let length = end_of_last_line(&mut file)?;
        let whole = file.metadata()?.len();
        if length < whole {
            if !is_ours(&mut file, length, whole)? {
                return Err(io::Error::new(
                    io::ErrorKind::InvalidData,
                    "it ends in something else than a line of ours",
                ));
            }
            file.set_len(length)?;
        }
        // The file's name must be on disk before its first batch counts as taken.
        #[cfg(unix)]
        if length == 0
            && let Some(directory) = path.parent()
        {
            let directory = if directory.as_os_str().is_empty() {
                Path::new(".")
            } else {
                directory
            };
            File::open(directory)?.sync_all()?;
        }
    }
    Ok(file)
}

fn end_of_last_line(file: &mut File) -> io::Result<u64> {
    const BLOCK: u64 = 64 << 10;
    let mut end = file.metadata()?.len();
    while end > 0 {
        let begin = end.saturating_sub(BLOCK);
        file.seek(SeekFrom::Start(begin))?;
        let mut block = Vec::new();
        io::Read::by_ref(file).take(end - begin).read_to_end(&mut block)?;
        if let Some(at) = block.iter().rposition(|byte| *byte == b'\n') {
            return Ok(begin + at as u64 + 1);
        }
        end = begin;
    }
    Ok(0)
}

/// Whether what stands behind the last whole line may be the beginning of a line of ours: nothing else is ever cut off.
fn is_ours(file: &mut File, from: u64, to: u64) -> io::Result<bool> {
    file.seek(SeekFrom::Start(from))?;
    let mut tail = Vec::new();
    io::Read::by_ref(file)
        .take((to - from).min(BEGIN.len() as u64))
        .read_to_end(&mut tail)?;
    Ok(BEGIN.starts_with(&tail))
}

/// Renames `NAME` to `NAME.1`, `NAME.1` to `NAME.2`, and so on; the last goes.
fn put_aside(path: &Path, keep: u32) -> io::Result<()> {
    let aside = |number: u32| {
        let mut name = path.as_os_str().to_owned();
        name.push(format!(".{number}"));
        PathBuf::from(name)
    };
    if keep == 0 {
        return std::fs::remove_file(path);
    }
    for number in (1..keep).rev() {
        match std::fs::rename(aside(number), aside(number + 1)) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
            _ => {}
        }
    }
    std::fs::rename(path, aside(1))
}

fn remedy(cause: &io::Error) -> &'static str {
    match cause.kind() {
        io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded => "make room on the disk",
        io::ErrorKind::InvalidData => "correct `path` in the sink, or move the file away",
        io::ErrorKind::NotFound => "make the directory, or correct `path` in the sink",
        _ => "correct the permissions, or `path` in the sink",
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::change::tests::change;

    fn sink(path: &Path, rotate: u64) -> Jsonl {
        Jsonl::new(JsonlSettings {
            target: Target::File(path.to_owned()),
            rotate,
            keep: 2,
        })
    }

    fn numbers(path: &Path) -> Vec<i64> {
        std::fs::read_to_string(path)
            .unwrap_or_default()
            .lines()
            .map(|line| {
                let line: serde_json::Value = serde_json::from_str(line).unwrap();
                line["change_id"]
                    .as_str()
                    .unwrap()
                    .split_once('-')
                    .unwrap()
                    .1
                    .parse()
                    .unwrap()
            })
            .collect()
    }

    #[tokio::test(flavor = "multi_thread")]
    async fn a_torn_last_line_is_cut_off_and_comes_again() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("changes.jsonl");
        sink(&path, 1 << 30)
            .deliver(&[change(1), change(2)])
            .await
            .unwrap();
        let whole = std::fs::read(&path).unwrap();
        for torn in 1..whole.len() / 2 {
            std::fs::write(&path, &whole[..whole.len() - torn]).unwrap();
            sink(&path, 1 << 30)
                .deliver(&[change(2), change(3)])
                .await
                .unwrap();
            assert_eq!(numbers(&path), [1, 2, 3], "{torn} bytes were missing");
        }
    }

    #[tokio::test(flavor = "multi_thread")]
    async fn a_line_longer_than_a_block_that_was_torn_leaves_nothing() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("changes.jsonl");
        std::fs::write(&path, format!("{{\"change_id\":\"{}", "x".repeat(200_000))).unwrap();
        sink(&path, 1 << 30).deliver(&[change(1)]).await.unwrap();
        assert_eq!(numbers(&path), [1]);
    }

    #[tokio::test(flavor = "multi_thread")]
    async fn a_file_of_somebody_else_is_left_alone() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("letter.txt");
        std::fs::write(&path, "Dear reader").unwrap();
        let error = sink(&path, 1 << 30).deliver(&[change(1)]).await.unwrap_err();
        assert!(
            error.to_string().ends_with(
                "it ends in something else than a line of ours; correct `path` in the sink, or move the file away"
            ),
            "{error}"
        );
        assert_eq!(std::fs::read_to_string(&path).unwrap(), "Dear reader");
    }

    #[tokio::test(flavor = "multi_thread")]
    async fn a_file_that_was_taken_away_is_made_anew() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("changes.jsonl");
        let mut sink = sink(&path, 1 << 30);
        sink.deliver(&[change(1)]).await.unwrap();
        std::fs::rename(&path, directory.path().join("taken.jsonl")).unwrap();
        sink.deliver(&[change(2)]).await.unwrap();
        assert_eq!(numbers(&path), [2]);
    }

    #[tokio::test(flavor = "multi_thread")]
    async fn files_are_put_aside_by_size_and_no_line_is_split() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("changes.jsonl");
        let mut sink = sink(&path, 500);
        for number in 1..=6 {
            sink.deliver(&[change(number)]).await.unwrap();
        }
        let aside = |number: u32| directory.path().join(format!("changes.jsonl.{number}"));
        assert_eq!(numbers(&path), [5, 6]);
        assert_eq!(numbers(&aside(1)), [3, 4]);
        assert_eq!(numbers(&aside(2)), [1, 2]);
        for number in 7..=9 {
            sink.deliver(&[change(number)]).await.unwrap();
        }
        assert_eq!(numbers(&path), [9]);
        assert_eq!(numbers(&aside(2)), [5, 6], "the oldest file went");
    }

    #[cfg(unix)]
    #[tokio::test(flavor = "multi_thread")]
    async fn the_file_is_its_owners_only() {
        use std::os::unix::fs::PermissionsExt as _;
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("changes.jsonl");
        sink(&path, 500).deliver(&[change(1)]).await.unwrap();
        assert_eq!(
            std::fs::metadata(&path).unwrap().permissions().mode() & 0o777,
            0o600
        );
    }

    #[cfg(target_os = "linux")]
    #[tokio::test(flavor = "multi_thread")]
    async fn a_full_disk_is_said() {
        let error = sink(Path::new("/dev/full"), 1 << 30)
            .deliver(&[change(1)])
            .await
            .unwrap_err();
        assert_eq!(
            error.to_string(),
            "/dev/full cannot be written: No space left on device (os error 28); make room on the disk"
        );
    }

    #[tokio::test(flavor = "multi_thread")]
    async fn a_directory_that_is_not_there_is_said_and_once_it_is_there_the_batch_is_taken() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("later/changes.jsonl");
        let mut sink = sink(&path, 500);
        let error = sink.deliver(&[change(1)]).await.unwrap_err();
        assert!(
            error
                .to_string()
                .ends_with("make the directory, or correct `path` in the sink"),
            "{error}"
        );
        std::fs::create_dir(path.parent().unwrap()).unwrap();
        sink.deliver(&[change(1)]).await.unwrap();
        assert_eq!(numbers(&path), [1]);
    }
}
