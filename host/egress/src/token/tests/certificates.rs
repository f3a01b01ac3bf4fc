//! Certificates: which files are read as one, and how it signs.

use base64::Engine;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use jsonwebtoken::{Algorithm, DecodingKey, Validation};
use secrecy::{ExposeSecret, SecretString};
use serde_json::{Value, json};
use sha2::{Digest, Sha256};

use super::{form, issuing, source, token};
use crate::credential::SecretBytes;
use crate::http::tests::server::Server;
use crate::token::{Certificate, CertificateError, Proof};

struct Issued {
    certificate: String,
    der: Vec<u8>,
    key: String,
    key_der: Vec<u8>,
    public: Vec<u8>,
}

fn certificate(algorithm: &'static rcgen::SignatureAlgorithm) -> Issued {
    let key = rcgen::KeyPair::generate_for(algorithm).unwrap();
    let certificate = rcgen::CertificateParams::new(vec!["app.example".to_owned()])
        .unwrap()
        .self_signed(&key)
        .unwrap();
    Issued {
        certificate: certificate.pem(),
        der: certificate.der().to_vec(),
        key: key.serialize_pem(),
        key_der: key.serialize_der(),
        public: key.public_key_raw().to_vec(),
    }
}

fn rsa() -> Issued {
    certificate(&rcgen::PKCS_RSA_SHA256)
}

#[tokio::test]
async fn a_certificate_signs_a_short_statement_for_the_token_endpoint() {
    let login = Server::start(|number, _| issuing(number, "3599")).await;
    let issued = rsa();
    let pem = format!("{}{}", issued.certificate, issued.key);
    let source = source(
        &login,
        Proof::Certificate(Box::new(read(pem.as_bytes(), &[]).unwrap())),
    );
    assert_eq!(token(&source).await, "token-0");

    let form = form(&login.seen()[0]);
    let (names, values): (Vec<&str>, Vec<&str>) = form.iter().map(|(n, v)| (n.as_str(), v.as_str())).unzip();
    assert_eq!(
        names,
        [
            "grant_type",
            "client_id",
            "scope",
            "client_assertion_type",
            "client_assertion"
        ]
    );
    assert_eq!(
        values[3],
        "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"
    );

    let endpoint = login.url("/contoso/oauth2/v2.0/token");
    let mut validation = Validation::new(Algorithm::PS256);
    validation.set_audience(&[&endpoint]);
    validation.validate_nbf = true;
    let key = DecodingKey::from_rsa_der(&issued.public);
    let claims = jsonwebtoken::decode::<Value>(values[4], &key, &validation)
        .unwrap()
        .claims;
    let iat = claims["iat"].as_i64().unwrap();
    assert!((chrono::Utc::now().timestamp() - iat).abs() < 60);
    assert_eq!(
        claims,
        json!({
            "aud": endpoint, "iss": "app-id", "sub": "app-id", "jti": claims["jti"], "nbf": iat - 60, "iat": iat, "exp": iat + 600,
        })
    );
    assert!(uuid::Uuid::parse_str(claims["jti"].as_str().unwrap()).is_ok());
    let header = URL_SAFE_NO_PAD
        .decode(values[4].split('.').next().unwrap())
        .unwrap();
    assert_eq!(
        serde_json::from_slice::<Value>(&header).unwrap(),
        json!({ "typ": "JWT", "alg": "PS256", "x5t#S256": URL_SAFE_NO_PAD.encode(Sha256::digest(&issued.der)) })
    );
}

#[test]
fn certificate_and_key_may_stand_in_any_order_in_a_chain_and_in_the_older_form() {
    let (own, authority) = (rsa(), rsa());
    // PKCS#8 wraps PKCS#1 in 26 bytes for a key of this size (RFC 5208, section 5).
    let pkcs1 = STANDARD.encode(&own.key_der[26..]);
    let pkcs1 = format!("-----BEGIN RSA PRIVATE KEY-----\n{pkcs1}\n-----END RSA PRIVATE KEY-----\n");
    for pem in [
        format!("{}{}", own.certificate, own.key),
        format!("{}{}", own.key, own.certificate),
        format!(
            "Bag Attributes\n{}\nissuer=x\n{}{}",
            own.key, authority.certificate, own.certificate
        ),
        format!("{}{pkcs1}", own.certificate),
    ] {
        let certificate = read(pem.as_bytes(), &[]).unwrap();
        assert_eq!(
            thumbprint(&certificate),
            URL_SAFE_NO_PAD.encode(Sha256::digest(&own.der))
        );
        // The end that its maker sets by default: 1 January 4096.
        assert_eq!(certificate.not_after(), Some(67_090_118_400));
    }
}

#[test]
fn a_pem_that_lacks_something_says_what() {
    let (own, other, elliptic) = (rsa(), rsa(), certificate(&rcgen::PKCS_ECDSA_P256_SHA256));
    for (pem, error) in [
        (String::new(), CertificateError::Unknown),
        ("no PEM".to_owned(), CertificateError::Unknown),
        (own.key.clone(), CertificateError::NoCertificate),
        (own.certificate.clone(), CertificateError::NoKey),
        (
            format!("{}{}", own.certificate, other.key),
            CertificateError::Mismatch,
        ),
        (
            format!("{}{}", elliptic.certificate, elliptic.key),
            CertificateError::NotRsa,
        ),
    ] {
        assert_eq!(read(pem.as_bytes(), &[]).err(), Some(error));
    }
}

fn read(bytes: &[u8], passwords: &[&str]) -> Result<Certificate, CertificateError> {
    let passwords: Vec<SecretString> = passwords.iter().map(|password| (*password).into()).collect();
    Certificate::read(&SecretBytes::new(Box::new(bytes.to_vec())), &passwords)
}

/// The certificate's registered thumbprint, as its assertions name it.
fn thumbprint(certificate: &Certificate) -> String {
    let assertion = certificate
        .assertion("https://login.example/token", "app-id", 1)
        .unwrap();
    let header = URL_SAFE_NO_PAD
        .decode(assertion.expose_secret().split('.').next().unwrap())
        .unwrap();
    let header: Value = serde_json::from_slice(&header).unwrap();
    header["x5t#S256"].as_str().unwrap().to_owned()
}

/// Files that OpenSSL 3.0 wrote for one certificate with its key, which is registered nowhere: with its present defaults (AES, with an
/// authority's certificate), with those of older versions and Windows (3DES; RC2 for the certificates), with an empty password, and with
/// none at all.
const PASSWORD: &str = "s3cret-pässword";
const AES: &[u8] = include_bytes!("../fixtures/aes.pfx");
const OPENED: [(&str, &[u8], &[&str]); 7] = [
    ("aes", AES, &[PASSWORD]),
    ("3des", include_bytes!("../fixtures/3des.pfx"), &[PASSWORD]),
    (
        "rc2",
        include_bytes!("../fixtures/rc2.pfx"),
        &["another's", PASSWORD],
    ),
    ("empty", include_bytes!("../fixtures/empty.pfx"), &[]),
    ("none", include_bytes!("../fixtures/none.pfx"), &[]),
    // Beside another file that has a password.
    ("empty", include_bytes!("../fixtures/empty.pfx"), &[PASSWORD]),
    ("none", include_bytes!("../fixtures/none.pfx"), &[PASSWORD]),
];

#[test]
fn a_pkcs12_file_gives_its_certificate_whatever_it_is_encrypted_with() {
    for (name, file, passwords) in OPENED {
        let base64 = STANDARD.encode(file);
        let lines: Vec<&str> = base64
            .as_bytes()
            .chunks(64)
            .map(|line| std::str::from_utf8(line).unwrap())
            .collect();
        for content in [
            file.to_vec(),
            base64.clone().into_bytes(),
            lines.join("\r\n").into_bytes(),
        ] {
            let certificate = read(&content, passwords).unwrap_or_else(|error| panic!("{name}: {error}"));
            assert_eq!(
                thumbprint(&certificate),
                "83DMKMzFXE7FEu7gNiFGV2g2_EzCa6cdtG7POpJRPt0",
                "{name}"
            );
            assert_eq!(certificate.not_after(), Some(4949326806), "{name}");
        }
    }
}

#[test]
fn a_pkcs12_file_that_cannot_be_used_says_why() {
    let cut = &AES[..AES.len() - 1];
    let given = |given| CertificateError::WrongPassword { given };
    let der = rsa().der;
    let cases: [(&[u8], &[&str], CertificateError); 10] = [
        (AES, &["wrong", "wrong too"], given(true)),
        (AES, &[""], given(true)),
        (AES, &[], given(false)),
        (OPENED[1].1, &["wrong"], given(true)),
        (OPENED[2].1, &[], given(false)),
        (
            include_bytes!("../fixtures/no-key.pfx"),
            &[],
            CertificateError::NoKey,
        ),
        (
            include_bytes!("../fixtures/elliptic.pfx"),
            &[],
            CertificateError::NotRsa,
        ),
        (cut, &[PASSWORD], CertificateError::Unknown),
        (&der, &[], CertificateError::Unknown),
        (&[0x30, 0x80, 2, 1, 3], &[], CertificateError::Unsupported),
    ];
    for (file, passwords, error) in cases {
        let found = read(file, passwords).err();
        assert_eq!(found, Some(error), "{passwords:?}");
        let found = found.unwrap();
        let said = format!("{found}; {}", found.remedy());
        assert!(!said.contains("wrong") && said.len() > 60, "{said}");
    }
}
