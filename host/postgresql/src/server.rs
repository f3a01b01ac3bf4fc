//! The address of the database, the connection to it, and its TLS trust.

use std::sync::Arc;
use std::time::Duration;

use collector_model::error::deepest;
use collector_model::local;
use collector_model::text::brief;
use rustls::crypto::aws_lc_rs;
use rustls::pki_types::CertificateDer;
use rustls::pki_types::pem::PemObject as _;
use secrecy::{ExposeSecret as _, SecretString};
use tokio_postgres::config::{Host, SslMode};
use tokio_postgres::{Client, Config, NoTls};
use tokio_postgres_rustls::MakeRustlsConnect;
use url::Url;

use crate::problem::{Problem, Unusable};

const EXAMPLE: &str = "write it like postgresql://collector@db.example.com/rooms";

/// A database of a server. Holds the password, so it has no `Debug`.
#[derive(Clone)]
pub struct Server {
    config: Config,
    /// `None` for unencrypted connections, to this machine only.
    tls: Option<MakeRustlsConnect>,
    place: String,
}

impl Server {
    /// The database of a URL, without contacting it: `postgresql://USER@HOST:PORT/DATABASE`, without a password. Connections are encrypted, and the
    /// server's certificate is verified, except over a Unix socket (`?host=/DIRECTORY`) and, with `?sslmode=disable`, to this machine.
    ///
    /// `ca`: certificates (PEM) of an authority to trust besides those of the system. `patience`: how long sent data may stay unconfirmed until the
    /// connection counts as lost.
    ///
    /// # Errors
    /// The URL or the certificates are not usable; the message says why and what would be right.
    pub fn new(
        url: &Url,
        password: Option<&SecretString>,
        ca: Option<&[u8]>,
        patience: Duration,
    ) -> Result<Self, Unusable> {
        let mut config = parse(url)?;
        let place = place(&config)?;
        let tls = if encrypted(&config, sslmode(url))? {
            config.ssl_mode(SslMode::Require);
            Some(MakeRustlsConnect::new(tls(ca)?))
        } else {
            config.ssl_mode(SslMode::Disable);
            None
        };
        if let Some(password) = password {
            config.password(password.expose_secret().trim_end_matches(['\r', '\n']));
        }
        if config.get_application_name().is_none() {
            config.application_name("collector");
        }
        // Do not wait in the background for a server that is gone.
        config.tcp_user_timeout(patience);
        Ok(Self { config, tls, place })
    }

    /// The database and its server, for messages.
    pub fn place(&self) -> &str {
        &self.place
    }

    /// Signs in.
    ///
    /// # Errors
    /// The server is down, is not to be trusted, or refuses.
    pub async fn connect(&self) -> Result<Client, Problem> {
        // If the connection ends, the next statement returns the error.
        match &self.tls {
            Some(tls) => {
                let (client, connection) = self.config.connect(tls.clone()).await?;
                tokio::spawn(connection);
                Ok(client)
            }
            None => {
                let (client, connection) = self.config.connect(NoTls).await?;
                tokio::spawn(connection);
                Ok(client)
            }
        }
    }
}

/// Parses the URL without `sslmode`, which is stricter here than in the library.
fn parse(url: &Url) -> Result<Config, Unusable> {
    let wrong = |problem: String| Unusable::new(format!("the `url` of a database {problem}"));
    let refused = || {
        wrong("must hold no password: put it where `password` says, such as { env = \"VARIABLE\" }, and change it, for it was seen".into())
    };
    if !matches!(url.scheme(), "postgresql" | "postgres") {
        return Err(wrong(format!("must begin with postgresql://; {EXAMPLE}")));
    }
    if url.password().is_some() {
        return Err(refused());
    }
    let mut rest = url.clone();
    let options: Vec<&str> = options(url).filter(|option| !is_sslmode(option)).collect();
    let options = options.join("&");
    rest.set_query((!options.is_empty()).then_some(&options));
    rest.set_fragment(None);
    let config: Config = rest.as_str().parse().map_err(|error| {
        let error = brief(&deepest(&error));
        wrong(format!("cannot be used: {error}; {EXAMPLE}, without that option"))
    })?;
    if config.get_password().is_some() {
        return Err(refused());
    }
    Ok(config)
}

fn options(url: &Url) -> impl Iterator<Item = &str> {
    url.query().unwrap_or_default().split('&')
}

fn is_sslmode(option: &str) -> bool {
    option.split('=').next() == Some("sslmode")
}

fn sslmode(url: &Url) -> Option<&str> {
    let option = options(url).find(|option| is_sslmode(option))?;
    Some(option.split_once('=').map_or("", |(_, mode)| mode))
}

fn place(config: &Config) -> Result<String, Unusable> {
    let needed = |what: &str| Unusable::new(format!("the `url` of a database names no {what}; {EXAMPLE}"));
    let host = match config.get_hosts().first() {
        Some(Host::Tcp(name)) => {
            let port = config.get_ports().first().copied().unwrap_or(5432);
            format!("{name}:{port}")
        }
        #[cfg(unix)]
        Some(Host::Unix(path)) => path.display().to_string(),
        None => return Err(needed("host")),
    };
    if config.get_user().is_none() {
        return Err(needed("user"));
    }
    let database = config.get_dbname().ok_or_else(|| needed("database"))?;
    Ok(format!("the database {database:?} at {host}"))
}

/// Whether to encrypt. Modes that fall back to clear text are refused, because an attacker in the middle would choose it.
fn encrypted(config: &Config, sslmode: Option<&str>) -> Result<bool, Unusable> {
    let hosts = config.get_hosts();
    if hosts.iter().all(is_socket) {
        return Ok(false);
    }
    match sslmode {
        None | Some("require" | "verify-ca" | "verify-full") => Ok(true),
        Some("disable") => {
            let addresses = config.get_hostaddrs();
            if hosts.iter().all(is_here) && addresses.iter().all(|address| local::is_loopback(*address)) {
                Ok(false)
            } else {
                Err(Unusable::new(
                    "the `url` of a database may set sslmode=disable only for this machine (127.0.0.1, ::1, localhost, a Unix socket); \
                     remove it, and set `ca` if the server's certificate is from an authority of your own",
                ))
            }
        }
        Some(_) => Err(Unusable::new(
            "the `url` of a database may set sslmode=verify-full, which is the default, or, for this machine, sslmode=disable; remove it",
        )),
    }
}

fn is_socket(host: &Host) -> bool {
    match host {
        Host::Tcp(_) => false,
        #[cfg(unix)]
        Host::Unix(_) => true,
    }
}

fn is_here(host: &Host) -> bool {
    match host {
        Host::Tcp(name) => local::is_this_machine(name),
        #[cfg(unix)]
        Host::Unix(_) => true,
    }
}

fn tls(ca: Option<&[u8]>) -> Result<rustls::ClientConfig, Unusable> {
    let no_certificates = |error: String| {
        Unusable::new(format!(
            "a database's `ca` is not usable: {error}; give a PEM file"
        ))
    };
    let unusable = |error: rustls::Error| {
        Unusable::new(format!(
            "cannot verify certificates: {error}; install the system's certificates (the package ca-certificates), or set `ca`"
        ))
    };
    let mut authorities = Vec::new();
    if let Some(pem) = ca {
        for certificate in CertificateDer::pem_slice_iter(pem) {
            authorities.push(certificate.map_err(|error| no_certificates(error.to_string()))?);
        }
        if authorities.is_empty() {
            return Err(no_certificates("it contains no certificate".into()));
        }
    }
    let provider = Arc::new(aws_lc_rs::default_provider());
    let verifier =
        rustls_platform_verifier::Verifier::new_with_extra_roots(authorities, Arc::clone(&provider))
            .map_err(unusable)?;
    Ok(rustls::ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .map_err(unusable)?
        .dangerous()
        .with_custom_certificate_verifier(Arc::new(verifier))
        .with_no_client_auth())
}
