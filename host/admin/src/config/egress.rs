//! `[egress]` and `[source.egress]`: how sources reach the network. A source with a table of its own uses only that, so that the user name
//! and password for one proxy never go to another. NAT64 prefixes belong to the network, so they are configured once.

use std::str::FromStr;

use collector_egress::credential::SecretRef;
use collector_egress::http::{ProxyAddress, ProxyAddressError};
use collector_engine::configured::Egress;

use super::reader::Reader;
use super::secret::{Folders, secret};

/// `[egress]`, the collector's.
pub(super) fn read(mut reader: Reader<'_>, folders: Folders<'_>) -> Egress {
    let nat64 = parsed(
        &mut reader,
        "nat64",
        "give the translator's prefix of 32, 40, 48, 56, 64 or 96 bits, such as \"2001:db8:64::/96\"",
    );
    Egress {
        nat64,
        ..common(reader, folders)
    }
}

/// `[source.egress]`, a source's own.
pub(super) fn of_source(reader: Reader<'_>, folders: Folders<'_>) -> Egress {
    Egress {
        own: true,
        ..common(reader, folders)
    }
}

fn common(mut reader: Reader<'_>, folders: Folders<'_>) -> Egress {
    let proxy = proxy(&mut reader);
    let login = login(&mut reader, folders);
    let no_proxy = parsed(
        &mut reader,
        "no-proxy",
        "name hosts (\"calendar.corp\"), ends of names (\".corp.example\"), addresses or networks (\"10.0.0.0/8\")",
    );
    for key in ["proxy-user", "proxy-password", "no-proxy"] {
        if reader.has(key) && !reader.has("proxy") {
            reader.problem(
                key,
                "there is no proxy",
                "name it with proxy = \"http://proxy.corp:3128\", or remove this key",
            );
        }
    }
    let ca = reader.string("ca").map(|path| folders.base.join(path));
    let egress = Egress {
        proxy,
        login,
        no_proxy,
        ca,
        nat64: Vec::new(),
        title: reader.title.clone(),
        places: reader.places(),
        own: false,
    };
    reader.finish();
    egress
}

fn proxy(reader: &mut Reader<'_>) -> Option<ProxyAddress> {
    let text = reader.string("proxy")?;
    let error = match text.parse() {
        Ok(address) => return Some(address),
        Err(error) => error,
    };
    let remedy = match error {
        ProxyAddressError::Login => {
            "remove them from the address: proxy-user takes the name, and proxy-password = { file = \"PATH\" } tells where the password is"
        }
        ProxyAddressError::Scheme(_) | ProxyAddressError::Malformed => {
            "write it like \"http://proxy.corp:3128\""
        }
    };
    reader.problem("proxy", &error.to_string(), remedy);
    None
}

fn login(reader: &mut Reader<'_>, folders: Folders<'_>) -> Option<(String, SecretRef)> {
    let user = reader.string("proxy-user");
    let password = secret(reader, "proxy-password", folders);
    reader.ask("proxy-password");
    for (key, other) in [("proxy-user", "proxy-password"), ("proxy-password", "proxy-user")] {
        if reader.has(key) && !reader.has(other) {
            reader.problem(
                key,
                &format!("`{other}` is missing"),
                &format!("a proxy login needs both: add {other}, or remove {key}"),
            );
        }
    }
    if user.as_ref().is_some_and(|user| user.contains(':')) {
        reader.problem(
            "proxy-user",
            "it contains a colon, which would end the name in the login to the proxy (RFC 7617)",
            "give the name without a colon",
        );
    }
    user.zip(password)
}

/// Parses a list of strings. Notes a problem with the key for each one that cannot be parsed.
fn parsed<T: FromStr<Err: std::fmt::Display>>(
    reader: &mut Reader<'_>,
    key: &'static str,
    remedy: &str,
) -> Vec<T> {
    let texts = reader.strings(key).unwrap_or_default();
    let read = texts.iter().filter_map(|text| match text.parse::<T>() {
        Ok(read) => Some(read),
        Err(error) => {
            reader.problem(key, &error.to_string(), remedy);
            None
        }
    });
    read.collect()
}
