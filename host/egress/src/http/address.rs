//! The IP addresses that a request may go to: those of the public internet, and a private one only if it was granted as such. The table
//! follows the IANA special-purpose address registries (RFC 6890). Where a network carries an IPv4 address inside an IPv6 address (NAT64,
//! ISATAP), the inner address counts.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use ipnet::{IpNet, Ipv4Net, Ipv6Net};

use super::nat64::{LOCAL_USE, Prefix};

/// A range of addresses that are not the public internet.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Range {
    net: IpNet,
    /// The range's name, for an error.
    pub what: &'static str,
    /// Whether such an address can be granted: by number, or for a name that resolves to it.
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

/// The first range that contains an address counts.
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
    // Without the translator's prefix, it is unknown which address it reaches.
    Range {
        net: IpNet::V6(LOCAL_USE),
        what: "IPv4 behind an unknown NAT64",
        grantable: false,
    },
    v6([0x2001, 0, 0, 0, 0, 0, 0, 0], 32, "IPv4 behind Teredo", false),
    v6([0x2001, 0, 0, 0, 0, 0, 0, 0], 23, "reserved for protocols", false),
    v6([0x2001, 0xdb8, 0, 0, 0, 0, 0, 0], 32, "for documentation", false),
    v6([0x2002, 0, 0, 0, 0, 0, 0, 0], 16, "IPv4 behind 6to4", false),
    v6([0x3fff, 0, 0, 0, 0, 0, 0, 0], 20, "for documentation", false),
    v6([0xfc00, 0, 0, 0, 0, 0, 0, 0], 7, "private", true),
    v6([0xfe80, 0, 0, 0, 0, 0, 0, 0], 10, "link-local", false),
    v6([0xff00, 0, 0, 0, 0, 0, 0, 0], 8, "multicast", false),
];

const BEHIND_NAT64: Range = v6([0; 8], 0, "an address behind NAT64 that is not public", false);
const BEHIND_ISATAP: Range = v6([0; 8], 0, "an address behind ISATAP that is not public", false);

/// The part of IPv6 that is assigned to the public internet (RFC 4291, section 2.4 and IANA).
const GLOBAL: Ipv6Net = Ipv6Net::new_assert(Ipv6Addr::new(0x2000, 0, 0, 0, 0, 0, 0, 0), 3);
const NOT_GLOBAL: Range = v6([0; 8], 0, "reserved", false);

/// The range outside the public internet that contains the address; none for a public address. `nat64` are the prefixes of translators in
/// addition to the well-known one.
pub(crate) fn special(address: IpAddr, nat64: &[Prefix]) -> Option<&'static Range> {
    if let IpAddr::V6(address) = address {
        let translators = nat64.iter().chain([&Prefix::WELL_KNOWN]);
        let mut inside = translators.filter_map(|prefix| prefix.inside(address)).peekable();
        if inside.peek().is_some() {
            return inside
                .any(|inside| listed(inside.into()).is_some())
                .then_some(&BEHIND_NAT64);
        }
        if isatap(address).is_some_and(|inside| listed(inside.into()).is_some()) {
            return Some(&BEHIND_ISATAP);
        }
    }
    listed(address)
}

/// Whether to believe the network that it has a translator with this prefix: anyone on the way to the DNS server can claim one. It is
/// credible if it makes no otherwise private address reachable.
pub(crate) fn is_credible(prefix: &Prefix) -> bool {
    LOCAL_USE.contains(&prefix.net()) || special(prefix.net().network().into(), &[]).is_none()
}

/// The IPv4 address in an interface identifier of ISATAP, after `0:5efe` or, with the bits for universal and group addresses, up to
/// `300:5efe` (RFC 5214, section 6.1).
fn isatap(address: Ipv6Addr) -> Option<Ipv4Addr> {
    let [_, _, _, _, bits, mark, high, low] = address.segments();
    (bits & !0x0300 == 0 && mark == 0x5efe)
        .then(|| Ipv4Addr::from_bits(u32::from(high) << 16 | u32::from(low)))
}

fn listed(address: IpAddr) -> Option<&'static Range> {
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
        special(address.parse().unwrap(), &[]).map(|range| (range.what, range.grantable))
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
            ("64:ff9b::a00:1", "an address behind NAT64 that is not public"),
            ("64:ff9b:1::a00:1", "IPv4 behind an unknown NAT64"),
            ("64:ff9b:1::14be:9744", "IPv4 behind an unknown NAT64"),
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

    #[test]
    fn an_address_behind_nat64_is_judged_by_the_ipv4_address_inside() {
        // 20.190.151.68 is public; then this machine, a private network and a metadata service.
        for (address, allowed) in [
            ("64:ff9b::14be:9744", true),
            ("64:ff9b::7f00:1", false),
            ("64:ff9b::a00:1", false),
            ("64:ff9b::a9fe:a9fe", false),
        ] {
            assert_eq!(what(address).is_none(), allowed, "{address}");
        }
        let prefixes = [
            "2a01:4f8:64::/96",
            "2a01:4f9::/32",
            "64:ff9b:1:7::/64",
            "fd64::/96",
        ]
        .map(|prefix| prefix.parse().unwrap());
        for (address, allowed) in [
            ("2a01:4f8:64::14be:9744", true),
            ("2a01:4f8:64::7f00:1", false),
            ("2a01:4f8:64::c0a8:101", false),
            ("2a01:4f8:65::c0a8:101", true),
            ("2a01:4f9:14be:9744::", true),
            ("2a01:4f9:a00:1::", false),
            ("2a01:4f9:a00:1::14be:9744", false),
            ("64:ff9b:1:7:14:be97:4400:0", true),
            ("64:ff9b:1:7:a:0:100:0", false),
            ("64:ff9b:1:8:14:be97:4400:0", false),
            ("fd64::14be:9744", true),
            ("fd64::a00:1", false),
        ] {
            let judged = special(address.parse().unwrap(), &prefixes);
            assert_eq!(judged.is_none(), allowed, "{address}: {judged:?}");
            assert!(judged.is_none_or(|range| !range.grantable), "{address}");
        }
    }

    #[test]
    fn a_translator_is_not_believed_to_be_where_addresses_are_private() {
        for (prefix, credible) in [
            ("2a01:4f8:64::/96", true),
            ("64:ff9b:1:7::/64", true),
            ("fd00:1234::/96", false),
            ("2002::/32", false),
            ("2001::/32", false),
        ] {
            assert_eq!(is_credible(&prefix.parse().unwrap()), credible, "{prefix}");
        }
    }

    #[test]
    fn an_isatap_address_is_judged_by_the_ipv4_address_inside_too() {
        let refused = Some(("an address behind ISATAP that is not public", false));
        for (address, found) in [
            ("2606:4700::5efe:20.190.151.68", None),
            ("2606:4700::200:5efe:20.190.151.68", None),
            ("2606:4700::5efe:10.0.0.1", refused),
            ("2606:4700::200:5efe:127.0.0.1", refused),
            ("2606:4700::300:5efe:169.254.169.254", refused),
            ("fd12:3456::5efe:169.254.169.254", refused),
            ("fd12:3456::5efe:20.190.151.68", Some(("private", true))),
            ("2606:4700::400:5efe:10.0.0.1", None),
        ] {
            assert_eq!(what(address), found, "{address}");
        }
    }

    proptest! {
        #[test]
        fn whatever_ipv4_address_stands_in_an_ipv6_address_is_judged(bits: u32, interface in 0u16..4) {
            let inside = Ipv4Addr::from_bits(bits);
            let [_, _, _, _, _, _, high, low] = inside.to_ipv6_mapped().segments();
            let refused = special(inside.into(), &[]).is_some();
            let isatap = Ipv6Addr::new(0x2606, 0x4700, 0, 0, interface << 8, 0x5efe, high, low);
            let nat64 = Ipv6Addr::new(0x64, 0xff9b, 0, 0, 0, 0, high, low);
            for address in [isatap, nat64] {
                prop_assert_eq!(special(address.into(), &[]).is_some(), refused, "{}", address);
            }
            for address in [
                inside.to_ipv6_mapped(),
                Ipv6Addr::new(0, 0, 0, 0, 0, 0, high, low),
                Ipv6Addr::new(0x2002, high, low, 0, 0, 0, 0, 1),
                Ipv6Addr::new(0x2001, 0, 0, 0, 0, 0, !high, !low),
            ] {
                prop_assert!(special(address.into(), &[]).is_some(), "{}", address);
            }
        }

        #[test]
        fn whatever_the_standard_library_calls_private_is_special(bits: u32) {
            let address = Ipv4Addr::from_bits(bits);
            if address.is_private() || address.is_loopback() || address.is_link_local() || address.is_multicast()
                || address.is_broadcast() || address.is_documentation() || address.is_unspecified() {
                prop_assert!(special(address.into(), &[]).is_some());
            }
            prop_assert!(special(address.to_ipv6_mapped().into(), &[]).is_some());
        }
    }
}
