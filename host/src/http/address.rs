//! Which addresses a granted name may resolve to: those of the public internet. A private, loopback, link-local or metadata
//! address is reached only when it was granted as such, by its number or as `localhost`.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};
use std::sync::LazyLock;

use ipnet::IpNet;

/// The networks of the IANA special-purpose address registries (RFC 6890) that are not the public internet, multicast, and the
/// forms of IPv6 that carry an IPv4 address to somewhere else.
const SPECIAL: [&str; 33] = [
    "0.0.0.0/8",
    "10.0.0.0/8",
    "100.64.0.0/10",
    "127.0.0.0/8",
    // Link-local, and the metadata service of most clouds.
    "169.254.0.0/16",
    "172.16.0.0/12",
    "192.0.0.0/24",
    "192.0.2.0/24",
    "192.88.99.0/24",
    "192.168.0.0/16",
    "198.18.0.0/15",
    "198.51.100.0/24",
    "203.0.113.0/24",
    "224.0.0.0/4",
    "240.0.0.0/4",
    // Unspecified, loopback, IPv4-compatible.
    "::/96",
    "::ffff:0:0/96",
    "::ffff:0:0:0/96",
    // NAT64, also with a local prefix.
    "64:ff9b::/96",
    "64:ff9b:1::/48",
    "100::/64",
    "100:0:0:1::/64",
    // Teredo, benchmarking, ORCHID and the rest of the IETF's protocol assignments.
    "2001::/23",
    "2001:db8::/32",
    // 6to4.
    "2002::/16",
    "3fff::/20",
    "5f00::/16",
    // Unique local, with the metadata service fd00:ec2::254.
    "fc00::/7",
    "fe80::/10",
    "fec0::/10",
    "ff00::/8",
    "168.63.129.16/32",
    "fd00:ec2::254/128",
];

static NETWORKS: LazyLock<Vec<IpNet>> =
    LazyLock::new(|| SPECIAL.iter().filter_map(|network| network.parse().ok()).collect());

/// Whether an address belongs to the public internet.
pub(super) fn is_public(address: IpAddr) -> bool {
    // `::ffff:10.0.0.1` is 10.0.0.1.
    let address = address.to_canonical();
    !NETWORKS.iter().any(|network| network.contains(&address))
}

/// Whether a name may be connected to at an address: `localhost` is this machine, any other name is the public internet.
pub(super) fn may_connect(name: &str, address: IpAddr) -> bool {
    if name.eq_ignore_ascii_case("localhost") {
        return address == IpAddr::V4(Ipv4Addr::LOCALHOST) || address == IpAddr::V6(Ipv6Addr::LOCALHOST);
    }
    is_public(address)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_special_network_is_understood() {
        assert_eq!(NETWORKS.len(), SPECIAL.len());
    }

    #[test]
    fn the_public_internet_is_public() {
        for address in ["20.190.160.1", "8.8.8.8", "172.32.0.1", "2603:1026::1", "2a00:1450:4001::200e"] {
            assert!(is_public(address.parse().unwrap()), "{address}");
        }
    }

    #[test]
    fn private_metadata_and_disguised_addresses_are_not() {
        for address in [
            "127.0.0.1",
            "0.0.0.0",
            "10.1.2.3",
            "100.64.0.1",
            "169.254.169.254",
            "168.63.129.16",
            "172.31.255.255",
            "192.168.1.1",
            "198.18.0.1",
            "224.0.0.1",
            "255.255.255.255",
            "::",
            "::1",
            "::127.0.0.1",
            "::ffff:10.0.0.1",
            "::ffff:169.254.169.254",
            "64:ff9b::a00:1",
            "64:ff9b:1::a9fe:a9fe",
            "2001:0:53aa:64c::1",
            "2001:db8::1",
            "2002:7f00:1::",
            "fd00:ec2::254",
            "fc00::1",
            "fe80::1",
            "ff02::1",
        ] {
            assert!(!is_public(address.parse().unwrap()), "{address}");
        }
    }

    #[test]
    fn localhost_is_this_machine_and_nothing_else() {
        assert!(may_connect("localhost", "127.0.0.1".parse().unwrap()));
        assert!(may_connect("LOCALHOST", "::1".parse().unwrap()));
        assert!(!may_connect("localhost", "10.0.0.1".parse().unwrap()));
        assert!(!may_connect("localhost", "20.190.160.1".parse().unwrap()));
        assert!(!may_connect("localhost.contoso.com", "127.0.0.1".parse().unwrap()));
    }
}
