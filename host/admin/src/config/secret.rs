//! References to secrets. The configuration never contains a secret itself.

use std::path::Path;

use collector_egress::credential::SecretRef;
use collector_egress::vault;
use toml::de::DeValue;

use super::reader::Reader;

/// The remedy for a missing or invalid reference.
pub(super) const REMEDY: &str = "say where it is: { env = \"VARIABLE\" }, { file = \"PATH\" }, { keyring = \"NAME\" }, or \
    { stored = \"NAME\" } after `collector secrets set NAME`";

/// The directories that a configuration's references are resolved in.
#[derive(Debug, Clone, Copy)]
pub(super) struct Folders<'a> {
    /// The directory of the configuration file, where relative paths start.
    pub(super) base: &'a Path,
    /// The data directory, which holds the stored secrets.
    pub(super) data: &'a Path,
}

/// An optional secret.
pub(super) fn secret(reader: &mut Reader<'_>, key: &'static str, folders: Folders<'_>) -> Option<SecretRef> {
    let (_, value) = reader.rest().into_iter().find(|(name, _)| *name == key)?;
    reader.ask(key);
    secret_ref(reader, key, value, folders)
}

/// One secret, a list of them, or none. The first that works is used.
pub(super) fn secrets(reader: &mut Reader<'_>, key: &'static str, folders: Folders<'_>) -> Vec<SecretRef> {
    let Some((_, value)) = reader.rest().into_iter().find(|(name, _)| *name == key) else {
        return Vec::new();
    };
    reader.ask(key);
    match value {
        DeValue::Array(items) if items.is_empty() => {
            reader.problem(key, "the list is empty", REMEDY);
            Vec::new()
        }
        DeValue::Array(items) => items
            .iter()
            .filter_map(|item| secret_ref(reader, key, item.get_ref(), folders))
            .collect(),
        value => secret_ref(reader, key, value, folders).into_iter().collect(),
    }
}

/// The key of the user name in a reference to its password.
const USER: &str = "user";
const LONGEST_USER: usize = 256;

/// A reference to a secret, with the user name if it is a password: `{ user = "rooms", env = "PASSWORD" }`.
pub(super) fn password_ref(
    reader: &Reader<'_>,
    key: &str,
    value: &DeValue<'_>,
    folders: Folders<'_>,
) -> Option<(SecretRef, Option<String>)> {
    let user = match value {
        DeValue::Table(table) => table.get(USER),
        _ => None,
    };
    let Some(user) = user else {
        return Some((secret_ref(reader, key, value, folders)?, None));
    };
    let reference = reference(reader, key, value, folders);
    // HTTP Basic separates user name and password with a colon.
    let fits = |user: &str| {
        !user.is_empty() && user.len() <= LONGEST_USER && !user.contains(|c: char| c == ':' || c.is_control())
    };
    match user.get_ref() {
        DeValue::String(user) if fits(user) => Some((reference?, Some(user.to_string()))),
        _ => {
            reader.problem(
                key,
                "its user is not a valid user name",
                &format!("give at most {LONGEST_USER} bytes without a colon: {{ user = \"rooms\", env = \"PASSWORD\" }}"),
            );
            None
        }
    }
}

/// A reference to a secret that has no user name.
pub(super) fn secret_ref(
    reader: &Reader<'_>,
    key: &str,
    value: &DeValue<'_>,
    folders: Folders<'_>,
) -> Option<SecretRef> {
    if let DeValue::Table(table) = value
        && table.contains_key(USER)
    {
        reader.problem(key, "this secret takes no user name", REMEDY);
        return None;
    }
    reference(reader, key, value, folders)
}

fn reference(reader: &Reader<'_>, key: &str, value: &DeValue<'_>, folders: Folders<'_>) -> Option<SecretRef> {
    let mut places = match value {
        DeValue::Table(table) => table.iter().collect::<Vec<_>>(),
        _ => Vec::new(),
    };
    places.retain(|(kind, _)| kind.get_ref().as_ref() != USER);
    if let [(kind, place)] = places[..]
        && let DeValue::String(place) = place.get_ref()
        && !place.is_empty()
    {
        let reference = match kind.get_ref().as_ref() {
            "env" => Some(SecretRef::Env(place.to_string())),
            "file" => Some(SecretRef::File(folders.base.join(place.as_ref()))),
            "keyring" => Some(SecretRef::Keyring(place.to_string())),
            "stored" => {
                if let Err(error) = vault::check_name(place) {
                    reader.problem(key, &error.to_string(), error.remedy());
                    return None;
                }
                Some(SecretRef::Stored {
                    data: folders.data.to_owned(),
                    name: place.to_string(),
                })
            }
            _ => None,
        };
        if reference.is_some() {
            return reference;
        }
    }
    let problem = match value {
        // Never repeat the value: it may be the secret.
        DeValue::String(_) => "a secret does not belong in the configuration",
        _ => "it does not say where the secret is",
    };
    reader.problem(key, problem, REMEDY);
    None
}
