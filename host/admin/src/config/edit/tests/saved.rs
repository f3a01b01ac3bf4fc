//! The file on disk after a change.

use serde_json::json;

use super::super::*;
use super::WHOLE;

fn on_disk(text: &str) -> (tempfile::TempDir, PathBuf) {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("collector.toml");
    std::fs::write(&path, text).unwrap();
    (directory, path)
}

fn paused(path: &Path) -> ConfigFile {
    let mut file = ConfigFile::open(path).unwrap();
    file.set_paused("contoso", true).unwrap();
    file
}

#[test]
fn a_file_that_would_be_wrong_is_not_written() {
    let (_directory, path) = on_disk(WHOLE);
    let mut file = ConfigFile::open(&path).unwrap();
    let mut written = file.source("contoso").unwrap();
    written["every"] = json!("soon");
    file.replace_source("contoso", &written).unwrap();
    let error = file.save().unwrap_err().to_string();
    assert!(
        error.contains("collector.toml:12:1: source \"contoso\": every: \"soon\" is not a length of time"),
        "{error}"
    );
    assert_eq!(std::fs::read_to_string(&path).unwrap(), WHOLE);
}

#[test]
fn a_change_by_someone_else_is_never_lost() {
    let (_directory, path) = on_disk(WHOLE);
    let file = paused(&path);
    let other = WHOLE.replace("5s", "6s");
    std::fs::write(&path, &other).unwrap();
    assert!(matches!(file.save(), Err(EditError::Changed { .. })));
    assert_eq!(std::fs::read_to_string(&path).unwrap(), other);
    let missing = path.with_file_name("new.toml");
    let mut first = ConfigFile::open(&missing).unwrap();
    first
        .add_source(&json!({ "name": "a", "connector": "o365" }))
        .unwrap();
    std::fs::write(&missing, "").unwrap();
    assert!(matches!(first.save(), Err(EditError::Changed { .. })));
}

#[test]
#[cfg(unix)]
fn permissions_and_links_stay_and_a_new_file_is_private() {
    use std::os::unix::fs::PermissionsExt as _;
    let mode = |path: &Path| std::fs::metadata(path).unwrap().permissions().mode() & 0o777;
    let (directory, path) = on_disk(WHOLE);
    std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o640)).unwrap();
    let link = directory.path().join("link.toml");
    std::os::unix::fs::symlink("collector.toml", &link).unwrap();
    paused(&link).save().unwrap();
    assert!(std::fs::symlink_metadata(&link).unwrap().is_symlink());
    assert!(std::fs::read_to_string(&path).unwrap().contains("paused = true"));
    assert_eq!(mode(&path), 0o640);
    let new = directory.path().join("new.toml");
    let mut file = ConfigFile::open(&new).unwrap();
    file.add_source(&json!({ "name": "a", "connector": "o365" }))
        .unwrap();
    file.save().unwrap();
    assert_eq!(mode(&new), 0o600);
    let files = std::fs::read_dir(directory.path()).unwrap().count();
    assert_eq!(files, 3, "nothing else is left");
}
