//! The operating system's keyring itself.

use ::keyring::{Entry, Error};
use secrecy::{ExposeSecret as _, SecretString};
use zeroize::Zeroizing;

use super::{Ring, SERVICE};
use crate::vault::VaultError;

/// The operating system's keyring.
#[derive(Debug)]
pub(super) struct System;

impl Ring for System {
    fn usable(&self) -> Result<(), VaultError> {
        let needs_session = cfg!(all(unix, not(target_os = "macos")));
        if needs_session
            && std::env::var_os("DBUS_SESSION_BUS_ADDRESS").is_none_or(|address| address.is_empty())
        {
            return Err(VaultError::Keyring(
                "there is no session with a keyring here (DBUS_SESSION_BUS_ADDRESS is not set)".into(),
            ));
        }
        Ok(())
    }

    fn put(&self, user: &str, value: &SecretString) -> Result<(), VaultError> {
        self.usable()?;
        entry(user)?.set_password(value.expose_secret()).map_err(failed)
    }

    fn get(&self, user: &str) -> Result<Option<SecretString>, VaultError> {
        self.usable()?;
        password(user)
    }

    fn remove(&self, user: &str) -> Result<bool, VaultError> {
        self.usable()?;
        match entry(user)?.delete_credential() {
            Ok(()) => Ok(true),
            Err(Error::NoEntry) => Ok(false),
            Err(error) => Err(failed(error)),
        }
    }
}

/// What the keyring has for a user of [`SERVICE`]; none when there is no such entry.
///
/// # Errors
/// The keyring cannot be reached, is locked, or holds something else than text.
pub(crate) fn password(user: &str) -> Result<Option<SecretString>, VaultError> {
    match entry(user)?.get_password().map(Zeroizing::new) {
        Ok(value) => Ok(Some(SecretString::from(value.as_str()))),
        Err(Error::NoEntry) => Ok(None),
        Err(error) => Err(failed(error)),
    }
}

fn entry(user: &str) -> Result<Entry, VaultError> {
    Entry::new(SERVICE, user).map_err(failed)
}

/// The keyring's words; of its errors one carries what was read.
fn failed(error: Error) -> VaultError {
    VaultError::Keyring(match error {
        Error::BadEncoding(_) => "what is there is not text".to_owned(),
        other => other.to_string(),
    })
}
