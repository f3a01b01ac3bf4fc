//! `secrets.age`: a JSON object of names and secrets, encrypted with age (<https://age-encryption.org>) to one X25519 key.

use std::collections::BTreeMap;
use std::io::Read as _;
use std::path::{Path, PathBuf};

use age::x25519::Identity;
use age::{DecryptError, Decryptor};
use collector_files::byte_order;
use collector_files::data_directory;
use collector_files::whole_file;
use secrecy::{ExposeSecret as _, SecretString};
use zeroize::Zeroizing;

use super::{SetAside, VaultError};

/// The encrypted file in the data directory.
const FILE: &str = "secrets.age";
/// The key beside it, if no other file is named.
const KEY: &str = "secrets.key";
/// A larger file is not ours.
const LARGEST: u64 = 16 << 20;

/// The encrypted file of a data directory. Hold the vault's lock to change it.
#[derive(Debug, Clone)]
pub(super) struct Encrypted {
    path: PathBuf,
    key: PathBuf,
    /// Whether the vault may create the key.
    own_key: bool,
}

type Secrets = BTreeMap<String, SecretString>;

impl Encrypted {
    /// The file with the key in `key`, or beside it.
    pub(super) fn of(data: &Path, key: Option<PathBuf>) -> Self {
        Self {
            path: data.join(FILE),
            own_key: key.is_none(),
            key: key.unwrap_or_else(|| data.join(KEY)),
        }
    }

    pub(super) fn exists(&self) -> bool {
        self.path.exists()
    }

    pub(super) fn names(&self) -> Result<Vec<String>, VaultError> {
        Ok(self.read()?.into_keys().collect())
    }

    pub(super) fn get(&self, name: &str) -> Result<Option<SecretString>, VaultError> {
        Ok(self.read()?.remove(name))
    }

    pub(super) fn put(&self, name: &str, value: &SecretString) -> Result<(), VaultError> {
        let mut secrets = self.read()?;
        secrets.insert(name.to_owned(), value.clone());
        let identity = if self.own_key && !self.exists() && !self.key.exists() {
            self.make_key()?
        } else {
            self.identity()?
        };
        self.write(&secrets, &identity)
    }

    pub(super) fn remove(&self, name: &str) -> Result<(), VaultError> {
        let mut secrets = self.read()?;
        if secrets.remove(name).is_none() {
            return Ok(());
        }
        self.write(&secrets, &self.identity()?)
    }

    pub(super) fn intact(&self) -> VaultError {
        VaultError::Intact {
            path: self.path.clone(),
        }
    }

    /// Renames the file; and the key too, if it is the vault's own and invalid.
    pub(super) fn set_aside(&self) -> Result<SetAside, VaultError> {
        let aside = |path: &Path| {
            let to = (1_u32..)
                .map(|number| {
                    let mut name = path.as_os_str().to_owned();
                    name.push(format!(".lost-{number}"));
                    PathBuf::from(name)
                })
                .find(|to| !to.exists())
                .unwrap_or_default();
            std::fs::rename(path, &to)
                .map(|()| to)
                .map_err(|cause| VaultError::Io {
                    path: path.to_owned(),
                    cause,
                })
        };
        let no_key = self.own_key && self.key.exists() && self.identity().is_err();
        Ok(SetAside {
            file: aside(&self.path)?,
            key: no_key.then(|| aside(&self.key)).transpose()?,
        })
    }

    /// All secrets; empty if there is no file.
    fn read(&self) -> Result<Secrets, VaultError> {
        let io = |cause| VaultError::Io {
            path: self.path.clone(),
            cause,
        };
        let encrypted = match data_directory::read(&self.path, LARGEST) {
            Ok(encrypted) if encrypted.len() as u64 > LARGEST => {
                return Err(self.damaged("it is far too large"));
            }
            Ok(encrypted) => encrypted,
            Err(cause) if cause.kind() == std::io::ErrorKind::NotFound => return Ok(Secrets::new()),
            Err(cause) => return Err(io(cause)),
        };
        let identity = self.identity()?;
        let mut plain = Zeroizing::new(Vec::with_capacity(encrypted.len()));
        let decrypted = Decryptor::new_buffered(encrypted.as_slice())
            .and_then(|decryptor| decryptor.decrypt(std::iter::once(&identity as &dyn age::Identity)));
        match decrypted {
            Ok(mut reader) => {
                reader
                    .read_to_end(&mut plain)
                    .map_err(|error| self.damaged(&error.to_string()))?;
            }
            Err(DecryptError::NoMatchingKeys) => {
                return Err(VaultError::OtherKey {
                    path: self.path.clone(),
                    key: self.key.clone(),
                });
            }
            Err(error) => return Err(self.damaged(&error.to_string())),
        }
        let secrets: BTreeMap<String, String> = serde_json::from_slice(&plain)
            .map_err(|_| self.damaged("it does not contain a JSON object of strings"))?;
        Ok(secrets
            .into_iter()
            .map(|(name, value)| (name, SecretString::from(value)))
            .collect())
    }

    fn write(&self, secrets: &Secrets, identity: &Identity) -> Result<(), VaultError> {
        let exposed: BTreeMap<&str, &str> = secrets
            .iter()
            .map(|(name, value)| (name.as_str(), value.expose_secret()))
            .collect();
        // Large enough not to move while it is written, which would leave a copy: escaping turns a byte into at most six.
        let length: usize = exposed
            .iter()
            .map(|(name, value)| 6 * (name.len() + value.len()) + 8)
            .sum();
        let mut plain = Zeroizing::new(Vec::with_capacity(length + 2));
        serde_json::to_writer(&mut *plain, &exposed).map_err(|error| self.damaged(&error.to_string()))?;
        let encrypted =
            age::encrypt(&identity.to_public(), &plain).map_err(|error| self.damaged(&error.to_string()))?;
        whole_file::replace(&self.path, &encrypted, None).map_err(|cause| VaultError::Io {
            path: self.path.clone(),
            cause,
        })
    }

    /// Reads the key as age-keygen writes it: comments, and one line with the key.
    fn identity(&self) -> Result<Identity, VaultError> {
        let failed = |cause: String| VaultError::Key {
            path: self.key.clone(),
            cause,
        };
        // A key elsewhere may be a link, as mounted secrets are.
        let read = if self.own_key {
            data_directory::read(&self.key, LARGEST)
        } else {
            std::fs::read(&self.key)
        };
        let text = read
            .map(Zeroizing::new)
            .map_err(|cause| failed(cause.to_string()))?;
        let text = byte_order::without_mark(text)
            .map(Zeroizing::new)
            .map_err(|_| failed("it is not text".into()))?;
        let text = std::str::from_utf8(&text).map_err(|_| failed("it is not text".into()))?;
        if let Ok(metadata) = std::fs::metadata(&self.key) {
            data_directory::warn_when_others_may_read(&self.key, &metadata);
        }
        text.lines()
            .map(str::trim)
            .find(|line| !line.is_empty() && !line.starts_with('#'))
            .ok_or_else(|| failed("it is empty".into()))?
            .parse()
            .map_err(|error: &str| failed(format!("it contains no age key ({error})")))
    }

    /// Creates the key once. An existing key, even one that another process just made, is never replaced.
    fn make_key(&self) -> Result<Identity, VaultError> {
        let identity = Identity::generate();
        let text = Zeroizing::new(format!("{}\n", identity.to_string().expose_secret()));
        whole_file::create(&self.key, text.as_bytes()).map_err(|cause| VaultError::Io {
            path: self.key.clone(),
            cause,
        })?;
        Ok(identity)
    }

    fn damaged(&self, cause: &str) -> VaultError {
        VaultError::Damaged {
            path: self.path.clone(),
            cause: cause.to_owned(),
        }
    }
}

#[cfg(test)]
mod tests;
