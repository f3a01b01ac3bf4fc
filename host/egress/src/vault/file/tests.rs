use secrecy::{ExposeSecret as _, SecretString};

use super::*;

fn value(file: &Encrypted, name: &str) -> Option<String> {
    file.get(name)
        .unwrap()
        .map(|value| value.expose_secret().to_owned())
}

fn secret(text: &str) -> SecretString {
    SecretString::from(text.to_owned())
}

/// A file with one secret.
fn begun(directory: &Path) -> Encrypted {
    let file = Encrypted::of(directory, None);
    file.put("contoso", &secret("s3cret~\"\\\n")).unwrap();
    file
}

#[test]
fn a_secret_that_was_put_is_read_and_stands_nowhere_in_the_clear() {
    let directory = tempfile::tempdir().unwrap();
    let file = begun(directory.path());
    file.put("fabrikam", &secret("another")).unwrap();
    assert_eq!(value(&file, "contoso").unwrap(), "s3cret~\"\\\n");
    assert_eq!(file.names().unwrap(), ["contoso", "fabrikam"]);
    for entry in std::fs::read_dir(directory.path()).unwrap() {
        let content = std::fs::read(entry.unwrap().path()).unwrap();
        assert!(!content.windows(6).any(|part| part == b"s3cret"));
        assert!(!content.windows(7).any(|part| part == b"another"));
    }
    file.remove("contoso").unwrap();
    assert_eq!(
        (value(&file, "contoso"), value(&file, "fabrikam")),
        (None, Some("another".into()))
    );
}

#[test]
#[cfg(unix)]
fn the_file_and_its_key_are_readable_by_their_owner_only() {
    use std::os::unix::fs::PermissionsExt as _;
    let directory = tempfile::tempdir().unwrap();
    begun(directory.path());
    for name in [FILE, KEY] {
        let mode = std::fs::metadata(directory.path().join(name))
            .unwrap()
            .permissions()
            .mode();
        assert_eq!(mode & 0o777, 0o600, "{name}");
    }
}

#[test]
fn another_key_a_damaged_file_and_a_lost_key_are_named_and_nothing_is_overwritten() {
    let directory = tempfile::tempdir().unwrap();
    let file = begun(directory.path());
    let (path, key) = (directory.path().join(FILE), directory.path().join(KEY));
    let (good_file, good_key) = (std::fs::read(&path).unwrap(), std::fs::read(&key).unwrap());
    let refused = |what: &str| {
        let (before, key_before) = (std::fs::read(&path).unwrap(), std::fs::read(&key).ok());
        let error = file.put("contoso", &secret("new")).unwrap_err();
        assert!(error.to_string().contains(what), "{error}");
        assert!(!error.remedy().is_empty());
        assert_eq!(std::fs::read(&path).unwrap(), before);
        assert_eq!(std::fs::read(&key).ok(), key_before);
    };
    let other = Identity::generate().to_string();
    std::fs::write(&key, format!("# made today\n{}\n", other.expose_secret())).unwrap();
    refused("secrets.age is encrypted for another key than the one in");
    std::fs::write(&key, "rubbish").unwrap();
    refused("it contains no age key");
    std::fs::remove_file(&key).unwrap();
    refused("secrets.key of the stored secrets cannot be read");
    std::fs::write(&key, &good_key).unwrap();
    std::fs::write(&path, &good_file[..good_file.len() - 1]).unwrap();
    refused("secrets.age is damaged");
    std::fs::write(&path, "").unwrap();
    refused("secrets.age is damaged");
    std::fs::write(&path, &good_file).unwrap();
    assert_eq!(value(&file, "contoso").unwrap(), "s3cret~\"\\\n");
}

#[test]
fn a_key_elsewhere_is_used_and_never_made() {
    let directory = tempfile::tempdir().unwrap();
    let key = directory.path().join("elsewhere.key");
    let file = Encrypted::of(directory.path(), Some(key.clone()));
    let error = file.put("contoso", &secret("one")).unwrap_err();
    assert!(error.to_string().contains("elsewhere.key"), "{error}");
    assert!(error.remedy().contains("age-keygen"), "{}", error.remedy());
    assert!(!key.exists() && !file.exists());
    std::fs::write(&key, Identity::generate().to_string().expose_secret()).unwrap();
    file.put("contoso", &secret("one")).unwrap();
    assert_eq!(value(&file, "contoso").unwrap(), "one");
    assert!(!directory.path().join(KEY).exists());
}
