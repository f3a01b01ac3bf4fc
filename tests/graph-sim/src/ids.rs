//! Identifiers that look like Microsoft's and derive from names, so that two runs give the same ones.

use aws_lc_rs::digest::{SHA256, digest};
use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, URL_SAFE};
use chrono::NaiveDate;
pub(crate) use sim::{fresh, guid};

/// The directory id of the tenant with this domain.
pub(crate) fn tenant(domain: &str) -> String {
    guid(&format!("tenant {domain}"))
}

/// Ninety bytes derived from the parts, for 120 letters.
fn bytes(parts: &[&str]) -> Vec<u8> {
    let joined = parts.join("\u{1f}");
    let hash = digest(&SHA256, joined.as_bytes());
    hash.as_ref().iter().copied().cycle().take(102).collect()
}

/// The id of an item in a mailbox: about 150 characters, case-sensitive, ending in `=`. An immutable id begins and
/// ends differently from one that changes with the folder.
pub(crate) fn item(mailbox: &str, name: &str, immutable: bool) -> String {
    let kind = if immutable {
        "AAkALgAAAAAAHYQDEapmEc2byACqAC-E"
    } else {
        "AAMkAGI2TGuLAAA_"
    };
    let tail = URL_SAFE.encode(bytes(&[
        mailbox,
        name,
        if immutable { "immutable" } else { "folder" },
    ]));
    format!("{kind}{}AAA=", tail.trim_end_matches('='))
}

/// What an item's ids are made from: the key of its event, and its slot if it belongs to a series.
pub(crate) fn name(key: &str, slot: Option<NaiveDate>) -> String {
    match slot {
        Some(day) => format!("{key}/{day}"),
        None => key.to_owned(),
    }
}

/// The change key of an item in this version, which is also in its entity tag.
pub(crate) fn change_key(mailbox: &str, name: &str, version: u64) -> String {
    let all = bytes(&[mailbox, name, &version.to_string()]);
    STANDARD.encode(all.get(..22).unwrap_or(&all))
}

/// The id of an event in the calendars of several people: long hexadecimal.
pub(crate) fn ical_uid(mailbox: &str, name: &str) -> String {
    let hash = digest(&SHA256, format!("{mailbox}\u{1f}{name}").as_bytes());
    let hex: String = hash.as_ref().iter().map(|byte| format!("{byte:02X}")).collect();
    format!("040000008200E00074C5B7101A82E008{hex}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_item_id_looks_like_one_of_exchange_and_is_stable() {
        let id = item("a@x", "1", false);
        assert_eq!(id, item("a@x", "1", false));
        assert_ne!(id, item("a@x", "1", true));
        assert!((140..200).contains(&id.len()), "{}", id.len());
        assert!(id.ends_with('='));
    }
}
