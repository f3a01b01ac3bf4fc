//! The byte order mark that editors and shells put before a text, in UTF-8 or UTF-16: Notepad and PowerShell write it. No secret begins
//! with one, nor does a DER or PKCS#12 file.

use zeroize::{Zeroize as _, Zeroizing};

const UTF8: &[u8] = b"\xef\xbb\xbf";
const UTF16_LITTLE: &[u8] = b"\xff\xfe";
const UTF16_BIG: &[u8] = b"\xfe\xff";

/// The error that a content begins like UTF-16 text but is not valid UTF-16.
#[derive(Debug, PartialEq, Eq)]
pub struct NotUtf16;

/// The content without a byte order mark, and UTF-16 text as UTF-8. Without a mark, content stays as it is. Zeroes what it does not return.
pub fn without_mark(mut content: Zeroizing<Vec<u8>>) -> Result<Vec<u8>, NotUtf16> {
    if content.starts_with(UTF8) {
        content.drain(..UTF8.len()).for_each(drop);
    }
    let Some(text) = content
        .strip_prefix(UTF16_LITTLE)
        .map(|text| utf8(text, u16::from_le_bytes))
        .or_else(|| Some(utf8(content.strip_prefix(UTF16_BIG)?, u16::from_be_bytes)))
    else {
        return Ok(std::mem::take(&mut *content));
    };
    text.map(String::into_bytes).ok_or(NotUtf16)
}

fn utf8(utf16: &[u8], unit: fn([u8; 2]) -> u16) -> Option<String> {
    let (units, rest) = utf16.as_chunks::<2>();
    // At most three bytes per unit: the text does not move as it grows, which would leave a copy.
    let mut text = String::with_capacity(units.len() * 3);
    let mut whole = rest.is_empty();
    for character in char::decode_utf16(units.iter().copied().map(unit)) {
        match character {
            Ok(character) => text.push(character),
            Err(_) => whole = false,
        }
    }
    if !whole {
        text.zeroize();
    }
    whole.then_some(text)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn read(content: &[u8]) -> Result<Vec<u8>, NotUtf16> {
        without_mark(Zeroizing::new(content.to_vec()))
    }

    #[test]
    fn what_begins_as_utf16_and_is_none_is_refused() {
        for content in [&b"\xff\xfea"[..], b"\xff\xfe\x00\xd8", b"\xfe\xff\xd8\x00\x00a"] {
            assert_eq!(read(content), Err(NotUtf16), "{content:?}");
        }
        assert_eq!(read(b"\xff\xfe").unwrap(), b"");
        assert_eq!(read(b"").unwrap(), b"");
    }

    proptest! {
        #[test]
        fn a_text_is_the_same_however_it_is_written(text in "[^\u{feff}]{0,20}") {
            let units = |bytes: fn(u16) -> [u8; 2]| -> Vec<u8> {
                format!("\u{feff}{text}").encode_utf16().flat_map(bytes).collect()
            };
            for content in [
                text.clone().into_bytes(),
                format!("\u{feff}{text}").into_bytes(),
                units(u16::to_le_bytes),
                units(u16::to_be_bytes),
            ] {
                prop_assert_eq!(read(&content).unwrap(), text.as_bytes());
            }
        }

        #[test]
        fn nothing_else_is_touched(content in prop::collection::vec(any::<u8>(), 0..20)) {
            prop_assume!(![UTF8, UTF16_LITTLE, UTF16_BIG].iter().any(|mark| content.starts_with(mark)));
            prop_assert_eq!(read(&content).unwrap(), content);
        }
    }
}
