//! Which IP addresses a request may go to: those of the public internet, and a private one only when it was granted by its
//! number. The table follows the IANA special-purpose address registries (RFC 6890).

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use ipnet::{IpNet, Ipv4Net, Ipv6Net};

/// A range of addresses that are not the public internet.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Range {
    net: IpNet,
    /// What it is, for an error.
    pub(crate) what: &'static str,
    /// Whether an origin that names such an address by its number can be granted.
    pub(crate) grantable: bool,
}

const fn v4(a: u8, b: u8, c: u8, d: u8, prefix: u8, what: &'static str, grantable: bool) -> Range {
    Range {
        net: IpNet::V4(Ipv4Net::new_assert(Ipv4Addr::new(a, b, c, d), prefix)),
        what,
        grantable,
    }
}

const fn v6(address: [u16; 8], prefix: u8, what: &'static str, grantable: bool) -> Range {
    let [a, b, c, d, e, f, g, h] = address;
    Range {
        net: IpNet::V6(Ipv6Net::new_assert(Ipv6Addr::new(a, b, c, d, e, f, g, h), prefix)),
        what,
        grantable,
    }
}

/// The first that holds an address counts.
const RANGES: &[Range] = &[
    v4(169, 254, 169, 254, 32, "a cloud's metadata service", false),
    v4(168, 63, 129, 16, 32, "Azure's platform service", false),
    v4(0, 0, 0, 0, 8, "unspecified", false),
    v4(10, 0, 0, 0, 8, "private", true),
    v4(100, 64, 0, 0, 10, "carrier-grade NAT", true),
    v4(127, 0, 0, 0, 8, "loopback", true),
    v4(169, 254, 0, 0, 16, "link-local", false),
    v4(172, 16, 0, 0, 12, "private", true),
    v4(192, 0, 0, 0, 24, "reserved for protocols", false),
    v4(192, 0, 2, 0, 24, "for documentation", false),
    v4(192, 88, 99, 0, 24, "a 6to4 relay", false),
    v4(192, 168, 0, 0, 16, "private", true),
    v4(198, 18, 0, 0, 15, "for benchmarks", false),
    v4(198, 51, 100, 0, 24, "for documentation", false),
    v4(203, 0, 113, 0, 24, "for documentation", false),
    v4(224, 0, 0, 0, 4, "multicast", false),
    v4(255, 255, 255, 255, 32, "broadcast", false),
    v4(240, 0, 0, 0, 4, "reserved", false),
    v6(
        [0xfd00, 0xec2, 0, 0, 0, 0, 0, 0x254],
        128,
        "a cloud's metadata service",
        false,
    ),
    v6([0; 8], 128, "unspecified", false),
    v6([0, 0, 0, 0, 0, 0, 0, 1], 128, "loopback", true),
    v6([0, 0, 0, 0, 0, 0xffff, 0, 0], 96, "IPv4 written as IPv6", false),
    v6([0; 8], 96, "IPv4 written as IPv6", false),
    v6([0x64, 0xff9b, 0, 0, 0, 0, 0, 0], 96, "IPv4 behind NAT64", false),
    v6([0x64, 0xff9b, 1, 0, 0, 0, 0, 0], 48, "IPv4 behind NAT64", false),
    v6([0x2001, 0, 0, 0, 0, 0, 0, 0], 32, "IPv4 behind Teredo", false),
    v6([0x2001, 0, 0, 0, 0, 0, 0, 0], 23, "reserved for protocols", false),
    v6([0x2001, 0xdb8, 0, 0, 0, 0, 0, 0], 32, "for documentation", false),
    v6([0x2002, 0, 0, 0, 0, 0, 0, 0], 16, "IPv4 behind 6to4", false),
    v6([0x3fff, 0, 0, 0, 0, 0, 0, 0], 20, "for documentation", false),
    v6([0xfc00, 0, 0, 0, 0, 0, 0, 0], 7, "private", true),
    v6([0xfe80, 0, 0, 0, 0, 0, 0, 0], 10, "link-local", false),
    v6([0xff00, 0, 0, 0, 0, 0, 0, 0], 8, "multicast", false),
];

/// What IPv6 has given out for the public internet (RFC 4291, section 2.4 and IANA).
const GLOBAL: Ipv6Net = Ipv6Net::new_assert(Ipv6Addr::new(0x2000, 0, 0, 0, 0, 0, 0, 0), 3);
const NOT_GLOBAL: Range = v6([0; 8], 0, "reserved", false);

/// The range outside the public internet that the address belongs to; none for a public address.
pub(crate) fn special(address: IpAddr) -> Option<&'static Range> {
    let range = RANGES.iter().find(|range| range.net.contains(&address));
    match address {
        IpAddr::V6(address) if range.is_none() && !GLOBAL.contains(&address) => Some(&NOT_GLOBAL),
        _ => range,
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn what(address: &str) -> Option<(&'static str, bool)> {
        special(address.parse().unwrap()).map(|range| (range.what, range.grantable))
    }

    #[test]
    fn public_addresses_are_allowed() {
        for address in [
            "20.190.151.68",
            "1.1.1.1",
            "100.128.0.1",
            "172.32.0.1",
            "2603:1027:1:158::1",
            "2606:4700::1111",
        ] {
            assert_eq!(what(address), None, "{address}");
        }
    }

    #[test]
    fn private_addresses_and_loopback_can_be_granted_by_their_number() {
        for (address, name) in [
            ("127.0.0.1", "loopback"),
            ("127.255.255.254", "loopback"),
            ("::1", "loopback"),
            ("10.0.0.1", "private"),
            ("172.31.255.255", "private"),
            ("192.168.1.1", "private"),
            ("100.64.0.1", "carrier-grade NAT"),
            ("fd12:3456::1", "private"),
        ] {
            assert_eq!(what(address), Some((name, true)), "{address}");
        }
    }

    #[test]
    fn metadata_services_and_ways_around_the_table_are_never_allowed() {
        for (address, name) in [
            ("169.254.169.254", "a cloud's metadata service"),
            ("fd00:ec2::254", "a cloud's metadata service"),
            ("168.63.129.16", "Azure's platform service"),
            ("169.254.0.1", "link-local"),
            ("0.0.0.0", "unspecified"),
            ("0.1.2.3", "unspecified"),
            ("::", "unspecified"),
            ("224.0.0.1", "multicast"),
            ("255.255.255.255", "broadcast"),
            ("240.0.0.1", "reserved"),
            ("192.0.0.8", "reserved for protocols"),
            ("192.0.2.1", "for documentation"),
            ("198.51.100.1", "for documentation"),
            ("203.0.113.1", "for documentation"),
            ("198.19.255.255", "for benchmarks"),
            ("192.88.99.1", "a 6to4 relay"),
            ("::ffff:127.0.0.1", "IPv4 written as IPv6"),
            ("::ffff:20.190.151.68", "IPv4 written as IPv6"),
            ("::10.0.0.1", "IPv4 written as IPv6"),
            ("64:ff9b::a00:1", "IPv4 behind NAT64"),
            ("64:ff9b:1::a00:1", "IPv4 behind NAT64"),
            ("2001::1", "IPv4 behind Teredo"),
            ("2001:2::1", "reserved for protocols"),
            ("2001:db8::1", "for documentation"),
            ("3fff::1", "for documentation"),
            ("2002:a00:1::1", "IPv4 behind 6to4"),
            ("fe80::1", "link-local"),
            ("fec0::1", "reserved"),
            ("ff02::1", "multicast"),
            ("100::1", "reserved"),
            ("5f00::1", "reserved"),
        ] {
            assert_eq!(what(address), Some((name, false)), "{address}");
        }
    }

    proptest! {
        #[test]
        fn whatever_the_standard_library_calls_private_is_special(bits: u32) {
            let address = Ipv4Addr::from_bits(bits);
            if address.is_private() || address.is_loopback() || address.is_link_local() || address.is_multicast()
                || address.is_broadcast() || address.is_documentation() || address.is_unspecified() {
                prop_assert!(special(address.into()).is_some());
            }
            prop_assert!(special(address.to_ipv6_mapped().into()).is_some());
        }
    }
}
