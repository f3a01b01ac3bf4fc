//! `[egress]` and `[source.egress]`: how sources reach the network. A source that has a table of its own uses that alone, so that no user
//! name and no password of one proxy ever goes to another. The translators of addresses are the network's: they are configured once.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::str::FromStr;

use super::position::{ConfigProblem, Location, location};
use super::reader::Reader;
use super::secret::{Folders, secret};
use crate::credential::SecretRef;
use crate::http::{Bypass, Prefix, ProxyAddress, ProxyAddressError};

/// How a source reaches the network, as it is configured.
#[derive(Debug, Clone, Default)]
pub struct Egress {
    /// Where the proxy is; none: directly.
    pub proxy: Option<ProxyAddress>,
    /// The user name and where the password is that the proxy is told.
    pub login: Option<(String, SecretRef)>,
    /// What goes past the proxy.
    pub no_proxy: Vec<Bypass>,
    /// The file with certificates of authorities that are trusted beside the platform's.
    pub ca: Option<PathBuf>,
    /// The prefixes of NAT64 translators beside the well-known one.
    pub nat64: Vec<Prefix>,
    /// What a problem is about: the collector's table or a source's.
    title: String,
    places: BTreeMap<String, Location>,
    /// Whether a source has it for itself.
    own: bool,
}

impl Egress {
    /// The collector's.
    pub(super) fn read(mut reader: Reader<'_>, folders: Folders<'_>) -> Self {
        let nat64 = parsed(
            &mut reader,
            "nat64",
            "give the translator's prefix of 32, 40, 48, 56, 64 or 96 bits, such as \"2001:db8:64::/96\"",
        );
        Self {
            nat64,
            ..Self::common(reader, folders)
        }
    }

    /// A source's own.
    pub(super) fn of_source(reader: Reader<'_>, folders: Folders<'_>) -> Self {
        Self {
            own: true,
            ..Self::common(reader, folders)
        }
    }

    fn common(mut reader: Reader<'_>, folders: Folders<'_>) -> Self {
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
        let egress = Self {
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

    /// What a source uses: its own, or else the collector's.
    #[must_use]
    pub fn within(self, collector: &Self) -> Self {
        if !self.own {
            return collector.clone();
        }
        Self {
            nat64: collector.nat64.clone(),
            ..self
        }
    }

    /// True if both lead the same way.
    pub fn is_like(&self, other: &Self) -> bool {
        self.proxy == other.proxy
            && self.login == other.login
            && self.no_proxy == other.no_proxy
            && self.ca == other.ca
            && self.nat64 == other.nat64
    }

    /// The secret that a source refers to in a table of its own.
    pub(super) fn own_secret(&self) -> Option<&SecretRef> {
        self.secret().filter(|_| self.own)
    }

    /// The secret that it refers to.
    pub(super) fn secret(&self) -> Option<&SecretRef> {
        self.login.as_ref().map(|(_, password)| password)
    }

    /// A problem with one of its keys (`ca`), with file, line and remedy.
    pub fn problem(&self, key: &str, problem: &str, remedy: &str) -> ConfigProblem {
        ConfigProblem {
            place: location(&self.places, key),
            title: self.title.clone(),
            path: format!("egress.{key}"),
            key: key.to_owned(),
            problem: problem.to_owned(),
            remedy: remedy.to_owned(),
        }
    }
}

fn proxy(reader: &mut Reader<'_>) -> Option<ProxyAddress> {
    let text = reader.string("proxy")?;
    let error = match text.parse() {
        Ok(address) => return Some(address),
        Err(error) => error,
    };
    let remedy = match error {
        ProxyAddressError::Login => {
            "take them out of the address: proxy-user is the name, proxy-password = { file = \"PATH\" } says where the password is"
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
                &format!("a proxy is told both: add {other}, or remove {key}"),
            );
        }
    }
    if user.as_ref().is_some_and(|user| user.contains(':')) {
        reader.problem(
            "proxy-user",
            "a colon stands in it, which ends the name when it is told to the proxy (RFC 7617)",
            "give the name without a colon",
        );
    }
    user.zip(password)
}

/// A list of strings that say something; what does not is a problem of the key.
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
