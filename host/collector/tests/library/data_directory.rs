//! The data directory as its writers leave it: open to its owner only, without links, and refused if others may write there.

#![cfg(unix)]

use std::fs::{self, Permissions};
use std::os::unix::fs::{MetadataExt as _, PermissionsExt as _, chown, symlink};
use std::path::{Path, PathBuf};

use collector_egress::vault::{Place, Vault};
use collector_files::data_directory::{COMPILED, CONNECTORS, FILES, TURNS, make_folder, open, prepare};
use collector_store::lock::Lock;
use collector_store::{SharedStore, Store};
use secrecy::SecretString;
use tempfile::TempDir;

fn mode(path: &Path) -> u32 {
    fs::symlink_metadata(path).unwrap().permissions().mode() & 0o7777
}

fn set_mode(path: &Path, mode: u32) {
    fs::set_permissions(path, Permissions::from_mode(mode)).unwrap();
}

/// A data directory with every kind of file in it, and the names of these files.
fn used() -> (TempDir, PathBuf, Vec<String>) {
    let above = tempfile::tempdir().unwrap();
    let data = above.path().join("data");
    let lock = Lock::take(&data).unwrap();
    let mut store = Store::open(&data).unwrap();
    store.recognize().unwrap();
    store.take_identity("a test").unwrap();
    Vault::of(&data)
        .put_in(Place::File, "a", &SecretString::from("b"))
        .unwrap();
    collector_files::whole_file::replace(&data.join("secrets.names"), b"[]", None).unwrap();
    let names = names(&data);
    drop((store, lock));
    (above, data, names)
}

fn names(data: &Path) -> Vec<String> {
    let mut names: Vec<String> = fs::read_dir(data)
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .collect();
    names.sort();
    names
}

#[test]
fn new_files_are_open_to_their_owner_only() {
    let (_above, data, names) = used();
    let _store = Store::open(&data).unwrap();
    assert_eq!(mode(&data), 0o700);
    for name in [
        "collector.lock",
        "collector.sqlite3",
        "secrets.age",
        "secrets.key",
    ] {
        assert!(names.contains(&name.to_owned()), "{names:?}");
    }
    for name in fs::read_dir(&data).unwrap() {
        let path = name.unwrap().path();
        assert_eq!(mode(&path), 0o600, "{}", path.display());
    }
    // Each file is on the list of files whose mode is tightened and that are checked for links.
    for name in names {
        assert!(FILES.contains(&name.as_str()), "{name}");
    }
}

#[test]
fn files_that_others_could_read_are_closed_at_the_start() {
    let (_above, data, _) = used();
    let connectors = data.join(CONNECTORS);
    fs::create_dir(&connectors).unwrap();
    fs::write(connectors.join("a.wasm"), "").unwrap();
    for name in names(&data) {
        set_mode(&data.join(&name), if name == CONNECTORS { 0o755 } else { 0o644 });
    }
    set_mode(&connectors.join("a.wasm"), 0o664);
    // A foreign file stays as it is.
    fs::write(data.join("changes.jsonl"), "").unwrap();
    set_mode(&data.join("changes.jsonl"), 0o640);
    set_mode(&data, 0o755);
    Store::open(&data).unwrap();
    assert_eq!(mode(&data), 0o700);
    assert_eq!(mode(&connectors), 0o700);
    assert_eq!(mode(&connectors.join("a.wasm")), 0o600);
    assert_eq!(mode(&data.join("changes.jsonl")), 0o640);
    for name in names(&data) {
        if !["changes.jsonl", CONNECTORS].contains(&name.as_str()) {
            assert_eq!(mode(&data.join(&name)), 0o600, "{name}");
        }
    }
}

#[test]
fn a_directory_that_others_may_write_is_refused_by_its_mode_and_with_what_to_do() {
    let (_above, data, _) = used();
    for (open, shown) in [
        (0o770, "0770"),
        (0o707, "0707"),
        (0o2775, "2775"),
        (0o1777, "1777"),
    ] {
        set_mode(&data, open);
        let expected = format!(
            "other users may write to the data directory {path} (its mode is {shown}), and so replace the collector's files; run \
             `chmod go-w {path}`, or set `data` in [collector] to a new directory below it, which the collector creates",
            path = data.display()
        );
        assert_eq!(Lock::take(&data).unwrap_err().to_string(), expected);
        assert_eq!(Store::open(&data).err().unwrap().to_string(), expected);
        assert_eq!(Store::scratch(&data).err().unwrap().to_string(), expected);
        let put = Vault::of(&data).put_in(Place::File, "a", &SecretString::from("c"));
        assert_eq!(put.unwrap_err().to_string(), expected);
        assert_eq!(mode(&data), open, "nothing is changed");
    }
    set_mode(&data, 0o700);
    Store::open(&data).unwrap();
}

#[test]
fn no_link_in_the_place_of_a_file_is_followed() {
    for name in FILES.iter().copied().chain([CONNECTORS, COMPILED, TURNS]) {
        let (above, data, _) = used();
        let elsewhere = above.path().join("elsewhere");
        fs::write(&elsewhere, "untouched").unwrap();
        let _ = fs::remove_file(data.join(name));
        symlink(&elsewhere, data.join(name)).unwrap();
        let said = Store::open(&data).err().unwrap().to_string();
        assert!(
            said.starts_with(&format!("{} is a symbolic link", data.join(name).display())),
            "{said}"
        );
        assert!(Lock::take(&data).is_err());
        let value = SecretString::from("c");
        assert!(Vault::of(&data).put_in(Place::File, "a", &value).is_err());
        assert_eq!(fs::read(&elsewhere).unwrap(), b"untouched", "{name}");
        // Nor when a file is opened without that check: it may be replaced between the check and the opening.
        assert!(open(&data.join(name)).is_err(), "{name}");
    }
}

/// A reader that opens the store beside its writer follows no link either.
#[tokio::test]
async fn a_reader_follows_no_link_to_a_store() {
    let (above, data, _) = used();
    let store = SharedStore::new(Store::open(&data).unwrap());
    let file = data.join("collector.sqlite3");
    fs::rename(&file, above.path().join("elsewhere")).unwrap();
    symlink(above.path().join("elsewhere"), &file).unwrap();
    assert!(store.read(|store| store.accounts()).await.is_err());
}

#[test]
fn the_directory_itself_may_be_a_link() {
    let (above, data, _) = used();
    let link = above.path().join("link");
    symlink(&data, &link).unwrap();
    set_mode(&data, 0o755);
    drop(Lock::take(&link).unwrap());
    drop(Store::open(&link).unwrap());
    assert_eq!(mode(&data), 0o700);
}

#[test]
fn the_directories_above_are_made_as_all_others() {
    let above = tempfile::tempdir().unwrap();
    let probe = above.path().join("probe");
    fs::create_dir(&probe).unwrap();
    let data = above.path().join("var").join("data");
    prepare(&data).unwrap();
    assert_eq!(mode(&data), 0o700);
    assert_eq!(mode(data.parent().unwrap()), mode(&probe));
}

#[test]
fn what_root_makes_in_the_directory_of_another_user_is_that_user_s() {
    // Only root can give files away.
    if !nix::unistd::geteuid().is_root() {
        return;
    }
    let above = tempfile::tempdir().unwrap();
    let data = above.path().join("data");
    fs::create_dir(&data).unwrap();
    set_mode(&data, 0o700);
    chown(&data, Some(1234), Some(1234)).unwrap();
    let lock = Lock::take(&data).unwrap();
    let mut store = Store::open(&data).unwrap();
    store.recognize().unwrap();
    make_folder(&data.join("connectors")).unwrap();
    for name in names(&data) {
        assert_eq!(fs::metadata(data.join(&name)).unwrap().uid(), 1234, "{name}");
    }
    drop((store, lock));
}

#[test]
fn root_gives_away_nothing_through_a_link() {
    // Only root can give files away; for others, the link is refused as well.
    let above = tempfile::tempdir().unwrap();
    let (data, elsewhere) = (above.path().join("data"), above.path().join("elsewhere"));
    for directory in [&data, &elsewhere] {
        fs::create_dir(directory).unwrap();
    }
    let is_root = nix::unistd::geteuid().is_root();
    if is_root {
        chown(&data, Some(1234), Some(1234)).unwrap();
    }
    for folder in [CONNECTORS, COMPILED, TURNS] {
        let link = data.join(folder);
        symlink(&elsewhere, &link).unwrap();
        assert!(make_folder(&link).is_err(), "{folder}");
    }
    let owner = nix::unistd::geteuid().as_raw();
    assert_eq!(fs::metadata(&elsewhere).unwrap().uid(), owner);
}
