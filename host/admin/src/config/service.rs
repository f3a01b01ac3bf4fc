//! `[service]`: how `collector run` runs.

use std::net::SocketAddr;
use std::time::Duration;

use url::Host;

use super::reader::Reader;

/// `[service]`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Service {
    /// The address that serves `/healthz`, `/readyz` and `/metrics`; none if it is off.
    pub listen: Option<SocketAddr>,
    /// Host names that requests there may use besides `localhost` and addresses, in lower case.
    pub names: Vec<String>,
    /// How long a pass and a delivery may continue after the service was told to stop.
    pub grace: Duration,
}

impl Default for Service {
    fn default() -> Self {
        Self {
            listen: Some(SocketAddr::from(([127, 0, 0, 1], 9464))),
            names: Vec::new(),
            grace: Duration::from_secs(20),
        }
    }
}

impl Service {
    pub(super) fn read(mut reader: Reader<'_>) -> Self {
        let mut service = Self::default();
        match reader.string("listen").as_deref() {
            None => {}
            Some("off") => service.listen = None,
            Some(text) => match text.parse() {
                Ok(address) => service.listen = Some(address),
                Err(_) => reader.problem(
                    "listen",
                    &format!("{text:?} is not an address with a port"),
                    "write it like \"127.0.0.1:9464\", \"[::1]:9464\", or \"off\"",
                ),
            },
        }
        for name in reader.strings("names").unwrap_or_default() {
            match Host::parse(&name) {
                Ok(Host::Domain(name)) if is_plain(&name) => service.names.push(name),
                _ => reader.problem(
                    "names",
                    &format!("{name:?} is not a host name"),
                    "write names without a port, such as \"collector.monitoring.svc\"; requests by address are always answered",
                ),
            }
        }
        if let Some(grace) = reader.duration("grace", Duration::ZERO..=Duration::from_secs(600)) {
            service.grace = grace;
        }
        reader.finish();
        service
    }
}

/// Whether a name has only letters, digits, `-`, `_` and `.`: names are compared literally, not as patterns.
fn is_plain(name: &str) -> bool {
    name.chars()
        .all(|character| character.is_ascii_alphanumeric() || "-_.".contains(character))
}
