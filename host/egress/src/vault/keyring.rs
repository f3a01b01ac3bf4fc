//! The operating system's keyring. A keyring does not list its secrets: a file in the data directory holds their names, but not the
//! secrets.
//!
//! All collectors of a user share one keyring. So the name of an entry also contains an id of the data directory, which is created with the
//! first entry and kept in that directory: it moves with the directory. Entries of earlier versions have the secret's name alone, and are
//! read if there is none with the id.
//!
//! On Linux this is the Secret Service (GNOME Keyring, KWallet), which survives a restart; the kernel's keyrings, which do not, are not
//! used. It is used only in a session with a D-Bus address: without one the client would search the usual places for a bus, and a service
//! or a test would reach the keyring of the logged-in user.

#[cfg(not(feature = "keyring"))]
mod none;
#[cfg(feature = "keyring")]
mod system;

use std::fmt::Debug;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use collector_files::data_directory;
use collector_files::whole_file;
use secrecy::{ExposeSecret as _, SecretString};

#[cfg(not(feature = "keyring"))]
use self::none::System;
#[cfg(not(feature = "keyring"))]
pub(crate) use self::none::password;
#[cfg(feature = "keyring")]
use self::system::System;
#[cfg(feature = "keyring")]
pub(crate) use self::system::password;
use super::VaultError;

/// The service under which secrets stand in the keyring.
pub const SERVICE: &str = "collector";
/// The names of the stored secrets, a JSON array.
const NAMES: &str = "secrets.names";
/// The id of the data directory.
const ID: &str = "secrets.id";
/// Its length: hexadecimal digits.
const ID_DIGITS: usize = 32;
/// A larger file is not ours.
const LARGEST: u64 = 1 << 20;

/// A keyring: secrets of the service [`SERVICE`] by their user.
pub(super) trait Ring: Debug + Send + Sync {
    /// Whether the keyring may be tried at all.
    fn usable(&self) -> Result<(), VaultError>;
    fn put(&self, user: &str, value: &SecretString) -> Result<(), VaultError>;
    /// Reads an entry; none if it does not exist.
    fn get(&self, user: &str) -> Result<Option<SecretString>, VaultError>;
    /// Removes an entry. False if it did not exist.
    fn remove(&self, user: &str) -> Result<bool, VaultError>;
}

/// The secrets of one data directory in the keyring. Hold the vault's lock to change them.
#[derive(Debug, Clone)]
pub(super) struct Keyring {
    data: PathBuf,
    ring: Arc<dyn Ring>,
}

impl Keyring {
    /// In the operating system's keyring.
    pub(super) fn of(data: &Path) -> Self {
        Self::with(data, Arc::new(System))
    }

    pub(super) fn with(data: &Path, ring: Arc<dyn Ring>) -> Self {
        Self {
            data: data.to_owned(),
            ring,
        }
    }

    /// Whether a keyring may be tried at all.
    pub(super) fn usable(&self) -> Result<(), VaultError> {
        self.ring.usable()
    }

    /// The names of the stored secrets.
    pub(super) fn names(&self) -> Result<Vec<String>, VaultError> {
        let path = self.data.join(NAMES);
        let Some(text) = read(&path)? else {
            return Ok(Vec::new());
        };
        serde_json::from_slice(&text).map_err(|error| VaultError::Damaged {
            path,
            cause: error.to_string(),
        })
    }

    pub(super) fn write_names(&self, names: &[String]) -> Result<(), VaultError> {
        let path = self.data.join(NAMES);
        let text = serde_json::Value::from(names).to_string();
        whole_file::replace(&path, text.as_bytes(), None).map_err(|cause| VaultError::Io { path, cause })
    }

    /// Stores a secret and reads it back.
    pub(super) fn put(&self, name: &str, value: &SecretString) -> Result<(), VaultError> {
        let id = match self.id()? {
            Some(id) => id,
            None => self.make_id()?,
        };
        let user = user(&id, name);
        self.ring.put(&user, value)?;
        match self.ring.get(&user)? {
            Some(back) if back.expose_secret() == value.expose_secret() => Ok(()),
            _ => Err(VaultError::Keyring("it does not return what was stored".into())),
        }
    }

    /// Reads a stored secret.
    pub(super) fn get(&self, name: &str) -> Result<SecretString, VaultError> {
        let of_this = match self.id()? {
            Some(id) => self.ring.get(&user(&id, name))?,
            None => None,
        };
        let found = match of_this {
            Some(found) => Some(found),
            None => self.ring.get(name)?,
        };
        found.ok_or_else(|| VaultError::Keyring(format!("it has no secret {name:?} for this data directory")))
    }

    /// Removes a secret; a missing one is not an error. An entry of an earlier version is removed only if there is no other: it may also
    /// belong to another data directory.
    pub(super) fn remove(&self, name: &str) -> Result<(), VaultError> {
        let of_this = match self.id()? {
            Some(id) => self.ring.remove(&user(&id, name))?,
            None => false,
        };
        if !of_this {
            self.ring.remove(name)?;
        }
        Ok(())
    }

    /// The id of the data directory; none before the first secret was stored.
    fn id(&self) -> Result<Option<String>, VaultError> {
        let path = self.data.join(ID);
        let Some(text) = read(&path)? else {
            return Ok(None);
        };
        let is_digit = |byte: &u8| matches!(byte, b'0'..=b'9' | b'a'..=b'f');
        match String::from_utf8(text.trim_ascii().to_vec()) {
            Ok(id) if id.len() == ID_DIGITS && id.as_bytes().iter().all(is_digit) => Ok(Some(id)),
            _ => Err(VaultError::Damaged {
                path,
                cause: "it contains no id".to_owned(),
            }),
        }
    }

    fn make_id(&self) -> Result<String, VaultError> {
        let path = self.data.join(ID);
        let id = uuid::Uuid::new_v4().simple().to_string();
        whole_file::create(&path, format!("{id}\n").as_bytes())
            .map_err(|cause| VaultError::Io { path, cause })?;
        Ok(id)
    }
}

/// The entry's name for a secret. A secret's name contains no slash.
fn user(id: &str, name: &str) -> String {
    format!("{id}/{name}")
}

/// A file beside the secrets; none when it is not there.
fn read(path: &Path) -> Result<Option<Vec<u8>>, VaultError> {
    match data_directory::read(path, LARGEST) {
        Ok(text) => Ok(Some(text)),
        Err(cause) if cause.kind() == std::io::ErrorKind::NotFound => Ok(None),
        Err(cause) => Err(VaultError::Io {
            path: path.to_owned(),
            cause,
        }),
    }
}

#[cfg(test)]
pub(super) mod tests;
