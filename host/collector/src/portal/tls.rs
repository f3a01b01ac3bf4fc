//! The portal's certificate. The file is read again when it changes: certificates are renewed every few weeks, and a renewal must not need a
//! restart of the service.

use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::SystemTime;

use anyhow::Context as _;
use collector_tasks::blocking::blocking;
use rustls::ServerConfig;
use rustls::pki_types::pem::PemObject as _;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use tokio_rustls::TlsAcceptor;

/// A certificate chain with its private key, in one PEM file. Clones share it.
#[derive(Clone)]
pub(crate) struct Tls {
    path: PathBuf,
    held: Arc<Mutex<Held>>,
}

struct Held {
    modified: Option<SystemTime>,
    config: Arc<ServerConfig>,
}

impl Tls {
    /// Reads the file.
    ///
    /// # Errors
    /// It cannot be read, or does not hold a certificate with its key.
    pub(crate) fn read(path: &Path) -> anyhow::Result<Self> {
        Ok(Self {
            path: path.to_owned(),
            held: Arc::new(Mutex::new(Held {
                modified: modified(path),
                config: config(path)?,
            })),
        })
    }

    /// The acceptor for the next connection, with the current certificate.
    pub(crate) async fn acceptor(&self) -> TlsAcceptor {
        let this = self.clone();
        blocking(move || this.acceptor_now()).await
    }

    fn acceptor_now(&self) -> TlsAcceptor {
        let mut held = self.held.lock().unwrap_or_else(PoisonError::into_inner);
        let modified = modified(&self.path);
        if modified.is_some() && modified != held.modified {
            held.modified = modified;
            match config(&self.path) {
                Ok(config) => {
                    held.config = config;
                    tracing::info!("the portal uses a new certificate");
                }
                Err(error) => tracing::error!("the portal keeps its old certificate: {error:#}"),
            }
        }
        TlsAcceptor::from(Arc::clone(&held.config))
    }
}

fn modified(path: &Path) -> Option<SystemTime> {
    std::fs::metadata(path).ok()?.modified().ok()
}

fn config(path: &Path) -> anyhow::Result<Arc<ServerConfig>> {
    let named = || format!("the portal's certificate {}", path.display());
    let pem = std::fs::read(path).with_context(named)?;
    let chain = CertificateDer::pem_slice_iter(&pem)
        .collect::<Result<Vec<_>, _>>()
        .with_context(named)?;
    anyhow::ensure!(
        !chain.is_empty(),
        "{} holds no certificate; put the chain and its private key into one PEM file",
        named()
    );
    let key = PrivateKeyDer::from_pem_slice(&pem).with_context(|| {
        format!(
            "{} holds no private key; put the chain and its private key into one PEM file",
            named()
        )
    })?;
    let mut config =
        ServerConfig::builder_with_provider(Arc::new(rustls::crypto::aws_lc_rs::default_provider()))
            .with_safe_default_protocol_versions()
            .context("no version of TLS is available")?
            .with_no_client_auth()
            .with_single_cert(chain, key)
            .with_context(named)?;
    config.alpn_protocols = vec![b"http/1.1".to_vec()];
    Ok(Arc::new(config))
}
