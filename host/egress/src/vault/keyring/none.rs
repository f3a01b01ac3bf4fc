//! In place of the operating system's keyring, in a build without the feature `keyring`: secrets go to the encrypted file.

use secrecy::SecretString;

use super::Ring;
use crate::vault::VaultError;

/// No keyring.
#[derive(Debug)]
pub(super) struct System;

impl Ring for System {
    fn usable(&self) -> Result<(), VaultError> {
        Err(not_built())
    }

    fn put(&self, _: &str, _: &SecretString) -> Result<(), VaultError> {
        Err(not_built())
    }

    fn get(&self, user: &str) -> Result<Option<SecretString>, VaultError> {
        password(user)
    }

    fn remove(&self, _: &str) -> Result<bool, VaultError> {
        Err(not_built())
    }
}

/// Nothing can be read.
///
/// # Errors
/// Always: this build has no keyring.
pub(crate) fn password(_: &str) -> Result<Option<SecretString>, VaultError> {
    Err(not_built())
}

fn not_built() -> VaultError {
    VaultError::Keyring("this program was built without support for it".into())
}
