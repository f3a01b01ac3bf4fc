//! How a source reaches the network: directly or through a proxy, which authorities it trusts in addition to the usual ones, and which
//! address translators there are. Nothing of this comes from the environment.

use reqwest::Certificate;
use rustls_pki_types::CertificateDer;
use rustls_pki_types::pem::PemObject as _;
use secrecy::ExposeSecret as _;

use super::nat64::Prefix;
use super::proxy::{Proxy, ProxyAddress};
use crate::grant::Origin;

/// How a source reaches the network. By default directly, trusting what the platform trusts.
#[derive(Debug, Clone, Default)]
pub struct Network {
    /// The proxy.
    pub proxy: Option<Proxy>,
    /// Additional trusted authorities.
    pub authorities: Authorities,
    /// The prefixes of NAT64 translators in addition to the well-known one.
    pub nat64: Vec<Prefix>,
}

impl Network {
    /// The proxy for an origin; none if the origin is reached directly.
    pub(super) fn proxy_for(&self, origin: &Origin) -> Option<&Proxy> {
        self.proxy.as_ref().filter(|proxy| proxy.is_for(origin))
    }

    /// The name under which the proxy is looked up.
    pub(super) fn proxy_name(&self) -> Option<&str> {
        self.proxy.as_ref()?.address.name()
    }

    /// A client's builder with the proxy and the authorities.
    pub(super) fn apply(&self, mut builder: reqwest::ClientBuilder) -> reqwest::ClientBuilder {
        // Settings of the environment are not used.
        builder = builder.no_proxy();
        if let Some(proxy) = self.proxy.clone() {
            builder = builder.proxy(intercepting(proxy));
        }
        for authority in &self.authorities.0 {
            builder = builder.add_root_certificate(authority.clone());
        }
        builder
    }
}

fn intercepting(proxy: Proxy) -> reqwest::Proxy {
    let login = proxy.login.clone();
    let matcher = reqwest::Proxy::custom(move |url| {
        let origin = Origin::of(url)?;
        proxy.is_for(&origin).then(|| proxy.address.url().clone())
    });
    match login {
        Some((user, password)) => matcher.basic_auth(&user, password.expose_secret()),
        None => matcher,
    }
}

/// How to reach one origin, for errors.
#[derive(Debug, Clone, Copy)]
pub(super) struct Way<'a> {
    pub(super) origin: &'a Origin,
    /// The proxy's address, and whether it is given a user name and a password.
    pub(super) proxy: Option<(&'a ProxyAddress, bool)>,
}

impl<'a> Way<'a> {
    pub(super) fn new(network: &'a Network, origin: &'a Origin) -> Self {
        let proxy = network
            .proxy_for(origin)
            .map(|proxy| (&proxy.address, proxy.login.is_some()));
        Self { origin, proxy }
    }
}

/// Certificates of authorities, read from a PEM file.
#[derive(Debug, Clone, Default)]
pub struct Authorities(Vec<Certificate>);

/// Why a file contains no usable authorities.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum AuthoritiesError {
    /// It is not PEM, or a certificate in it cannot be read.
    #[error("a certificate in it cannot be read: {0}")]
    Malformed(String),
    /// It contains no certificate.
    #[error("it contains no certificate")]
    Empty,
}

impl Authorities {
    /// Reads all certificates of a PEM file.
    ///
    /// # Errors
    /// See [`AuthoritiesError`].
    pub fn read(pem: &[u8]) -> Result<Self, AuthoritiesError> {
        let malformed = |error: &dyn std::fmt::Display| AuthoritiesError::Malformed(error.to_string());
        let mut roots = rustls::RootCertStore::empty();
        let mut certificates = Vec::new();
        for der in CertificateDer::pem_slice_iter(pem) {
            let der = der.map_err(|error| malformed(&error))?;
            certificates.push(Certificate::from_der(&der).map_err(|error| malformed(&error))?);
            // Without this check, the client would accept it now and fail to build later.
            roots.add(der).map_err(|error| malformed(&error))?;
        }
        if certificates.is_empty() {
            return Err(AuthoritiesError::Empty);
        }
        Ok(Self(certificates))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_holds_no_authority_is_said() {
        let broken = b"-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n";
        assert!(matches!(
            Authorities::read(broken),
            Err(AuthoritiesError::Malformed(_))
        ));
        for pem in [&b""[..], b"no certificate"] {
            assert_eq!(Authorities::read(pem).err(), Some(AuthoritiesError::Empty));
        }
    }
}
