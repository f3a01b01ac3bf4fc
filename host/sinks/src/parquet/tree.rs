//! A directory of files, one a source and day, laid out as Hive does: `TABLE/source=NAME/date=2026-03-10/part.parquet`.
//!
//! A file is written beside its place and renamed into it, so that a reader finds all of a day or what was there before. Whoever may read the
//! directory may read the files.

use std::fmt::Write as _;
use std::fs::{self, File};
use std::io;
use std::path::{Path, PathBuf};
use std::time::Duration;

use collector_files::{data_directory, whole_file};

use super::day::Day;

/// The name of each file. The folders tell them apart.
const FILE: &str = "part.parquet";
/// What a sink keeps beside its files. Readers skip what begins with a dot.
pub(super) const STATE: &str = ".collector";

/// The age at which nobody is still writing a file.
const ABANDONED: Duration = Duration::from_secs(60 * 60);

/// The directory cannot be read or written.
#[derive(Debug, thiserror::Error)]
#[error("{} cannot be {what}: {cause}", .path.display())]
pub struct TreeError {
    path: PathBuf,
    what: &'static str,
    cause: io::Error,
}

/// The directory.
#[derive(Debug, Clone)]
pub struct Tree {
    root: PathBuf,
}

impl Tree {
    /// The files in this directory. It is created with the first one, for its owner alone.
    pub fn new(root: &Path) -> Self {
        Self {
            root: root.to_owned(),
        }
    }

    /// Whether a sink keeps the files of this directory.
    pub fn is_of_a_sink(&self) -> bool {
        self.root.join(STATE).exists()
    }

    /// Replaces the file of a day if it has another content, and returns whether it had.
    ///
    /// # Errors
    /// See [`TreeError`]; then the file is what it was.
    pub fn put(&self, table: &str, source: &str, day: Day, content: &[u8]) -> Result<bool, TreeError> {
        let path = self.file(table, source, day);
        if is(&path, content).map_err(failed(&path, "read"))? {
            return Ok(false);
        }
        self.write(&path, content).map_err(failed(&path, "written"))?;
        Ok(true)
    }

    /// Removes the file of a day and its folder, and returns whether there was one.
    ///
    /// # Errors
    /// See [`TreeError`].
    pub fn remove(&self, table: &str, source: &str, day: Day) -> Result<bool, TreeError> {
        let path = self.file(table, source, day);
        match fs::remove_file(&path) {
            Ok(()) => {}
            Err(cause) if cause.kind() == io::ErrorKind::NotFound => return Ok(false),
            Err(cause) => return Err(failed(&path, "removed")(cause)),
        }
        if let Some(folder) = path.parent() {
            sweep(folder);
        }
        for folder in path.ancestors().skip(1).take(2) {
            // Another file may be in it, or another day.
            let _ = fs::remove_dir(folder);
        }
        Ok(true)
    }

    /// The days of a source that have a file, in their order.
    ///
    /// # Errors
    /// See [`TreeError`].
    pub fn days(&self, table: &str, source: &str) -> Result<Vec<Day>, TreeError> {
        let folder = self.folder(table, source);
        let mut days: Vec<Day> = names(&folder)
            .map_err(failed(&folder, "read"))?
            .iter()
            .filter_map(|name| Day::from_date(name.strip_prefix("date=")?))
            .filter(|day| self.file(table, source, *day).exists())
            .collect();
        days.sort_unstable();
        Ok(days)
    }

    /// The folders of other sources than these, by their names.
    ///
    /// # Errors
    /// See [`TreeError`].
    pub fn others<'a>(
        &self,
        table: &str,
        sources: impl IntoIterator<Item = &'a str>,
    ) -> Result<Vec<String>, TreeError> {
        let folder = self.root.join(table);
        let mut others = names(&folder).map_err(failed(&folder, "read"))?;
        let known: Vec<String> = sources.into_iter().map(partition).collect();
        others.retain(|name| name.starts_with("source=") && !known.contains(name));
        others.sort_unstable();
        Ok(others)
    }

    /// The sources that have a folder, and their days with a file.
    pub(super) fn found(&self, table: &str) -> Result<Vec<(String, Day)>, TreeError> {
        let mut found = Vec::new();
        for folder in self.others(table, [])? {
            if let Some(source) = source(&folder) {
                let days = self.days(table, &source)?;
                found.extend(days.into_iter().map(|day| (source.clone(), day)));
            }
        }
        Ok(found)
    }

    /// The folder for what a sink keeps, which is created for its owner alone.
    pub(super) fn state(&self) -> Result<PathBuf, TreeError> {
        let folder = self.root.join(STATE);
        let made = if self.root.is_dir() {
            Ok(())
        } else {
            make_root(&self.root)
        };
        made.and_then(|()| data_directory::make_folder(&folder))
            .map_err(failed(&folder, "created"))?;
        Ok(folder)
    }

    fn folder(&self, table: &str, source: &str) -> PathBuf {
        self.root.join(table).join(partition(source))
    }

    fn file(&self, table: &str, source: &str, day: Day) -> PathBuf {
        self.folder(table, source)
            .join(format!("date={}", day.date()))
            .join(FILE)
    }

    fn write(&self, path: &Path, content: &[u8]) -> io::Result<()> {
        if !self.root.is_dir() {
            make_root(&self.root)?;
        }
        let root = fs::metadata(&self.root)?.permissions();
        let folders: Vec<&Path> = path
            .ancestors()
            .skip(1)
            .take_while(|folder| *folder != self.root)
            .collect();
        for folder in folders.into_iter().rev().filter(|folder| !folder.is_dir()) {
            make(folder, &root)?;
        }
        if let Some(folder) = path.parent() {
            sweep(folder);
        }
        whole_file::replace_for_readers(path, content, &root)
    }
}

fn failed(path: &Path, what: &'static str) -> impl FnOnce(io::Error) -> TreeError {
    let path = path.to_owned();
    move |cause| TreeError { path, what, cause }
}

/// The folder of a source. Every byte but letters, digits, `-`, `_` and `.` is escaped as Hive does, so that a name is always one folder.
fn partition(source: &str) -> String {
    let mut name = "source=".to_owned();
    for byte in source.bytes() {
        if byte.is_ascii_alphanumeric() || b"-_.".contains(&byte) {
            name.push(char::from(byte));
        } else {
            // Writes into memory, which cannot fail.
            let _ = write!(name, "%{byte:02X}");
        }
    }
    name
}

/// The source of a folder that [`partition`] names.
fn source(folder: &str) -> Option<String> {
    let mut bytes = Vec::new();
    let mut rest = folder.strip_prefix("source=")?.as_bytes();
    while let Some((first, tail)) = rest.split_first() {
        rest = tail;
        if *first == b'%' {
            let (digits, tail) = rest.split_at_checked(2)?;
            bytes.push(u8::from_str_radix(std::str::from_utf8(digits).ok()?, 16).ok()?);
            rest = tail;
        } else {
            bytes.push(*first);
        }
    }
    let source = String::from_utf8(bytes).ok()?;
    (partition(&source) == folder).then_some(source)
}

/// Whether a file has this content.
fn is(path: &Path, content: &[u8]) -> io::Result<bool> {
    let found = match fs::metadata(path) {
        Ok(found) => found,
        Err(cause) if cause.kind() == io::ErrorKind::NotFound => return Ok(false),
        Err(cause) => return Err(cause),
    };
    Ok(found.len() == content.len() as u64 && fs::read(path)? == content)
}

/// The names in a folder that are text; none if it does not exist.
fn names(folder: &Path) -> io::Result<Vec<String>> {
    let entries = match fs::read_dir(folder) {
        Err(cause) if cause.kind() == io::ErrorKind::NotFound => return Ok(Vec::new()),
        entries => entries?,
    };
    let mut names = Vec::new();
    for entry in entries {
        names.extend(entry?.file_name().into_string().ok());
    }
    Ok(names)
}

/// Removes what was being written when a program was killed. Another program may be writing what is newer.
fn sweep(folder: &Path) {
    for entry in fs::read_dir(folder).into_iter().flatten().flatten() {
        let is_unfinished = entry
            .file_name()
            .to_str()
            .is_some_and(|name| name.starts_with(whole_file::UNFINISHED));
        let age = || entry.metadata().ok()?.modified().ok()?.elapsed().ok();
        if is_unfinished && age().is_some_and(|age| age > ABANDONED) {
            // It costs a little space and nobody reads it.
            let _ = fs::remove_file(entry.path());
        }
    }
}

fn make_root(root: &Path) -> io::Result<()> {
    data_directory::make_folder(root)?;
    whole_file::sync_directory(root)
}

/// Makes a folder whose name survives a power cut, with these permissions whatever the umask is.
fn make(folder: &Path, permissions: &fs::Permissions) -> io::Result<()> {
    match fs::create_dir(folder) {
        // Another export was faster.
        Err(cause) if cause.kind() != io::ErrorKind::AlreadyExists => return Err(cause),
        _ => {}
    }
    fs::set_permissions(folder, permissions.clone())?;
    data_directory::hand_over(&File::open(folder)?, folder);
    whole_file::sync_directory(folder)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn day(date: &str) -> Day {
        Day::from_date(date).unwrap()
    }

    #[test]
    fn no_name_of_a_source_leaves_the_directory() {
        for (source, folder) in [
            ("contoso", "source=contoso"),
            ("..", "source=.."),
            ("../../etc", "source=..%2F..%2Fetc"),
            ("a/b\\c%2F:=", "source=a%2Fb%5Cc%252F%3A%3D"),
            ("Größe\0", "source=Gr%C3%B6%C3%9Fe%00"),
        ] {
            assert_eq!(partition(source), folder);
            assert_eq!(super::source(folder).as_deref(), Some(source));
        }
        for folder in [
            "contoso",
            "source=%2",
            "source=%zz",
            "source=%61",
            "source=a b",
            "source=%FF",
        ] {
            assert_eq!(super::source(folder), None, "{folder}");
        }
    }

    #[test]
    fn a_file_is_written_when_it_changed_and_goes_with_its_folder() {
        let directory = tempfile::tempdir().unwrap();
        let tree = Tree::new(&directory.path().join("below/tree"));
        let (first, second) = (day("2026-03-10"), day("2026-03-11"));
        assert!(tree.days("meetings", "../a").unwrap().is_empty());
        assert!(!tree.remove("meetings", "../a", first).unwrap());
        assert!(tree.put("meetings", "../a", second, b"one").unwrap());
        assert!(tree.put("meetings", "../a", first, b"one").unwrap());
        let file = tree
            .root
            .join("meetings/source=..%2Fa/date=2026-03-10/part.parquet");
        let written = fs::metadata(&file).unwrap().modified().unwrap();
        assert!(!tree.put("meetings", "../a", first, b"one").unwrap());
        assert_eq!(fs::metadata(&file).unwrap().modified().unwrap(), written);
        assert!(tree.put("meetings", "../a", first, b"two").unwrap());
        assert_eq!(fs::read(&file).unwrap(), b"two");
        assert_eq!(tree.days("meetings", "../a").unwrap(), [first, second]);
        assert_eq!(tree.others("meetings", ["b"]).unwrap(), ["source=..%2Fa"]);
        assert!(tree.others("meetings", ["../a"]).unwrap().is_empty());
        // What others put there stays.
        fs::write(file.with_file_name("notes.txt"), "").unwrap();
        assert!(tree.remove("meetings", "../a", first).unwrap());
        assert_eq!(tree.days("meetings", "../a").unwrap(), [second]);
        assert!(tree.remove("meetings", "../a", second).unwrap());
        fs::remove_file(file.with_file_name("notes.txt")).unwrap();
        assert!(!tree.root.join("meetings/source=..%2Fa/date=2026-03-11").exists());
    }

    #[cfg(unix)]
    #[test]
    fn who_may_read_the_directory_may_read_its_files() {
        use std::os::unix::fs::PermissionsExt as _;
        let directory = tempfile::tempdir().unwrap();
        let mode = |path: &Path| fs::metadata(path).unwrap().permissions().mode() & 0o7777;
        for (made, expected) in [(None, 0o700), (Some(0o750), 0o750), (Some(0o2775), 0o2775)] {
            let root = directory.path().join(format!("{expected:o}"));
            if let Some(made) = made {
                fs::create_dir(&root).unwrap();
                fs::set_permissions(&root, fs::Permissions::from_mode(made)).unwrap();
            }
            Tree::new(&root)
                .put("meetings", "a", day("2026-03-10"), b"one")
                .unwrap();
            let folder = root.join("meetings/source=a/date=2026-03-10");
            assert_eq!((mode(&root), mode(&folder)), (expected, expected));
            assert_eq!(mode(&folder.join(FILE)), 0o600 | (expected & 0o044));
        }
    }

    #[test]
    fn a_directory_that_is_a_file_is_named_in_the_error() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("file");
        fs::write(&path, "").unwrap();
        let error = Tree::new(&path)
            .put("meetings", "a", day("2026-03-10"), b"")
            .unwrap_err();
        assert!(error.to_string().contains("part.parquet cannot be"), "{error}");
    }
}
