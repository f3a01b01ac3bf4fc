//! The tokens of the API: how they are made, and what is stored of them.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use secrecy::{ExposeSecret as _, SecretString};
use sha2::{Digest as _, Sha256};

/// What every token begins with, so that people and scanners of repositories recognise one.
const PREFIX: &str = "collector_";

/// A new token: 256 random bits.
pub(crate) fn fresh() -> SecretString {
    let random = URL_SAFE_NO_PAD.encode(rand::random::<[u8; 32]>());
    SecretString::from(format!("{PREFIX}{random}"))
}

/// What is stored of a token. There is neither salt nor a slow function: nobody guesses 256 random bits.
pub(crate) fn digest(token: &SecretString) -> String {
    let digest = Sha256::digest(token.expose_secret());
    digest.iter().map(|byte| format!("{byte:02x}")).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_token_is_new_and_recognisable() {
        let (one, other) = (fresh(), fresh());
        assert_ne!(one.expose_secret(), other.expose_secret());
        assert_ne!(digest(&one), digest(&other));
        let random = one.expose_secret().strip_prefix("collector_").unwrap();
        assert_eq!(random.len(), 43);
    }

    #[test]
    fn the_digest_is_that_of_every_other_program() {
        assert_eq!(
            digest(&SecretString::from("abc")),
            "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"
        );
    }
}
