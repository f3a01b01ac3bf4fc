//! Identifiers: those that derive from a name, so that two runs give the same ones, and fresh ones.

use aws_lc_rs::digest::{SHA256, digest};

/// A GUID in lower case, derived from `name`.
#[must_use]
pub fn guid(name: &str) -> String {
    let hash = digest(&SHA256, name.as_bytes());
    let hex: String = hash
        .as_ref()
        .iter()
        .take(16)
        .map(|byte| format!("{byte:02x}"))
        .collect();
    let part = |from: usize, to: usize| hex.get(from..to).unwrap_or_default().to_owned();
    format!(
        "{}-{}-4{}-a{}-{}",
        part(0, 8),
        part(8, 12),
        part(13, 16),
        part(17, 20),
        part(20, 32)
    )
}

/// A fresh request or trace id, in the form of a GUID.
#[must_use]
pub fn fresh() -> String {
    let (high, low) = (fastrand::u64(..), fastrand::u64(..));
    format!(
        "{:08x}-{:04x}-4{:03x}-a{:03x}-{:012x}",
        high >> 32,
        (high >> 16) & 0xffff,
        high & 0xfff,
        (low >> 48) & 0xfff,
        low & 0xffff_ffff_ffff
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_look_like_guids_and_those_from_a_name_are_stable() {
        assert_eq!(guid("x"), guid("x"));
        assert_ne!(guid("x"), guid("y"));
        assert_eq!((guid("x").len(), fresh().len()), (36, 36));
    }
}
