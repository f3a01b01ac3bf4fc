//! The way back from the consent page to the application: the allowed addresses, and the answer.

use std::sync::{Mutex, PoisonError};

use crate::answer::Answer;
use crate::ids;
use crate::request::encoded;

/// What is wrong, on purpose, with the next answer of the consent page.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ConsentTamper {
    /// It carries a `state` other than the one sent.
    WrongState,
    /// It carries no `state`.
    DropState,
    /// It names this tenant, consented or not.
    ForgedTenant(String),
    /// It names no tenant.
    DropTenant,
}

/// The tampering with the next answer.
#[derive(Default)]
pub(crate) struct Tampering {
    next: Mutex<Option<ConsentTamper>>,
}

impl Tampering {
    pub(crate) fn set(&self, tamper: ConsentTamper) {
        *self.next.lock().unwrap_or_else(PoisonError::into_inner) = Some(tamper);
    }

    fn apply(&self, parameters: &mut Vec<(&'static str, String)>) {
        let tamper = self.next.lock().unwrap_or_else(PoisonError::into_inner).take();
        match tamper {
            None => {}
            Some(ConsentTamper::WrongState) => replace(parameters, "state", Some(ids::fresh())),
            Some(ConsentTamper::DropState) => replace(parameters, "state", None),
            Some(ConsentTamper::ForgedTenant(tenant)) => replace(parameters, "tenant", Some(tenant)),
            Some(ConsentTamper::DropTenant) => replace(parameters, "tenant", None),
        }
    }
}

fn replace(parameters: &mut Vec<(&'static str, String)>, name: &'static str, value: Option<String>) {
    parameters.retain(|(known, _)| *known != name);
    parameters.extend(value.map(|value| (name, value)));
}

/// Sends the browser to `address` with these parameters, encoded as a form.
pub(crate) fn redirect(
    address: &str,
    mut parameters: Vec<(&'static str, String)>,
    tampering: &Tampering,
) -> Answer {
    tampering.apply(&mut parameters);
    let pairs: Vec<String> = parameters
        .iter()
        .map(|(name, value)| format!("{name}={}", encoded(value).replace("%20", "+")))
        .collect();
    let joint = if address.contains('?') { '&' } else { '?' };
    Answer::empty(302)
        .header("location", format!("{address}{joint}{}", pairs.join("&")))
        .header("cache-control", "no-store, no-cache")
}

/// Whether a requested address is exactly the registered one. The port of `localhost` and `127.0.0.1` does not count,
/// because a program on the machine listens where it can.
/// Source: "Redirect URI (reply URL) restrictions and limitations".
pub(crate) fn fits(registered: &str, asked: &str) -> bool {
    registered == asked
        || matches!((without_port(registered), without_port(asked)), (Some(one), Some(other)) if one == other)
}

/// A loopback address in three parts (scheme, host, everything after the port); `None` for any other address.
fn without_port(address: &str) -> Option<(&str, &str, &str)> {
    let (scheme, rest) = address.split_once("://")?;
    let end = rest.find(['/', '?', '#']).unwrap_or(rest.len());
    let (authority, rest) = rest.split_at_checked(end)?;
    let (host, port) = authority.split_once(':').unwrap_or((authority, "0"));
    let loopback = ["localhost", "127.0.0.1"].contains(&host);
    (loopback && port.parse::<u16>().is_ok()).then_some((scheme, host, rest))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_port_of_a_loopback_address_may_differ() {
        let registered = "http://localhost/authorized";
        for (asked, expected) in [
            ("http://localhost/authorized", true),
            ("http://localhost:4711/authorized", true),
            ("https://localhost:4711/authorized", false),
            ("http://127.0.0.1:4711/authorized", false),
            ("http://localhost:4711/Authorized", false),
            ("http://localhost:4711/authorized/", false),
            ("http://localhost:4711/authorized?x=1", false),
            ("http://localhost:4711@evil.example/authorized", false),
            ("http://localhost:/authorized", false),
            ("http://localhost.evil.example/authorized", false),
            ("//localhost/authorized", false),
            ("", false),
        ] {
            assert_eq!(fits(registered, asked), expected, "{asked}");
        }
        assert!(fits("http://127.0.0.1:1/a", "http://127.0.0.1:2/a"));
        assert!(fits("https://rooms.contoso.com/a", "https://rooms.contoso.com/a"));
        assert!(!fits(
            "https://rooms.contoso.com/a",
            "https://rooms.contoso.com:8443/a"
        ));
    }
}
