//! What the vault keeps of a source's refresh token: the one that the login server sent in place of the configured one, and when it expires.
//! One secret of the vault per source holds this as JSON, for the configured tokens that were used last: while an administrator tries a new
//! one, the service still uses the old one.

use secrecy::{ExposeSecret as _, SecretString};
use serde::{Deserialize, Serialize, Serializer};
use sha2::{Digest as _, Sha256};
use zeroize::Zeroizing;

use super::answer::SecretText;
use crate::vault::{Vault, VaultError};

/// For how many configured tokens of a source something is kept.
const MOST: usize = 4;
/// More bytes than the names, the number and the digest of one entry take as JSON.
const FRAME: usize = 512;

/// What is kept for one configured token.
#[derive(Clone, Serialize, Deserialize)]
pub(super) struct Kept {
    /// The digest of the configured token: another one begins anew.
    pub(super) configured: String,
    /// The token that came last; none if that is the configured one.
    pub(super) newest: Option<SecretText>,
    /// The token that it replaced, until it has worked once; none if that is the configured one.
    pub(super) before: Option<SecretText>,
    /// When the newest expires, UTC seconds.
    pub(super) expires_at: i64,
}

impl Kept {
    /// What to keep after `sent` was accepted, and answered with `next` or without another token.
    pub(super) fn after(
        configured: &SecretString,
        sent: &SecretString,
        next: Option<&SecretString>,
        expires_at: i64,
    ) -> Self {
        let replaced_by = next.filter(|next| !is_same(next, sent));
        // There is no copy of the configured one.
        let unless_configured =
            |token: &SecretString| (!is_same(token, configured)).then(|| SecretText(token.clone()));
        Self {
            configured: digest(configured),
            newest: unless_configured(replaced_by.unwrap_or(sent)),
            before: replaced_by.and_then(|_| unless_configured(sent)),
            expires_at,
        }
    }

    /// Whether the tokens are the same.
    pub(super) fn has_tokens_of(&self, other: &Self) -> bool {
        let same = |one: &Option<SecretText>, other: &Option<SecretText>| match (one, other) {
            (Some(one), Some(other)) => is_same(&one.0, &other.0),
            (None, None) => true,
            _ => false,
        };
        same(&self.newest, &other.newest) && same(&self.before, &other.before)
    }
}

/// The tokens in the order in which to try them: those that are kept, the latest first, then the configured one.
pub(super) fn in_order(kept: impl IntoIterator<Item = Kept>, configured: &SecretString) -> Vec<SecretString> {
    let kept = kept
        .into_iter()
        .flat_map(|kept| [kept.newest, kept.before])
        .flatten();
    let all = kept.map(|SecretText(token)| token).chain([configured.clone()]);
    let mut tokens: Vec<SecretString> = Vec::new();
    for token in all {
        if !tokens.iter().any(|known| is_same(known, &token)) {
            tokens.push(token);
        }
    }
    tokens
}

fn is_same(one: &SecretString, other: &SecretString) -> bool {
    one.expose_secret() == other.expose_secret()
}

impl Serialize for SecretText {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.0.expose_secret())
    }
}

/// The name of the secret in the vault that holds what the login server sent in place of this source's refresh token.
pub fn kept_name(source: &str) -> String {
    format!("{source}.renewed-refresh-token")
}

/// The digest of a configured token.
pub(super) fn digest(configured: &SecretString) -> String {
    format!("{:x}", Sha256::digest(configured.expose_secret()))
}

/// Reads what is kept for the configured token with this digest. Blocks.
///
/// # Errors
/// See [`VaultError`].
pub(super) fn read(vault: &Vault, source: &str, digest: &str) -> Result<Option<Kept>, VaultError> {
    let kept = read_all(vault, source)?;
    Ok(kept.into_iter().find(|kept| kept.configured == digest))
}

/// Keeps this in place of what was kept for the same configured token. Blocks.
///
/// # Errors
/// See [`VaultError`]; what was kept before is still there.
pub(super) fn write(vault: &Vault, source: &str, new: &Kept) -> Result<(), VaultError> {
    let mut kept = read_all(vault, source)?;
    kept.retain(|kept| kept.configured != new.configured);
    kept.insert(0, new.clone());
    kept.truncate(MOST);
    // Large enough not to move while it is written, which would leave a copy: escaping turns a byte into at most six.
    let tokens = kept
        .iter()
        .flat_map(|kept| [&kept.newest, &kept.before])
        .flatten();
    let length: usize = tokens.map(|token| 6 * token.0.expose_secret().len()).sum();
    let mut text = Zeroizing::new(Vec::with_capacity(length + FRAME * kept.len()));
    let written = serde_json::to_writer(&mut *text, &kept).map_err(|error| error.to_string());
    let text = written.and_then(|()| std::str::from_utf8(&text).map_err(|error| error.to_string()));
    let text = text.map_err(|cause| VaultError::Damaged {
        path: kept_name(source).into(),
        cause,
    })?;
    vault
        .put(&kept_name(source), &SecretString::from(text.to_owned()))
        .map(drop)
}

/// What is kept for all configured tokens of a source, those used last first. A text that is not ours counts as none.
fn read_all(vault: &Vault, source: &str) -> Result<Vec<Kept>, VaultError> {
    match vault.get(&kept_name(source)) {
        Ok(text) => Ok(serde_json::from_str(text.expose_secret()).unwrap_or_default()),
        Err(VaultError::NotFound { .. }) => Ok(Vec::new()),
        Err(error) => Err(error),
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use proptest::prelude::*;

    use super::*;
    use crate::vault::tests::in_file;

    fn kept(configured: &str, newest: Option<&str>) -> Kept {
        Kept {
            configured: digest(&configured.into()),
            newest: newest.map(|token| SecretText(token.into())),
            before: None,
            expires_at: 7,
        }
    }

    fn newest(vault: &Vault, configured: &str) -> Option<String> {
        let kept = read(vault, "webex", &digest(&configured.into())).unwrap();
        Some(kept?.newest?.0.expose_secret().to_owned())
    }

    #[test]
    fn what_is_kept_belongs_to_a_configured_token_and_those_used_last_stay() {
        let directory = tempfile::tempdir().unwrap();
        let vault = in_file(directory.path());
        assert_eq!(newest(&vault, "one"), None);
        write(&vault, "webex", &kept("one", Some("a \"quoted\" täken"))).unwrap();
        write(&vault, "webex", &kept("two", Some("b"))).unwrap();
        assert_eq!(newest(&vault, "one").as_deref(), Some("a \"quoted\" täken"));
        write(&vault, "webex", &kept("one", Some("c"))).unwrap();
        for other in ["three", "four", "five"] {
            write(&vault, "webex", &kept(other, None)).unwrap();
        }
        assert_eq!(newest(&vault, "one").as_deref(), Some("c"));
        assert_eq!(newest(&vault, "two"), None);
        assert_eq!(vault.list().unwrap().secrets.len(), 1);
    }

    #[test]
    fn a_text_that_is_not_ours_counts_as_none_and_is_replaced() {
        let directory = tempfile::tempdir().unwrap();
        let vault = in_file(directory.path());
        vault.put(&kept_name("webex"), &"typed by hand".into()).unwrap();
        assert_eq!(newest(&vault, "one"), None);
        write(&vault, "webex", &kept("one", Some("a"))).unwrap();
        assert_eq!(newest(&vault, "one").as_deref(), Some("a"));
    }

    /// What a login server does with a token that it accepts.
    #[derive(Debug, Clone, Copy)]
    enum Use {
        /// It sends none, or the same.
        Nothing,
        /// It sends another one, and accepts that alone.
        Replaces,
        /// It sends another one, and accepts both until the other one is used.
        Overlaps,
        /// It sends another one that never works, and goes on to accept the old one.
        Misleads,
    }

    fn uses() -> impl Strategy<Value = Use> {
        prop_oneof![
            Just(Use::Nothing),
            Just(Use::Replaces),
            Just(Use::Overlaps),
            Just(Use::Misleads)
        ]
    }

    proptest! {
        /// Whatever a login server does, one of the kept tokens works, and no more than three are ever tried.
        #[test]
        fn there_is_always_a_token_that_works(uses in proptest::collection::vec(uses(), 1..30)) {
            let configured = SecretString::from("r-0");
            let mut accepted = BTreeSet::from(["r-0".to_owned()]);
            let mut kept: Option<Kept> = None;
            for (number, what) in (1..).zip(uses) {
                let tokens = in_order(kept.take(), &configured);
                prop_assert!(tokens.len() <= 3);
                let sent = tokens.iter().find(|token| accepted.contains(token.expose_secret()));
                let Some(sent) = sent else {
                    return Err(TestCaseError::fail("none works"));
                };
                let next = format!("r-{number}");
                accepted = BTreeSet::from([sent.expose_secret().to_owned()]);
                match what {
                    Use::Nothing | Use::Misleads => {}
                    Use::Replaces => accepted = BTreeSet::from([next.clone()]),
                    Use::Overlaps => drop(accepted.insert(next.clone())),
                }
                let next = (!matches!(what, Use::Nothing)).then(|| SecretString::from(next));
                kept = Some(Kept::after(&configured, sent, next.as_ref(), 0));
            }
        }
    }
}
