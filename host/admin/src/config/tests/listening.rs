//! The host names of the pages for machines, and the trusted proxies of the portal.

use super::*;

#[test]
fn names_of_the_pages_for_machines_are_read_without_case_and_port() {
    let config = parse("[service]\nnames = [\"Collector.Monitoring.svc\", \"collector\"]\n").unwrap();
    assert_eq!(config.service.names, ["collector.monitoring.svc", "collector"]);
    for name in [
        "collector:9464",
        "http://collector",
        "10.0.0.1",
        "[::1]",
        "",
        "*",
        "a b",
    ] {
        assert_eq!(
            problems(&format!("[service]\nnames = [\"{name}\"]\n")),
            [format!(
                "etc/collector.toml:2:1: service: names: \"{name}\" is not a host name; write names without a port, such as \
                 \"collector.monitoring.svc\"; requests by address are always answered"
            )]
        );
    }
}

#[test]
fn trusted_proxies_are_addresses_and_networks() {
    let config =
        parse("[portal]\ntrusted-proxies = [\"127.0.0.1\", \"10.1.0.0/16\", \"2001:db8::1\"]\n").unwrap();
    let shown: Vec<String> = config
        .portal
        .trusted_proxies
        .iter()
        .map(ToString::to_string)
        .collect();
    assert_eq!(shown, ["127.0.0.1/32", "10.1.0.0/16", "2001:db8::1/128"]);
    assert_eq!(
        problems("[portal]\ntrusted-proxies = [\"proxy.corp\", \"10.1.0.0/33\", \"0.0.0.0/0\"]\n"),
        [
            "etc/collector.toml:2:1: portal: trusted-proxies: \"proxy.corp\" is neither an address nor a network; write addresses and networks, \
             such as [\"127.0.0.1\", \"10.1.0.0/16\"]",
            "etc/collector.toml:2:1: portal: trusted-proxies: \"10.1.0.0/33\" is neither an address nor a network; write addresses and \
             networks, such as [\"127.0.0.1\", \"10.1.0.0/16\"]",
            "etc/collector.toml:2:1: portal: trusted-proxies: \"0.0.0.0/0\" covers every address, so anyone could pose as anyone; name the addresses \
             of your proxies, such as [\"127.0.0.1\", \"10.1.0.0/16\"]",
        ]
    );
}
