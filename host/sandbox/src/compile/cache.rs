//! Machine code of connectors in the data directory: a start with known connectors compiles nothing.
//!
//! Anyone who can change one of these files runs code as the collector. So a file is trusted only if nobody but the collector's own user
//! can have written it: that user owns the file and its folder, others can neither read nor write them, and no link is followed. The file
//! must also be whole, as its first bytes tell. Any other file is compiled again and replaced. To have everything compiled again, remove
//! the folder.

use std::fs::Metadata;
use std::io::Read as _;
use std::path::{Path, PathBuf};
#[cfg(unix)]
use std::sync::Once;
use std::time::SystemTime;

use collector_files::{data_directory, whole_file};
use sha2::{Digest as _, Sha256};

use super::artefact::Artefact;
use super::process::LARGEST_ARTEFACT;

/// The most files kept; the least recently used go first. A company has a handful of connectors, an author of one has many versions.
const MOST: usize = 16;
/// The end of a file's name.
const END: &str = ".code";
/// The bytes before the machine code: its SHA-256.
const HEAD: usize = 32;

/// The place of one connector's machine code.
#[derive(Clone)]
pub(super) struct Cache {
    folder: PathBuf,
    /// The compiler: wasmtime's version, its configuration, and this machine's processor.
    engine: String,
    file: PathBuf,
}

impl Cache {
    /// The place in a data directory.
    pub(super) fn of(data: &Path, digest: &str, engine: &str) -> Self {
        let folder = data.join(data_directory::COMPILED);
        Self {
            file: folder.join(format!("{digest}-{engine}{END}")),
            engine: engine.to_owned(),
            folder,
        }
    }

    /// Reads the kept machine code, if it can be trusted.
    pub(super) fn read(&self) -> Option<Artefact> {
        let folder = std::fs::symlink_metadata(&self.folder).ok()?;
        if !is_ours(&folder) {
            say_open(&self.folder, &folder);
            return None;
        }
        let mut file = data_directory::open(&self.file).ok()?;
        let found = file.metadata().ok()?;
        if !found.is_file() || !is_ours(&found) || found.len() > LARGEST_ARTEFACT + HEAD as u64 {
            return None;
        }
        let mut head = [0; HEAD];
        file.read_exact(&mut head).ok()?;
        let mut code = Vec::with_capacity(usize::try_from(found.len()).ok()?);
        (&mut file).take(LARGEST_ARTEFACT).read_to_end(&mut code).ok()?;
        if Sha256::digest(&code)[..] != head {
            return None;
        }
        // Marks the file as used, since the least recently used go first.
        let _ = file.set_modified(SystemTime::now());
        Some(Artefact::from_own_file(code))
    }

    /// Keeps machine code.
    pub(super) fn write(&self, artefact: &Artefact) -> std::io::Result<()> {
        // Root leaves the directory of a service's user alone: it would not believe what is there, and could be led elsewhere.
        if !owned_by_us(&std::fs::metadata(data_directory::above(&self.folder))?) {
            return Err(std::io::Error::other(
                "the data directory belongs to another user",
            ));
        }
        data_directory::make_folder(&self.folder)?;
        self.make_room()?;
        let mut content = Vec::with_capacity(HEAD + artefact.bytes().len());
        content.extend_from_slice(&Sha256::digest(artefact.bytes()));
        content.extend_from_slice(artefact.bytes());
        whole_file::replace(&self.file, &content, None)
    }

    /// Removes files of other versions of the program, and the least recently used. Unfinished files count like the others: another process
    /// may be writing one.
    fn make_room(&self) -> std::io::Result<()> {
        let mut kept = Vec::new();
        let own = format!("-{}{END}", self.engine);
        for entry in std::fs::read_dir(&self.folder)? {
            let entry = entry?;
            let name = entry.file_name();
            let Some(name) = name.to_str() else { continue };
            if name.ends_with(&own) || name.starts_with(whole_file::UNFINISHED) {
                kept.push((entry.metadata()?.modified()?, entry.path()));
            } else if name.ends_with(END) {
                std::fs::remove_file(entry.path())?;
            }
        }
        kept.sort_unstable();
        let surplus = (kept.len() + 1).saturating_sub(MOST);
        for (_, path) in kept.into_iter().take(surplus) {
            std::fs::remove_file(path)?;
        }
        Ok(())
    }
}

/// Whether only this user can have written it. Root trusts its own files alone: a service user's files are no code for root.
#[cfg(unix)]
fn is_ours(found: &Metadata) -> bool {
    use std::os::unix::fs::MetadataExt as _;
    owned_by_us(found) && found.mode() & 0o077 == 0
}

#[cfg(unix)]
fn owned_by_us(found: &Metadata) -> bool {
    use std::os::unix::fs::MetadataExt as _;
    found.uid() == rustix::process::geteuid().as_raw()
}

/// Says once that a folder of this user's is not believed because others have access to it: otherwise nobody would learn why every start
/// compiles.
#[cfg(unix)]
fn say_open(folder: &Path, found: &Metadata) {
    use std::os::unix::fs::MetadataExt as _;
    static SAID: Once = Once::new();
    if found.is_dir() && owned_by_us(found) {
        SAID.call_once(|| {
            let (folder, mode) = (folder.display(), found.mode() & 0o7777);
            tracing::warn!(
                "connectors are compiled again, because other users have access to the kept machine code in {folder} (the folder's mode is \
                 {mode:04o}); remove their access with `chmod 700 {folder}`"
            );
        });
    }
}

/// On other systems only the data directory's own permissions protect it.
#[cfg(not(unix))]
fn is_ours(_: &Metadata) -> bool {
    true
}

#[cfg(not(unix))]
fn say_open(_: &Path, _: &Metadata) {}

#[cfg(not(unix))]
fn owned_by_us(_: &Metadata) -> bool {
    true
}

#[cfg(test)]
#[cfg(unix)]
mod tests {
    use std::fs::File;
    use std::os::unix::fs::{PermissionsExt as _, symlink};

    use super::*;

    struct Kept {
        data: tempfile::TempDir,
        cache: Cache,
    }

    /// A data directory that holds the machine code of one connector.
    fn kept() -> Kept {
        let data = tempfile::tempdir().unwrap();
        let cache = Cache::of(data.path(), "digest", "engine");
        cache
            .write(&Artefact::from_own_process(b"code".to_vec()))
            .unwrap();
        Kept { data, cache }
    }

    fn read(cache: &Cache) -> Option<Vec<u8>> {
        Some(cache.read()?.bytes().to_vec())
    }

    fn set_mode(path: &Path, mode: u32) {
        std::fs::set_permissions(path, std::fs::Permissions::from_mode(mode)).unwrap();
    }

    #[test]
    fn what_was_kept_is_found_by_the_same_file_and_engine_alone() {
        let Kept { data, cache } = kept();
        assert_eq!(read(&cache).unwrap(), b"code");
        assert_eq!(read(&Cache::of(data.path(), "other", "engine")), None);
        assert_eq!(read(&Cache::of(data.path(), "digest", "other")), None);
        let mode = |path: &Path| std::fs::metadata(path).unwrap().permissions().mode() & 0o777;
        assert_eq!((mode(&cache.folder), mode(&cache.file)), (0o700, 0o600));
    }

    #[test]
    fn root_keeps_nothing_in_the_directory_of_another_user() {
        // Only root can give the directory away.
        if !rustix::process::geteuid().is_root() {
            return;
        }
        let data = tempfile::tempdir().unwrap();
        std::os::unix::fs::chown(data.path(), Some(1234), Some(1234)).unwrap();
        let kept =
            Cache::of(data.path(), "digest", "engine").write(&Artefact::from_own_process(b"code".to_vec()));
        assert!(kept.is_err());
        assert_eq!(std::fs::read_dir(data.path()).unwrap().count(), 0);
    }

    #[test]
    fn a_damaged_file_is_not_believed() {
        let Kept { data: _data, cache } = kept();
        let whole = std::fs::read(&cache.file).unwrap();
        for at in 0..whole.len() {
            let mut damaged = whole.clone();
            damaged[at] ^= 1;
            std::fs::write(&cache.file, damaged).unwrap();
            assert_eq!(read(&cache), None, "byte {at}");
            std::fs::write(&cache.file, &whole[..at]).unwrap();
            assert_eq!(read(&cache), None, "cut at {at}");
        }
        cache
            .write(&Artefact::from_own_process(b"code".to_vec()))
            .unwrap();
        assert_eq!(read(&cache).unwrap(), b"code");
    }

    #[test]
    fn what_others_may_have_written_is_not_believed() {
        let Kept { data, cache } = kept();
        for open in [0o620, 0o602, 0o640, 0o604] {
            set_mode(&cache.file, open);
            assert_eq!(read(&cache), None, "{open:o}");
        }
        set_mode(&cache.file, 0o600);
        for open in [0o770, 0o707, 0o750] {
            set_mode(&cache.folder, open);
            assert_eq!(read(&cache), None, "{open:o}");
        }
        set_mode(&cache.folder, 0o700);
        assert!(read(&cache).is_some());
        let elsewhere = data.path().join("elsewhere");
        std::fs::rename(&cache.file, &elsewhere).unwrap();
        symlink(&elsewhere, &cache.file).unwrap();
        assert_eq!(read(&cache), None);
        std::fs::remove_file(&cache.file).unwrap();
        std::fs::rename(&elsewhere, &cache.file).unwrap();
        let folder = data.path().join("folder");
        std::fs::rename(&cache.folder, &folder).unwrap();
        symlink(&folder, &cache.folder).unwrap();
        assert_eq!(read(&cache), None);
    }

    #[test]
    fn another_users_file_is_not_believed() {
        // Other users cannot give files away.
        if !rustix::process::geteuid().is_root() {
            return;
        }
        let Kept { data: _data, cache } = kept();
        std::os::unix::fs::chown(&cache.file, Some(1234), Some(1234)).unwrap();
        assert_eq!(read(&cache), None);
    }

    #[test]
    fn what_was_used_longest_ago_and_what_another_version_made_goes() {
        let Kept { data, cache } = kept();
        for number in 0..MOST {
            let other = Cache::of(data.path(), &number.to_string(), "engine");
            other.write(&Artefact::from_own_process(vec![0])).unwrap();
            let at = SystemTime::UNIX_EPOCH + std::time::Duration::from_secs(number as u64);
            File::options()
                .write(true)
                .open(&other.file)
                .unwrap()
                .set_modified(at)
                .unwrap();
            assert!(read(&cache).is_some(), "it is used each time");
        }
        let names = || std::fs::read_dir(&cache.folder).unwrap().count();
        assert_eq!(names(), MOST);
        assert_eq!(read(&Cache::of(data.path(), "0", "engine")), None);
        let newer = Cache::of(data.path(), "digest", "newer");
        newer.write(&Artefact::from_own_process(vec![1])).unwrap();
        assert_eq!(names(), 1);
    }
}
