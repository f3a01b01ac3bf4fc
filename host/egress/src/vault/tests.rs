use secrecy::{ExposeSecret as _, SecretString};

use std::sync::Arc;

use super::keyring::tests::{Missing, Shared};
use super::*;

/// A vault that is the encrypted file alone, whatever the tester's environment says.
pub(crate) fn in_file(data: &Path) -> Vault {
    Vault {
        data: data.to_owned(),
        file: Encrypted::of(data, None),
        keyring: Keyring::with(data, Arc::new(Missing)),
    }
}

/// A vault with its key beside its file, whatever the tester's environment says.
fn vault(data: &Path) -> Vault {
    Vault {
        data: data.to_owned(),
        file: Encrypted::of(data, None),
        keyring: Keyring::with(data, Shared::with("in-keyring", "x")),
    }
}

#[test]
fn a_secret_is_found_replaced_and_forgotten() {
    let directory = tempfile::tempdir().unwrap();
    let vault = vault(&directory.path().join("data"));
    assert_eq!(vault.list().unwrap().secrets, []);
    assert!(matches!(vault.get("a"), Err(VaultError::NotFound { .. })));
    assert!(!directory.path().join("data").exists(), "looking makes nothing");
    for value in ["one", "two"] {
        vault
            .put_in(Place::File, "a", &SecretString::from(value.to_owned()))
            .unwrap();
        assert_eq!(vault.get("a").unwrap().expose_secret(), value);
    }
    assert_eq!(vault.list().unwrap().secrets, [("a".to_owned(), Place::File)]);
    vault.remove("a").unwrap();
    assert!(matches!(vault.remove("a"), Err(VaultError::NotFound { .. })));
}

#[test]
fn names_that_would_leave_the_keyring_or_forge_output_are_refused() {
    for name in ["", "a b", "a/b", "\u{1b}[31m", &"x".repeat(129)] {
        assert!(matches!(check_name(name), Err(VaultError::Name(_))), "{name:?}");
    }
    check_name(&"x".repeat(128)).unwrap();
}

#[test]
fn two_that_write_at_once_lose_nothing() {
    let directory = tempfile::tempdir().unwrap();
    std::thread::scope(|scope| {
        for writer in 0..4 {
            let vault = vault(directory.path());
            scope.spawn(move || {
                for number in 0..5 {
                    let value = SecretString::from("x".to_owned());
                    vault
                        .put_in(Place::File, &format!("{writer}-{number}"), &value)
                        .unwrap();
                }
            });
        }
    });
    assert_eq!(vault(directory.path()).list().unwrap().secrets.len(), 20);
}

/// A vault that lost the key of its file with one secret; another secret is in the keyring.
fn lost(directory: &Path) -> Vault {
    let vault = vault(directory);
    vault.put_in(Place::File, "in-file", &"x".into()).unwrap();
    std::fs::remove_file(directory.join("secrets.key")).unwrap();
    vault.keyring.write_names(&["in-keyring".to_owned()]).unwrap();
    vault
}

#[test]
fn what_is_in_the_keyring_is_listed_replaced_and_removed_without_the_key_of_the_file() {
    let directory = tempfile::tempdir().unwrap();
    let vault = lost(directory.path());
    let listing = vault.list().unwrap();
    assert_eq!(listing.secrets, [("in-keyring".to_owned(), Place::Keyring)]);
    let unread = listing.unread.unwrap();
    assert!(unread.to_string().contains("secrets.key"), "{unread}");
    assert!(unread.remedy().contains("`collector secrets reset`"));
    vault.put_in(Place::Keyring, "in-keyring", &"y".into()).unwrap();
    assert_eq!(vault.get("in-keyring").unwrap().expose_secret(), "y");
    vault.remove("in-keyring").unwrap();
    assert_eq!(vault.list().unwrap().secrets, []);
    // The content of the file is unknown.
    let error = vault.remove("in-keyring").unwrap_err();
    assert!(matches!(error, VaultError::Key { .. }), "{error}");
}

#[test]
fn a_file_that_cannot_be_opened_is_set_aside_and_no_other() {
    let directory = tempfile::tempdir().unwrap();
    let data = directory.path();
    let vault = lost(data);
    std::fs::write(data.join("secrets.key"), "rubbish").unwrap();
    let content = std::fs::read(data.join("secrets.age")).unwrap();
    let aside = vault.reset().unwrap();
    assert_eq!(std::fs::read(&aside.file).unwrap(), content);
    assert_eq!(std::fs::read(aside.key.unwrap()).unwrap(), b"rubbish");
    vault.put_in(Place::File, "in-file", &"anew".into()).unwrap();
    assert_eq!(vault.get("in-file").unwrap().expose_secret(), "anew");
    for _ in 0..2 {
        let error = vault.reset().unwrap_err();
        assert!(matches!(error, VaultError::Intact { .. }), "{error}");
        assert_eq!(vault.get("in-file").unwrap().expose_secret(), "anew");
    }
    // Another key is a valid key: the next secret is encrypted for it.
    let key = age::x25519::Identity::generate().to_string();
    std::fs::write(
        data.join("secrets.key"),
        format!("\u{feff}{}\r\n", key.expose_secret()),
    )
    .unwrap();
    assert_eq!(vault.reset().unwrap().key, None);
    vault.put_in(Place::File, "in-file", &"once more".into()).unwrap();
    assert_eq!(vault.get("in-file").unwrap().expose_secret(), "once more");
}
