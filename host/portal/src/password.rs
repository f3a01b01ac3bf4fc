//! Passwords: which are acceptable, and their Argon2id hashes.

use std::sync::Arc;

use argon2::password_hash::rand_core::OsRng;
use argon2::password_hash::{PasswordHash, PasswordHasher as _, PasswordVerifier as _, SaltString};
use argon2::{Algorithm, Argon2, Params, Version};
use secrecy::{ExposeSecret as _, SecretString};
use tokio::sync::Semaphore;

use crate::fault::Fault;

/// Shortest password in characters. Length is the only rule (NIST SP 800-63B, 3.1.1.2, asks for no other).
pub(crate) const SHORTEST: usize = 12;
/// Longest password in characters, so that no client makes us hash megabytes.
pub(crate) const LONGEST: usize = 1_000;

/// KiB of memory for a hash and passes over it, in one lane. OWASP's password storage cheat sheet asks for at least 46 MiB and one pass;
/// a second pass costs a sign-in some 50 ms and doubles the time of a guesser.
const MEMORY: u32 = 46 << 10;
const PASSES: u32 = 2;
/// Hashes computed at once, at 46 MiB each.
const AT_ONCE: usize = 2;

/// A hash that no password has, with the usual parameters, so that a sign-in with an unknown name takes as long as one with a wrong
/// password.
const NOBODY: &str =
    "$argon2id$v=19$m=47104,t=2,p=1$AAAAAAAAAAAAAAAAAAAAAA$AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA";

/// Makes and checks hashes outside the event loop, a few at once.
pub(crate) struct Passwords {
    places: Arc<Semaphore>,
}

impl Passwords {
    pub(crate) fn new() -> Self {
        Self {
            places: Arc::new(Semaphore::new(AT_ONCE)),
        }
    }

    /// The PHC string of a password.
    pub(crate) async fn hash(&self, password: &str) -> Result<String, Fault> {
        self.beside(password, |password| {
            let salt = SaltString::generate(&mut OsRng);
            let hash = hasher()?.hash_password(password.as_bytes(), &salt)?;
            Ok(hash.to_string())
        })
        .await
    }

    /// Whether a password matches the hash. Without a hash it does not, after the same time.
    pub(crate) async fn verify(&self, password: &str, hash: Option<&str>) -> Result<bool, Fault> {
        let known = hash.is_some();
        let hash = hash.unwrap_or(NOBODY).to_owned();
        self.beside(password, move |password| {
            let hash = PasswordHash::new(&hash)?;
            let right = hasher()?.verify_password(password.as_bytes(), &hash).is_ok();
            Ok(right && known)
        })
        .await
    }

    async fn beside<T: Send + 'static>(
        &self,
        password: &str,
        work: impl FnOnce(&str) -> Result<T, argon2::password_hash::Error> + Send + 'static,
    ) -> Result<T, Fault> {
        let password = SecretString::from(password);
        let place = Arc::clone(&self.places)
            .acquire_owned()
            .await
            .map_err(|error| Fault::broken(&error))?;
        let done = tokio::task::spawn_blocking(move || {
            let done = work(password.expose_secret());
            drop(place);
            done
        });
        done.await
            .map_err(|error| Fault::broken(&error))?
            .map_err(|error| Fault::broken(&error))
    }
}

/// The hash of a new password that is set outside the portal, or why the password is not acceptable.
pub(crate) fn hash_now(password: &SecretString) -> Result<String, String> {
    let password = password.expose_secret();
    if let Some(objection) = objection(password, password) {
        return Err(objection);
    }
    let salt = SaltString::generate(&mut OsRng);
    hasher()
        .and_then(|hasher| Ok(hasher.hash_password(password.as_bytes(), &salt)?.to_string()))
        .map_err(|error| format!("the password cannot be hashed: {error}"))
}

fn hasher() -> Result<Argon2<'static>, argon2::password_hash::Error> {
    let params = Params::new(MEMORY, PASSES, 1, None)?;
    Ok(Argon2::new(Algorithm::Argon2id, Version::V0x13, params))
}

/// Why a new password, typed twice, is not acceptable.
pub(crate) fn objection(password: &str, again: &str) -> Option<String> {
    match password.chars().count() {
        length if length < SHORTEST => Some(format!(
            "The password has {length} characters. Use at least {SHORTEST}; several words work well."
        )),
        length if length > LONGEST => Some(format!(
            "The password has {length} characters. Use at most {LONGEST}."
        )),
        _ if password != again => {
            Some("The passwords do not match. Type the same password twice.".to_owned())
        }
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_hash_is_argon2id_and_knows_its_password_only() {
        let passwords = Passwords::new();
        let hash = passwords.hash("correct horse").await.unwrap();
        assert!(hash.starts_with("$argon2id$v=19$m=47104,t=2,p=1$"), "{hash}");
        assert_ne!(hash, passwords.hash("correct horse").await.unwrap());
        assert!(passwords.verify("correct horse", Some(&hash)).await.unwrap());
        assert!(!passwords.verify("correct horses", Some(&hash)).await.unwrap());
        assert!(!passwords.verify("correct horse", None).await.unwrap());
    }

    #[test]
    fn the_hash_of_nobody_costs_as_much_as_others() {
        let nobody = PasswordHash::new(NOBODY).unwrap();
        let params = Params::try_from(&nobody).unwrap();
        assert_eq!(
            (params.m_cost(), params.t_cost(), params.p_cost()),
            (MEMORY, PASSES, 1)
        );
        assert_eq!(nobody.hash.unwrap().len(), Params::DEFAULT_OUTPUT_LEN);
    }

    #[test]
    fn a_password_is_long_enough_and_typed_twice() {
        assert_eq!(objection("twelve chars", "twelve chars"), None);
        assert_eq!(
            objection("short", "short").as_deref(),
            Some("The password has 5 characters. Use at least 12; several words work well.")
        );
        assert_eq!(
            objection("twelve chars", "twelve charz").as_deref(),
            Some("The passwords do not match. Type the same password twice.")
        );
        // Characters, not bytes.
        assert!(objection(&"ü".repeat(11), &"ü".repeat(11)).is_some());
        assert!(objection(&"ü".repeat(12), &"ü".repeat(12)).is_none());
        assert!(objection(&"x".repeat(1_001), &"x".repeat(1_001)).is_some());
    }
}
