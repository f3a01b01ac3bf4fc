//! A certificate and its key in one PKCS#12 file (`.pfx`, `.p12`; RFC 7292), as it is or as the base64 that vaults and environment
//! variables hold. The library reads what `openssl pkcs12 -export` writes now (PBES2 with AES) and what Windows exports (3DES, RC2); it
//! frees what it decrypted without zeroing it.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use p12_keystore::Pkcs12Archive;
use p12_keystore::error::Error;
use rustls_pki_types::{CertificateDer, PrivateKeyDer, PrivatePkcs8KeyDer};
use secrecy::{ExposeSecret, SecretString};
use x509_parser::asn1_rs::{Any, FromDer, Tag};
use zeroize::Zeroizing;

use super::CertificateError;

/// The beginning of a sequence of open length: BER, which is allowed and rarely written.
const BER: [u8; 2] = [0x30, 0x80];

/// Certificates and keys, in no order.
pub(super) type Found = (Vec<CertificateDer<'static>>, Vec<PrivateKeyDer<'static>>);

/// The file's own bytes: the given ones if they begin like a PKCS#12 file, or what they are the base64 of. None for anything else.
pub(super) fn file(given: &[u8]) -> Option<Zeroizing<Vec<u8>>> {
    let is_one = |bytes: &[u8]| bytes.starts_with(&BER) || parts(bytes).is_some();
    if is_one(given) {
        return Some(Zeroizing::new(given.to_vec()));
    }
    let mut text = Zeroizing::new(given.to_vec());
    text.retain(|byte| !byte.is_ascii_whitespace());
    let decoded = Zeroizing::new(STANDARD.decode(text.as_slice()).ok()?);
    is_one(&decoded).then_some(decoded)
}

/// Opens a file with the first password that fits. Finally tries the empty password and no password, which differ in this format: the given
/// ones may belong to another file.
pub(super) fn open(file: &[u8], passwords: &[SecretString]) -> Result<Found, CertificateError> {
    let (kept, _) = parts(file).ok_or(CertificateError::Unsupported)?;
    let mut refused = CertificateError::WrongPassword {
        given: !passwords.is_empty(),
    };
    for password in passwords {
        match Pkcs12Archive::from_pkcs12(file, password.expose_secret()) {
            Ok(archive) => return Ok(found(&archive)),
            Err(error) => refused = why(&error).unwrap_or(refused),
        }
    }
    // No password gives another checksum than the empty one, but the same PBES2 key: so the file is read without its checksum.
    for file in [file, &sequence(kept)] {
        match Pkcs12Archive::from_pkcs12(file, "") {
            Ok(archive) => return Ok(found(&archive)),
            Err(error) if passwords.is_empty() => refused = why(&error).unwrap_or(refused),
            Err(_) => {}
        }
    }
    Err(refused)
}

fn found(archive: &Pkcs12Archive) -> Found {
    let certificates = archive.certs.iter().map(|bag| bag.cert.as_der().to_vec().into());
    let keys = archive
        .keys
        .iter()
        .map(|bag| PrivatePkcs8KeyDer::from(bag.key.as_der().to_vec()).into());
    (certificates.collect(), keys.collect())
}

/// The cause of an error; none if it looks like a wrong password.
fn why(error: &Error) -> Option<CertificateError> {
    match error {
        Error::UnsupportedEncryptionScheme
        | Error::UnsupportedMacAlgorithm
        | Error::UnsupportedContentType
        | Error::UnsupportedCertificateType
        | Error::InvalidParameters => Some(CertificateError::Unsupported),
        _ => None,
    }
}

/// The part of a file before its checksum, and the checksum; none if it does not begin like a PKCS#12 file: a sequence with version 3 and a
/// content.
fn parts(file: &[u8]) -> Option<(&[u8], &[u8])> {
    let (_, outer) = Any::from_der(file).ok()?;
    outer.tag().assert_eq(Tag::Sequence).ok()?;
    let content: &[u8] = outer.data;
    let (rest, version) = Any::from_der(content).ok()?;
    if version.tag() != Tag::Integer || version.data != [3] {
        return None;
    }
    let (mac, _) = Any::from_der(rest).ok()?;
    Some(content.split_at(content.len() - mac.len()))
}

/// A DER sequence with this content (X.690, section 8.1.3).
fn sequence(content: &[u8]) -> Vec<u8> {
    let length = content.len().to_be_bytes();
    let significant = length.iter().position(|byte| *byte != 0).unwrap_or(length.len());
    let length = length.get(significant..).unwrap_or_default();
    let mut der = vec![0x30];
    match (content.len(), u8::try_from(length.len())) {
        (0..128, _) => der.extend(length.first().or(Some(&0))),
        (_, Ok(count)) => {
            der.push(0x80 | count);
            der.extend(length);
        }
        // No content is that long.
        (_, Err(_)) => {}
    }
    der.extend(content);
    der
}
