//! Finds out whether two sinks write the same file, and whether a path is below another. A file can have many names: other spellings, links,
//! and the names that a sink gives its own files when it rotates them.

use std::path::{Component, Path, PathBuf};

use collector_sinks::{JsonlSettings, Target};

/// Names of standard output.
const STDOUT: [&str; 3] = ["/dev/stdout", "/dev/fd/1", "/proc/self/fd/1"];
/// Directories whose files the system makes.
const SYSTEM: [&str; 2] = ["/proc", "/sys"];
/// What the process has open, such as a pipe.
const OPENED: &str = "/proc/self/fd";
/// How many links are followed to a file that does not exist yet.
const LINKS: usize = 8;

/// What the other sink does with the file or standard output that this one writes; none if they share nothing.
pub(super) fn shared(one: &JsonlSettings, other: &JsonlSettings) -> Option<&'static str> {
    match (file(&one.target), file(&other.target)) {
        (None, None) => Some("writes standard output"),
        (Some(path), Some(theirs)) if is_same(path, theirs) => Some("writes this file"),
        (Some(path), Some(theirs)) if is_put_aside(theirs, other.keep, path) => {
            Some("moves its old lines to this file")
        }
        (Some(path), Some(theirs)) if is_put_aside(path, one.keep, theirs) => {
            Some("writes a file to which this sink moves its old lines")
        }
        _ => None,
    }
}

/// The file of a sink; none if it writes standard output.
pub(super) fn file(target: &Target) -> Option<&Path> {
    match target {
        Target::Stdout => None,
        // By name only: what the path leads to differs with each command.
        Target::File(path) => {
            Some(path.as_path()).filter(|path| STDOUT.iter().all(|name| *path != Path::new(name)))
        }
    }
}

/// Whether two paths lead to the same file or directory.
pub(super) fn is_same(one: &Path, other: &Path) -> bool {
    let same_inode = || {
        inode(one)
            .zip(inode(other))
            .is_some_and(|(one, other)| one == other)
    };
    real(one) == real(other) || same_inode()
}

/// Whether a path is a directory or leads into it.
pub(super) fn is_below(path: &Path, directory: &Path) -> bool {
    real(path).starts_with(real(directory))
}

/// Whether a path leads to a file, or through a directory, in the same place as `other`, whose name begins with that of `other`.
pub(super) fn begins(path: &Path, other: &Path) -> bool {
    let (path, other) = (real(path), real(other));
    let (Some(place), Some(name)) = (other.parent(), other.file_name()) else {
        return false;
    };
    let first = path.strip_prefix(place).ok().and_then(|rest| rest.iter().next());
    first.is_some_and(|first| first.as_encoded_bytes().starts_with(name.as_encoded_bytes()))
}

/// Whether a path names what the system shows of itself. By name only, as standard output.
pub(super) fn is_of_the_system(path: &Path) -> bool {
    let path = std::path::absolute(path).unwrap_or_else(|_| path.to_owned());
    let path = without_detours(&path);
    !path.starts_with(OPENED) && SYSTEM.iter().any(|directory| path.starts_with(directory))
}

/// Whether a sink that writes `path` rotates its lines into `file`: `NAME.1` and so on.
fn is_put_aside(path: &Path, keep: u32, file: &Path) -> bool {
    let number = |file: PathBuf| {
        let (place, file_name) = (place(path), file.file_name()?.to_str()?.to_owned());
        let number = file_name
            .strip_prefix(place.file_name()?.to_str()?)?
            .strip_prefix('.')?
            .parse::<u32>()
            .ok()?;
        (file.parent() == place.parent()).then_some(number)
    };
    [place(file), real(file)]
        .into_iter()
        .filter_map(number)
        .any(|number| (1..=keep).contains(&number))
}

/// The path without links and detours, as far as the file system tells.
fn real(path: &Path) -> PathBuf {
    let mut path = path.to_owned();
    for _ in 0..LINKS {
        if let Ok(real) = std::fs::canonicalize(&path) {
            return real;
        }
        // A link to a file that does not exist yet.
        match std::fs::read_link(&path) {
            Ok(target) => path = place(&path).parent().unwrap_or(Path::new("")).join(target),
            Err(_) => break,
        }
    }
    place(&path)
}

/// The path with its real directory. Its last part may still be a link.
fn place(path: &Path) -> PathBuf {
    let path = std::path::absolute(path).unwrap_or_else(|_| path.to_owned());
    let (Some(parent), Some(name)) = (path.parent(), path.file_name()) else {
        return path;
    };
    std::fs::canonicalize(parent)
        .unwrap_or_else(|_| settled(&without_detours(parent)))
        .join(name)
}

/// A directory that does not exist yet, below the real path of the nearest one that does.
fn settled(path: &Path) -> PathBuf {
    let known = path.ancestors().find_map(|known| {
        let (real, rest) = (std::fs::canonicalize(known).ok()?, path.strip_prefix(known).ok()?);
        Some(real.join(rest))
    });
    known.unwrap_or_else(|| path.to_owned())
}

/// The path without `..`, for a directory that does not exist yet.
fn without_detours(path: &Path) -> PathBuf {
    let mut plain = PathBuf::new();
    for component in path.components() {
        if component == Component::ParentDir {
            plain.pop();
        } else {
            plain.push(component);
        }
    }
    plain
}

#[cfg(unix)]
fn inode(path: &Path) -> Option<(u64, u64)> {
    use std::os::unix::fs::MetadataExt as _;
    let data = std::fs::metadata(path).ok()?;
    Some((data.dev(), data.ino()))
}

#[cfg(not(unix))]
fn inode(_: &Path) -> Option<(u64, u64)> {
    None
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;

    /// What two sinks share that each keep two rotated files.
    fn shared(one: &Path, other: &Path) -> Option<&'static str> {
        let sink = |path: &Path| JsonlSettings {
            target: if path == Path::new("-") {
                Target::Stdout
            } else {
                Target::File(path.to_owned())
            },
            rotate: 1 << 20,
            keep: 2,
        };
        super::shared(&sink(one), &sink(other))
    }

    #[test]
    fn a_file_is_recognised_by_any_of_its_names() {
        let directory = tempfile::tempdir().unwrap();
        let at = |name: &str| directory.path().join(name);
        fs::create_dir(at("below")).unwrap();
        let same = Some("writes this file");
        // Before and after the file exists.
        for there in [false, true] {
            if there {
                fs::write(at("a.jsonl"), "").unwrap();
            }
            for name in ["a.jsonl", "./a.jsonl", "below/../a.jsonl", "missing/../a.jsonl"] {
                assert_eq!(shared(&at("a.jsonl"), &at(name)), same, "{name}");
            }
            for name in ["b.jsonl", "below/a.jsonl", "a.jsonl.txt", "missing/a.jsonl"] {
                assert_eq!(shared(&at("a.jsonl"), &at(name)), None, "{name}");
            }
        }
        assert_eq!(shared(Path::new("a.jsonl"), Path::new("./a.jsonl")), same);
        assert_eq!(shared(&at("missing/a"), &at("missing/x/../a")), same);
    }

    #[cfg(unix)]
    #[test]
    fn links_lead_to_the_same_file_also_when_it_is_not_there_yet() {
        let directory = tempfile::tempdir().unwrap();
        let at = |name: &str| directory.path().join(name);
        let same = Some("writes this file");
        std::os::unix::fs::symlink("a.jsonl", at("link")).unwrap();
        std::os::unix::fs::symlink("link", at("link of a link")).unwrap();
        std::os::unix::fs::symlink("round", at("round")).unwrap();
        std::os::unix::fs::symlink(".", at("here")).unwrap();
        for there in [false, true] {
            if there {
                fs::write(at("a.jsonl"), "").unwrap();
                fs::hard_link(at("a.jsonl"), at("hard")).unwrap();
                assert_eq!(shared(&at("a.jsonl"), &at("hard")), same);
            }
            for name in ["link", "link of a link", "here/a.jsonl", "here/link"] {
                assert_eq!(shared(&at("a.jsonl"), &at(name)), same, "{name}");
            }
            assert_eq!(shared(&at("a.jsonl"), &at("round")), None);
        }
    }

    #[test]
    fn there_is_one_standard_output() {
        let stdout = Path::new("-");
        assert_eq!(shared(stdout, stdout), Some("writes standard output"));
        assert_eq!(
            shared(stdout, Path::new("/dev/stdout")),
            Some("writes standard output")
        );
        assert_eq!(shared(stdout, Path::new("a.jsonl")), None);
    }

    #[test]
    fn rotated_files_belong_to_the_sink_too() {
        let directory = tempfile::tempdir().unwrap();
        let at = |name: &str| directory.path().join(name);
        for aside in ["a.1", "a.2", "./a.2"] {
            assert_eq!(
                shared(&at("a"), &at(aside)),
                Some("writes a file to which this sink moves its old lines")
            );
            assert_eq!(
                shared(&at(aside), &at("a")),
                Some("moves its old lines to this file")
            );
        }
        for other in ["a.0", "a.3", "a.01x", "a1", "b.1", "below/a.1"] {
            assert_eq!(shared(&at("a"), &at(other)), None, "{other}");
        }
    }
}
