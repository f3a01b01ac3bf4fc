//! The app registration that a client signs in as: its secrets, certificates and permissions.

use anyhow::{Context as _, Result};
use aws_lc_rs::digest::{SHA1_FOR_LEGACY_USE_ONLY, SHA256, digest};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use chrono::{DateTime, Utc};
use rustls::pki_types::CertificateDer;
use rustls::pki_types::pem::PemObject as _;

/// The client id of [`App::default`].
pub const CLIENT_ID: &str = "11111111-2222-3333-4444-555555555555";
/// The secret of [`App::default`]; it has the shape of a real one and opens nothing.
pub const CLIENT_SECRET: &str = "sim8Q~not-a-real-secret_only-the-simulator";
/// The permissions that the collector asks for and that [`App::default`] has.
pub const ROLES: [&str; 4] = [
    "Calendars.Read",
    "Directory.Read.All",
    "User.Read.All",
    "Place.Read.All",
];

/// The display name of every app.
pub(crate) const NAME: &str = "Collector";
/// The delegated permissions of every app: the consent page shows them, but no token has them.
pub(crate) const DELEGATED: [&str; 1] = ["User.Read"];

/// A registered app. The tenant has consented to it, unless it is [`App::registered_only`].
#[derive(Clone, Debug)]
pub struct App {
    pub(crate) client_id: String,
    pub(crate) secrets: Vec<(String, bool)>,
    pub(crate) certificates: Vec<Certificate>,
    pub(crate) federated: Vec<String>,
    pub(crate) identity: bool,
    pub(crate) roles: Vec<String>,
    pub(crate) exchange_scope: Option<Vec<String>>,
    pub(crate) redirects: Vec<String>,
    /// When the tenant consented to it, by the simulator's clock.
    pub(crate) consented: Option<DateTime<Utc>>,
    pub(crate) enabled: bool,
    pub(crate) problem: Option<String>,
}

#[derive(Clone, Debug)]
pub(crate) struct Certificate {
    pub(crate) pem: String,
    /// base64url of the SHA-1 of the certificate (`x5t`).
    pub(crate) sha1: String,
    /// base64url of the SHA-256 of the certificate (`x5t#S256`).
    pub(crate) sha256: String,
    pub(crate) expired: bool,
}

impl Default for App {
    fn default() -> Self {
        Self::new(CLIENT_ID).secret(CLIENT_SECRET)
    }
}

impl App {
    /// An app without credentials, with consent and the four permissions of [`ROLES`].
    #[must_use]
    pub fn new(client_id: &str) -> Self {
        Self {
            client_id: client_id.to_owned(),
            secrets: Vec::new(),
            certificates: Vec::new(),
            federated: Vec::new(),
            identity: false,
            roles: ROLES.map(str::to_owned).to_vec(),
            exchange_scope: None,
            redirects: Vec::new(),
            consented: Some(DateTime::UNIX_EPOCH),
            enabled: true,
            problem: None,
        }
    }

    /// Adds a client secret.
    #[must_use]
    pub fn secret(mut self, value: &str) -> Self {
        self.secrets.push((value.to_owned(), true));
        self
    }

    /// Adds an expired client secret.
    #[must_use]
    pub fn expired_secret(mut self, value: &str) -> Self {
        self.secrets.push((value.to_owned(), false));
        self
    }

    /// Registers a certificate (PEM, with an RSA key).
    #[must_use]
    pub fn certificate(mut self, pem: &str) -> Self {
        match Certificate::read(pem) {
            Ok(certificate) => self.certificates.push(certificate),
            Err(problem) => self.problem = Some(format!("{problem:#}")),
        }
        self
    }

    /// Trusts this token of another issuer, whatever it contains.
    #[must_use]
    pub fn federated(mut self, token: &str) -> Self {
        self.federated.push(token.to_owned());
        self
    }

    /// Makes it the managed identity of the machine: a user-assigned one with this client id, and the system-assigned one.
    #[must_use]
    pub fn managed_identity(mut self) -> Self {
        self.identity = true;
        self
    }

    /// Registers an expired certificate.
    #[must_use]
    pub fn expired_certificate(mut self, pem: &str) -> Self {
        self = self.certificate(pem);
        if let Some(certificate) = self.certificates.last_mut() {
            certificate.expired = true;
        }
        self
    }

    /// Sets the application permissions. With none, the login still issues tokens, without `roles`, and Graph refuses them.
    #[must_use]
    pub fn roles<'a>(mut self, roles: impl IntoIterator<Item = &'a str>) -> Self {
        self.roles = roles.into_iter().map(str::to_owned).collect();
        self
    }

    /// Grants `Application Calendars.Read` in Exchange (RBAC for Applications) for these mailboxes: it works without
    /// being in the token's `roles`.
    #[must_use]
    pub fn exchange_scope<'a>(mut self, rooms: impl IntoIterator<Item = &'a str>) -> Self {
        self.exchange_scope = Some(rooms.into_iter().map(str::to_lowercase).collect());
        self
    }

    /// Adds a redirect URI for the consent page, which must match exactly: `http://localhost/authorized`. The port of
    /// `localhost` and `127.0.0.1` does not count. May be called several times.
    #[must_use]
    pub fn redirect(mut self, address: &str) -> Self {
        self.redirects.push(address.to_owned());
        self
    }

    /// Registers it without consent: there are no tokens until a Global Administrator accepts on the consent page.
    #[must_use]
    pub fn registered_only(mut self) -> Self {
        self.consented = None;
        self
    }

    /// Has an administrator of the tenant disable it.
    #[must_use]
    pub fn disabled(mut self) -> Self {
        self.enabled = false;
        self
    }

    /// The client id.
    #[must_use]
    pub fn client_id(&self) -> &str {
        &self.client_id
    }

    /// Whether the tenant has consented to it.
    #[must_use]
    pub fn is_consented(&self) -> bool {
        self.consented.is_some()
    }

    /// A valid secret, if the app has one.
    #[must_use]
    pub fn working_secret(&self) -> Option<&str> {
        self.secrets
            .iter()
            .find(|(_, works)| *works)
            .map(|(secret, _)| secret.as_str())
    }
}

impl Certificate {
    fn read(pem: &str) -> Result<Self> {
        let der = CertificateDer::from_pem_slice(pem.as_bytes()).context("not a PEM certificate")?;
        Ok(Self {
            pem: pem.to_owned(),
            sha1: URL_SAFE_NO_PAD.encode(digest(&SHA1_FOR_LEGACY_USE_ONLY, &der)),
            sha256: URL_SAFE_NO_PAD.encode(digest(&SHA256, &der)),
            expired: false,
        })
    }
}

/// A self-signed certificate with its key, for an app that signs in with it.
#[derive(Clone, Debug)]
pub struct KeyPair {
    /// The certificate, PEM.
    pub certificate: String,
    /// The RSA key, PKCS#8 PEM.
    pub key: String,
}

impl KeyPair {
    /// Generates a 2048-bit RSA key and a certificate for it.
    ///
    /// # Errors
    /// The machine cannot generate one.
    pub fn generate() -> Result<Self> {
        Self::generate_until(4096, 1, 1)
    }

    /// The same with a certificate that expires at the start of this day, in UTC.
    ///
    /// # Errors
    /// The machine cannot generate one.
    pub fn generate_until(year: i32, month: u8, day: u8) -> Result<Self> {
        let key = rcgen::KeyPair::generate_rsa_for(&rcgen::PKCS_RSA_SHA256, rcgen::RsaKeySize::_2048)?;
        let mut params = rcgen::CertificateParams::new(Vec::new())?;
        params
            .distinguished_name
            .push(rcgen::DnType::CommonName, "simulated app");
        params.not_after = rcgen::date_time_ymd(year, month, day);
        let certificate = params.self_signed(&key)?;
        Ok(Self {
            certificate: certificate.pem(),
            key: key.serialize_pem(),
        })
    }
}
