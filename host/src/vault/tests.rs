use secrecy::{ExposeSecret as _, SecretString};

use super::*;

/// A vault whose key is beside its file, whatever the tester's environment says.
fn vault(data: &Path) -> Vault {
    Vault {
        data: data.to_owned(),
        file: Encrypted::of(data, None),
    }
}

#[test]
fn a_secret_is_found_replaced_and_forgotten() {
    let directory = tempfile::tempdir().unwrap();
    let vault = vault(&directory.path().join("data"));
    assert_eq!(vault.list().unwrap(), []);
    assert!(matches!(vault.get("a"), Err(VaultError::NotFound { .. })));
    assert!(!directory.path().join("data").exists(), "looking makes nothing");
    for value in ["one", "two"] {
        vault
            .put_in(Place::File, "a", &SecretString::from(value.to_owned()))
            .unwrap();
        assert_eq!(vault.get("a").unwrap().expose_secret(), value);
    }
    assert_eq!(vault.list().unwrap(), [("a".to_owned(), Place::File)]);
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
    assert_eq!(vault(directory.path()).list().unwrap().len(), 20);
}
