//! NAT64: the IPv4 address that a translator reaches for an IPv6 address (RFC 6052), and how to find the prefix of a network's translator
//! (RFC 7050).

use std::fmt;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};
use std::str::FromStr;

use ipnet::Ipv6Net;

/// A name that has only IPv4 addresses. An IPv6 address for it comes from the network's DNS64, with the prefix of its translator.
pub(super) const WELL_KNOWN_NAME: &str = "ipv4only.arpa";
const WELL_KNOWN_ADDRESSES: [Ipv4Addr; 2] = [Ipv4Addr::new(192, 0, 0, 170), Ipv4Addr::new(192, 0, 0, 171)];

/// Addresses reserved for an organization's own translators (RFC 8215).
pub(super) const LOCAL_USE: Ipv6Net = Ipv6Net::new_assert(Ipv6Addr::new(0x64, 0xff9b, 1, 0, 0, 0, 0, 0), 48);

/// The lengths that a prefix may have.
const LENGTHS: [u8; 6] = [32, 40, 48, 56, 64, 96];

/// The prefix of a NAT64 translator: an IPv4 address follows it in an address.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Prefix(Ipv6Net);

/// Why a text is not the prefix of a translator.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0:?} is not the prefix of a NAT64 translator")]
pub struct PrefixError(String);

impl Prefix {
    /// The prefix that every translator on the public internet may use.
    pub(super) const WELL_KNOWN: Self = Self(Ipv6Net::new_assert(
        Ipv6Addr::new(0x64, 0xff9b, 0, 0, 0, 0, 0, 0),
        96,
    ));

    /// The IPv4 address that the translator reaches for this address; none if the prefix differs.
    pub(super) fn inside(self, address: Ipv6Addr) -> Option<Ipv4Addr> {
        self.0
            .contains(&address)
            .then(|| embedded(address, self.0.prefix_len()))
    }

    /// The addresses with this prefix.
    pub(super) fn net(self) -> Ipv6Net {
        self.0
    }

    /// The prefixes found in the addresses of [`WELL_KNOWN_NAME`].
    pub(super) fn of_answer(addresses: &[IpAddr]) -> Vec<Self> {
        let mut found = Vec::new();
        for address in addresses {
            let IpAddr::V6(address) = *address else { continue };
            for length in LENGTHS {
                let Ok(net) = Ipv6Net::new(address, length) else {
                    continue;
                };
                let prefix = Self(net.trunc());
                if WELL_KNOWN_ADDRESSES.contains(&embedded(address, length)) && !found.contains(&prefix) {
                    found.push(prefix);
                }
            }
        }
        found
    }
}

/// The four bytes after a prefix of this length, without the byte that is always zero (RFC 6052, section 2.2).
fn embedded(address: Ipv6Addr, length: u8) -> Ipv4Addr {
    const ZERO: usize = 8;
    let mut bytes = address
        .octets()
        .into_iter()
        .enumerate()
        .skip(usize::from(length / 8))
        .filter(|(at, _)| *at != ZERO)
        .map(|(_, byte)| byte);
    let mut next = || bytes.next().unwrap_or_default();
    Ipv4Addr::new(next(), next(), next(), next())
}

impl FromStr for Prefix {
    type Err = PrefixError;

    /// Reads `2001:db8:64::/96`.
    fn from_str(text: &str) -> Result<Self, PrefixError> {
        // Where translators can be: the public internet, private addresses, and the addresses reserved for them.
        let places = [
            Ipv6Net::new_assert(Ipv6Addr::new(0x2000, 0, 0, 0, 0, 0, 0, 0), 3),
            Ipv6Net::new_assert(Ipv6Addr::new(0xfc00, 0, 0, 0, 0, 0, 0, 0), 7),
            Self::WELL_KNOWN.0,
            LOCAL_USE,
        ];
        text.trim()
            .parse::<Ipv6Net>()
            .ok()
            .filter(|net| LENGTHS.contains(&net.prefix_len()) && net.trunc() == *net)
            .filter(|net| places.iter().any(|place| place.contains(net)))
            .map(Self)
            .ok_or_else(|| PrefixError(text.to_owned()))
    }
}

impl fmt::Display for Prefix {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn an_ipv4_address_stands_where_rfc_6052_has_it() {
        // The table in section 2.4, for 192.0.2.33.
        for (prefix, address) in [
            ("2001:db8::/32", "2001:db8:c000:221::"),
            ("2001:db8:100::/40", "2001:db8:1c0:2:21::"),
            ("2001:db8:122::/48", "2001:db8:122:c000:2:2100::"),
            ("2001:db8:122:300::/56", "2001:db8:122:3c0:0:221::"),
            ("2001:db8:122:344::/64", "2001:db8:122:344:c0:2:2100::"),
            ("2001:db8:122:344::/96", "2001:db8:122:344::192.0.2.33"),
            ("64:ff9b::/96", "64:ff9b::192.0.2.33"),
        ] {
            let read: Prefix = prefix.parse().unwrap();
            let inside = read.inside(address.parse().unwrap());
            assert_eq!(inside, Some(Ipv4Addr::new(192, 0, 2, 33)), "{prefix}");
            assert_eq!(read.inside("2606:4700::1".parse().unwrap()), None);
            assert_eq!(read.to_string(), prefix);
        }
    }

    #[test]
    fn what_is_no_prefix_of_a_translator_is_refused() {
        for text in [
            "2001:db8:64::",
            "2001:db8:64::/33",
            "2001:db8:64::1/96",
            "::/96",
            "::ffff:0:0/96",
            "fe80::/64",
            "ff00::/32",
            "10.0.0.0/8",
            "",
        ] {
            assert_eq!(text.parse::<Prefix>(), Err(PrefixError(text.to_owned())));
        }
    }

    #[test]
    fn a_translator_is_found_by_the_name_that_has_only_ipv4_addresses() {
        for (addresses, prefixes) in [
            (&["192.0.0.170", "192.0.0.171"][..], &[][..]),
            (
                &["2a01:4f8:64::192.0.0.170", "2a01:4f8:64::192.0.0.171"],
                &["2a01:4f8:64::/96"],
            ),
            (&["2a01:4f9:c000:aa::"], &["2a01:4f9::/32"]),
            (&["64:ff9b:1:7:c0:0:aa00:0"], &["64:ff9b:1:7::/64"]),
            (&["2a01:4f8:64::192.0.0.172"], &[]),
        ] {
            let addresses: Vec<IpAddr> = addresses.iter().map(|address| address.parse().unwrap()).collect();
            let found: Vec<String> = Prefix::of_answer(&addresses)
                .iter()
                .map(Prefix::to_string)
                .collect();
            assert_eq!(found, prefixes, "{addresses:?}");
        }
    }

    proptest! {
        #[test]
        fn any_text_is_a_prefix_that_reads_back_the_same_or_an_error(text in "[0-9a-f:]{0,20}(/[0-9]{1,3})?") {
            if let Ok(prefix) = text.parse::<Prefix>() {
                prop_assert_eq!(prefix.to_string().parse::<Prefix>().unwrap(), prefix);
            }
        }
    }
}
