//! The keys of meetings. As the key of a table, an id would stand in its index again, with 150 characters for a meeting of Exchange; and an index
//! refuses what is much longer.

use sha2::{Digest as _, Sha256};

/// Bytes of a key. So many of a good digest are never the same for two ids.
const BYTES: usize = 16;

/// The key by which a meeting is found in its room. It is stored, so it stays as it is.
pub(crate) fn key_of(id: &str) -> Vec<u8> {
    let mut key = Sha256::digest(id).to_vec();
    key.truncate(BYTES);
    key
}

#[cfg(test)]
mod tests {
    use super::key_of;

    #[test]
    fn the_stored_key_of_an_id_never_changes() {
        let hex: String = key_of("AAMk7").iter().map(|byte| format!("{byte:02x}")).collect();
        assert_eq!(hex, "05d2261f8dbc2d4ee7d96bf8a5a822c9");
    }
}
