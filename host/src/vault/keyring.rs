//! The operating system's keyring. It cannot be asked which secrets it has: the names of those that were put there stand in a file of
//! the data directory, the secrets themselves do not.
//!
//! On Linux this is the Secret Service (GNOME Keyring, KWallet), which survives a restart; the kernel's keyrings, which do not, are not
//! used. It is asked only in a session that has a D-Bus address: without one the client would look for a bus at the usual places, and a
//! service or a test would reach the keyring of whoever is logged in.

use std::path::{Path, PathBuf};

use ::keyring::Entry;
use secrecy::{ExposeSecret as _, SecretString};
use zeroize::Zeroizing;

use super::VaultError;

/// The service under which secrets stand in the keyring.
pub(crate) const SERVICE: &str = "collector";
/// The names of the secrets that are there, a JSON array.
const NAMES: &str = "secrets.names";

/// Whether a keyring may be tried at all.
pub(super) fn usable() -> Result<(), VaultError> {
    let needs_session = cfg!(all(unix, not(target_os = "macos")));
    if needs_session && std::env::var_os("DBUS_SESSION_BUS_ADDRESS").is_none_or(|address| address.is_empty())
    {
        return Err(VaultError::Keyring(
            "there is no session with a keyring here (DBUS_SESSION_BUS_ADDRESS is not set)".into(),
        ));
    }
    Ok(())
}

/// Puts a secret and reads it back.
pub(super) fn put(name: &str, value: &SecretString) -> Result<(), VaultError> {
    let entry = entry(name)?;
    entry.set_password(value.expose_secret()).map_err(failed)?;
    let back = entry.get_password().map(Zeroizing::new).map_err(failed)?;
    if *back != *value.expose_secret() {
        return Err(VaultError::Keyring("it does not give back what was put".into()));
    }
    Ok(())
}

pub(super) fn get(name: &str) -> Result<SecretString, VaultError> {
    entry(name)?
        .get_password()
        .map(SecretString::from)
        .map_err(failed)
}

/// Removes a secret; one that is not there is no error.
pub(super) fn remove(name: &str) -> Result<(), VaultError> {
    match entry(name)?.delete_credential() {
        Ok(()) | Err(::keyring::Error::NoEntry) => Ok(()),
        Err(error) => Err(failed(error)),
    }
}

/// The names of the secrets of a data directory that are in the keyring.
pub(super) fn names(data: &Path) -> Result<Vec<String>, VaultError> {
    let path = data.join(NAMES);
    match std::fs::read(&path) {
        Ok(text) => serde_json::from_slice(&text).map_err(|error| VaultError::Damaged {
            path,
            cause: error.to_string(),
        }),
        Err(cause) if cause.kind() == std::io::ErrorKind::NotFound => Ok(Vec::new()),
        Err(cause) => Err(VaultError::Io { path, cause }),
    }
}

pub(super) fn write_names(data: &Path, names: &[String]) -> Result<(), VaultError> {
    let path: PathBuf = data.join(NAMES);
    let text = serde_json::Value::from(names).to_string();
    crate::whole_file::replace(&path, text.as_bytes(), None).map_err(|cause| VaultError::Io { path, cause })
}

fn entry(name: &str) -> Result<Entry, VaultError> {
    usable()?;
    Entry::new(SERVICE, name).map_err(failed)
}

/// The keyring's words; of its errors one carries what was read.
fn failed(error: ::keyring::Error) -> VaultError {
    VaultError::Keyring(match error {
        ::keyring::Error::BadEncoding(_) => "what is there is not text".to_owned(),
        other => other.to_string(),
    })
}
