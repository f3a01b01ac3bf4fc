//! The network of a source, made ready: reads the file of authorities and the proxy's password.

use std::fs::File;
use std::io::Read as _;
use std::path::Path;

use collector_egress::http::{Authorities, Network, Proxy};

use super::{ReadSecret, SetupError};
use crate::configured::Egress;

/// The largest file of authorities. That of a whole platform has some 250 kilobytes.
const LARGEST_FILE: u64 = 4 << 20;

/// Makes the configured network ready.
pub(super) fn network(egress: &Egress, read: &ReadSecret) -> Result<Network, SetupError> {
    const PASSWORD: &str = "proxy-password";
    let login = match &egress.login {
        Some((user, reference)) => {
            let password = read(PASSWORD, reference)
                .and_then(|bytes| reference.text(PASSWORD, &bytes))
                .map_err(|error| egress.problem(PASSWORD, &error.to_string(), error.remedy()))?;
            Some((user.clone(), password))
        }
        None => None,
    };
    let proxy = egress.proxy.clone().map(|address| Proxy {
        address,
        login,
        bypass: egress.no_proxy.clone(),
    });
    let authorities = match &egress.ca {
        Some(path) => authorities(path).map_err(|problem| {
            egress.problem(
                "ca",
                &format!("{}: {problem}", path.display()),
                "name a PEM file with the certificates of your authority, relative to the configuration file",
            )
        })?,
        None => Authorities::default(),
    };
    Ok(Network {
        proxy,
        authorities,
        nat64: egress.nat64.clone(),
    })
}

fn authorities(path: &Path) -> Result<Authorities, String> {
    let unreadable = |cause: std::io::Error| format!("it cannot be read: {cause}");
    let mut pem = Vec::new();
    let file = File::open(path).map_err(unreadable)?;
    file.take(LARGEST_FILE + 1)
        .read_to_end(&mut pem)
        .map_err(unreadable)?;
    if pem.len() as u64 > LARGEST_FILE {
        return Err("it is larger than 4 MiB".to_owned());
    }
    Authorities::read(&pem).map_err(|error| error.to_string())
}
