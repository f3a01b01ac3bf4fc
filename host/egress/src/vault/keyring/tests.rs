use std::collections::BTreeMap;
use std::sync::Mutex;

use super::*;

/// A keyring that all data directories of a test share.
#[derive(Debug, Default)]
pub(in super::super) struct Shared(Mutex<BTreeMap<String, String>>);

impl Shared {
    /// With an entry of an earlier version.
    pub(in super::super) fn with(user: &str, value: &str) -> Arc<Self> {
        let shared = Self::default();
        shared.entries().insert(user.to_owned(), value.to_owned());
        Arc::new(shared)
    }

    fn entries(&self) -> std::sync::MutexGuard<'_, BTreeMap<String, String>> {
        self.0.lock().unwrap()
    }
}

impl Ring for Shared {
    fn usable(&self) -> Result<(), VaultError> {
        Ok(())
    }

    fn put(&self, user: &str, value: &SecretString) -> Result<(), VaultError> {
        self.entries()
            .insert(user.to_owned(), value.expose_secret().to_owned());
        Ok(())
    }

    fn get(&self, user: &str) -> Result<Option<SecretString>, VaultError> {
        Ok(self.entries().get(user).map(|value| value.as_str().into()))
    }

    fn remove(&self, user: &str) -> Result<bool, VaultError> {
        Ok(self.entries().remove(user).is_some())
    }
}

/// A machine without a keyring.
#[derive(Debug)]
pub(in super::super) struct Missing;

impl Missing {
    fn error() -> VaultError {
        VaultError::Keyring("there is none".to_owned())
    }
}

impl Ring for Missing {
    fn usable(&self) -> Result<(), VaultError> {
        Err(Self::error())
    }

    fn put(&self, _: &str, _: &SecretString) -> Result<(), VaultError> {
        Err(Self::error())
    }

    fn get(&self, _: &str) -> Result<Option<SecretString>, VaultError> {
        Err(Self::error())
    }

    fn remove(&self, _: &str) -> Result<bool, VaultError> {
        Err(Self::error())
    }
}

fn value(keyring: &Keyring) -> Option<String> {
    keyring
        .get("a")
        .ok()
        .map(|value| value.expose_secret().to_owned())
}

#[test]
fn two_data_directories_of_one_user_keep_their_own_secrets_of_one_name() {
    let (one, other) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let ring = Arc::new(Shared::default());
    let one = Keyring::with(one.path(), Arc::clone(&ring) as Arc<dyn Ring>);
    let other = Keyring::with(other.path(), Arc::clone(&ring) as Arc<dyn Ring>);
    one.put("a", &"of one".into()).unwrap();
    other.put("a", &"of the other".into()).unwrap();
    assert_eq!(value(&one).as_deref(), Some("of one"));
    assert_eq!(value(&other).as_deref(), Some("of the other"));
    one.remove("a").unwrap();
    assert_eq!(value(&one), None);
    assert_eq!(value(&other).as_deref(), Some("of the other"));
}

#[test]
fn an_entry_of_an_earlier_version_is_read_until_there_is_one_of_the_data_directory() {
    let directory = tempfile::tempdir().unwrap();
    let ring = Shared::with("a", "before");
    let keyring = Keyring::with(directory.path(), Arc::clone(&ring) as Arc<dyn Ring>);
    assert_eq!(value(&keyring).as_deref(), Some("before"));
    keyring.put("b", &"another".into()).unwrap();
    assert_eq!(value(&keyring).as_deref(), Some("before"));
    keyring.put("a", &"after".into()).unwrap();
    assert_eq!(value(&keyring).as_deref(), Some("after"));
    // It may belong to another data directory.
    assert_eq!(ring.entries().get("a").unwrap(), "before");
    // An entry is removed if there is no other.
    let ring = Shared::with("a", "before");
    let keyring = Keyring::with(directory.path(), Arc::clone(&ring) as Arc<dyn Ring>);
    keyring.remove("a").unwrap();
    assert!(ring.entries().is_empty());
}

#[test]
fn a_data_directory_takes_its_entries_along_when_it_is_renamed() {
    let directory = tempfile::tempdir().unwrap();
    let (before, after) = (directory.path().join("before"), directory.path().join("after"));
    std::fs::create_dir(&before).unwrap();
    let ring: Arc<dyn Ring> = Arc::new(Shared::default());
    Keyring::with(&before, Arc::clone(&ring))
        .put("a", &"x".into())
        .unwrap();
    std::fs::rename(&before, &after).unwrap();
    assert_eq!(value(&Keyring::with(&after, ring)).as_deref(), Some("x"));
}

#[test]
fn an_id_that_is_none_is_told_and_not_replaced() {
    let directory = tempfile::tempdir().unwrap();
    for id in [
        "",
        "x",
        "0123456789abcdef0123456789abcdeg",
        "../../../../../../../../../etc/x",
    ] {
        std::fs::write(directory.path().join(ID), id).unwrap();
        let keyring = Keyring::with(directory.path(), Arc::new(Shared::default()));
        let error = keyring.put("a", &"x".into()).unwrap_err().to_string();
        assert!(
            error.ends_with("secrets.id is damaged: it contains no id"),
            "{error}"
        );
        assert_eq!(std::fs::read(directory.path().join(ID)).unwrap(), id.as_bytes());
    }
}
