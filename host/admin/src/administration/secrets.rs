//! The secrets in a configuration's vault, and the parts of the configuration that use them.

use collector_egress::vault::{Place, SetAside, Vault, VaultError};
use secrecy::SecretString;

use super::{AdminError, Administrator};

/// A stored secret, without its value.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StoredSecret {
    /// Its name.
    pub name: String,
    /// Where it is kept; none if the configuration refers to a secret that is not stored.
    pub place: Option<Place>,
    /// The parts of the configuration that refer to it: `source "contoso"`.
    pub used_by: Vec<String>,
}

/// All stored secrets, and those that the configuration expects to be stored.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KnownSecrets {
    /// Sorted by name.
    pub secrets: Vec<StoredSecret>,
    /// Why the encrypted file cannot be opened, with the remedy; none if it can. A secret without a place may be in that file.
    pub unread: Option<String>,
}

impl Administrator<'_> {
    /// Stores a secret in `place`, or where [`Vault::put`] finds best. Replaces a secret of the same name.
    ///
    /// # Errors
    /// See [`AdminError`].
    pub fn set_secret(
        &self,
        name: &str,
        value: &SecretString,
        place: Option<Place>,
    ) -> Result<Place, AdminError> {
        let vault = self.vault()?;
        let place = match place {
            Some(place) => vault.put_in(place, name, value).map(|()| place)?,
            None => vault.put(name, value)?,
        };
        self.audit("secret-stored", name, &place.to_string())?;
        Ok(place)
    }

    /// Lists all stored secrets, and those that the configuration refers to although they are not stored.
    ///
    /// # Errors
    /// See [`AdminError`].
    pub fn list_secrets(&self) -> Result<KnownSecrets, AdminError> {
        let config = self.config()?;
        let listing = Vault::of(&self.data(&config)).list()?;
        let mut secrets: Vec<StoredSecret> = listing
            .secrets
            .into_iter()
            .map(|(name, place)| StoredSecret {
                name,
                place: Some(place),
                used_by: Vec::new(),
            })
            .collect();
        for (name, whose) in config.stored_secrets() {
            match secrets.iter_mut().find(|secret| secret.name == name) {
                Some(secret) => secret.used_by.push(whose),
                None => secrets.push(StoredSecret {
                    name,
                    place: None,
                    used_by: vec![whose],
                }),
            }
        }
        for (name, whose) in config.kept_secrets() {
            if let Some(secret) = secrets.iter_mut().find(|secret| secret.name == name) {
                secret.used_by.push(whose);
            }
        }
        secrets.sort_by(|a, b| a.name.cmp(&b.name));
        Ok(KnownSecrets {
            secrets,
            unread: listing.unread.map(|error| AdminError::from(error).to_string()),
        })
    }

    /// Explains why the encrypted file of stored secrets cannot be opened.
    ///
    /// # Errors
    /// The file can be opened; see also [`AdminError`].
    pub fn lost_secrets(&self) -> Result<String, AdminError> {
        let vault = self.vault()?;
        match vault.lost()? {
            Some(lost) => Ok(lost.to_string()),
            None => Err(vault.intact().into()),
        }
    }

    /// Sets aside an encrypted file that cannot be opened, so that secrets can be stored anew.
    ///
    /// # Errors
    /// The file can be opened; see also [`AdminError`].
    pub fn reset_secrets(&self) -> Result<SetAside, AdminError> {
        let lost = self.lost_secrets()?;
        let aside = self.vault()?.reset()?;
        self.audit("secrets-reset", &aside.file.display().to_string(), &lost)?;
        Ok(aside)
    }

    /// Deletes a stored secret. A secret that the configuration refers to stays unless `force` is given.
    ///
    /// # Errors
    /// See [`AdminError`].
    pub fn remove_secret(&self, name: &str, force: bool) -> Result<(), AdminError> {
        let config = self.config()?;
        let used: Vec<String> = config
            .stored_secrets()
            .into_iter()
            .chain(config.kept_secrets())
            .filter(|(known, _)| known == name)
            .map(|(_, whose)| whose)
            .collect();
        if !used.is_empty() && !force {
            return Err(AdminError::Refused(format!(
                "the secret {name:?} is used by {}; change that first, or remove the secret anyway with --force",
                used.join(", ")
            )));
        }
        Vault::of(&self.data(&config))
            .remove(name)
            .map_err(|error| match error {
                VaultError::NotFound { .. } => {
                    AdminError::NotFound(format!("{error}; `collector secrets list` shows the secrets"))
                }
                error => error.into(),
            })?;
        self.audit("secret-removed", name, "")
    }
}
