//! A regular file, or anything that is written like one: appends lines, puts long files aside, and reads the last line.

use std::fs::{File, OpenOptions};
use std::io::{self, Read as _, Seek as _, SeekFrom, Write as _};
use std::path::{Path, PathBuf};

use collector_files::data_directory::above;
use serde::Deserialize;

use crate::SinkError;
use crate::writable::try_to_make_a_file;

/// The beginning of every line.
const BEGIN: &[u8] = b"{\"change_id\":";

/// Appends lines. Opens the file for each batch, because it may have been moved or deleted since the last.
pub(super) fn append(path: &Path, rotate: u64, keep: u32, lines: &[u8]) -> io::Result<()> {
    let mut file = open(path)?;
    let data = file.metadata()?;
    if data.is_file() && data.len() >= rotate {
        put_aside(path, keep)?;
        file = open(path)?;
    }
    file.write_all(lines)?;
    // A terminal has nothing to sync.
    if data.is_file() { file.sync_data() } else { Ok(()) }
}

/// The number of the last change of this store, from the end of the file, or else of the file that was put aside last. `None` if the
/// lines never existed or were taken away.
pub(super) fn last_change(path: &Path, store: &str) -> io::Result<Option<i64>> {
    match last_number(path, store)? {
        None => last_number(&aside(path, 1), store),
        found => Ok(found),
    }
}

fn last_number(path: &Path, store: &str) -> io::Result<Option<i64>> {
    #[derive(Deserialize)]
    struct Line {
        change_id: String,
        /// An insight names the change before it.
        after: Option<String>,
    }
    // Checked without opening: opening a pipe waits for its other end.
    match std::fs::metadata(path) {
        Ok(data) if data.is_file() => {}
        Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
        _ => return Ok(None),
    }
    let mut file = File::open(path)?;
    let length = file.metadata()?.len();
    let end = end_of_line(&mut file, length)?;
    let begin = end_of_line(&mut file, end.saturating_sub(1))?;
    file.seek(SeekFrom::Start(begin))?;
    let mut line = Vec::new();
    file.take(end - begin).read_to_end(&mut line)?;
    // A foreign line tells nothing.
    Ok(serde_json::from_slice::<Line>(&line).ok().and_then(|line| {
        let change = line.after.unwrap_or(line.change_id);
        let (of, number) = change.rsplit_once('-')?;
        (of == store).then(|| number.parse().ok())?
    }))
}

/// Whether lines could be appended. Changes nothing: another sink may be writing to the file.
pub(super) fn try_out(path: &Path) -> io::Result<&'static str> {
    match std::fs::metadata(path) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => {
            try_to_make_a_file(above(path))?;
            return Ok("does not exist yet, and can be created");
        }
        Err(error) => return Err(error),
        Ok(_) => {}
    }
    let mut file = OpenOptions::new().read(true).append(true).open(path)?;
    if file.metadata()?.is_file() {
        let whole = file.metadata()?.len();
        let length = end_of_line(&mut file, whole)?;
        ends_with_ours(&mut file, length, whole)?;
    }
    Ok("exists and can be written")
}

/// Opens a file for appending, and cuts off a torn last line.
fn open(path: &Path) -> io::Result<File> {
    let mut options = OpenOptions::new();
    options.read(true).append(true).create(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    let mut file = options.open(path)?;
    // A terminal has no torn lines.
    if file.metadata()?.is_file() {
        let whole = file.metadata()?.len();
        let length = end_of_line(&mut file, whole)?;
        if length < whole {
            ends_with_ours(&mut file, length, whole)?;
            file.set_len(length)?;
        }
        // The file's name must be on disk before its first batch counts as taken.
        #[cfg(unix)]
        if length == 0 {
            File::open(above(path))?.sync_all()?;
        }
    }
    Ok(file)
}

/// The end of the last whole line at or before this offset; 0 if there is none.
fn end_of_line(file: &mut File, mut end: u64) -> io::Result<u64> {
    const BLOCK: u64 = 64 << 10;
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

/// Fails unless the bytes after the last whole line may be the beginning of a line of ours. Nothing else is ever cut off.
fn ends_with_ours(file: &mut File, from: u64, to: u64) -> io::Result<()> {
    file.seek(SeekFrom::Start(from))?;
    let mut tail = Vec::new();
    io::Read::by_ref(file)
        .take((to - from).min(BEGIN.len() as u64))
        .read_to_end(&mut tail)?;
    if BEGIN.starts_with(&tail) {
        return Ok(());
    }
    Err(io::Error::new(
        io::ErrorKind::InvalidData,
        "it does not end with a line of the collector",
    ))
}

/// Renames `NAME` to `NAME.1`, `NAME.1` to `NAME.2`, and so on; drops the last.
fn put_aside(path: &Path, keep: u32) -> io::Result<()> {
    if keep == 0 {
        return std::fs::remove_file(path);
    }
    for number in (1..keep).rev() {
        match std::fs::rename(aside(path, number), aside(path, number + 1)) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
            _ => {}
        }
    }
    std::fs::rename(path, aside(path, 1))
}

fn aside(path: &Path, number: u32) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(format!(".{number}"));
    PathBuf::from(name)
}

pub(super) fn unwritable(path: &Path, cause: &io::Error) -> SinkError {
    SinkError::new(format!(
        "{} cannot be written: {cause}; {}",
        path.display(),
        remedy(cause)
    ))
}

pub(super) fn remedy(cause: &io::Error) -> &'static str {
    match cause.kind() {
        io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded => "free up space on the disk",
        io::ErrorKind::InvalidData => "correct `path` in the sink, or move the file away",
        io::ErrorKind::NotFound => "create the directory, or correct `path` in the sink",
        _ => "correct the permissions, or `path` in the sink",
    }
}
