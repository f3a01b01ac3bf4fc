//! Where a secret is kept, and how it is read: from the environment, from a file, from the operating system's keyring, or from the
//! vault of a data directory.
//! Its value is never in an error, and is zeroed when it is dropped.

use std::path::{Path, PathBuf};

use secrecy::SecretString;
use zeroize::Zeroizing;

use crate::vault::{Vault, VaultError};

/// A secret's file: a certificate chain with its key has a few kilobytes.
const LARGEST_FILE: u64 = 1 << 20;

/// Where a secret is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum SecretRef {
    /// In this environment variable.
    Env(String),
    /// In this file; or, when it is a directory, in the file of it that is named like the key (mounted secrets).
    File(PathBuf),
    /// In the operating system's keyring, service `collector`, under this name.
    Keyring(String),
    /// In the vault of this data directory, under this name.
    Stored {
        /// The data directory.
        data: PathBuf,
        /// The name.
        name: String,
    },
}

/// Why a secret cannot be read. The value is in none of them.
#[derive(Debug, thiserror::Error)]
pub enum CredentialError {
    /// The variable is not there, or empty.
    #[error("the environment variable {0} is not set")]
    Env(String),
    /// The file cannot be read.
    #[error("the file {} cannot be read: {cause}", .path.display())]
    File {
        /// The file.
        path: PathBuf,
        /// The operating system's words.
        cause: std::io::Error,
    },
    /// The file holds nothing, or no text, or far too much.
    #[error("the file {} holds no secret: {what}", .path.display())]
    Unusable {
        /// The file.
        path: PathBuf,
        /// What it is instead.
        what: &'static str,
    },
    /// The keyring has none of this name, or there is no keyring.
    #[error("the keyring has no secret {name:?} for this user: {cause}")]
    Keyring {
        /// The name.
        name: String,
        /// The keyring's words.
        cause: String,
    },
    /// The vault does not give it.
    #[error(transparent)]
    Vault(#[from] VaultError),
}

impl CredentialError {
    /// What to do about it.
    pub fn remedy(&self) -> &'static str {
        match self {
            Self::Env(_) => {
                "set it where the collector is started (the environment, the unit file), or use { file = \"…\" }"
            }
            Self::File { .. } => {
                "correct the path (relative to the configuration file) or the file's permissions"
            }
            Self::Unusable { .. } => "put the secret alone into the file",
            Self::Keyring { .. } => {
                "store it there under the service `collector`; on a machine without a keyring use { file = \"…\" } or { env = \"…\" }"
            }
            Self::Vault(error) => error.remedy(),
        }
    }
}

impl SecretRef {
    /// Reads the secret. `key` is its key in the configuration (`client-secret`).
    ///
    /// # Errors
    /// See [`CredentialError`].
    pub fn read(&self, key: &str) -> Result<SecretString, CredentialError> {
        match self {
            Self::Env(name) => match std::env::var(name).map(Zeroizing::new) {
                Ok(value) if !value.trim().is_empty() => Ok(secret(&value)),
                _ => Err(CredentialError::Env(name.clone())),
            },
            Self::File(path) if path.is_dir() => read_file(&path.join(key)),
            Self::File(path) => read_file(path),
            Self::Keyring(name) => read_keyring(name),
            Self::Stored { data, name } => Ok(Vault::of(data).get(name)?),
        }
    }
}

fn read_file(path: &Path) -> Result<SecretString, CredentialError> {
    let unreadable = |cause| CredentialError::File {
        path: path.to_owned(),
        cause,
    };
    let unusable = |what| CredentialError::Unusable {
        path: path.to_owned(),
        what,
    };
    let metadata = std::fs::metadata(path).map_err(unreadable)?;
    if metadata.len() > LARGEST_FILE {
        return Err(unusable("it is larger than 1 MiB"));
    }
    warn_when_others_may_read(path, &metadata);
    let bytes = Zeroizing::new(std::fs::read(path).map_err(unreadable)?);
    let text = std::str::from_utf8(&bytes).map_err(|_| unusable("it is not UTF-8 text"))?;
    if text.trim().is_empty() {
        return Err(unusable("it is empty"));
    }
    Ok(secret(text))
}

/// An editor ends a file with a line end; no secret does.
fn secret(text: &str) -> SecretString {
    SecretString::from(text.trim_end_matches(['\r', '\n']).to_owned())
}

#[cfg(unix)]
pub(crate) fn warn_when_others_may_read(path: &Path, metadata: &std::fs::Metadata) {
    use std::os::unix::fs::PermissionsExt;
    if metadata.permissions().mode() & 0o004 != 0 {
        tracing::warn!(
            "the secret in {} can be read by every user of this machine: chmod o-r",
            path.display()
        );
    }
}

#[cfg(not(unix))]
pub(crate) fn warn_when_others_may_read(_: &Path, _: &std::fs::Metadata) {}

fn read_keyring(name: &str) -> Result<SecretString, CredentialError> {
    keyring::Entry::new(crate::vault::SERVICE, name)
        .and_then(|entry| entry.get_password())
        .map(|password| secret(&Zeroizing::new(password)))
        .map_err(|error| CredentialError::Keyring {
            name: name.to_owned(),
            cause: error.to_string(),
        })
}

#[cfg(test)]
mod tests {
    use secrecy::ExposeSecret;

    use super::*;

    #[test]
    fn a_file_gives_its_text_without_the_line_end() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("secret");
        std::fs::write(&path, "s3cret~ value\r\n").unwrap();
        assert_eq!(
            SecretRef::File(path)
                .read("client-secret")
                .unwrap()
                .expose_secret(),
            "s3cret~ value"
        );
    }

    #[test]
    fn a_directory_of_mounted_secrets_gives_the_file_named_like_the_key() {
        let directory = tempfile::tempdir().unwrap();
        std::fs::write(directory.path().join("client-secret"), "mounted\n").unwrap();
        let secrets = SecretRef::File(directory.path().to_owned());
        assert_eq!(secrets.read("client-secret").unwrap().expose_secret(), "mounted");
        let error = secrets.read("certificate").unwrap_err().to_string();
        assert!(error.contains("certificate cannot be read"), "{error}");
    }

    #[test]
    fn what_is_no_secret_is_said() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("secret");
        for (content, what) in [
            (&b"\n"[..], "it is empty"),
            (&[0xff, 0xfe], "it is not UTF-8 text"),
        ] {
            std::fs::write(&path, content).unwrap();
            let error = SecretRef::File(path.clone())
                .read("client-secret")
                .unwrap_err()
                .to_string();
            assert!(error.ends_with(what), "{error}");
        }
    }

    #[test]
    fn a_variable_that_is_not_set_is_named() {
        let error = SecretRef::Env("COLLECTOR_NO_SUCH_VARIABLE".into())
            .read("client-secret")
            .unwrap_err();
        assert_eq!(
            error.to_string(),
            "the environment variable COLLECTOR_NO_SUCH_VARIABLE is not set"
        );
    }

    #[test]
    fn a_missing_keyring_entry_says_what_to_use_instead() {
        let error = SecretRef::Keyring("no-such-entry-of-the-tests".into())
            .read("client-secret")
            .unwrap_err();
        assert!(
            error
                .to_string()
                .starts_with("the keyring has no secret \"no-such-entry-of-the-tests\"")
        );
        assert!(error.remedy().contains("{ file = \"…\" }"));
    }
}
