//! The vault: it keeps the secrets that an administrator types. The configuration says `{ stored = "NAME" }`; its data directory knows the
//! rest.
//!
//! The first choice is the operating system's keyring, trusted only if it returns what was stored. Otherwise it is `secrets.age` in the
//! data directory, encrypted with age for the key in `secrets.key` beside it, or in the file that `COLLECTOR_SECRETS_KEY` names.
//!
//! The file protects what leaves this machine without its key: copies of the configuration and the store, and backups without
//! `secrets.key`. It does not protect against someone who can read files as the collector's user (or as root): they can read the key too.
//! If the key is elsewhere (a systemd credential, a mounted secret), a copy of the whole data directory reveals nothing.

mod file;
mod keyring;
mod turn;

use std::fs::File;
use std::path::{Path, PathBuf};

use collector_files::data_directory::{self, DirectoryError};
use secrecy::SecretString;

use self::file::Encrypted;
use self::keyring::Keyring;
pub use self::keyring::SERVICE;
pub(crate) use self::keyring::password;

/// Characters of a secret's name.
const LONGEST_NAME: usize = 128;
/// The lock file: hold it to change the vault.
const LOCK: &str = "secrets.lock";

/// The place where a secret is kept.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Place {
    /// In the operating system's keyring: service `collector`, user the data directory's id and the secret's name.
    Keyring,
    /// In the encrypted file `secrets.age` of the data directory.
    File,
}

impl std::fmt::Display for Place {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Self::Keyring => "the keyring",
            Self::File => "the encrypted file",
        })
    }
}

/// Why the vault cannot do what was asked. No error contains a secret.
#[derive(Debug, thiserror::Error)]
pub enum VaultError {
    /// The name is invalid.
    #[error("{0:?} cannot be the name of a secret")]
    Name(String),
    /// No secret with this name is stored.
    #[error("there is no secret {name:?} in {}", .data.display())]
    NotFound {
        /// The name.
        name: String,
        /// The data directory.
        data: PathBuf,
    },
    /// The keyring cannot be used, or does not return what was stored.
    #[error("the keyring cannot be used: {0}")]
    Keyring(String),
    /// There is no key to encrypt or decrypt with.
    #[error("the key {} of the stored secrets cannot be read: {cause}", .path.display())]
    Key {
        /// Its file.
        path: PathBuf,
        /// The cause.
        cause: String,
    },
    /// The file is encrypted for another key.
    #[error("{} is encrypted for another key than the one in {}", .path.display(), .key.display())]
    OtherKey {
        /// The encrypted file.
        path: PathBuf,
        /// The key's file.
        key: PathBuf,
    },
    /// The file is damaged.
    #[error("{} is damaged: {cause}", .path.display())]
    Damaged {
        /// The encrypted file.
        path: PathBuf,
        /// What is wrong with it.
        cause: String,
    },
    /// The data directory belongs to another user, who could not read what is written into it now.
    #[error("the data directory {} belongs to another user", .data.display())]
    Owner {
        /// The data directory.
        data: PathBuf,
    },
    /// The data directory cannot be created, or not be used as it is.
    #[error(transparent)]
    Directory(#[from] DirectoryError),
    /// The encrypted file can be opened: there is no reason to give it up.
    #[error("nothing is lost: {} can be opened, or does not exist", .path.display())]
    Intact {
        /// The encrypted file.
        path: PathBuf,
    },
    /// A file cannot be read or written.
    #[error("{}: {cause}", .path.display())]
    Io {
        /// The file.
        path: PathBuf,
        /// The operating system's words.
        cause: std::io::Error,
    },
}

impl VaultError {
    /// What to do about it.
    pub fn remedy(&self) -> &'static str {
        match self {
            Self::Name(_) => "use at most 128 letters, digits, `-`, `_` and `.`",
            Self::NotFound { .. } => "store it with `collector secrets set NAME`",
            Self::Keyring(_) => {
                "unlock the keyring, or use the encrypted file: `collector secrets set NAME --file`"
            }
            Self::Key { .. } => {
                "restore the key from a backup, or set COLLECTOR_SECRETS_KEY to its file, as for the service (`age-keygen -o FILE` creates a \
                 key); if the key is lost, run `collector secrets reset` and store the secrets again"
            }
            Self::OtherKey { .. } => {
                "restore the key that it was encrypted for; if that key is lost, run `collector secrets reset` and store the secrets \
                 again"
            }
            Self::Damaged { .. } => {
                "restore the file from a backup; without one, run `collector secrets reset` (for secrets.age) or delete the file (for any \
                 other), and store the secrets again"
            }
            Self::Owner { .. } => "run this as that user (`sudo -u`), or type the secret in the Admin Portal",
            Self::Directory(_) => "no secret was changed",
            Self::Intact { .. } => "remove secrets one by one with `collector secrets remove NAME`",
            Self::Io { .. } => "correct its permissions, and check whether the disk is full",
        }
    }
}

/// Refuses an invalid name of a secret.
///
/// # Errors
/// [`VaultError::Name`].
pub fn check_name(name: &str) -> Result<(), VaultError> {
    let allowed = |character: char| character.is_ascii_alphanumeric() || "-_.".contains(character);
    if name.is_empty() || name.len() > LONGEST_NAME || !name.chars().all(allowed) {
        return Err(VaultError::Name(name.to_owned()));
    }
    Ok(())
}

/// The stored secrets, as far as they can be listed.
#[derive(Debug)]
pub struct Listing {
    /// The names of the secrets and the place of each, by name.
    pub secrets: Vec<(String, Place)>,
    /// Why the encrypted file, which may hold more secrets, cannot be opened; none if it can.
    pub unread: Option<VaultError>,
}

/// The files that were set aside because they cannot be opened.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SetAside {
    /// The new path of the encrypted file.
    pub file: PathBuf,
    /// The new path of the invalid key; none if the key is valid, or is not the vault's.
    pub key: Option<PathBuf>,
}

/// The secrets of one data directory.
#[derive(Debug, Clone)]
pub struct Vault {
    data: PathBuf,
    file: Encrypted,
    keyring: Keyring,
}

impl Vault {
    /// The vault of a data directory. Creates nothing before the first secret is stored.
    pub fn of(data: &Path) -> Self {
        Self {
            data: data.to_owned(),
            file: Encrypted::of(data, std::env::var_os("COLLECTOR_SECRETS_KEY").map(PathBuf::from)),
            keyring: Keyring::of(data),
        }
    }

    /// Stores a secret, replacing one with the same name: in the keyring if there is one, otherwise in the encrypted file.
    ///
    /// # Errors
    /// See [`VaultError`]; the earlier secrets are still stored.
    pub fn put(&self, name: &str, value: &SecretString) -> Result<Place, VaultError> {
        if self.put_in(Place::Keyring, name, value).is_ok() {
            return Ok(Place::Keyring);
        }
        self.put_in(Place::File, name, value)?;
        Ok(Place::File)
    }

    /// Stores a secret in this place and no other.
    ///
    /// # Errors
    /// See [`VaultError`]; the earlier secrets are still stored.
    pub fn put_in(&self, place: Place, name: &str, value: &SecretString) -> Result<(), VaultError> {
        check_name(name)?;
        if place == Place::Keyring {
            // Before anything is created on the disk.
            self.keyring.usable()?;
        }
        let _lock = self.lock()?;
        let mut names = self.keyring.names()?;
        let in_keyring = names.iter().any(|known| known == name);
        match place {
            Place::Keyring => {
                if !in_keyring {
                    names.push(name.to_owned());
                    self.keyring.write_names(&names)?;
                }
                if let Err(error) = self.keyring.put(name, value) {
                    if !in_keyring {
                        names.retain(|known| known != name);
                        self.keyring.write_names(&names)?;
                    }
                    return Err(error);
                }
                self.forget_in_file(name)?;
            }
            Place::File => {
                self.file.put(name, value)?;
                if in_keyring {
                    names.retain(|known| known != name);
                    self.keyring.write_names(&names)?;
                    // What is left there is no longer read; a missing keyring must not keep the new value from being used.
                    let _ = self.keyring.remove(name);
                }
            }
        }
        Ok(())
    }

    /// Reads a secret.
    ///
    /// # Errors
    /// See [`VaultError`].
    pub fn get(&self, name: &str) -> Result<SecretString, VaultError> {
        check_name(name)?;
        if self.keyring.names()?.iter().any(|known| known == name) {
            return self.keyring.get(name);
        }
        self.file.get(name)?.ok_or_else(|| self.not_found(name))
    }

    /// Removes a secret. One in the keyring does not need an encrypted file that can be opened.
    ///
    /// # Errors
    /// See [`VaultError`].
    pub fn remove(&self, name: &str) -> Result<(), VaultError> {
        check_name(name)?;
        let in_keyring = |names: &[String]| names.iter().any(|known| known == name);
        if !in_keyring(&self.keyring.names()?) && !self.file.names()?.iter().any(|known| known == name) {
            return Err(self.not_found(name));
        }
        let _lock = self.lock()?;
        let mut names = self.keyring.names()?;
        if !in_keyring(&names) {
            return self.file.remove(name);
        }
        self.keyring.remove(name)?;
        names.retain(|known| known != name);
        self.keyring.write_names(&names)?;
        self.forget_in_file(name)
    }

    /// The names of all secrets and the place of each, as far as they can be listed.
    ///
    /// # Errors
    /// Not even the names of those in the keyring can be read.
    pub fn list(&self) -> Result<Listing, VaultError> {
        let (in_file, unread) = match self.file.names() {
            Ok(names) => (names, None),
            Err(error) => (Vec::new(), Some(error)),
        };
        let mut secrets: Vec<(String, Place)> = in_file.into_iter().map(|name| (name, Place::File)).collect();
        for name in self.keyring.names()? {
            secrets.retain(|(known, _)| *known != name);
            secrets.push((name, Place::Keyring));
        }
        secrets.sort_by(|a, b| a.0.cmp(&b.0));
        Ok(Listing { secrets, unread })
    }

    /// Why the encrypted file cannot be opened; none if it can, or if there is none.
    ///
    /// # Errors
    /// The operating system fails.
    pub fn lost(&self) -> Result<Option<VaultError>, VaultError> {
        match self.file.names() {
            Ok(_) => Ok(None),
            Err(
                lost @ (VaultError::Key { .. } | VaultError::OtherKey { .. } | VaultError::Damaged { .. }),
            ) => Ok(Some(lost)),
            Err(error) => Err(error),
        }
    }

    /// Sets an encrypted file aside that cannot be opened, so that secrets can be stored again. Deletes nothing: its key may turn up.
    ///
    /// # Errors
    /// The file can be opened; see also [`VaultError`].
    pub fn reset(&self) -> Result<SetAside, VaultError> {
        let _lock = self.lock()?;
        if self.lost()?.is_none() {
            return Err(self.intact());
        }
        self.file.set_aside()
    }

    /// The error for giving up an encrypted file that can be opened.
    pub fn intact(&self) -> VaultError {
        self.file.intact()
    }

    /// Removes a secret from the encrypted file once the keyring has it. From a file that cannot be opened nothing is read anyway.
    fn forget_in_file(&self, name: &str) -> Result<(), VaultError> {
        if !self.file.exists() || self.lost()?.is_some() {
            return Ok(());
        }
        self.file.remove(name)
    }

    fn not_found(&self, name: &str) -> VaultError {
        VaultError::NotFound {
            name: name.to_owned(),
            data: self.data.clone(),
        }
    }

    /// Waits until no other process changes the vault. The lock ends with the returned file.
    fn lock(&self) -> Result<File, VaultError> {
        let path = self.data.join(LOCK);
        let failed = |cause| VaultError::Io {
            path: path.clone(),
            cause,
        };
        self.prepare()?;
        let file = lock_file(&path).map_err(failed)?;
        file.lock().map_err(failed)?;
        Ok(file)
    }

    /// Creates the data directory if it does not exist, and refuses that of another user.
    fn prepare(&self) -> Result<(), VaultError> {
        data_directory::prepare(&self.data)?;
        if is_of_another_user(&self.data) {
            return Err(VaultError::Owner {
                data: self.data.clone(),
            });
        }
        Ok(())
    }
}

/// Opens a file to lock, and creates it if it does not exist.
fn lock_file(path: &Path) -> std::io::Result<File> {
    let mut options = data_directory::options();
    options.write(true).create(true).truncate(false).open(path)
}

/// Whether a directory belongs to another user than this process runs as: for example, when root runs a command beside a service.
#[cfg(unix)]
fn is_of_another_user(directory: &Path) -> bool {
    use std::os::unix::fs::MetadataExt as _;
    std::fs::metadata(directory).is_ok_and(|found| found.uid() != nix::unistd::geteuid().as_raw())
}

#[cfg(not(unix))]
fn is_of_another_user(_: &Path) -> bool {
    false
}

#[cfg(test)]
pub(crate) mod tests;
