//! `[service]`: how `collector run` runs.

use std::net::SocketAddr;
use std::time::Duration;

use super::reader::Reader;

/// `[service]`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Service {
    /// Where `/healthz`, `/readyz` and `/metrics` are served; none: nowhere.
    pub listen: Option<SocketAddr>,
    /// How long a pass and a delivery may go on after the service was told to stop.
    pub grace: Duration,
}

impl Default for Service {
    fn default() -> Self {
        Self {
            listen: Some(SocketAddr::from(([127, 0, 0, 1], 9464))),
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
        if let Some(grace) = reader.duration("grace", Duration::ZERO..=Duration::from_secs(600)) {
            service.grace = grace;
        }
        reader.finish();
        service
    }
}
