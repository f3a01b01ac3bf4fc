//! References to secrets in the configuration: a secret itself never stands there.

use std::path::Path;

use toml::de::DeValue;

use super::reader::Reader;
use crate::credential::SecretRef;

/// A secret that may be left out.
pub(super) fn secret(reader: &mut Reader<'_>, key: &'static str, base: &Path) -> Option<SecretRef> {
    let (_, value) = reader.rest().into_iter().find(|(name, _)| *name == key)?;
    reader.ask(key);
    secret_ref(reader, key, value, base)
}

/// Where a secret is, from its value in the configuration.
pub(super) fn secret_ref(
    reader: &Reader<'_>,
    key: &str,
    value: &DeValue<'_>,
    base: &Path,
) -> Option<SecretRef> {
    let remedy = "say where it is: { env = \"VARIABLE\" }, { file = \"PATH\" } or { keyring = \"NAME\" }";
    if let DeValue::Table(table) = value
        && table.len() == 1
        && let Some((kind, place)) = table.iter().next()
        && let DeValue::String(place) = place.get_ref()
        && !place.is_empty()
    {
        let reference = match kind.get_ref().as_ref() {
            "env" => Some(SecretRef::Env(place.to_string())),
            "file" => Some(SecretRef::File(base.join(place.as_ref()))),
            "keyring" => Some(SecretRef::Keyring(place.to_string())),
            _ => None,
        };
        if reference.is_some() {
            return reference;
        }
    }
    let problem = match value {
        // Its value is not repeated.
        DeValue::String(_) => "a secret does not belong into the configuration",
        _ => "it does not say where the secret is",
    };
    reader.problem(key, problem, remedy);
    None
}
