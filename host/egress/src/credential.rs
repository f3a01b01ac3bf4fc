//! Where a secret is kept, and how to read it: from the environment, a file, the operating system's keyring, or the vault of a data
//! directory. Errors never contain its value, and dropping it zeroes it.

use std::fmt;
use std::io::Read as _;
use std::path::{Path, PathBuf};

use collector_files::{byte_order, data_directory};
use secrecy::{ExposeSecret, SecretBox, SecretString};
use zeroize::Zeroizing;

use crate::vault::{Vault, VaultError};

/// The largest file of a secret: a certificate chain with its key has a few kilobytes.
const LARGEST_FILE: u64 = 1 << 20;

/// A secret as it is kept: the bytes of a file or of a text.
pub type SecretBytes = SecretBox<Vec<u8>>;

/// The bytes of a secret text.
pub fn bytes_of(text: &SecretString) -> SecretBytes {
    SecretBox::new(Box::new(text.expose_secret().as_bytes().to_vec()))
}

/// The place of a secret.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum SecretRef {
    /// In this environment variable.
    Env(String),
    /// In this file; or, if this is a directory, in its file with the key's name (mounted secrets).
    File(PathBuf),
    /// In the operating system's keyring, under the service `collector` and this name.
    Keyring(String),
    /// In the vault of this data directory, under this name.
    Stored {
        /// The data directory.
        data: PathBuf,
        /// The name.
        name: String,
    },
}

/// Why a secret cannot be read. No error contains the value.
#[derive(Debug, thiserror::Error)]
pub enum CredentialError {
    /// The variable is missing or empty.
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
    /// The file is empty, not text, or far too large.
    #[error("the file {} holds no secret: {what}", .path.display())]
    Unusable {
        /// The file.
        path: PathBuf,
        /// What is wrong with it.
        what: &'static str,
    },
    /// The secret has several lines where one is expected.
    #[error("{place} holds no secret: it has several lines")]
    Lines {
        /// The file, or another place.
        place: String,
    },
    /// The keyring has no secret with this name, or there is no keyring.
    #[error("the keyring has no secret {name:?} for this user: {cause}")]
    Keyring {
        /// The name.
        name: String,
        /// The keyring's words.
        cause: String,
    },
    /// The vault cannot read it.
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
            Self::Unusable { .. } => "put only the secret into the file",
            Self::Lines { .. } => "put only the secret there, on one line",
            Self::Keyring { .. } => {
                "store it there under the service `collector`; on a machine without a keyring use { file = \"…\" } or { env = \"…\" }"
            }
            Self::Vault(error) => error.remedy(),
        }
    }
}

/// The form that the configuration uses.
impl fmt::Display for SecretRef {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Env(name) => write!(f, "{{ env = {name:?} }}"),
            Self::File(path) => write!(f, "{{ file = {:?} }}", path.display().to_string()),
            Self::Keyring(name) => write!(f, "{{ keyring = {name:?} }}"),
            Self::Stored { name, .. } => write!(f, "{{ stored = {name:?} }}"),
        }
    }
}

impl SecretRef {
    /// Reads the secret as text. `key` is its key in the configuration (`client-secret`).
    ///
    /// # Errors
    /// See [`CredentialError`].
    pub fn read(&self, key: &str) -> Result<SecretString, CredentialError> {
        self.text(key, &self.read_bytes(key)?)
    }

    /// Reads the secret as it is kept, whether it is text or not.
    ///
    /// # Errors
    /// See [`CredentialError`].
    pub fn read_bytes(&self, key: &str) -> Result<SecretBytes, CredentialError> {
        match self {
            Self::Env(name) => match std::env::var(name).map(Zeroizing::new) {
                Ok(value) if !value.trim().is_empty() => {
                    Ok(SecretBox::new(Box::new(value.as_bytes().to_vec())))
                }
                _ => Err(CredentialError::Env(name.clone())),
            },
            Self::File(path) => read_file(&file_of(path, key)),
            Self::Keyring(name) => read_keyring(name),
            Self::Stored { data, name } => Ok(bytes_of(&Vault::of(data).get(name)?)),
        }
    }

    /// The text that was read from this place: one line, or PEM with its begin and end lines.
    ///
    /// # Errors
    /// The bytes are not such a text.
    pub fn text(&self, key: &str, bytes: &SecretBytes) -> Result<SecretString, CredentialError> {
        let text = std::str::from_utf8(bytes.expose_secret()).map_err(|_| CredentialError::Unusable {
            path: match self {
                Self::File(path) => file_of(path, key),
                // Places other than files hold text.
                other => PathBuf::from(other.to_string()),
            },
            what: "it is not UTF-8 text",
        })?;
        // An editor ends a file with a line end, and people leave invisible blanks; no secret ends in either. A value that was typed stays
        // as it is.
        let text = match self {
            Self::File(_) => text.trim_end(),
            Self::Env(_) | Self::Keyring(_) | Self::Stored { .. } => text.trim_end_matches(['\r', '\n']),
        };
        if text.contains(['\r', '\n']) && !text.contains("-----BEGIN ") {
            return Err(CredentialError::Lines {
                place: match self {
                    Self::File(path) => format!("the file {}", file_of(path, key).display()),
                    other => other.to_string(),
                },
            });
        }
        Ok(SecretString::from(text.to_owned()))
    }
}

/// The file that holds the secret: in a directory of mounted secrets, the one with the key's name.
fn file_of(path: &Path, key: &str) -> PathBuf {
    if path.is_dir() {
        path.join(key)
    } else {
        path.to_owned()
    }
}

fn read_file(path: &Path) -> Result<SecretBytes, CredentialError> {
    let unreadable = |cause| CredentialError::File {
        path: path.to_owned(),
        cause,
    };
    let unusable = |what| CredentialError::Unusable {
        path: path.to_owned(),
        what,
    };
    let metadata = std::fs::metadata(path).map_err(unreadable)?;
    // A device never ends. A pipe is waited for: a password manager may write into it.
    if !metadata.is_file() && !is_pipe(&metadata) {
        return Err(unusable("it is neither a regular file nor a pipe"));
    }
    if metadata.len() > LARGEST_FILE {
        return Err(unusable("it is larger than 1 MiB"));
    }
    data_directory::warn_when_others_may_read(path, &metadata);
    let file = std::fs::File::open(path).map_err(unreadable)?;
    // The buffer must not move while it is filled, which would leave a copy; and the file may have grown since.
    let mut bytes = Zeroizing::new(Vec::with_capacity(
        usize::try_from(metadata.len()).unwrap_or(0) + 1,
    ));
    file.take(LARGEST_FILE + 1)
        .read_to_end(&mut bytes)
        .map_err(unreadable)?;
    if bytes.len() as u64 > LARGEST_FILE {
        return Err(unusable("it is larger than 1 MiB"));
    }
    let bytes = byte_order::without_mark(bytes)
        .map_err(|_| unusable("it begins like UTF-16 text but is not valid"))?;
    let bytes = SecretBytes::new(Box::new(bytes));
    if bytes.expose_secret().trim_ascii().is_empty() {
        return Err(unusable("it is empty"));
    }
    Ok(bytes)
}

#[cfg(unix)]
fn is_pipe(metadata: &std::fs::Metadata) -> bool {
    std::os::unix::fs::FileTypeExt::is_fifo(&metadata.file_type())
}

#[cfg(not(unix))]
fn is_pipe(_: &std::fs::Metadata) -> bool {
    false
}

fn read_keyring(name: &str) -> Result<SecretBytes, CredentialError> {
    let cause = match crate::vault::password(name) {
        Ok(Some(password)) => return Ok(bytes_of(&password)),
        Ok(None) => "there is no such entry".to_owned(),
        Err(VaultError::Keyring(cause)) => cause,
        Err(error) => error.to_string(),
    };
    Err(CredentialError::Keyring {
        name: name.to_owned(),
        cause,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_secret_that_is_no_text_is_read_as_it_is() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("app.pfx");
        let content = [0x30, 0x82, 0xff, b'\n'];
        std::fs::write(&path, content).unwrap();
        let bytes = SecretRef::File(path).read_bytes("certificate").unwrap();
        assert_eq!(*bytes.expose_secret(), content);
    }

    #[cfg(unix)]
    #[test]
    fn a_device_that_never_ends_is_no_secret() {
        let error = SecretRef::File("/dev/zero".into())
            .read_bytes("feed")
            .err()
            .unwrap();
        assert!(
            error
                .to_string()
                .contains("it is neither a regular file nor a pipe"),
            "{error}"
        );
    }

    #[test]
    fn a_reference_is_named_as_the_configuration_writes_it() {
        let names = [
            SecretRef::Env("NEW".into()),
            SecretRef::File("app.pem".into()),
            SecretRef::Keyring("app".into()),
            SecretRef::Stored {
                data: "data".into(),
                name: "app".into(),
            },
        ]
        .map(|reference| reference.to_string());
        assert_eq!(
            names,
            [
                "{ env = \"NEW\" }",
                "{ file = \"app.pem\" }",
                "{ keyring = \"app\" }",
                "{ stored = \"app\" }"
            ]
        );
    }

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

    /// What editors and shells put around a text: Notepad and PowerShell write a byte order mark first, and use UTF-16.
    #[test]
    fn a_byte_order_mark_and_blanks_at_the_end_are_no_part_of_a_secret() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("secret");
        let utf16 = |text: &str, bytes: fn(u16) -> [u8; 2]| -> Vec<u8> {
            text.encode_utf16().flat_map(bytes).collect()
        };
        for content in [
            "\u{feff}s3cret~ v\u{e4}lue".as_bytes().to_vec(),
            "s3cret~ v\u{e4}lue \t \r\n \n".as_bytes().to_vec(),
            utf16("\u{feff}s3cret~ v\u{e4}lue\r\n", u16::to_le_bytes),
            utf16("\u{feff}s3cret~ v\u{e4}lue\r\n", u16::to_be_bytes),
        ] {
            std::fs::write(&path, &content).unwrap();
            let read = SecretRef::File(path.clone()).read("client-secret").unwrap();
            assert_eq!(read.expose_secret(), "s3cret~ v\u{e4}lue", "{content:?}");
        }
        // Also before content that is read as bytes: a certificate.
        std::fs::write(&path, "\u{feff}-----BEGIN").unwrap();
        let bytes = SecretRef::File(path).read_bytes("certificate").unwrap();
        assert_eq!(*bytes.expose_secret(), b"-----BEGIN");
    }

    #[test]
    fn a_secret_of_several_lines_is_told_and_not_sent() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("secret");
        std::fs::write(&path, "# of contoso\ns3cret\n").unwrap();
        let error = SecretRef::File(path).read("client-secret").unwrap_err();
        let said = error.to_string();
        assert!(said.ends_with("holds no secret: it has several lines"), "{said}");
        assert!(!said.contains("s3cret"));
        assert_eq!(error.remedy(), "put only the secret there, on one line");
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
            (b"\xef\xbb\xbf \r\n", "it is empty"),
            (b"\xff\xfe", "it is empty"),
            (&[0xff, 0xfd], "it is not UTF-8 text"),
            (
                b"\xff\xfea\0\0\xd8",
                "it begins like UTF-16 text but is not valid",
            ),
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
