//! The text of a configuration file: UTF-8, with or without a byte order mark, or UTF-16 as Windows programs write it.

use std::io::{Error, ErrorKind};
use std::path::Path;

use collector_files::byte_order;

/// Reads a file, without its byte order mark.
///
/// # Errors
/// It cannot be read, or is not text.
pub(super) fn read(path: &Path) -> Result<String, Error> {
    // Systems say so in words of their own, or not at all.
    if path.is_dir() {
        return Err(Error::new(ErrorKind::IsADirectory, "it is a directory"));
    }
    text(std::fs::read(path)?)
}

fn text(bytes: Vec<u8>) -> Result<String, Error> {
    byte_order::without_mark(bytes.into())
        .ok()
        .and_then(|bytes| String::from_utf8(bytes).ok())
        .ok_or_else(|| Error::new(ErrorKind::InvalidData, "it is not UTF-8 text"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_directory_is_called_one() {
        let error = read(&std::env::temp_dir()).unwrap_err();
        assert_eq!(
            (error.kind(), error.to_string().as_str()),
            (ErrorKind::IsADirectory, "it is a directory")
        );
    }

    #[test]
    fn what_windows_programs_write_is_read() {
        let toml = "name = \"R\u{e9}union \u{1f600}\"\r\n";
        let utf_16 = |encode: fn(u16) -> [u8; 2]| -> Vec<u8> {
            let units = std::iter::once(0xfeff).chain(toml.encode_utf16());
            units.flat_map(encode).collect()
        };
        for bytes in [
            toml.as_bytes().to_vec(),
            [b"\xef\xbb\xbf", toml.as_bytes()].concat(),
            utf_16(u16::to_le_bytes),
            utf_16(u16::to_be_bytes),
        ] {
            assert_eq!(text(bytes).unwrap(), toml);
        }
    }

    #[test]
    fn a_file_that_is_not_text_is_refused() {
        for bytes in [&b"a = \"\xe9\""[..], b"\xff\xfea", b"\xff\xfe\x3d\xd8"] {
            assert_eq!(
                text(bytes.to_vec()).unwrap_err().to_string(),
                "it is not UTF-8 text"
            );
        }
    }
}
